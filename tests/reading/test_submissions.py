import io
import zipfile
from dataclasses import replace

import pytest

from grader.errors import SubmissionError, TooLarge
from grader.model import Entry, Submission
from grader.reading import submissions
from tests.grader.doubles import ASSIGNMENT

CODE = "class MLP: pass\n".encode("utf-16")


def write(folder, **contents):
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def packed(contents):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    return stream.getvalue()


def read(path):
    return {each.name.removeprefix(str(path)): each for each in submissions.read(path, ASSIGNMENT)}


def test_file_is_handed_in_byte_by_byte(tmp_path):
    write(tmp_path, **{"mlp.py": CODE})
    [hand_in] = submissions.read(tmp_path / "mlp.py", ASSIGNMENT)
    assert hand_in.submission == Submission({"mlp.py": CODE})


def test_lone_file_stands_for_the_entry_whatever_its_name(tmp_path):
    write(tmp_path, **{"late_4711_mlp-2.py": CODE})
    [hand_in] = submissions.read(tmp_path / "late_4711_mlp-2.py", ASSIGNMENT)
    assert list(hand_in.submission.files) == ["mlp.py"]
    assert hand_in.name.endswith("late_4711_mlp-2.py")


def test_folder_with_the_entry_is_one_submission(tmp_path):
    write(tmp_path, **{"mlp.py": CODE, "layers/relu.py": b"1", "__pycache__/mlp.pyc": b"2"})
    [hand_in] = submissions.read(tmp_path, ASSIGNMENT)
    assert set(hand_in.submission.files) == {"mlp.py", "layers/relu.py"}


def test_folder_of_a_class_is_one_submission_each(tmp_path):
    contents = {
        "anna/mlp.py": CODE,
        "anna/notes.txt": b"",
        "ben_mlp.py": b"1",
        "carl/hw1/mlp.py": b"2",
        "carl/hw1/layers.py": b"3",
        "dora/solution.py": b"4",
        "emil.zip": packed({"hw/mlp.py": b"5"}),
        "fred/upload.zip": packed({"mlp.py": b"6"}),
        "grades.csv": b"anna,1",
    }
    found = read(write(tmp_path, **contents))
    assert {name: sorted(each.submission.files) for name, each in found.items()} == {
        "/anna": ["mlp.py", "notes.txt"],
        "/ben_mlp.py": ["mlp.py"],
        "/carl": ["layers.py", "mlp.py"],
        "/dora": ["mlp.py"],
        "/emil.zip": ["mlp.py"],
        "/fred": ["mlp.py"],
    }


def test_zip_of_a_class_is_read_like_a_folder(tmp_path):
    (tmp_path / "all.zip").write_bytes(packed({"export/anna/mlp.py": b"1", "export/ben/mlp.py": b"2"}))
    assert set(read(tmp_path / "all.zip")) == {"/anna", "/ben"}


def test_zip_with_the_entry_is_one_submission(tmp_path):
    (tmp_path / "anna.zip").write_bytes(packed({"hw1/mlp.py": b"1", "hw1/a.py": b"2"}))
    assert set(read(tmp_path / "anna.zip")) == {""}


def test_what_is_wrong_with_one_stays_with_it(tmp_path):
    contents = {"anna.zip": b"PK broken", "ben/mlp.py": b"1", "carl/mlp.py": b"#" * (256 * 1024 + 1)}
    found = read(write(tmp_path, **contents))
    assert isinstance(found["/anna.zip"].problem, SubmissionError)
    assert found["/ben"].submission
    assert isinstance(found["/carl"].problem, TooLarge)


ODD_NAMES = {
    "direction": "notes\u200f.txt",
    "joiner": "notes 👩\u200d💻.txt",
    "soft hyphen": "no\u00adtes.txt",
    "13 levels": "a/" * 12 + "notes.txt",
    "240 characters": "n" * 241,
    "bytes": "学" * 86,
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_odd_name_of_a_file_that_nobody_needs_costs_that_file(name, tmp_path):
    contents = {"all/anna/mlp.py": b"1", "all/ben/mlp.py": b"2", f"all/ben/{name}": b"3"}
    (tmp_path / "all.zip").write_bytes(packed(contents))
    found = read(tmp_path / "all.zip")
    assert {each: dict(one.submission.files) for each, one in found.items()} == {
        "/anna": {"mlp.py": b"1"},
        "/ben": {"mlp.py": b"2"},
    }
    assert [len(found[each].left_out) for each in ("/anna", "/ben")] == [0, 1]
    assert "/ben: " in found["/ben"].left_out[0].where


UNREADABLE = {
    "invisible": (["mlp.py", "lay\u200fers.py"], "invisible"),
    "twins": (["mlp.py", "MLP.py"], "one name on many systems"),
    "twins elsewhere": (["mlp.py", "data/a.ipynb", "Data/A.ipynb"], "one name"),
    "file and folder": (["mlp.py", "mlp.py/x.txt"], "both a file and a folder"),
    "deep": (["mlp.py", "a/" * 12 + "b.py"], "nested"),
}


@pytest.mark.parametrize(("names", "said"), UNREADABLE.values(), ids=UNREADABLE)
def test_source_that_can_not_be_read_costs_that_submission(names, said, tmp_path):
    contents = {"all/anna/mlp.py": b"1"} | {f"all/ben/{name}": b"2" for name in names}
    (tmp_path / "all.zip").write_bytes(packed(contents))
    found = read(tmp_path / "all.zip")
    assert found["/anna"].submission == Submission({"mlp.py": b"1"})
    assert said in found["/ben"].problem.what


def test_student_with_an_odd_name_is_graded_and_shown_without_it(tmp_path):
    (tmp_path / "all.zip").write_bytes(
        packed({f"{name}_assignsubmission_file_/mlp.py": b"1" for name in ("Li\u200f_1", "ada_2", "Ada_3")})
    )
    found = submissions.read(tmp_path / "all.zip", ASSIGNMENT)
    assert [each.submission.files for each in found] == [{"mlp.py": b"1"}] * 3
    assert not any("\u200f" in each.name for each in found)


@pytest.mark.parametrize("name", ["mlp.PY", "MLP.py", "Mlp.Py", "hw1/MLP.PY"])
def test_capitals_of_the_entry_do_not_matter(name, tmp_path):
    (tmp_path / "all.zip").write_bytes(packed({f"all/anna/{name}": b"1", "all/anna/a.py": b"2"}))
    [found] = submissions.read(tmp_path / "all.zip", ASSIGNMENT)
    assert found.submission.files["mlp.py"] == b"1"


def test_zip_of_old_windows_tools_is_one_submission(tmp_path):
    data = packed({"hw1Xmlp.py": b"1", "hw1Xreadme.txt": b"2"}).replace(b"hw1X", b"hw1\\")
    (tmp_path / "old.zip").write_bytes(data)
    [found] = submissions.read(tmp_path / "old.zip", ASSIGNMENT)
    assert dict(found.submission.files) == {"mlp.py": b"1", "readme.txt": b"2"}


@pytest.mark.parametrize("packing", [False, True])
def test_place_without_any_source_says_what_is_missing(packing, tmp_path):
    write(tmp_path, **{"hw/sheet.pdf": b"%PDF"})
    (tmp_path / "hw.zip").write_bytes(packed({"sheet.pdf": b"%PDF"}))
    with pytest.raises(SubmissionError, match=r"no source file is in it\nPut mlp\.py in it"):
        submissions.read(tmp_path / ("hw.zip" if packing else "hw"), ASSIGNMENT)


def test_hand_in_without_the_entry_is_still_graded(tmp_path):
    found = read(write(tmp_path, **{"anna/a.py": b"1", "anna/b.py": b"2", "ben/mlp.py": b"3"}))
    assert sorted(found["/anna"].submission.files) == ["a.py", "b.py"]


def test_source_may_have_256_kib(tmp_path):
    write(tmp_path, **{"mlp.py": b"#" * 256 * 1024})
    assert submissions.read(tmp_path / "mlp.py", ASSIGNMENT)[0].submission
    write(tmp_path, **{"mlp.py": b"#" * (256 * 1024 + 1)})
    problem = submissions.read(tmp_path / "mlp.py", ASSIGNMENT)[0].problem
    assert "larger than 256 KiB" in str(problem)


def test_library_is_no_hand_in(tmp_path):
    write(tmp_path, **{"mlp.py": b""}, **{f"lib/{i}.py": b"" for i in range(200)})
    assert "more than 200" in str(submissions.read(tmp_path, ASSIGNMENT)[0].problem)


def test_empty_folder_says_what_to_put_in(tmp_path):
    with pytest.raises(SubmissionError, match=r"Put mlp\.py in it"):
        submissions.read(tmp_path, ASSIGNMENT)


def test_missing_path_is_told(tmp_path):
    with pytest.raises(SubmissionError, match="file or folder not found"):
        submissions.read(tmp_path / "mlp.py", ASSIGNMENT)


TWO = replace(ASSIGNMENT, entries=(Entry("digits.ipynb", optional=True), Entry("more.py")))


def test_lone_file_that_is_another_entry_keeps_its_name(tmp_path):
    write(tmp_path, **{"more.py": b"1", "mine.py": b"2", "digits.ipynb": b"3"})
    names = {
        name: submissions.read(tmp_path / name, TWO)[0].submission
        for name in ("more.py", "mine.py", "digits.ipynb")
    }
    assert {name: list(each.files) for name, each in names.items()} == {
        "more.py": ["more.py"],
        "mine.py": ["mlp.py"],
        "digits.ipynb": ["digits.ipynb"],
    }


def test_folder_with_any_entry_is_one_submission(tmp_path):
    write(tmp_path, **{"hw/digits.ipynb": b"1", "hw/sheet.pdf": b"2"})
    [hand_in] = submissions.read(tmp_path, TWO)
    assert set(hand_in.submission.files) == {"digits.ipynb", "sheet.pdf"}


def test_file_of_another_name_brings_along_what_lies_beside_it():
    files = submissions.rooted({"mlp-2.py": b"1", "sheet.pdf": b"2"}, ASSIGNMENT)
    assert files == {"mlp.py": b"1", "sheet.pdf": b"2"}
