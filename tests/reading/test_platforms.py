"""Exports of learning platforms: whose each hand-in is, and what its files are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.reading import platforms, submissions
from tests.grader.doubles import ASSIGNMENT
from tests.reading.test_submissions import packed

GRADESCOPE = b"""submission_98765:
  :submitters:
  - :name: Ada Byron
    :sid: '4711'
    :email: ada@example.org
  - :name: Bob
    :sid:
    :email: bob@example.org
  :created_at: 2026-11-04 12:00:00.000000000 Z
submission_1:
  :submitters:
  - :name: Eve
    :sid: '12'
"""
EXPORTS = {
    "moodle": {
        "Ada Byron_4711_assignsubmission_file_/mlp.py": b"ada",
        "Ada Byron_4711_assignsubmission_file_/layers/relu.py": b"relu",
        "Bob_12_assignsubmission_file/mlp.py": b"bob",
        "Bob_12_assignsubmission_onlinetext/onlinetext.html": b"text",
    },
    "moodle without folders": {
        "Ada Byron_4711_assignsubmission_file_mlp.py": b"ada",
        "Ada Byron_4711_assignsubmission_file_relu.py": b"relu",
        "Bob_12_assignsubmission_file_mlp.py": b"bob",
    },
    "canvas": {
        "byronada_4711_98765_mlp.py": b"old",
        "byronada_4711_98766_mlp-1.py": b"older",
        "byronada_4711_98790_mlp-12.py": b"ada",
        "bob_LATE_12_98767_mlp.py": b"bob",
        "bob_LATE_12_98768_notes.pdf": b"pdf",
    },
    "ilias": {
        "Blatt 6/Abgaben/Byron_Ada_abyron_4711/20261103120000_mlp.py": b"old",
        "Blatt 6/Abgaben/Byron_Ada_abyron_4711/20261104120000_mlp.py": b"ada",
        "Blatt 6/Abgaben/Team 3/Builder_Bob_bbuilder_12/20261104120000_mlp.py": b"bob",
    },
    "olat": {
        "Byron_Ada_abyron/1_submissions/mlp.py": b"ada",
        "Builder_Bob_bbuilder/mlp.py": b"bob",
    },
    "gradescope": {
        "submission_metadata.yml": GRADESCOPE,
        "submission_98765/mlp.py": b"ada",
        "submission_1/mlp.py": b"bob",
    },
}
OWNERS = {
    "moodle": {("Ada Byron", "4711"), ("Bob", "12")},
    "moodle without folders": {("Ada Byron", "4711"), ("Bob", "12")},
    "canvas": {("byronada", "4711"), ("bob", "12")},
    "ilias": {("Byron Ada", "abyron"), ("Builder Bob", "bbuilder")},
    "olat": {("Byron Ada", "abyron"), ("Builder Bob", "bbuilder")},
    "gradescope": {("Ada Byron & Bob", "4711 & bob@example.org"), ("Eve", "12")},
}


@pytest.mark.parametrize("platform", EXPORTS)
def test_each_hand_in_is_read_with_its_owner(platform, tmp_path):
    (tmp_path / "export.zip").write_bytes(packed(EXPORTS[platform]))
    found = submissions.read(tmp_path / "export.zip", ASSIGNMENT)
    read = [each for each in found if each.submission and "mlp.py" in each.submission.files]
    assert {(each.owner.name, each.owner.id) for each in read} == OWNERS[platform]
    assert sorted(each.submission.files["mlp.py"] for each in read) == [b"ada", b"bob"]


def test_newest_upload_of_a_name_counts():
    [bob, ada] = platforms.owned(EXPORTS["canvas"])
    assert (ada.files, bob.owner.name) == ({"mlp.py": b"ada"}, "bob")


def test_what_one_person_wrote_and_uploaded_is_one_submission(tmp_path):
    kinds = {"file_/mlp.py": b"1", "file_/notes.txt": b"2", "onlinetext_/notes.txt": b"3"}
    export = {f"Ada Byron_4711_assignsubmission_{name}": each for name, each in kinds.items()}
    export |= {"Bob_12_assignsubmission_onlinetext_/onlinetext.html": b"4"}
    (tmp_path / "export.zip").write_bytes(packed(export))
    [ada, bob] = submissions.read(tmp_path / "export.zip", ASSIGNMENT)
    assert ada.submission.files == {"mlp.py": b"1", "notes.txt": b"2", "onlinetext/notes.txt": b"3"}
    assert ada.name.endswith("Ada Byron_4711_assignsubmission_file")
    assert list(bob.submission.files) == ["onlinetext.html"]


def test_zip_is_opened_whatever_was_written_beside_it(tmp_path):
    export = {
        "Ada_1_assignsubmission_file_/hw.zip": packed({"hw/mlp.py": b"1"}),
        "Ada_1_assignsubmission_file_/sheet.pdf": b"2",
        "Ada_1_assignsubmission_onlinetext_/onlinetext.html": b"3",
    }
    (tmp_path / "export.zip").write_bytes(packed(export))
    [ada] = submissions.read(tmp_path / "export.zip", ASSIGNMENT)
    assert ada.submission.files == {"mlp.py": b"1", "sheet.pdf": b"2", "onlinetext.html": b"3"}


def test_two_people_of_one_name_are_two(tmp_path):
    export = {f"Ada_{number}_assignsubmission_file_/mlp.py": b"" for number in (1, 2)}
    assert [each.owner.id for each in platforms.owned(export)] == ["1", "2"]


def test_zip_within_an_export_is_opened(tmp_path):
    inner = packed({"hw/mlp.py": b"ada", "hw/relu.py": b"relu"})
    (tmp_path / "Ada Byron_4711_assignsubmission_file_").mkdir()
    (tmp_path / "Ada Byron_4711_assignsubmission_file_" / "hw.zip").write_bytes(inner)
    [hand_in] = submissions.read(tmp_path, ASSIGNMENT)
    assert dict(hand_in.submission.files) == {"mlp.py": b"ada", "relu.py": b"relu"}
    assert hand_in.owner == platforms.Owner("Ada Byron", "4711")


@pytest.mark.parametrize(
    "files",
    [
        {"anna/mlp.py": b"", "ben/mlp.py": b""},
        {"Byron_Ada_abyron/mlp.py": b"", "ben/mlp.py": b""},
        {"mlp.py": b""},
        {"grades.csv": b""},
    ],
)
def test_what_no_platform_names_has_no_owner(files):
    assert platforms.owned(files) == []


@pytest.mark.parametrize("text", [b"\xff\xfe", b"- 1", b"a: [", b"!!python/object:os.system x", b"[" * 5_000])
def test_list_that_cannot_be_read_names_nobody(text):
    assert platforms.owned({platforms.METADATA: text, "submission_1/mlp.py": b""}) == []


@given(st.dictionaries(st.text("aA1_-/.py ", min_size=1, max_size=20), st.binary(max_size=2), max_size=6))
def test_any_names_are_taken_and_no_file_is_given_to_two(files):
    found = platforms.owned(files)
    assert len({each.name for each in found}) == len(found)
    assert sum(len(each.files) for each in found) <= len(files)
