"""New assignments on the web: where they come from, what is refused, who sees them unpublished."""

import io
import re
import stat
import zipfile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from grader.assignment import assignment_folder, starter
from grader.database.store import courses
from grader.database.tables import AssignmentRow
from grader.reading import names
from grader.services.act import Act
from grader.services.courses import courses as course_service
from grader.services.tests import drafts
from grader.web.tests.zipped import packed, unpacked
from tests.classroom import EXTRAS, NOW, SUITE_FILES

MIB = 1 << 20


def zipped(files, links=()):
    """Return a zip of these files; those in ``links`` are symbolic links to their contents."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK if name in links else stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def begin(world, who="instructor", zip_file=None, name="hw-2.zip", **form):
    """Send the form; return the answer."""
    data = {"title": "", "slug": "", **form}
    if zip_file is not None:
        data |= {"from": "zip", "zip": (io.BytesIO(zip_file), name)}
    return world.browser(who).post(
        f"/courses/{world.room.course.id}/assignments/new", data=data, content_type="multipart/form-data"
    )


def made(world, answer):
    """Return the new assignment's number, slug, title and draft."""
    assert answer.status_code == 303, answer.text
    number = int(re.search(r"/assignments/(\d+)/", answer.location)[1])
    with world.database.reading() as session:
        row = session.get(AssignmentRow, number)
        assert row.live_suite_id is None
        return number, row.slug, row.title, drafts.contents(session, drafts.of(session, row))


def test_shipped_assignment_begins_as_a_draft_of_all_its_files(world):
    page = world.browser("instructor").get(f"/courses/{world.room.course.id}/assignments/new")
    assert "Two-layer net with a manual backward pass (nyu-hw1)" in page.text
    _, slug, title, files = made(world, begin(world, shipped="nyu-hw1", **{"from": "shipped"}))
    assert (slug, title) == ("nyu-hw1", "Two-layer net with a manual backward pass")
    assert files == assignment_folder.read_all(assignment_folder.shipped_folder() / "nyu-hw1")


def test_title_and_short_name_of_ones_own_change_nothing_else(world):
    answer = begin(world, shipped="nyu-hw1", title="Backprop", slug="bp", **{"from": "shipped"})
    _, slug, title, files = made(world, answer)
    assert (slug, title) == ("bp", "Backprop")
    shipped = assignment_folder.read_all(assignment_folder.shipped_folder() / "nyu-hw1")
    assert {name for name in files if files[name] != shipped[name]} == {"assignment.toml"}


def test_assignment_from_scratch_has_an_example_that_is_in_order(world):
    _, slug, title, files = made(world, begin(world, title="Übung 2: Ketten", **{"from": "scratch"}))
    assert (slug, title) == ("ubung-2-ketten", "Übung 2: Ketten")
    assert files == starter.files("Übung 2: Ketten")
    checked = drafts.check(files, slug)
    assert checked.problems == ()
    assert {each.file for each in checked.samples} == {
        "handout/solution.py",
        "submissions/accepted/solution.py",
        "submissions/wrong_answer/upstream_left_out.py",
    }


@pytest.mark.parametrize("folder", ["", "hw-2/"])
def test_zip_begins_with_its_files_with_or_without_a_folder_around_them(world, folder):
    given = zipped({f"{folder}{name}": content for name, content in SUITE_FILES.items()})
    _, slug, title, files = made(world, begin(world, zip_file=given))
    assert (slug, title, files) == ("hw-2", "Nets", SUITE_FILES)


def test_zip_whose_tests_are_broken_is_taken_as_a_draft(world):
    given = zipped(SUITE_FILES | {"test_nets.py": b"def (:\n"})
    assert made(world, begin(world, zip_file=given))[3]["test_nets.py"] == b"def (:\n"


REFUSED = {
    "a name with ..": ({"../assignment.toml": b""}, (), "points outside the folder"),
    "a link": (SUITE_FILES | {"data/x": b"/etc/passwd"}, ("data/x",), "a link or a device"),
    "no document": ({"test_nets.py": b""}, (), "has no assignment.toml at its top level"),
    "a file of 50 MB that shrinks": (SUITE_FILES | {"data/x": b"0" * 50 * MIB}, (), "larger than 16 MiB"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_zip_that_cannot_be_used_is_refused_beside_the_form(world, which):
    files, links, said = REFUSED[which]
    answer = begin(world, zip_file=zipped(files, links), title="kept")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="kept"' in answer.text
    with world.database.reading() as session:
        assert len(courses.assignments(session, world.room.course.id)) == 1


def test_upload_of_50_mb_is_refused_in_words_for_staff(world):
    head = b'--b\r\nContent-Disposition: form-data; name="zip"; filename="hw.zip"\r\n\r\n'
    stream = io.BytesIO(head + b"PK" * 25 * MIB + b"\r\n--b--\r\n")
    answer = world.browser("instructor").post(
        f"/courses/{world.room.course.id}/assignments/new",
        input_stream=stream,
        content_length=len(stream.getvalue()),
        content_type="multipart/form-data; boundary=b",
    )
    assert answer.status_code == 413
    assert "larger than 20 MiB" in answer.text
    assert "Leave out data that the tests can generate" in answer.text


@pytest.mark.parametrize(
    ("form", "said", "status"),
    [
        ({}, "Nothing was chosen", 400),
        ({"from": "scratch"}, "needs a title", 400),
        ({"from": "zip"}, "No zip was chosen", 400),
        ({"from": "shipped", "shipped": "../etc"}, "no such assignment", 400),
        ({"from": "scratch", "title": "N", "slug": "A B"}, "can't be used as a short name", 400),
        ({"from": "scratch", "title": "Nets"}, "has an assignment of that name", 409),
        ({"from": "scratch", "title": "网"}, "can't be used as a short name", 400),
    ],
)
def test_what_is_missing_is_said_beside_the_form(world, form, said, status):
    answer = begin(world, **form)
    assert answer.status_code == status
    assert said in answer.text.replace("&#39;", "'")


def test_what_is_no_zip_is_refused(world):
    answer = begin(world, zip_file=b"hello", name="hello.zip")
    assert answer.status_code == 422
    assert "not a valid zip archive" in answer.text


def test_assignment_without_published_tests_is_not_there_for_students(world):
    number, *_ = made(world, begin(world, title="Secret plans", **{"from": "scratch"}))
    ada, ta = world.browser("ada"), world.browser("ta")
    for page in (f"/assignments/{number}", f"/assignments/{number}/handout.zip"):
        assert ada.get(page).status_code == 404
    assert world.hand_in(ada, assignment=number).status_code == 404
    for page in ("/", f"/courses/{world.room.course.id}"):
        assert "Secret plans" not in ada.get(page).text
        assert "Secret plans" in ta.get(page).text
    assert ta.get(f"/assignments/{number}", follow_redirects=True).status_code == 200


@pytest.mark.parametrize(
    "page", ["class", "regrades", "export", "tests", "settings/points", "settings/rules", "settings/dates"]
)
def test_staffs_pages_cope_with_an_assignment_without_published_tests(world, page):
    number, *_ = made(world, begin(world, title="Plans", **{"from": "scratch"}))
    answer = world.browser("ta").get(f"/assignments/{number}/{page}")
    assert answer.status_code == 200
    assert "No tests are published yet" in answer.text


def test_submissions_and_grades_of_an_assignment_without_tests_are_told_apart_from_an_error(world):
    number, *_ = made(world, begin(world, title="Plans", **{"from": "scratch"}))
    ta = world.browser("ta")
    url = f"/courses/{world.room.course.id}/submissions?assignment={number}"
    assert ta.get(url).status_code == 200
    assert ta.get(f"/assignments/{number}/export/grades.csv").status_code == 404


def exported(world, number):
    answer = world.browser("ta").get(f"/assignments/{number}/export/assignment.zip")
    assert answer.status_code == 200
    return answer.data


def add(world, path):
    """Add an assignment of a folder with its tests live; return its number and its version's digest."""
    suite, everything = assignment_folder.load(path), assignment_folder.read_all(path)
    extras = {name: each for name, each in everything.items() if name not in suite.files}
    with world.database.transaction() as session:
        course, actor = (
            session.merge(each, load=False) for each in (world.room.course, world.room.instructor)
        )
        row = course_service.add_assignment(Act(session, actor, NOW), course, suite, extras=extras)
        return row.id, suite.digest


SHIPPED = sorted(assignment_folder.available([assignment_folder.shipped_folder()]).values())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_assignment_that_is_exported_begins_again_identically(world, path):
    number, digest = add(world, path)
    _, _, _, files = made(world, begin(world, zip_file=exported(world, number), slug="again"))
    assert files == assignment_folder.read_all(path)
    assert drafts.check(files, "again").suite.digest == digest


def test_draft_is_exported_before_there_is_a_live_version_and_the_live_one_from_then_on(world):
    number, *_, files = made(world, begin(world, title="Plans", **{"from": "scratch"}))
    again = made(world, begin(world, zip_file=exported(world, number), slug="again"))[3]
    assert again == files
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        draft = drafts.begin(Act(session, None, NOW), row)
        seen = drafts.digests(session, draft)
        drafts.save(Act(session, None, NOW), draft, {"text.md": b"new"}, seen)
    live = made(world, begin(world, zip_file=exported(world, world.room.assignment.id), slug="live"))[3]
    assert live == SUITE_FILES | EXTRAS


parts = some.text("abc.-_ äß", min_size=1, max_size=5).filter(
    lambda each: each.strip(".") and not each.startswith(".")
)
paths = some.lists(parts, min_size=1, max_size=3).map("/".join)


@given(some.dictionaries(paths, some.binary(max_size=40), min_size=1, max_size=6))
def test_files_come_out_of_a_zip_as_they_went_in(files):
    folded = [each.casefold() for each in files]
    assume(not any(one != other and other.startswith(f"{one}/") for one in folded for other in folded))
    assume(len(set(folded)) == len(folded) and not any(names.is_junk(each) for each in files))
    wrapped = {f"nets/{name}": content for name, content in files.items()}
    assert unpacked(packed(wrapped), "nets.zip") == files
