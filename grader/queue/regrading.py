"""Regrades on this machine, beside whatever workers there are: what ``chainrule regrade`` does.

The rows say what is left, and each grading is claimed as a worker claims it. So nothing is graded twice,
however many take part and whoever is killed; and a submission that somebody waits for is graded first.
"""

import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from grader.database import db
from grader.database.db import Database
from grader.database.store import gradings as grading_store
from grader.database.store import regrades as store
from grader.database.tables import Regrade, RegradeState
from grader.errors import NotFound, SandboxUnavailable
from grader.forms import regrade_structs
from grader.model import Report, Submission, Suite
from grader.model.language import _
from grader.queue.batch import Grader
from grader.services.grading import gradings
from grader.services.regrades import regrade_filling

TELL_SECONDS = 0.5
# What is left is in other hands, or in none until a lease is over.
AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Crew:
    """Who grades: `grade` does one grading by its number and worker's name, ``jobs`` of them at a time."""

    grade: Callable[[int, str], object]
    jobs: int
    name: str

    @staticmethod
    def own_name() -> str:
        """Return how this process signs what it takes."""
        return f"regrade-{socket.gethostname()}-{os.getpid()}"


class Watched:
    """A grader that remembers that this machine can't grade: that is not the fault of a single grading."""

    def __init__(self, grader: Grader) -> None:
        self._grader = grader
        self._error: SandboxUnavailable | None = None

    def grade(self, submission: Submission, suite: Suite, **how: Any) -> Report:
        """Run the suite on the submission and return the facts."""
        try:
            return self._grader.grade(submission, suite, **how)
        except SandboxUnavailable as error:
            self._error = error
            raise

    def check(self) -> None:
        """Raise SandboxUnavailable if that happened."""
        if self._error is not None:
            raise self._error


def run(
    database: Database, regrade_id: int, crew: Crew, tell: Callable[[regrade_structs.RegradeForm], None]
) -> regrade_structs.RegradeForm:
    """Grade what is left of a regrade until it is through or somebody stops it; return how it ended.

    ``tell`` hears how far it is, some times a second. Interrupted, it returns unfinished ones to the queue.
    """
    pool = ThreadPoolExecutor(crew.jobs, "regrade")
    try:
        while True:
            found = look(database, regrade_id)
            tell(found)
            if found.state != RegradeState.RUNNING.value:
                break
            left = _Round(database, regrade_id, crew)
            if left.empty:
                time.sleep(AGAIN_SECONDS)
                continue
            running = [pool.submit(left.work) for _ in range(crew.jobs)]
            _await(running, lambda: tell(look(database, regrade_id)))
    except BaseException:
        _leave(database, crew, pool)
        raise
    pool.shutdown()
    return found


def look(database: Database, regrade_id: int) -> regrade_structs.RegradeForm:
    """Return how far a regrade is."""
    with database.reading() as session:
        row = store.regrade(session, regrade_id)
        if row is None:
            raise NotFound(_("regrade not found"), where=str(regrade_id))
        return regrade_filling.regrade(session, row, now=db.now(session))


def _await(running: list[Future[None]], tell: Callable[[], None]) -> None:
    left: set[Future[None]] = set(running)
    while left:
        done, left = wait(left, TELL_SECONDS)
        for each in done:
            each.result()
        tell()


def _leave(database: Database, crew: Crew, pool: ThreadPoolExecutor) -> None:
    """Let go of everything at once: whoever closes the engine ends what still runs."""
    pool.shutdown(wait=False, cancel_futures=True)
    with database.transaction() as session:
        gradings.hand_back_all(session, crew.name, now=db.now(session))


class _Round:
    """What is left of a regrade at one moment, for several threads to take from."""

    def __init__(self, database: Database, regrade_id: int, crew: Crew) -> None:
        self._database = database
        self._crew = crew
        self._lock = threading.Lock()
        with database.reading() as session:
            row = session.get_one(Regrade, regrade_id)
            self._left = deque(store.to_do(session, regrade_id, db.now(session)))
            self._device = store.device(session, row.id)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take now."""
        return not self._left

    def work(self) -> None:
        """Grade until nothing is left."""
        while (number := self._next()) is not None:
            self._crew.grade(number, self._crew.name)

    def _next(self) -> int | None:
        """Return a submission that somebody waits for, or else one of the regrade."""
        with self._lock:
            if not self._left:
                return None
            with self._database.reading() as session:
                urgent = grading_store.urgent(session, self._device)
            return urgent[0] if urgent else self._left.popleft()
