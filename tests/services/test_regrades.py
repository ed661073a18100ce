"""Regrades: what they are of, how they go, and what they change at the end."""

from datetime import timedelta

import pytest

from grader.arithmetic.regrade_diff import Way
from grader.database.store import audit
from grader.database.store import gradings as grading_store
from grader.database.tables import Grading, Regrade, RegradeState, SubmissionRow, SuiteRow
from grader.errors import Conflict
from grader.model import Status, Verdict
from grader.services.act import Act
from grader.services.courses import suites
from grader.services.grading import gradings, results
from grader.services.grading.gradings import Pace
from grader.services.judgement import marking
from grader.services.regrades import comparisons, regrade_progress, regrades
from tests.classroom import NOW, SECRET, report
from tests.services.regrading import HOUR, Desk, cases

LEASE = Pace().lease


@pytest.fixture
def desk(database):
    return Desk(database)


def _comparison(desk, regrade):
    with desk.database.reading() as session:
        return comparisons.comparison(session, session.get(Regrade, regrade))


def test_scores_change_all_at_once_and_only_when_it_is_made_live(desk):
    first, second = desk.hand_in("ada", "bob")
    regrade = desk.start()
    assert desk.grade_all(regrade, right={first: True, second: False}) == 2
    assert desk.progress(regrade).state is RegradeState.DONE
    assert desk.scores() == {first: 30.0, second: 30.0}
    change = desk.make_live(regrade)
    assert desk.scores() == {first: 30.0, second: 10.0}
    assert (change.numbers[Way.DOWN], change.points[Way.DOWN]) == (1, -20.0)
    with desk.database.reading() as session:
        assert desk.assignment(session).live_suite_id == desk.suite
        row = session.get(Regrade, regrade)
        assert (row.state, row.ended_by.name) == (RegradeState.LIVE, "Instructor")
        history = results.history(session, desk.room.bob, desk.assignment(session), now=NOW)
    assert history.counting.score == 10.0


def test_table_says_who_and_because_of_which_case_also_afterwards(desk):
    up, same = desk.hand_in("ada", right=False) + desk.hand_in("bob")
    regrade = desk.start()
    desk.grade_all(regrade)
    for _ in range(2):
        found = _comparison(desk, regrade)
        [change] = found.of(Way.UP)
        assert (change.handed.submission, change.handed.who, change.difference) == (up, "Ada", 20.0)
        assert [(each.case.name, each.before, each.after) for each in change.causes] == [
            ("dJdW1", Verdict.FAILED, Verdict.PASSED)
        ]
        assert [each.handed.submission for each in found.of(Way.SAME)] == [same]
        if desk.progress(regrade).state is RegradeState.DONE:
            desk.make_live(regrade)


def test_regrades_are_part_of_no_gradebook_before(desk):
    [number] = desk.hand_in("ada")
    desk.grade_all(desk.start(), right=False)
    with desk.database.reading() as session:
        [row] = [
            each for each in results.gradebook(session, desk.assignment(session)) if each.user.name == "Ada"
        ]
    assert (row.result.score, row.submissions, row.result.submission.id) == (30.0, 1, number)


def test_pause_lets_nobody_begin_and_going_on_sends_what_waits(desk):
    desk.hand_in("ada", "bob", "eve")
    regrade = desk.start()
    with desk.database.reading() as session:
        numbers = [each.id for each in session.query(Grading).filter_by(regrade_id=regrade)]
    with desk.database.transaction() as session:
        running = gradings.claim(session, numbers[0], "w", now=NOW + HOUR)
    desk.do(regrades.pause, regrade)
    assert [desk.grade(each) for each in numbers[1:]] == [None, None]
    later = NOW + 3 * HOUR
    with desk.database.transaction() as session:
        assert gradings.sweep(session, now=NOW + HOUR + LEASE / 2) == ()
        assert grading_store.waiting(session) == []
        assert gradings.hand_back(session, numbers[0], running.attempt, now=later)
    assert desk.progress(regrade).state is RegradeState.PAUSED
    with pytest.raises(Conflict, match="is paused"):
        desk.make_live(regrade)
    desk.do(regrades.resume, regrade, now=later)
    with desk.database.transaction() as session:
        assert [each.grading_id for each in gradings.sweep(session, now=later)] == numbers
    assert desk.grade_all(regrade, now=later) == 3
    assert desk.progress(regrade).state is RegradeState.DONE


def test_cancelled_regrade_begins_nothing_more_and_changes_no_score(desk):
    desk.hand_in("ada", "bob", "eve")
    regrade = desk.start()
    with desk.database.reading() as session:
        numbers = [each.id for each in session.query(Grading).filter_by(regrade_id=regrade)]
    with desk.database.transaction() as session:
        running = gradings.claim(session, numbers[0], "w", now=NOW + HOUR)
    desk.do(regrades.cancel, regrade)
    with desk.database.transaction() as session:
        gradings.hand_back(session, numbers[0], running.attempt, now=NOW + HOUR)
        assert gradings.sweep(session, now=NOW + 9 * HOUR) == ()
    assert [desk.grade(each) for each in numbers] == [None, None, None]
    found = desk.progress(regrade)
    assert (found.state, found.total, found.waiting, found.running) == (RegradeState.CANCELLED, 3, 0, 0)
    assert set(desk.scores().values()) == {30.0}
    for step in (regrades.pause, regrades.resume, regrades.cancel, regrades.drop):
        with pytest.raises(Conflict, match="was cancelled"):
            desk.do(step, regrade)
    assert desk.start() != regrade


def test_dropped_regrade_changes_nothing_for_good(desk):
    [number] = desk.hand_in("ada")
    regrade = desk.start()
    with pytest.raises(Conflict, match="is still running: 1 of 1"):
        desk.do(regrades.drop, regrade)
    desk.grade_all(regrade, right=False)
    desk.do(regrades.drop, regrade)
    assert desk.scores() == {number: 30.0}
    with pytest.raises(Conflict, match="was discarded"):
        desk.make_live(regrade)


def test_what_a_person_set_stays_and_is_flagged(desk):
    mine, points, plain = desk.hand_in("ada", "bob", "eve")
    with desk.database.transaction() as session:
        handed = session.get(SubmissionRow, mine)
        marking.override(Act(session, desk.room.ta, NOW), handed, 25.0, "as agreed")
        handed = session.get(SubmissionRow, points)
        marking.give_points(Act(session, desk.room.ta, NOW), handed, "style", 3.0, 5.0, "tidy")
    regrade = desk.start()
    desk.grade_all(regrade, right=False)
    change = desk.make_live(regrade)
    assert change.by_hand == 2
    flagged = {each.handed.submission: each.handed.set_by_hand for each in change.changes if each.by_hand}
    assert flagged == {mine: 25.0, points: None}
    with desk.database.reading() as session:
        scores = {
            each.user.name: each.result.score for each in results.gradebook(session, desk.assignment(session))
        }
    assert scores == {"Ada": 25.0, "Bob": 10.0, "Eve": 10.0}
    assert plain in desk.scores()


def test_what_we_could_not_grade_keeps_its_score(desk):
    [number] = desk.hand_in("ada")
    regrade = desk.start()
    for at in (NOW + HOUR + each * 2 * LEASE for each in range(3)):
        with desk.database.transaction() as session:
            [run] = session.query(Grading).filter_by(regrade_id=regrade)
            claim = gradings.claim(session, run.id, "w", now=at)
            gradings.give_up(session, run.id, claim.attempt, "no card", now=at)
    assert desk.progress(regrade).lost == 1
    desk.do(regrades.retry, regrade, now=NOW + 2 * HOUR)
    assert desk.progress(regrade).waiting == 1
    for at in (NOW + 3 * HOUR + each * 2 * LEASE for each in range(3)):
        with desk.database.transaction() as session:
            claim = gradings.claim(session, run.id, "w", now=at)
            gradings.give_up(session, run.id, claim.attempt, "no card", now=at)
    change = desk.make_live(regrade)
    assert change.numbers[Way.LOST] == 1
    assert desk.scores() == {number: 30.0}


def test_nothing_is_tried_again_where_all_was_graded(desk):
    desk.hand_in("ada")
    regrade = desk.start()
    desk.grade_all(regrade)
    with pytest.raises(Conflict, match="was graded"):
        desk.do(regrades.retry, regrade)


def test_killed_worker_costs_nothing_and_nothing_is_graded_twice(desk):
    desk.hand_in("ada", "bob", "eve")
    regrade = desk.start()
    now = NOW + HOUR
    with desk.database.reading() as session:
        numbers = [each.id for each in session.query(Grading).filter_by(regrade_id=regrade)]
    desk.grade(numbers[0], at=now)
    with desk.database.transaction() as session:
        gradings.claim(session, numbers[1], "killed", now=now)
    assert desk.grade_all(regrade, now=now) == 1  # the killed worker's is still held, the first is done
    assert desk.grade_all(regrade, now=now + 2 * LEASE) == 1
    with desk.database.reading() as session:
        runs = {each.id: each.attempt for each in session.query(Grading).filter_by(regrade_id=regrade)}
        assert {each.status for each in session.query(Grading)} == {Status.GRADED}
    assert runs == {numbers[0]: 1, numbers[1]: 2, numbers[2]: 1}


def test_first_are_sent_at_once_and_the_others_by_the_sweep(desk):
    desk.hand_in(*["ada"] * (regrades.SENT_AT_ONCE + 2))
    with desk.database.transaction() as session:
        started = regrades.start(
            Act(session, None, NOW),
            desk.assignment(session),
            session.get(SuiteRow, desk.suite),
            secret=SECRET,
        )
    assert len(started.first) == regrades.SENT_AT_ONCE
    with desk.database.transaction() as session:
        swept = gradings.sweep(session, now=NOW)
    assert len(swept) == 2
    assert {each.queue for each in swept} == {"regrade.cpu"}
    assert not set(started.first) & {each.grading_id for each in swept}


def test_suite_in_use_is_not_removed_and_an_unused_one_is(desk):
    desk.hand_in("ada")
    unused = desk.publish(b"# unused\n")
    regrade = desk.start()

    def remove(number):
        with desk.database.transaction() as session:
            row = session.get(SuiteRow, number)
            suites.remove(Act(session, desk.room.instructor, NOW), desk.assignment(session), row)

    with pytest.raises(Conflict, match=f"regrade {regrade} uses them"):
        remove(desk.suite)
    assert desk.grade_all(regrade) == 1
    desk.do(regrades.drop, regrade)
    with pytest.raises(Conflict, match="gradings refer to them"):
        remove(desk.suite)
    with desk.database.reading() as session:
        live = desk.assignment(session).live_suite_id
    with pytest.raises(Conflict, match="submissions are graded by them"):
        remove(live)
    remove(unused)
    with desk.database.reading() as session:
        assert session.get(SuiteRow, unused) is None


def test_every_step_is_in_the_audit_log(desk):
    desk.hand_in("ada")
    regrade = desk.start(only="passed")
    desk.do(regrades.pause, regrade)
    desk.do(regrades.resume, regrade)
    desk.grade_all(regrade, right=False)
    desk.make_live(regrade)
    with desk.database.reading() as session:
        entries = audit.about(session, f"regrade:{regrade}")
    assert [each.action.removeprefix("regrade.") for each in entries] == [
        "started", "paused", "continued", "made_live",
    ]  # fmt: skip
    assert {each.actor_id for each in entries} == {desk.room.instructor.id}
    assert {each.course_id for each in entries} == {desk.room.course.id}
    assert (entries[0].after["only"], entries[-1].after["down"]) == ("passed", 1)
    assert entries[-1].before["suite"] != entries[-1].after["suite"] == desk.suite


def test_how_long_it_takes_is_guessed_from_the_last_minute(desk):
    desk.hand_in("ada", "bob", "eve")
    regrade = desk.start()
    with desk.database.reading() as session:
        [first, *_] = session.query(Grading).filter_by(regrade_id=regrade)
        row = session.get(Regrade, regrade)
        assert regrade_progress.progress(session, row, now=NOW + HOUR).seconds_left is None
    desk.grade(first.id, at=NOW + HOUR + timedelta(seconds=10))
    with desk.database.reading() as session:
        row = session.get(Regrade, regrade)
        found = regrade_progress.progress(session, row, now=NOW + HOUR + timedelta(seconds=20))
    assert found.seconds_left == 40.0


def test_only_cases_of_scores_that_change_are_read(desk):
    first, second = desk.hand_in("ada", "bob")
    regrade = desk.start()
    desk.grade_all(regrade, right={first: True, second: False})
    found = _comparison(desk, regrade)
    runs = {each.handed.submission: each.handed.after.cases for each in found.changes}
    assert runs[first] == {}
    assert list(runs[second].values()) == [Verdict.FAILED]


def test_points_that_change_without_a_case_have_no_cause(desk):
    [number] = desk.hand_in("ada")
    regrade = desk.start()
    with desk.database.transaction() as session:
        [run] = session.query(Grading).filter_by(regrade_id=regrade)
        claim = gradings.claim(session, run.id, "w", now=NOW)
    with desk.database.transaction() as session:
        whole = report(claim, cases=cases(Verdict.PASSED))
        assert gradings.record(session, run.id, claim.attempt, whole, now=NOW)
        session.get(Grading, run.id).score = 35.0
    [change] = _comparison(desk, regrade).of(Way.UP)
    assert (change.handed.submission, change.causes) == (number, ())
