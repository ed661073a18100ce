"""What a worker's main process does besides: the sweep, a sign of life, and listening to its own ears.

All of it happens in rounds of one thread. The pool's processes are forked from this very process, and a
connection to SQLite must not be open when that happens: the child would take the parent's locks for its own.
So a round opens its connections and closes them again under a lock that forking waits for.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from grader.clock import Clock
from grader.config import Settings
from grader.database import db
from grader.database.db import Database
from grader.database.store import gradings as store
from grader.errors import ChainruleError
from grader.queue import stop_limits
from grader.queue.sending import Sender, deliver
from grader.services.grading import gradings
from worker.service.queued_grading import pace

# A sweeper that died is followed by another after so many of its rounds.
LEASE_ROUNDS = 2.5
# Longer than the pauses between two tries to reach a broker that was away.
DEAF_SECONDS = 60.0
# After a sweep that sent something more may wait than there was room for, and workers may be fast.
SOONER = 5

log = logging.getLogger("chainrule.worker")


@dataclass(frozen=True)
class Ears:
    """How busy the worker is: messages it has received so far, gradings it runs now, and its slots."""

    received: Callable[[], int]
    busy: Callable[[], int]
    slots: int


@dataclass(frozen=True)
class Identity:
    """What a worker says of itself."""

    name: str
    queues: tuple[str, ...]
    device: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class Sweep:
    """Sends what was forgotten and takes back what was lost, in one process at a time."""

    def __init__(self, database: Database, sender: Sender, settings: Settings, holder: str) -> None:
        self._database = database
        self._sender = sender
        self._settings = settings
        self._holder = holder
        self._pace = pace(settings)

    def __call__(self, queues: tuple[str, ...], *, now: Clock | None = None) -> int | None:
        """Sweep these queues if it is our turn; returns how many were sent, None when it isn't.

        Moments are the database's, which all hosts share, unless there is another clock.
        """
        lasts = timedelta(seconds=LEASE_ROUNDS * self._settings.sweep_seconds)
        with self._database.transaction() as session:
            at = now() if now else db.now(session)
            if not gradings.may_sweep(session, self._holder, now=at, lasts=lasts):
                return None
        room = {queue: self._room(queue) for queue in queues}
        with self._database.transaction() as session:
            at = now() if now else db.now(session)
            addresses = gradings.sweep(session, now=at, pace=self._pace, room=room)
        return deliver(self._database, self._sender, addresses)

    def _room(self, queue: str) -> int:
        """Return how many messages a queue may take; none while it can't be reached."""
        waiting = self._sender.waiting(queue)
        return 0 if waiting is None else max(0, self._settings.sweep_limit - waiting)


def sweep_in_time(
    look: Callable[[], str | None], sweep: Callable[[], int | None], end: Callable[[], None]
) -> int | None:
    """Sweep where our clock is right; else end: at the next start nothing is taken before it is right."""
    wrong = look()
    if wrong is None:
        return sweep()
    log.error("the worker exits, to be restarted: %s", wrong)
    end()
    return None


def pause(sent: int | None, sweep_seconds: float) -> float:
    """Return how long to wait for the next sweep after one that sent so many."""
    return sweep_seconds / SOONER if sent else sweep_seconds


class Hearing:
    """Notices that messages wait, slots are free, and still none arrives: a consumer that went deaf."""

    def __init__(
        self,
        ears: Ears,
        waiting: Callable[[str], int | None],
        queues: tuple[str, ...],
        seconds: float = DEAF_SECONDS,
    ) -> None:
        self._seconds = seconds
        self._ears = ears
        self._waiting = waiting
        self._queues = queues
        self._received = -1
        self._silent_since = time.monotonic()

    def deaf(self) -> bool:
        """Say so after a minute of silence; to be asked once a round."""
        received = self._ears.received()
        idle = self._ears.busy() < self._ears.slots
        if received != self._received or not idle or not any(map(self._waiting, self._queues)):
            self._received, self._silent_since = received, time.monotonic()
            return False
        return time.monotonic() - self._silent_since > self._seconds


class Housekeeping:
    """Runs the rounds until the end of its ``with``."""

    def __init__(
        self,
        database: Database,
        sweep: Callable[[], int | None],
        hearing: Hearing,
        identity: Identity,
        settings: Settings,
        on_deaf: Callable[[], None],
    ) -> None:
        self._database = database
        self._sweep = sweep
        self._hearing = hearing
        self._identity = identity
        self._settings = settings
        self._on_deaf = on_deaf
        self._pause = settings.sweep_seconds
        self._stop = threading.Event()
        self._quiet = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def __enter__(self) -> Self:
        os.register_at_fork(
            before=self._quiet.acquire,
            after_in_parent=self._quiet.release,
            after_in_child=self._quiet.release,
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the rounds, and hand back what the worker still holds."""
        self._stop.set()
        self._thread.join(stop_limits.ROUND.seconds)
        if self._thread.is_alive():
            log.error("the database does not answer; what this worker held waits until its leases run out")
        self._settings.health.unlink(missing_ok=True)

    def _run(self) -> None:
        self._rounds()
        with self._quiet:
            self._try(self._hand_back)
            self._try(self._database.close)

    def _rounds(self) -> None:
        beats = self._settings.heartbeat_seconds
        sweep_at = 0.0
        while True:
            with self._quiet:
                well = self._try(self._note)
                if time.monotonic() >= sweep_at:
                    well = self._try(self._round) and well
                    sweep_at = time.monotonic() + self._pause
                well = self._try(self._database.close) and well
            if well:
                self._try(self._touch)
            if self._stop.wait(max(0.05, min(beats, sweep_at - time.monotonic()))):
                return

    def _round(self) -> None:
        self._pause = self._settings.sweep_seconds
        self._pause = pause(self._sweep(), self._settings.sweep_seconds)
        if self._hearing.deaf():
            log.error("messages are waiting and none arrive: the worker exits, to be restarted")
            self._on_deaf()

    def _try(self, step: Callable[[], object]) -> bool:
        """Do a step; whatever is wrong with the database or the queue is for the next round to try again."""
        try:
            step()
        except ChainruleError as error:
            log.warning("%s", error.what)
            return False
        except Exception:
            log.exception("a bug in Chainrule, in a round of housekeeping")
            return False
        return True

    def _note(self) -> None:
        identity = self._identity
        with self._database.transaction() as session:
            store.note_worker(
                session,
                {
                    "name": identity.name,
                    "seen_at": db.now(session),
                    "queues": list(identity.queues),
                    "device": identity.device,
                    "facts": dict(identity.facts),
                },
            )

    def _touch(self) -> None:
        health = self._settings.health
        try:
            # With database and queue elsewhere, nothing else may have needed this folder yet.
            health.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            health.touch()
        except OSError as error:
            log.warning("the health file can't be written: %s", error)

    def _hand_back(self) -> None:
        with self._database.transaction() as session:
            number = gradings.hand_back_all(session, self._identity.name, now=db.now(session))
        if number:
            log.info("%d unfinished gradings were returned to the queue", number)
