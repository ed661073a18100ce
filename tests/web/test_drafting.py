"""The page of an assignment's tests: files, the editor's field, what is wrong, uploads."""

import io
import zipfile

import pytest

from grader.database.tables import AssignmentRow, Course
from grader.web.tests.tests_page import TEXT_BYTES, typed
from tests.classroom import TOML
from tests.services.drafting import CHANGED
from tests.web.studio import Studio, plain


@pytest.fixture
def studio(world):
    return Studio(world)


def _zip(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_first_look_shows_the_live_version_and_begins_nothing(studio):
    said = studio.text()
    assert "You see the live version" in said
    assert "Your first change starts a draft" in said
    for name in ("assignment.toml", "test_nets.py", "text.md", "mlp.py"):
        assert name in said
    assert studio.open("test_nets.py")[0] == "def test(): pass\n"
    with pytest.raises(AttributeError):
        studio.files()  # no draft


def test_saving_begins_a_draft_and_students_see_nothing_of_it(studio):
    said = plain(studio.save("test_nets.py", "def test(): assert 1\n").text)
    assert "test_nets.py is saved" in said
    assert "You see the draft; Instructor changed it last" in said
    assert studio.files()["test_nets.py"] == b"def test(): assert 1\n"
    assert studio.files()["handout/mlp.py"] == b"class MLP: ...\n"
    assert "assert 1" not in studio.world.browser("ada").get(f"/assignments/{studio.number}").text


def test_saving_the_same_changes_nothing(studio):
    said = plain(studio.save("test_nets.py", "def test(): pass\n").text)
    assert "was already saved" in said
    assert studio.field("revision") == "0"


def test_of_two_who_save_the_second_is_told_and_loses_nothing(studio):
    _, seen = studio.open("test_nets.py")
    admin = Studio(studio.world, "admin")
    admin.save("test_nets.py", "theirs = 1\nsame\n")
    answer = studio.save("test_nets.py", "mine = <b>2</b>\nsame\n", seen)
    assert answer.status_code == 409
    said = plain(answer.text)
    assert "test_nets.py was changed since you opened it (last change of the draft: Admin)" in said
    assert "mine = <b>2</b>" in said
    assert "theirs = 1" in said
    assert "<b>2</b>" not in answer.text
    assert studio.files()["test_nets.py"] == b"theirs = 1\nsame\n"
    again = studio.save("test_nets.py", "theirs = 1\nmine = 2\n", studio.field("seen", answer.text))
    assert "is saved" in again.text
    assert studio.files()["test_nets.py"] == b"theirs = 1\nmine = 2\n"


def test_text_is_kept_when_the_file_was_removed_meanwhile(studio):
    _, seen = studio.open("test_nets.py")
    admin = Studio(studio.world, "admin")
    admin.post("/remove", name="test_nets.py", seen=seen)
    answer = studio.save("test_nets.py", "mine\n", seen)
    assert answer.status_code == 409
    assert "Saving your text brings it back" in plain(answer.text)
    studio.save("test_nets.py", "mine\n", studio.field("seen", answer.text))
    assert studio.files()["test_nets.py"] == b"mine\n"


def test_text_is_kept_when_the_name_is_bad(studio):
    answer = studio.save("../mlp.py", "precious\n", "")
    assert answer.status_code == 400
    assert "precious" in answer.text
    assert "points outside the folder" in answer.text


def test_what_is_wrong_names_file_and_line_and_links_to_it(studio):
    studio.save("test_nets.py", "x = 1\ndef broken(:\n")
    page = studio.get().text
    assert f"/assignments/{studio.number}/tests?file=test_nets.py&amp;line=2" in page
    assert "test_nets.py, line 2 : this is not Python" in plain(page)
    assert 'data-wrong="2"' in page
    assert 'data-line="2"' in studio.get(file="test_nets.py", line=2).text


def test_broken_document_is_saved_and_told(studio):
    said = plain(studio.save("assignment.toml", 'title = "Nets"\nentry = \n').text)
    assert "assignment.toml is saved" in said
    assert "Problems assignment.toml" in said


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        (b"a\nb\n", "a\r\nc\r\n", b"a\nc\n"),
        (b"a\r\nb\r\n", "a\r\nc\r\n", b"a\r\nc\r\n"),
        (b"a\r\nb\n", "a\r\nb\r\n", b"a\r\nb\n"),  # nothing was typed
        (b"a", "a", b"a"),
        (None, "a\r\nb", b"a\nb"),
        (b"\xff\xfe", "a\r\n", b"a\n"),
    ],
)
def test_ends_of_lines_stay_what_they_were(before, text, after):
    assert typed(text, before) == after


def test_file_that_begins_with_an_empty_line_comes_back_as_it_is(studio):
    studio.put({"text.md": b"\n\n# Nets <textarea>\n"})
    assert studio.open("text.md")[0] == "\n\n# Nets <textarea>\n"


def test_files_are_added_renamed_and_removed(studio):
    assert "data/w.txt is created, and empty" in plain(studio.post("/add", name="data/w.txt").text)
    _, seen = studio.open("data/w.txt")
    assert "is renamed to data/v.txt" in plain(
        studio.post("/rename", name="data/w.txt", new="data/v.txt", seen=seen).text
    )
    assert studio.files()["data/v.txt"] == b""
    assert "data/w.txt" not in studio.files()
    assert "data/v.txt is removed" in plain(studio.post("/remove", name="data/v.txt", seen=seen).text)
    assert "data/v.txt" not in studio.files()


@pytest.mark.parametrize(
    ("deed", "form", "status", "said"),
    [
        ("/add", {"name": "test_nets.py"}, 409, "there is already a file of this name"),
        ("/add", {"name": "../x"}, 400, "points outside the folder"),
        ("/add", {"name": " "}, 400, "a name is empty"),
        ("/rename", {"name": "test_nets.py", "new": "text.md"}, 409, "there is already a file of this name"),
        ("/rename", {"name": "nothing.py", "new": "x.py"}, 404, ""),
        ("/remove", {"name": "test_nets.py", "seen": "old"}, 409, "was changed since you opened it"),
        ("/upload", {"revision": "0"}, 400, "no file was chosen"),
        ("/upload", {"revision": "7", "files": (io.BytesIO(b"x"), "x.py")}, 409, "changed the draft since"),
        ("/discard", {"revision": "0"}, 404, ""),
    ],
)
def test_what_cant_be_done_is_told_and_changes_nothing(studio, deed, form, status, said):
    before = studio.digests()
    answer = studio.post(deed, **form)
    assert (answer.status_code, said in plain(answer.text).lower()) == (status, True)
    assert studio.digests() == before


def test_uploaded_files_go_into_a_folder(studio):
    answer = studio.upload({"a.txt": b"1", "b.txt": b"\xff\x00"}, folder="data/")
    assert "Uploaded: data/a.txt, data/b.txt" in plain(answer.text)
    assert studio.files()["data/b.txt"] == b"\xff\x00"
    assert studio.files()["test_nets.py"] == b"def test(): pass\n"
    assert "This is not a text file: 2 bytes" in studio.text(file="data/b.txt")
    assert studio.get("/files/data/b.txt").data == b"\xff\x00"


def test_zip_takes_the_place_of_the_draft(studio):
    whole = {"nets/assignment.toml": TOML, "nets/test_x.py": b"x = 1\n", "nets/__pycache__/x.pyc": b"x"}
    answer = studio.upload({"nets.zip": _zip(whole)})
    assert "The draft now has the 2 files of the zip" in plain(answer.text)
    assert studio.files() == {"assignment.toml": TOML, "test_x.py": b"x = 1\n"}
    assert "3 files removed in the draft" in plain(answer.text)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip at all", "not a valid zip"),
        (_zip({"../evil.py": b"x"}), "points outside the folder"),
        (_zip({f"f{each}": b"" for each in range(2001)}), "more than 2,000 entries"),
    ],
)
def test_bad_zip_is_refused_and_the_draft_stays(studio, content, said):
    answer = studio.upload({"nets.zip": content})
    assert answer.status_code == 422
    assert said in plain(answer.text)
    assert "Nothing was changed" in plain(answer.text)
    assert set(studio.digests()) == {"assignment.toml", "test_nets.py", "handout/mlp.py", "text.md"}


def test_zip_among_other_files_is_refused(studio):
    answer = studio.upload({"nets.zip": _zip({"a": b""}), "b.py": b""})
    assert (answer.status_code, "A zip was uploaded together" in answer.text) == (400, True)


def test_download_uploads_again_to_the_same(studio):
    studio.save("test_nets.py", "x = 1\n")
    before, packed = studio.files(), studio.get("/draft.zip").data
    assert studio.get("/draft.zip").data == packed
    studio.upload({"nets.zip": packed})
    assert studio.files() == before


def test_download_of_one_folder_keeps_the_folder(studio):
    for name in ("assignment.toml", "test_nets.py", "text.md"):
        studio.post("/remove", name=name, seen=studio.digests()[name])
    studio.upload({"nets.zip": studio.get("/draft.zip").data})
    assert set(studio.files()) == {"handout/mlp.py"}


def _large(studio, size):
    """Upload a file of that size, from memory alone."""
    head = b'--b\r\nContent-Disposition: form-data; name="revision"\r\n\r\n-1\r\n'
    head += b'--b\r\nContent-Disposition: form-data; name="files"; filename="w.bin"\r\n\r\n'
    stream = io.BytesIO(head + bytes(size) + b"\r\n--b--\r\n")
    return studio.client.post(
        f"{studio.there}/upload",
        input_stream=stream,
        content_length=len(stream.getvalue()),
        content_type="multipart/form-data; boundary=b",
    )


@pytest.mark.parametrize(
    ("megabytes", "words"), [(50, "larger than 20 MiB"), (17, "w.bin: it is larger than 16 MiB")]
)
def test_large_files_are_refused_in_words_of_tests(studio, megabytes, words):
    answer = _large(studio, megabytes << 20)
    said = plain(answer.text)
    assert answer.status_code == 413
    assert words in said
    assert "attempt" not in said
    assert "handed in" not in said


def test_full_storage_keeps_the_text_on_the_page(studio):
    with studio.world.database.transaction() as session:
        session.get(Course, studio.world.room.course.id).storage_limit_bytes = 1
    answer = studio.save("test_nets.py", "precious = 1\n")
    said = plain(answer.text)
    assert answer.status_code == 507
    assert "precious = 1" in said
    assert "storage is full" in said
    assert "attempt" not in said


def test_assignment_without_any_version_has_its_pages(studio):
    with studio.world.database.transaction() as session:
        session.get(AssignmentRow, studio.number).live_suite_id = None
    assert "There are no tests yet" in studio.text()
    assert "There are no differences" in studio.text("/changes")
    assert "nothing to publish" in studio.text("/publish")
    studio.text("/versions")
    studio.get("/draft.zip", 404)
    studio.post("/add", name="assignment.toml")
    assert studio.files() == {"assignment.toml": b""}


def test_discarding_leaves_the_live_version(studio):
    studio.save("test_nets.py", "x = 1\n")
    live = studio.live()
    assert "The draft is discarded" in plain(studio.post("/discard", revision=studio.field("revision")).text)
    assert studio.open("test_nets.py")[0] == "def test(): pass\n"
    assert studio.live() == live


def test_discarding_what_was_changed_meanwhile_is_refused(studio):
    studio.save("test_nets.py", "x = 1\n")
    seen = studio.field("revision")
    Studio(studio.world, "admin").save("text.md", "other\n")
    answer = studio.post("/discard", revision=seen)
    assert (answer.status_code, "Admin changed the draft" in plain(answer.text)) == (409, True)
    assert studio.files()["text.md"] == b"other\n"


def test_long_file_is_not_put_into_the_field(studio):
    studio.put({"data/long.txt": b"x" * (TEXT_BYTES + 1)})
    page = studio.get(file="data/long.txt").text
    assert "This file is too long for the editor" in page
    assert "<textarea" not in page


def test_file_that_is_gone_is_told(studio):
    assert "gone.py does not exist, or no longer exists" in studio.text(file="gone.py")


def test_assistants_read_and_try_but_dont_change(studio):
    ta = Studio(studio.world, "ta")
    page = ta.get(file="test_nets.py").text
    assert "readonly" in page
    for form in ('/tests/file"', "/add", "/upload", "/discard", "/rename", 'value="publish"'):
        assert form not in page
    assert f'action="/assignments/{studio.number}/trials"' in page
    assert "/trials/" in ta.start("verify")


def test_assignment_without_tests_says_what_is_needed(studio):
    studio.upload({"nets.zip": _zip({"x/readme.md": b"nothing"})})
    said = studio.text()
    assert "missing assignment.toml" in said


MADE = "submissions/wrong/mlp.py"


def test_sample_that_is_a_change_can_be_read_and_leads_to_what_makes_it(studio):
    studio.put(CHANGED)
    page = studio.get(file=MADE).text
    assert "right = False" in page
    assert "readonly" in page
    said = plain(page)
    assert "This sample is not a file. It is made from submissions/accepted/mlp.py by a change in" in said
    for link in ("submissions/expected.toml", "submissions/accepted/mlp.py"):
        assert f'<a href="{studio.there}?file={link}">{link}</a>' in page
    assert "wrong/mlp.py from a change" in said
    assert studio.get(f"/files/{MADE}").data == b"right = False\n"


def test_sample_that_is_a_change_is_not_saved_renamed_or_removed(studio):
    studio.put(CHANGED)
    page = studio.get(file=MADE).text
    for form in ('name="text"', "/rename", "/remove", "data-save"):
        assert form not in page
    assert set(studio.files()) & {MADE} == set()


def test_sample_of_several_files_leads_to_the_file_that_each_is_made_of(studio):
    two = {"submissions/accepted/two/mlp.py": b"from layers import *\n"}
    two |= {"submissions/accepted/two/layers.py": b"right = True\n"}
    listed = CHANGED["submissions/expected.toml"].replace(b"/mlp.py", b"/two")
    studio.put(two | {"submissions/expected.toml": listed})
    page = studio.get(file="submissions/wrong/two/layers.py").text
    assert "right = False" in page
    assert f'<a href="{studio.there}?file=submissions/accepted/two/layers.py">' in page


def test_change_that_can_not_be_made_is_told_beside_the_files(studio):
    studio.put(CHANGED | {"submissions/accepted/mlp.py": b"right = 1\n"})
    said = studio.text()
    assert "submissions/expected.toml : samples[2].replace: pair 1 of wrong/mlp.py" in said
    assert '"True" is found 0 times in accepted/mlp.py, and must be there once. Copy it from there' in said


def test_samples_that_are_changes_come_through_the_zip_as_such(studio):
    studio.put(CHANGED)
    before, packed = studio.files(), studio.get("/draft.zip").data
    assert MADE not in before
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert not [name for name in archive.namelist() if name.endswith("wrong/mlp.py")]
    studio.post(
        "/remove", name="submissions/expected.toml", seen=studio.digests()["submissions/expected.toml"]
    )
    studio.upload({"nets.zip": packed})
    assert studio.files() == before
    assert "right = False" in studio.get(file=MADE).text
