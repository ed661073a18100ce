"""Threads that work beside a grading: nothing that goes wrong in one of their rounds ends them in silence."""

import json
import socket
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from grader import clock
from grader.config import Settings
from grader.database.store import submissions
from grader.database.tables import GradingKind
from grader.errors import DatabaseUnavailable
from grader.model import CaseResult, Fact, Submission, Verdict
from grader.services.grading.gradings import Claim
from tests import classroom
from tests.engine.doubles import Launcher
from tests.hostile.boxed import wait_until
from tests.queue.test_queued_grading import EngineDouble
from worker.engine import Attached, Host
from worker.engine.zygotes import Zygotes
from worker.service import queued_grading
from worker.service.housekeeping import Ears, Hearing, Housekeeping, Identity
from worker.service.queued_grading import Outcome

FAULTS = [ZeroDivisionError("a bug"), RuntimeError("a bug"), OSError(28, "full"), DatabaseUnavailable("away")]
CLAIM = Claim(1, 1, GradingKind.SUBMISSION, 1, Submission({}), classroom.suite(), "cpu", 1)
SETTINGS = Settings(lease_seconds=1.0, heartbeat_seconds=0.05)


class Failing:
    """A database of which some things fail: ``when`` says which transaction, by its number; and closing."""

    def __init__(self, database, error, when=lambda number: True):
        self._database = database
        self._error = error
        self._when = when
        self.begun = 0

    @contextmanager
    def transaction(self):
        self.begun += 1
        if self._when(self.begun):
            raise self._error
        with self._database.transaction() as session:
            yield session

    def close(self):
        raise self._error


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_sign_of_life_that_failed_is_followed_by_others(database, error):
    with database.transaction() as session:
        room = classroom.open_classroom(session)
        grading_id = classroom.submit(session, room, room.ada, at=clock.now()).grading.id
    failing = Failing(database, error, lambda number: 2 <= number <= 4)  # the first one claims

    def lease():
        with database.reading() as session:
            return submissions.grading(session, grading_id).lease_until

    def grade(asked, progress):
        first = lease()
        assert wait_until(lambda: failing.begun > 5 and lease() > first)
        return classroom.report(asked)

    assert queued_grading.run(grading_id, failing, EngineDouble(grade), "w", SETTINGS) is Outcome.RECORDED


class Iterating:
    """Takes what is shown, so slowly that more is shown meanwhile."""

    settings = SETTINGS

    def __init__(self):
        self.told = []

    def tell(self, claim, cases, cell, *, beat):
        for case in cases:
            time.sleep(0)
            self.told.append(case.id)
        return True


def test_each_case_is_told_once_however_fast_they_come():
    held = Iterating()
    cases = [CaseResult(f"f/{n}", "y", "f", Verdict.PASSED, Fact("ok")) for n in range(20_000)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with queued_grading._Pulse(held, CLAIM) as pulse:
            for case in cases:
                pulse.show(case)
            assert wait_until(lambda: len(held.told) >= len(cases))
    finally:
        sys.setswitchinterval(before)
    assert held.told == [case.id for case in cases]


@pytest.mark.parametrize("error", FAULTS, ids=lambda error: type(error).__name__)
def test_rounds_of_housekeeping_go_on_whatever_fails_in_one(tmp_path, error):
    rounds = []
    settings = Settings(data=str(tmp_path), heartbeat_seconds=0.01, sweep_seconds=0.01)

    def sweep():
        rounds.append(1)
        raise error

    ears = Ears(lambda: 0, lambda: 0, 1)
    keeping = Housekeeping(
        Failing(None, error),
        sweep,
        Hearing(ears, lambda queue: 0, ()),
        Identity("w", (), "cpu"),
        settings,
        on_deaf=lambda: None,
    )
    with keeping:
        assert wait_until(lambda: len(rounds) > 3)


class Confused:
    """Zygotes that can't answer the first question."""

    def __init__(self, zygotes):
        self._zygotes = zygotes
        self.asked = 0

    def get(self, *names, gone=()):
        self.asked += 1
        if self.asked == 1:
            raise ZeroDivisionError("a bug")
        return self._zygotes.get(*names, gone=gone)

    def close(self):
        self._zygotes.close()


def test_host_answers_after_questions_that_nobody_understands(tmp_path):
    zygotes = Confused(Zygotes(Launcher(tmp_path)))
    with Host(zygotes) as host:
        for question in (
            b"",
            b"{",
            b"[]",
            b'{"names": 3}',
            json.dumps({"names": ["plain"], "gone": []}).encode(),
        ):
            with socket.socket(socket.AF_UNIX) as asking:
                asking.settimeout(5)
                asking.connect(str(host.path))
                asking.sendall(question + b"\n")
                assert asking.recv(100) == b""
        assert len(Attached(str(host.path)).get("examiner", "plain")) == 2


def test_threads_are_none_left():
    assert [each.name for each in threading.enumerate() if each.name in ("pulse", "housekeeping")] == []
