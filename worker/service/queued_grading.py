"""One grading of the queue, from its number to its recorded report: claim, keep alive, grade, record.

The row is the truth (``grader.services.grading.gradings``). Whatever goes wrong here is our fault: the
attempt is given up, which queues the grading again or ends it as ``internal_error``; it is never a score. If
this process dies instead, its lease runs out and the sweep does the same.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Self, TypeVar

from grader import logs
from grader.clock import Clock
from grader.config import Settings
from grader.database import db
from grader.database.db import Database, Session
from grader.database.tables import GradingKind
from grader.errors import DatabaseUnavailable
from grader.model import CaseResult, Report, Status
from grader.queue.batch import Grader
from grader.services.grading import gradings
from grader.services.grading.gradings import Claim, GivenUp, Pace
from worker.sandbox.errors import SandboxError

# A grading that is quicker than this shows no cases while it runs, and pays nothing for it.
SHOW_SECONDS = 0.3
AGAIN_SECONDS = 0.5

log = logging.getLogger("chainrule.worker")
T = TypeVar("T")


class Outcome(StrEnum):
    """What became of one message."""

    NOTHING = "nothing to do"
    RECORDED = "recorded"
    LATE = "answered too late"
    AGAIN = "queued again"
    GIVEN_UP = "given up"


OUTCOMES: Mapping[GivenUp, Outcome] = {
    GivenUp.AGAIN: Outcome.AGAIN,
    GivenUp.FOR_GOOD: Outcome.GIVEN_UP,
    GivenUp.NOT_YOURS: Outcome.LATE,
}


class _Lost(Exception):
    """The grading is somebody else's now; nobody waits for our answer."""


def pace(settings: Settings) -> Pace:
    """Return the settings as the pace of gradings."""
    return Pace(
        lease=timedelta(seconds=settings.lease_seconds),
        resend=timedelta(seconds=settings.resend_seconds),
        sweep_limit=settings.sweep_limit,
    )


def run(
    grading_id: int,
    database: Database,
    engine: Grader,
    worker: str,
    settings: Settings,
    *,
    now: Clock | None = None,
) -> Outcome:
    """Grade what the row says, if it is still to be graded, and record the report.

    Moments are the database's, which all hosts share, unless there is another clock ``now``. Raises
    DatabaseUnavailable when the database is away for longer than a lease: the sweep will see to it.
    """
    held = _Held(database, settings, now)
    claim = held.claim(grading_id, worker)
    if claim is None:
        return Outcome.NOTHING
    with logs.about(grading=grading_id, submission=claim.submission_id, attempt=claim.attempt):
        return _graded(held, claim, engine)


def _graded(held: "_Held", claim: Claim, engine: Grader) -> Outcome:
    log.info("grading %d, attempt %d: started", claim.grading_id, claim.attempt)
    try:
        with _Pulse(held, claim) as pulse:
            outcome = _ended(held, claim, _grade(engine, claim, pulse))
    except _Lost:
        outcome = Outcome.LATE
    log.info("grading %d, attempt %d: %s", claim.grading_id, claim.attempt, outcome)
    return outcome


def _grade(engine: Grader, claim: Claim, pulse: "_Pulse") -> Report | str:
    """Return the report, or why there is none."""
    try:
        report = engine.grade(
            claim.submission,
            claim.suite,
            seed=claim.seed,
            device=claim.device,
            progress=pulse.show,
            running=pulse.show_cell,
            measure=claim.kind is GradingKind.DRAFT,
            only=claim.only,
        )
    except _Lost:
        raise
    except SandboxError as error:
        return str(error)
    except Exception as error:
        log.exception("grading %d: a bug in Chainrule", claim.grading_id)
        return f"a bug in Chainrule: {type(error).__name__}: {error}"
    return report if report.status is Status.GRADED else report.why


def _ended(held: "_Held", claim: Claim, result: Report | str) -> Outcome:
    if isinstance(result, Report):
        return Outcome.RECORDED if held.record(claim, result) else Outcome.LATE
    log.warning("grading %d, attempt %d failed (our fault): %s", claim.grading_id, claim.attempt, result)
    return OUTCOMES[held.give_up(claim, result)]


Cell = tuple[int, int]
"""The cell of a notebook that runs, and how many there are."""


class _Held:
    """The steps of a grading's life, each one transaction, tried again while the database is away."""

    def __init__(self, database: Database, settings: Settings, now: Clock | None) -> None:
        self.settings = settings
        self._database = database
        self._now = now
        self._pace = pace(settings)

    def claim(self, grading_id: int, worker: str) -> Claim | None:
        def step() -> Claim | None:
            with self._database.transaction() as session:
                return gradings.claim(session, grading_id, worker, now=self._moment(session), pace=self._pace)

        return self._patiently(step)

    def record(self, claim: Claim, report: Report) -> bool:
        def step() -> bool:
            with self._database.transaction() as session:
                return gradings.record(
                    session, *_key(claim), report, now=self._moment(session), pace=self._pace
                )

        return self._patiently(step)

    def give_up(self, claim: Claim, why: str) -> GivenUp:
        def step() -> GivenUp:
            with self._database.transaction() as session:
                return gradings.give_up(
                    session, *_key(claim), why, now=self._moment(session), pace=self._pace
                )

        return self._patiently(step)

    def tell(self, claim: Claim, cases: Sequence[CaseResult], cell: Cell | None, *, beat: bool) -> bool:
        """Say that we live, and show cases and cell; false when the grading is somebody else's now."""
        with self._database.transaction() as session:
            if beat and not gradings.heartbeat(
                session, *_key(claim), now=self._moment(session), pace=self._pace
            ):
                return False
            if cell is not None and not gradings.note_cell(session, *_key(claim), *cell):
                return False
            return all(gradings.note_case(session, *_key(claim), case) for case in cases)

    def _moment(self, session: Session) -> datetime:
        return self._now() if self._now else db.now(session)

    def _patiently(self, step: Callable[[], T]) -> T:
        until = time.monotonic() + self.settings.lease_seconds
        while True:
            try:
                return step()
            except DatabaseUnavailable as error:
                if time.monotonic() > until:
                    raise
                log.warning("%s", error.what)
            time.sleep(AGAIN_SECONDS)


def _key(claim: Claim) -> tuple[int, int]:
    return claim.grading_id, claim.attempt


class _Pulse:
    """Keeps the lease and shows the cases from a thread of its own, so that a slow database slows no test."""

    def __init__(self, held: _Held, claim: Claim) -> None:
        self._held = held
        self._claim = claim
        # What the engine's thread puts in and this one takes out: only together, under the lock.
        self._shown = threading.Lock()
        self._cases: list[CaseResult] = []
        self._cell: Cell | None = None
        # Nobody watches a regrade's cases come in, and each would be a row written twice.
        self._watched = claim.kind is not GradingKind.REGRADE
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._beats = held.settings.heartbeat_seconds
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def show(self, case: CaseResult) -> None:
        """Take a case that ended; raises _Lost when the grading is somebody else's now."""
        if self._lost.is_set():
            raise _Lost
        if self._watched:
            with self._shown:
                self._cases.append(case)

    def show_cell(self, number: int, total: int) -> None:
        """Take the cell of a notebook that begins; raises _Lost when the grading is somebody else's now."""
        if self._lost.is_set():
            raise _Lost
        if self._watched:
            with self._shown:
                self._cell = number, total

    def _take(self) -> tuple[list[CaseResult], Cell | None]:
        """Return what has been shown since the last time."""
        with self._shown:
            taken = self._cases, self._cell
            self._cases, self._cell = [], None
            return taken

    def _run(self) -> None:
        beat_at = time.monotonic() + self._beats
        while not self._stop.wait(min(SHOW_SECONDS, self._beats)):
            due = time.monotonic() >= beat_at
            cases, cell = self._take()
            if not due and not cases and cell is None:
                continue
            told = self._tell(cases, cell, beat=due)
            if told is False:
                self._lost.set()
                return
            beat_at = time.monotonic() + self._beats if due and told else beat_at

    def _tell(self, cases: list[CaseResult], cell: Cell | None, *, beat: bool) -> bool | None:
        """Tell once; returns whether the grading is still ours, None where that could not be found out.

        Nothing may end the beats while the grading goes on, or it would be taken for lost.
        """
        number = self._claim.grading_id
        try:
            return self._held.tell(self._claim, cases, cell, beat=beat)
        except DatabaseUnavailable as error:
            log.warning("grading %d: can't give a sign of life: %s", number, error.what)
        except Exception:
            log.exception("grading %d: a bug in Chainrule, in a sign of life", number)
        return None
