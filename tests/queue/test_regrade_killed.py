"""A regrade at a shell that is killed, and one beside a worker, with the real engine: each is graded once."""

import sys
from dataclasses import replace

import pytest

from grader.database.tables import Grading, GradingKind, Queue
from grader.model import Status
from tests.queue.rig import kill_tree, wait
from worker.service import queued_grading

NUMBER = 40
SECONDS = 0.15  # a hand-in sleeps so long, so that a kill finds gradings that run
ALL_SECONDS = 400

pytestmark = pytest.mark.slow


class Once:
    """Grades the first hand-in with an engine, and says of all others what came of that."""

    def __init__(self, engine):
        self._engine = engine
        self._known = None

    def grade(self, submission, suite, *, seed, **options):
        if self._known is None:
            self._known = self._engine.grade(submission, suite, seed=seed, **options)
        return replace(self._known, submission=submission.digest, seed=seed)


@pytest.fixture
def rig(make_rig, engine):
    """Hand-ins that were graded."""
    rig, once = make_rig(broker="file"), Once(engine)
    for number in rig.submit(range(NUMBER), SECONDS, send=False):
        queued_grading.run(number, rig.database, once, "first", rig.settings)
    assert rig.graded() == NUMBER
    return rig


def _regrade(rig, *arguments):
    words = (sys.executable, "-m", "grader", "regrade", "sums", *arguments)
    return rig.run(*words, log="regrade.log")


def _regraded(rig, status):
    rows = rig.rows(Grading.kind, Grading.status)
    return sum(row == (GradingKind.REGRADE, status) for row in map(tuple, rows))


def _assert_each_once(rig):
    rows = rig.rows(Grading.kind, Grading.submission_id, Grading.status, Grading.score)
    regrades = [tuple(row)[1:] for row in rows if row.kind is GradingKind.REGRADE]
    assert len(regrades) == len({number for number, *_ in regrades}) == NUMBER
    assert {tuple(rest) for _, *rest in regrades} == {(Status.GRADED, 2.0)}


def test_killed_regrade_goes_on_where_it_was(rig):
    first = _regrade(rig)
    wait(lambda: _regraded(rig, Status.GRADED) >= 5 and _regraded(rig, Status.RUNNING) > 0, ALL_SECONDS, rig)
    kill_tree(first)
    lost = _regraded(rig, Status.RUNNING)
    assert lost > 0
    second = _regrade(rig, "--apply")
    assert second.wait(ALL_SECONDS) == 0
    _assert_each_once(rig)
    attempts = [
        row.attempt for row in rig.rows(Grading.kind, Grading.attempt) if row.kind is GradingKind.REGRADE
    ]
    assert sum(attempts) == NUMBER + lost
    live = [row.kind for row in rig.rows(Grading.kind, Grading.live) if row.live]
    assert live == [GradingKind.REGRADE] * NUMBER


def test_worker_and_shell_share_a_regrade_and_a_hand_in_comes_first(rig):
    shell = _regrade(rig, "--jobs", "1")
    rig.start_worker("second")
    wait(lambda: _regraded(rig, Status.GRADED) >= 5, ALL_SECONDS, rig)
    [hand_in] = rig.submit([NUMBER], SECONDS, send=False)
    wait(lambda: dict(rig.rows(Grading.id, Grading.status))[hand_in] is Status.GRADED, ALL_SECONDS, rig)
    assert _regraded(rig, Status.QUEUED) > 0
    assert shell.wait(ALL_SECONDS) == 0
    _assert_each_once(rig)
    queues = {tuple(row) for row in rig.rows(Grading.kind, Grading.queue)}
    assert queues == {(GradingKind.REGRADE, Queue.REGRADE), (GradingKind.SUBMISSION, Queue.INTERACTIVE)}
