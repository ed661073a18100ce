import io
import json
import zipfile

import pytest

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.store import submissions as store
from grader.database.tables import AssignmentRow, User
from grader.errors import Conflict
from grader.reading.submissions import read
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from grader.services.judgement import marking
from grader.services.reports import exports
from grader.services.reports.exports import Extent
from tests.classroom import MINUTE, NOW, open_classroom, report, submit, suite


def _graded(database, room, user, at=NOW, right=True, **more):
    with database.transaction() as session:
        made = submit(session, room, user, at=at, **more)
    with database.transaction() as session:
        claim = gradings.claim(session, made.grading.id, "w", now=at)
        gradings.record(session, made.grading.id, claim.attempt, report(claim, right), now=at)
    return made.submission.id


@pytest.fixture
def room(database):
    """Ada's better attempt and her worse one, Bob's with a total set by hand, nothing of Eve's."""
    rules = Rules(
        dates=Dates(due_at=NOW, late_until=NOW + 60 * MINUTE, late_percent_per_day=50), counts=Counts.BEST
    )
    with database.transaction() as session:
        room = open_classroom(session, rules)
    room.first = _graded(database, room, room.ada, NOW)
    room.second = _graded(
        database, room, room.ada, NOW + MINUTE, files={"mlp.py": b"late", "more/a.txt": b"x"}
    )
    room.third = _graded(database, room, room.bob, right=False, files={"mlp.py": b"bob"})
    with database.transaction() as session:
        handed = store.submission(session, room.third)
        marking.override(Act(session, room.ta, NOW), handed, 12.5, "oral")
    return room


def _zip(database, room, write, *arguments):
    stream = io.BytesIO()
    with database.reading() as session:
        number = write(session, session.get(AssignmentRow, room.assignment.id), *arguments, stream)
    archive = zipfile.ZipFile(stream)
    return number, {each: archive.read(each) for each in archive.namelist()}, stream.getvalue()


def test_grades_are_those_that_count_for_every_student_of_the_course(database, room):
    with database.reading() as session:
        sheet = exports.sheet(session, session.get(AssignmentRow, room.assignment.id))
    told = {
        each.email: (each.score, each.submission, each.by_hand, each.submissions) for each in sheet.grades
    }
    assert told == {
        "ada@example.org": (30.0, room.first, False, 2),
        "bob@example.org": (12.5, room.third, True, 1),
        "eve@example.org": (None, None, False, 0),
    }
    assert sheet.max_score == 30.0


def test_archive_has_a_folder_for_each_hand_in_that_counts(database, room):
    number, contents, _ = _zip(database, room, exports.write_submissions, Extent.COUNTING)
    assert number == 2
    assert set(contents) == {
        f"ada@example.org-{room.first}/mlp.py",
        f"bob@example.org-{room.third}/mlp.py",
    }


def test_archive_of_all_is_read_by_grade(database, room, tmp_path):
    number, contents, data = _zip(database, room, exports.write_submissions, Extent.ALL)
    assert number == 3
    assert contents[f"ada@example.org-{room.second}/more/a.txt"] == b"x"
    (tmp_path / "all.zip").write_bytes(data)
    found = read(tmp_path / "all.zip", suite().assignment)
    assert [each.submission.files["mlp.py"] for each in found if each.submission] == [
        contents[name] for name in sorted(contents) if name.endswith("mlp.py")
    ]


def test_the_same_export_twice_is_the_same_file(database, room):
    once, again = (_zip(database, room, exports.write_submissions, Extent.ALL)[2] for _ in range(2))
    assert once == again


def test_gradescope_gets_the_score_that_counts(database, room):
    number, contents, _ = _zip(database, room, exports.write_gradescope)
    told = {name.split("-")[0]: json.loads(content)["score"] for name, content in contents.items()}
    assert (number, told) == (2, {"ada@example.org": 30.0, "bob@example.org": 12.5})


def test_team_stands_for_its_members_and_leaves_no_folder(database):
    with database.transaction() as session:
        room = open_classroom(session, Rules(team_size=2))
        people = [session.get(User, each.id) for each in (room.ada, room.bob)]
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "../../Ä =team", people)
    handed = _graded(database, room, room.ada)
    _, contents, _ = _zip(database, room, exports.write_submissions, Extent.COUNTING)
    assert set(contents) == {f"team-{handed}/mlp.py"}
    with database.reading() as session:
        sheet = exports.sheet(session, session.get(AssignmentRow, room.assignment.id))
    assert [each.score for each in sheet.grades] == [30.0, 30.0, None]


@pytest.mark.parametrize("write", [exports.write_gradescope, exports.write_submissions])
def test_nothing_handed_in_is_said(database, write):
    with database.transaction() as session:
        room = open_classroom(session)
    arguments = (Extent.ALL,) if write is exports.write_submissions else ()
    with pytest.raises(Conflict):
        _zip(database, room, write, *arguments)
