from datetime import timedelta

import pytest

from grader.arithmetic.deadlines import Dates
from grader.database.store import audit
from grader.database.store import courses as store
from grader.database.tables import AssignmentRow, Course, SuiteRow
from grader.errors import Conflict, StorageFull, UsageError
from grader.services.act import Act
from grader.services.courses import courses, suites
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from tests.classroom import EXTRAS, NOW, SUITE_FILES, TOML, open_classroom, submit, suite

DAY = timedelta(days=1)


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session, Rules(team_size=2))


def _assignment(session, room):
    return session.get(AssignmentRow, room.assignment.id)


def _team(database, room, name, *users):
    with database.transaction() as session:
        assignment = _assignment(session, room)
        return courses.form_team(Act(session, room.ta, NOW), assignment, name, users)


def test_suite_comes_back_with_its_digest_and_what_travels_with_it(database, room):
    with database.reading() as session:
        row = suites.live_suite(session, session.get(AssignmentRow, room.assignment.id))
        assert suites.suite(session, row) == suite()
        assert suites.suite(session, row).digest == row.digest
        assert suites.suite(session, row).files == SUITE_FILES
        assert suites.extras(session, row) == EXTRAS
        assert suites.asked(session, row) == suite().assignment


def test_new_suite_grades_what_comes_and_leaves_what_was(database, room):
    newer = suite(TOML.replace(b"points = 10", b"points = 11"))
    with database.transaction() as session:
        old = submit(session, room, room.ada).grading
        assignment = _assignment(session, room)
        courses.publish_suite(Act(session, room.ta, NOW), assignment, newer)
    with database.transaction() as session:
        new = submit(session, room, room.ada).grading
        assert gradings.claim(session, old.id, "w", now=NOW).suite.digest == suite().digest
        assert gradings.claim(session, new.id, "w", now=NOW).suite.digest == newer.digest
        assert len(store.suites(session, room.assignment.id)) == 2
        assert new.seed != old.seed


def test_draft_goes_live_for_nobody(database, room):
    with database.transaction() as session:
        assignment = _assignment(session, room)
        row = courses.publish_suite(Act(session, room.ta, NOW), assignment, suite(more_py=b""), live=False)
    with database.reading() as session:
        assert session.get(AssignmentRow, room.assignment.id).live_suite_id != row.id
        assert session.get(SuiteRow, row.id).digest == suite(more_py=b"").digest


def test_suite_without_room_is_refused(database, room):
    with database.transaction() as session:
        courses.set_storage_limit(Act(session, room.ta, NOW), session.get(Course, room.course.id), 100)
    with pytest.raises(StorageFull), database.transaction() as session:
        courses.publish_suite(
            Act(session, room.ta, NOW), _assignment(session, room), suite(big_py=b"#" * 1000)
        )


def test_team_is_of_the_course_and_of_its_size(database, room):
    _team(database, room, "one", room.ada, room.bob)
    with pytest.raises(Conflict, match="bob"):
        _team(database, room, "two", room.eve, room.bob)
    with pytest.raises(Conflict, match="one"):
        _team(database, room, "one", room.eve)
    with pytest.raises(UsageError, match="stranger"):
        _team(database, room, "two", room.stranger)
    with pytest.raises(UsageError, match="up to 2"):
        _team(database, room, "two", room.ada, room.bob, room.eve)
    with database.reading() as session:
        team = store.team_of(session, room.assignment.id, room.ada.id)
        assert [each.name for each in store.members(session, team.id)] == ["Ada", "Bob"]


@pytest.mark.parametrize(
    "rules",
    [
        Rules(Dates(due_at=NOW, late_until=NOW - DAY)),
        Rules(Dates(opens_at=NOW, due_at=NOW - DAY)),
        Rules(Dates(late_percent_per_day=101)),
        Rules(Dates(grace_seconds=-1)),
        Rules(team_size=0),
        Rules(attempts_per_hour=-1),
    ],
)
def test_rules_that_make_no_sense_are_refused(database, room, rules):
    with pytest.raises(UsageError), database.transaction() as session:
        courses.change_rules(Act(session, room.ta, NOW), _assignment(session, room), rules)


def test_assignment_is_once_in_a_course(database, room):
    with pytest.raises(Conflict), database.transaction() as session:
        courses.add_assignment(Act(session, room.ta, NOW), session.get(Course, room.course.id), suite())


def test_log_says_who_changed_what(database, room):
    with database.transaction() as session:
        assignment = _assignment(session, room)
        dates = Dates(due_at=NOW + DAY)
        courses.change_rules(Act(session, room.ta, NOW), assignment, Rules(dates, team_size=2))
        courses.extend(Act(session, room.ta, NOW), assignment, room.ada, due_at=NOW + 2 * DAY, why="ill")
        courses.publish_results(Act(session, room.instructor, NOW), assignment, NOW)
    with database.reading() as session:
        told = audit.about(session, f"assignment:{room.assignment.id}")
        assert [(each.action, each.actor_id) for each in told] == [
            ("assignment.added", room.instructor.id),
            ("assignment.suite_published", room.instructor.id),
            ("assignment.rules_changed", room.ta.id),
            ("extension.given", room.ta.id),
            ("assignment.results_published", room.instructor.id),
        ]
        changed = told[2]
        assert (changed.before["due_at"], changed.after["due_at"]) == (None, "2026-11-21T12:00:00+00:00")
        newest = audit.of_course(session, room.course.id, limit=1, before_id=None)
        assert [each.action for each in newest] == ["assignment.results_published"]
