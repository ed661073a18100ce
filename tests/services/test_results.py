from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.tables import AssignmentRow, Grading, SubmissionRow
from grader.errors import NotAllowed, NotFound, UsageError
from grader.model import CaseResult, Fact, Status, Verdict
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, results, submitting
from grader.services.judgement import marking
from grader.services.people import access
from tests.classroom import MINUTE, NOW, TOML, open_classroom, report, submit, suite

DAY = timedelta(days=1)
SECRETIVE = TOML + b'[visibility]\ntotal = "after_due"\nverdict = "after_publish"\n'


def _room(database, **rules):
    with database.transaction() as session:
        return open_classroom(session, Rules(**rules))


def _graded(database, room, user, at=NOW, right=True, **more):
    with database.transaction() as session:
        number = submit(session, room, user, at=at, **more).grading.id
    with database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=at)
        gradings.record(session, number, claim.attempt, report(claim, right), now=at)
    return number


def _history(database, room, user, at=NOW):
    with database.reading() as session:
        return results.history(session, user, session.get(AssignmentRow, room.assignment.id), now=at)


@pytest.mark.parametrize(
    ("rule", "expected"), [(Counts.LATEST, 10.0), (Counts.BEST, 30.0), (Counts.CHOSEN, 10.0)]
)
def test_rule_says_which_counts(database, rule, expected):
    room = _room(database, counts=rule)
    _graded(database, room, room.ada, NOW - MINUTE, right=True)
    _graded(database, room, room.ada, NOW, right=False)
    history = _history(database, room, room.ada)
    assert (history.counting.score, history.rule) == (expected, rule)
    assert [each.score for each in history.results] == [10.0, 30.0]


def test_lateness_takes_its_share_and_an_extension_gives_it_back(database):
    room = _room(database, dates=Dates(due_at=NOW, late_until=NOW + 2 * DAY, late_percent_per_day=50))
    _graded(database, room, room.ada, NOW + MINUTE)
    late = _history(database, room, room.ada).counting
    assert (late.raw, late.share, late.score, late.late_seconds) == (30.0, 0.5, 15.0, 60)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.extend(Act(session, room.ta, NOW), assignment, room.ada, due_at=NOW + DAY)
    assert _history(database, room, room.ada).counting.score == 30.0


def test_a_late_day_is_one_of_the_course_and_not_of_24_hours(database):
    due = datetime(2026, 10, 24, 23, 59, tzinfo=ZoneInfo("Europe/Zurich")).astimezone(UTC)
    rules = Rules(Dates(due_at=due, late_until=due + 5 * DAY, late_percent_per_day=20))
    with database.transaction() as session:
        room = open_classroom(session, rules, zone="Europe/Zurich")
    at = due + timedelta(hours=24, minutes=31)  # Sunday at 23:30, since clocks went back
    _graded(database, room, room.ada, at)
    late = _history(database, room, room.ada, at).counting
    assert (late.share, late.score, late.late_seconds) == (0.8, 24.0, 88_260)


def test_team_mate_sees_it_and_nobody_else(database):
    room = _room(database, team_size=2)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, room.ta, NOW), assignment, "t", [room.ada, room.bob])
    number = _graded(database, room, room.ada)
    assert _history(database, room, room.bob).counting.score == 30.0
    assert _history(database, room, room.eve).results == ()
    with database.reading() as session:
        run = session.get(Grading, number)
        for user in (room.ada, room.bob, room.ta, room.instructor, room.admin):
            assert access.grading(session, user, number) is run
            assert access.submission(session, user, run.submission_id) is run.submission
        for user in (room.eve, room.stranger):
            with pytest.raises(NotFound):
                access.grading(session, user, number)
            with pytest.raises(NotFound):
                access.submission(session, user, run.submission_id)
        with pytest.raises(NotFound):
            access.course(session, room.stranger, room.course.id)
        with pytest.raises(NotFound):
            access.assignment(session, room.stranger, room.assignment.id)
        with pytest.raises(NotAllowed):
            access.require_staff(session, room.ada, room.course.id)
        with pytest.raises(NotAllowed):
            access.require_instructor(session, room.ta, room.course.id)
        with pytest.raises(NotFound):
            access.require_staff(session, room.stranger, room.course.id)


def test_hidden_total_tells_nothing_sideways(database):
    room = _room(database, counts=Counts.BEST, dates=Dates(due_at=NOW + DAY))
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.publish_suite(Act(session, room.ta, NOW), assignment, suite(SECRETIVE))
    number = _graded(database, room, room.ada)
    _graded(database, room, room.ada, NOW + MINUTE, right=False)
    before = _history(database, room, room.ada)
    assert before.withheld
    assert before.counting is None
    assert {(each.raw, each.score) for each in before.results} == {(None, None)}
    after = _history(database, room, room.ada, NOW + 2 * DAY)
    assert (after.withheld, after.counting.score) == (False, 30.0)
    with database.reading() as session:
        run = session.get(Grading, number)
        assert results.view(Visit(session, room.ada, NOW), run).score is None
        assert results.view(Visit(session, room.ada, NOW + 2 * DAY), run).score == 30.0
        assert results.view(Visit(session, room.ta, NOW), run).score == 30.0
        cases = results.view(Visit(session, room.ada, NOW + 2 * DAY), run).functions[0].cases
        assert {each.verdict for each in cases} == {None}


def test_published_results_open(database):
    room = _room(database)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.publish_suite(Act(session, room.ta, NOW), assignment, suite(SECRETIVE))
        courses.publish_results(Act(session, room.ta, NOW), assignment, NOW + MINUTE)
    number = _graded(database, room, room.ada)

    def verdicts(at):
        with database.reading() as session:
            seen = results.view(Visit(session, room.ada, at), session.get(Grading, number))
        return {case.verdict for function in seen.functions for case in function.cases}

    assert verdicts(NOW) == {None}
    assert verdicts(NOW + MINUTE) == {Verdict.PASSED}


def test_functions_fill_in_while_it_runs(database):
    room = _room(database)
    with database.transaction() as session:
        number = submit(session, room, room.ada).grading.id
        behind = submit(session, room, room.bob, at=NOW + MINUTE).grading
    with database.reading() as session:
        assert results.ahead(session, session.get(Grading, behind.id)) == 1
    with database.transaction() as session:
        gradings.claim(session, number, "w", now=NOW)
        for function in ("MLP.forward", "MLP.backward"):
            case = CaseResult(function, "c", function, Verdict.PASSED, Fact("ok"))
            assert gradings.note_case(session, number, 1, case)
    with database.reading() as session:
        seen = results.view(Visit(session, room.ada, NOW), session.get(Grading, number))
        assert results.ahead(session, session.get(Grading, behind.id)) == 0
    assert (seen.status, seen.score) == (Status.RUNNING, None)
    assert [(each.name, each.score) for each in seen.functions] == [("MLP.forward", 10.0)]


def test_override_wins_and_says_why(database):
    room = _room(database)
    number = _graded(database, room, room.ada, right=False)
    with database.transaction() as session:
        handed = session.get(SubmissionRow, session.get(Grading, number).submission_id)
        row = marking.override(Act(session, room.ta, NOW), handed, 25.0, "right idea")
        assert (row.at_score, row.set_by_id) == (10.0, room.ta.id)
        marking.give_points(Act(session, room.ta, NOW), handed, "report", 3, 5, "")
    result = _history(database, room, room.ada).counting
    assert (result.score, result.raw, result.overridden) == (25.0, 10.0, True)
    with pytest.raises(UsageError), database.transaction() as session:
        marking.override(Act(session, room.ta, NOW), session.get(SubmissionRow, handed.id), 1.0, " ")
    with database.transaction() as session:
        marking.withdraw_override(Act(session, room.ta, NOW), session.get(SubmissionRow, handed.id))
    assert _history(database, room, room.ada).counting.score == 10.0


def test_our_fault_is_no_score_and_the_one_before_counts(database):
    room = _room(database)
    _graded(database, room, room.ada)
    with database.transaction() as session:
        number = submit(session, room, room.ada, at=NOW + MINUTE, tries=1).grading.id
        gradings.claim(session, number, "w", now=NOW)
        gradings.give_up(session, number, 1, "no card", now=NOW)
    history = _history(database, room, room.ada)
    assert [(each.score, each.lost, each.counts) for each in history.results] == [
        (None, True, False),
        (30.0, False, True),
    ]


def test_gradebook_has_every_student_and_nobody_else(database):
    room = _room(database)
    _graded(database, room, room.ada)
    with database.reading() as session:
        rows = results.gradebook(session, session.get(AssignmentRow, room.assignment.id))
    assert [(row.user.name, row.result and row.result.score) for row in rows] == [
        ("Ada", 30.0),
        ("Bob", None),
        ("Eve", None),
    ]


def test_gradebook_says_what_each_history_says(database):
    rules = {
        "dates": Dates(due_at=NOW, late_until=NOW + 2 * DAY, late_percent_per_day=10),
        "counts": Counts.BEST,
    }
    room = _room(database, team_size=2, **rules)
    _graded(database, room, room.bob, NOW + MINUTE, right=False)
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        team = courses.form_team(Act(session, room.ta, NOW), assignment, "t", [room.ada, room.bob])
        courses.extend(Act(session, room.ta, NOW), assignment, team, due_at=NOW + MINUTE)
        courses.extend(Act(session, room.ta, NOW), assignment, room.eve, due_at=NOW + DAY)
    _graded(database, room, room.ada, NOW + 2 * MINUTE)
    _graded(database, room, room.eve, NOW + MINUTE)
    with database.reading() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        rows = results.gradebook(session, assignment)
        for row in rows:
            whole = results.history_for_staff(session, row.user, assignment, now=NOW)
            assert row.result == whole.counting
            assert row.submissions == len(whole.results)
        assert [(row.team, row.result.score) for row in rows] == [("t", 27.0), ("t", 27.0), ("", 30.0)]


def test_list_leaves_out_what_is_not_open(database):
    room = _room(database, dates=Dates(opens_at=NOW + DAY))
    with database.reading() as session:
        assert [each[2] for each in results.assignments(Visit(session, room.ada, NOW))] == [[]]
        [[_, _, [own]]] = results.assignments(Visit(session, room.ada, NOW + DAY))
        [[_, _, [staffs]]] = results.assignments(Visit(session, room.ta, NOW))
        assert own.assignment.title == staffs.assignment.title == "Nets"
        assert results.assignments(Visit(session, room.stranger, NOW)) == []


def test_number_that_no_row_can_have_is_not_found(database):
    room = _room(database)
    with database.reading() as session:
        for number in (0, -1, 2**31, 2**63, 10**30):
            with pytest.raises(NotFound):
                access.submission(session, room.admin, number)
            with pytest.raises(NotFound):
                access.assignment(session, room.admin, number)
            with pytest.raises(NotFound):
                access.course(session, room.admin, number)


def test_files_come_back_as_they_were(database):
    room = _room(database)
    files = {"mlp.py": b"\xff\x00\r\n", "ünïcode/a b.py": b"", "weiß.txt": b"x"}
    with database.transaction() as session:
        number = submit(session, room, room.ada, files).submission.id
    with database.reading() as session:
        assert submitting.contents(session, session.get(SubmissionRow, number)).files == files
