from datetime import timedelta

import pytest

from grader.arithmetic.deadlines import Counts, Dates, Standing
from grader.database.store import audit
from grader.database.tables import AssignmentRow, Course, SubmissionRow, User
from grader.errors import NotAllowed, NotOpen, StorageFull, SubmissionError, TooManyAttempts
from grader.model import Submission as Files
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, submitting
from tests.classroom import EXTRAS, MINUTE, NO_RULES, NOW, RIGHT, TOML, open_classroom, submit, suite

DAY = timedelta(days=1)


def _room(database, rules=NO_RULES, **course):
    with database.transaction() as session:
        return open_classroom(session, rules, **course)


def test_what_was_handed_in_comes_to_the_worker(database):
    room = _room(database)
    with database.transaction() as session:
        handed = submit(session, room, room.ada)
        number = handed.grading.id
    with database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
    assert claim.submission == Files(RIGHT)
    assert claim.suite.digest == handed.grading.suite.digest
    assert (claim.attempt, claim.device, claim.seed) == (1, "cpu", handed.grading.seed)


def test_refused_hand_in_leaves_nothing(database):
    room = _room(database)
    with (
        pytest.raises(SubmissionError, match=r"the file mlp\.py is missing"),
        database.transaction() as session,
    ):
        submit(session, room, room.ada, {"other.py": b""})
    with database.reading() as session:
        assert audit.about(session, "submission:1") == []


@pytest.mark.parametrize("name", ["../mlp.py", "/mlp.py", "a\0.py", "a/../b.py"])
def test_name_that_leaves_the_folder_is_refused(database, name):
    room = _room(database)
    with pytest.raises(SubmissionError), database.transaction() as session:
        submit(session, room, room.ada, {**RIGHT, name: b""})


def test_stranger_can_not_hand_in(database):
    room = _room(database)
    with pytest.raises(NotAllowed), database.transaction() as session:
        submit(session, room, room.stranger)


def test_opening_and_closing_are_kept(database):
    room = _room(database, Rules(Dates(NOW, NOW + DAY, NOW + 2 * DAY)), zone="Europe/Zurich")
    with (
        pytest.raises(NotOpen, match=r"opens on Fri 20 Nov 2026 at 13:00 \(CET\)"),
        database.transaction() as session,
    ):
        submit(session, room, room.ada, at=NOW - MINUTE)
    with pytest.raises(NotOpen, match="extension"), database.transaction() as session:
        submit(session, room, room.ada, at=NOW + 2 * DAY + MINUTE)
    with database.transaction() as session:
        handed = submit(session, room, room.ada, at=NOW + DAY + MINUTE)
    assert handed.submission.late_seconds == 60


def test_first_byte_decides_and_not_the_last(database):
    room = _room(database, Rules(Dates(due_at=NOW)))
    with database.transaction() as session:
        handed = submit(session, room, room.ada, at=NOW, now=NOW + MINUTE)
    assert handed.submission.late_seconds == 0


def test_extension_opens_what_is_closed_for_one_alone(database):
    room = _room(database, Rules(Dates(due_at=NOW)))
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.extend(Act(session, room.instructor, NOW), assignment, room.ada, due_at=NOW + DAY)
    with database.transaction() as session:
        assert submit(session, room, room.ada, at=NOW + MINUTE).submission.late_seconds == 0
    with pytest.raises(NotOpen), database.transaction() as session:
        submit(session, room, room.bob, at=NOW + MINUTE)


def test_attempts_of_an_hour_are_counted(database):
    room = _room(database, Rules(attempts_per_hour=2))
    for minute in range(2):
        with database.transaction() as session:
            submit(session, room, room.ada, at=NOW + minute * MINUTE)
    with pytest.raises(TooManyAttempts, match="13:00:00"), database.transaction() as session:
        submit(session, room, room.ada, at=NOW + 2 * MINUTE)
    with database.transaction() as session:
        submit(session, room, room.bob, at=NOW + 2 * MINUTE)
        submit(session, room, room.ada, at=NOW + 60 * MINUTE)


def test_attempt_lost_by_our_fault_is_given_back(database):
    room = _room(database, Rules(attempts_per_hour=1))
    with database.transaction() as session:
        number = submit(session, room, room.ada, tries=1).grading.id
    with database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
        gradings.give_up(session, number, claim.attempt, "the card burned", now=NOW)
    with database.reading() as session:
        terms = submitting.terms(session, room.ada, session.get(AssignmentRow, room.assignment.id), at=NOW)
    assert (terms.attempts.left, terms.standing) == (1, Standing.ON_TIME)


def test_team_shares_attempts_and_submissions(database):
    room = _room(database, Rules(attempts_per_hour=1, team_size=2))
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, room.instructor, NOW), assignment, "t", [room.ada, room.bob])
    with database.transaction() as session:
        assert submit(session, room, room.ada).submission.team_id is not None
    with pytest.raises(TooManyAttempts), database.transaction() as session:
        submit(session, room, room.bob, at=NOW + MINUTE)


def _for_teams(database, team_size, more="team_least = 2"):
    """Return a classroom whose assignment is for teams of two at least, if its course allows so many."""
    room = _room(database)
    with database.transaction() as session:
        act = Act(session, session.get(User, room.instructor.id), NOW)
        asked = suite(f"{more}\n".encode() + TOML, slug="teams")
        course = session.get(Course, room.course.id)
        room.assignment = courses.add_assignment(
            act, course, asked, Rules(team_size=team_size), extras=EXTRAS
        )
    return room


def test_who_has_too_few_team_mates_is_told_and_nothing_is_kept(database):
    room = _for_teams(database, team_size=3)
    with pytest.raises(NotAllowed, match="teams of at least 2 members"), database.transaction() as session:
        submit(session, room, room.ada)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, room.instructor, NOW), assignment, "one", [room.eve])
        courses.form_team(Act(session, room.instructor, NOW), assignment, "two", [room.ada, room.bob])
    with pytest.raises(NotAllowed, match="teams of at least 2 members"), database.transaction() as session:
        submit(session, room, room.eve)
    with database.transaction() as session:
        assert submit(session, room, room.bob).submission.team_id is not None


def test_staff_and_a_course_without_teams_are_not_held_to_it(database):
    room = _for_teams(database, team_size=1)
    with database.transaction() as session:
        submit(session, room, room.ada)
        submit(session, room, room.instructor)


def test_of_a_single_file_there_is_one_at_most(database):
    room = _for_teams(database, 1, more='files = ["mlp.py", "*.pdf"]\nsingle = ["*.pdf"]')
    pdfs = {"a.pdf": b"%PDF-1.7", "b.pdf": b"%PDF-1.7"}
    told = r"only one \*\.pdf can be submitted, not a\.pdf, b\.pdf"
    with pytest.raises(SubmissionError, match=told), database.transaction() as session:
        submit(session, room, room.ada, RIGHT | pdfs)
    with database.transaction() as session:
        submit(session, room, room.ada, RIGHT | {"a.pdf": b"%PDF-1.7"})


def test_full_storage_refuses_and_the_same_contents_cost_nothing(database):
    room = _room(database, storage_limit_bytes=2000)
    with database.transaction() as session:
        submit(session, room, room.ada, {"mlp.py": b"x" * 1500})
    with pytest.raises(StorageFull, match="tell the course's staff"), database.transaction() as session:
        submit(session, room, room.bob, {"mlp.py": b"y" * 1500})
    with database.transaction() as session:
        submit(session, room, room.bob, {"mlp.py": b"x" * 1500})


def test_only_where_the_rule_says_so_can_one_choose(database):
    room = _room(database, Rules(counts=Counts.CHOSEN))
    with database.transaction() as session:
        first = submit(session, room, room.ada)
        second = submit(session, room, room.ada, at=NOW + MINUTE)
        submitting.choose(Visit(session, room.ada, NOW), first.submission)
        submitting.choose(Visit(session, room.ada, NOW), second.submission)
    assert (first.submission.chosen, second.submission.chosen) == (False, True)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.change_rules(Act(session, room.instructor, NOW), assignment, Rules())
    with pytest.raises(NotAllowed), database.transaction() as session:
        submitting.choose(Visit(session, room.ada, NOW), session.get(SubmissionRow, first.submission.id))
