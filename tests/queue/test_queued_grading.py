"""One grading of the queue, with an engine double and a real database of each kind."""

import threading
from datetime import timedelta

import pytest

from grader import clock
from grader.config import Settings
from grader.database.store import submissions
from grader.database.tables import AssignmentRow, SubmissionRow
from grader.errors import DatabaseUnavailable
from grader.model import CaseResult, Fact, Status, Verdict
from grader.services.act import Act
from grader.services.courses import suites
from grader.services.grading import gradings
from grader.services.regrades import regrades
from tests import classroom
from tests.hostile.boxed import wait_until
from worker.sandbox.errors import SandboxError
from worker.service import queued_grading
from worker.service.queued_grading import Outcome

SETTINGS = Settings(lease_seconds=2.0, heartbeat_seconds=0.1, resend_seconds=0.0001)
CASE = CaseResult("f/1", "y_hat", "MLP.forward", Verdict.PASSED, Fact("ok"))


class EngineDouble:
    """An engine that does what the test says, with what it was given and the way to show cases."""

    def __init__(self, do):
        self.do = do
        self.graded = 0

    def grade(
        self, submission, suite, *, seed, device="cpu", progress=None, running=None, measure=False, only=()
    ):
        self.graded += 1
        assert (measure, only) == (False, ())
        return self.do(_Asked(submission, suite, seed, device, running), progress)


class _Asked:
    def __init__(self, submission, suite, seed, device, running):
        self.submission, self.suite, self.seed, self.device = submission, suite, seed, device
        self.running = running


@pytest.fixture
def handed_in(database):
    with database.transaction() as session:
        room = classroom.open_classroom(session)
        made = classroom.submit(session, room, room.ada, at=clock.now())
        return made.grading.id, made.submission.id


def _run(database, grading_id, engine, settings=SETTINGS, worker="w"):
    return queued_grading.run(grading_id, database, engine, worker, settings)


def _row(database, grading_id):
    with database.reading() as session:
        return submissions.grading(session, grading_id)


def _right(asked, progress):
    return classroom.report(asked)


def test_report_is_recorded_once(database, handed_in):
    engine = EngineDouble(_right)
    assert _run(database, handed_in[0], engine) is Outcome.RECORDED
    assert _run(database, handed_in[0], engine) is Outcome.NOTHING
    row = _row(database, handed_in[0])
    assert (row.status, row.attempt, row.score, row.worker) == (Status.GRADED, 1, 30.0, "w")
    assert engine.graded == 1


def test_grading_that_is_not_there_is_nothing_to_do(database, handed_in):
    assert _run(database, 999, EngineDouble(_right)) is Outcome.NOTHING


def _lose_box(asked, progress):
    return classroom.report(asked, status=Status.INTERNAL_ERROR, why="the box was lost")


def _no_sandbox(asked, progress):
    raise SandboxError("no box can be had", "Install it.")


def _bug(asked, progress):
    raise ZeroDivisionError("by a mistake of ours")


@pytest.mark.parametrize("fault", [_lose_box, _no_sandbox, _bug])
def test_poison_stops_after_three_attempts_and_costs_the_student_nothing(database, handed_in, fault):
    grading_id, submission_id = handed_in
    engine = EngineDouble(fault)
    outcomes = [_run(database, grading_id, engine) for _ in range(5)]
    assert outcomes == [Outcome.AGAIN, Outcome.AGAIN, Outcome.GIVEN_UP, Outcome.NOTHING, Outcome.NOTHING]
    row = _row(database, grading_id)
    assert (row.status, row.attempt, row.score) == (Status.INTERNAL_ERROR, 3, None)
    assert row.why
    assert engine.graded == 3
    with database.reading() as session:
        assert not session.get(SubmissionRow, submission_id).counted


def test_fault_that_passes_costs_one_attempt(database, handed_in):
    assert _run(database, handed_in[0], EngineDouble(_lose_box)) is Outcome.AGAIN
    assert _run(database, handed_in[0], EngineDouble(_right)) is Outcome.RECORDED
    row = _row(database, handed_in[0])
    assert (row.status, row.attempt, row.why) == (Status.GRADED, 2, "")


def test_slow_grading_keeps_its_lease(database, handed_in):
    settings = Settings(lease_seconds=600.0, heartbeat_seconds=0.1)

    def lease():
        return _row(database, handed_in[0]).lease_until

    def slow(asked, progress):
        first = lease()
        assert wait_until(lambda: lease() > first)
        between = first + (lease() - first) / 2
        with database.transaction() as session:
            assert gradings.claim(session, handed_in[0], "other", now=between) is None
        return classroom.report(asked)

    assert _run(database, handed_in[0], EngineDouble(slow), settings) is Outcome.RECORDED


def _take_over(database, grading_id):
    """Let another worker claim it, as if this one had been silent for long."""
    with database.transaction() as session:
        assert gradings.claim(session, grading_id, "other", now=clock.now() + timedelta(hours=1))


def test_late_answer_is_refused(database, handed_in):
    def late(asked, progress):
        _take_over(database, handed_in[0])
        return classroom.report(asked, right=False)

    settings = Settings(heartbeat_seconds=60.0)
    assert _run(database, handed_in[0], EngineDouble(late), settings) is Outcome.LATE
    row = _row(database, handed_in[0])
    assert (row.status, row.attempt, row.worker, row.score) == (Status.RUNNING, 2, "other", None)


def test_late_fault_is_refused(database, handed_in):
    def late(asked, progress):
        _take_over(database, handed_in[0])
        raise SandboxError("no box can be had")

    settings = Settings(heartbeat_seconds=60.0)
    assert _run(database, handed_in[0], EngineDouble(late), settings) is Outcome.LATE
    assert _row(database, handed_in[0]).attempt == 2


def test_worker_stops_grading_what_is_no_longer_its_own(database, handed_in):
    def long(asked, progress):
        _take_over(database, handed_in[0])
        assert wait_until(lambda: progress(CASE)), "nobody told us"

    assert _run(database, handed_in[0], EngineDouble(long)) is Outcome.LATE
    assert _row(database, handed_in[0]).worker == "other"


def test_cases_are_shown_while_it_runs(database, handed_in):
    seen = []

    def slow(asked, progress):
        progress(CASE)
        assert wait_until(lambda: seen.extend(shown()) or seen)
        return classroom.report(asked)

    def shown():
        with database.reading() as session:
            return [each.name for each in submissions.case_results(session, handed_in[0])]

    assert _run(database, handed_in[0], EngineDouble(slow)) is Outcome.RECORDED
    assert seen == ["y_hat"]
    with database.reading() as session:
        assert len(submissions.case_results(session, handed_in[0])) == 2


def test_cases_of_a_regrade_are_not_shown_but_it_is_kept_alive(database, handed_in):
    _run(database, handed_in[0], EngineDouble(_right))
    with database.transaction() as session:
        row = session.get(AssignmentRow, 1)
        started = regrades.start(
            Act(session, None, clock.now()), row, suites.live_suite(session, row), secret=b"s" * 32
        )
    [number], seen = started.first, []

    def slow(asked, progress):
        first = _row(database, number).lease_until
        progress(CASE)
        assert wait_until(lambda: _row(database, number).lease_until > first)
        with database.reading() as session:
            seen.extend(submissions.case_results(session, number))
        return classroom.report(asked)

    assert _run(database, number, EngineDouble(slow)) is Outcome.RECORDED
    assert seen == []
    with database.reading() as session:
        assert len(submissions.case_results(session, number)) == 2


def test_no_thread_is_left(database, handed_in):
    before = set(threading.enumerate())
    _run(database, handed_in[0], EngineDouble(_right))
    assert set(threading.enumerate()) <= before


class AwayDatabase:
    """A database that is away at first."""

    def __init__(self, database, times):
        self.database, self.times = database, times

    def transaction(self):
        self.times -= 1
        if self.times >= 0:
            raise DatabaseUnavailable("the database is away")
        return self.database.transaction()


def test_database_that_comes_back_costs_no_attempt(database, handed_in):
    away = AwayDatabase(database, 2)
    assert _run(away, handed_in[0], EngineDouble(_right)) is Outcome.RECORDED
    assert _row(database, handed_in[0]).attempt == 1


def test_database_that_stays_away_leaves_the_grading_to_the_sweep(database, handed_in):
    settings = Settings(lease_seconds=0.3)
    with pytest.raises(DatabaseUnavailable):
        _run(AwayDatabase(database, 100), handed_in[0], EngineDouble(_right), settings)
    assert _row(database, handed_in[0]).status is Status.QUEUED


def test_cell_of_a_notebook_that_begins_is_shown_meanwhile(database, handed_in):
    grading_id, _ = handed_in
    seen = []

    def train(asked, progress):
        asked.running(3, 12)
        assert wait_until(lambda: seen.extend(_row(database, grading_id).notes) or seen)
        return _right(asked, progress)

    assert _run(database, grading_id, EngineDouble(train)) is queued_grading.Outcome.RECORDED
    assert seen == [{"code": "cell_running", "values": {"cell": 3, "total": 12}}]
    assert _row(database, grading_id).notes == []
