"""Sending gradings to workers. Always after the commit: a message must never be faster than its row.

Sending may fail, and a message may get lost; the row stays, and the sweep sends it again. The worker is
addressed by the name of its task, so nothing here knows it.
"""

import contextlib
import logging
import threading
from collections.abc import Iterable
from queue import Full
from queue import Queue as Line
from types import TracebackType
from typing import Any, Protocol, Self

from kombu.entity import Queue
from kombu.exceptions import KombuError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from grader.config import Settings
from grader.database import db
from grader.database.db import Database
from grader.database.store import submissions
from grader.errors import DatabaseUnavailable
from grader.queue import broker
from grader.queue.breaker import Breaker
from grader.services.grading import gradings
from grader.services.grading.gradings import Address

_AWAY = (KombuError, RedisError, OSError)
_SLOW = (RedisTimeout, TimeoutError)
# Kombu looks for this among the transport's options. Else it tries a connection that is refused again and
# again until its time-out, even where the caller wants no retry.
_TRY_ONCE = {"max_retries": 0}
# More than a large class submits at once; the sweep sends the rest.
LINE = 2_000
# How long the end of a process waits for what is still to be sent.
LAST_SECONDS = 2.0

log = logging.getLogger("chainrule.dispatch")


class Dispatcher(Protocol):
    """Brings gradings to workers, after the commit. May be called from several threads."""

    def send(self, grading_id: int) -> None:
        """Send a grading. Never raises, never waits long; what can't be sent now is sent by the sweep."""


class Sender(Protocol):
    """The queue's entrance. May be called from several threads."""

    def send(self, address: Address) -> bool:
        """Send a grading; false when the queue is away. Never raises, never waits long."""

    def waiting(self, queue: str) -> int | None:
        """Return how many messages wait in a queue, or None when it can't be told."""


class Delivery:
    """The dispatcher of the service: finds out where a grading's message goes, and sends it."""

    def __init__(self, database: Database, sender: Sender) -> None:
        self._database = database
        self._sender = sender

    def send(self, grading_id: int) -> None:
        """Send a grading, if there is one of this number."""
        try:
            with self._database.reading() as session:
                row = submissions.grading(session, grading_id)
                addresses = [gradings.address(row)] if row else []
        except DatabaseUnavailable as error:
            log.warning("grading %d is sent by the next sweep: %s", grading_id, error.what)
            return
        deliver(self._database, self._sender, addresses)


class Background:
    """Lets another dispatcher send from a thread of its own, until the end of its ``with``.

    So a request waits for the database alone, however the queue is: away, frozen, full or slow.
    """

    def __init__(self, dispatcher: Dispatcher, line: int = LINE) -> None:
        self._dispatcher = dispatcher
        self._line: Line[int | None] = Line(line)
        self._thread = threading.Thread(target=self._run, name="sending", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, grading_id: int) -> None:
        """Put a grading into the line; returns at once."""
        try:
            self._line.put_nowait(grading_id)
        except Full:
            log.warning("grading %d is sent by the sweep: too many are waiting to be sent", grading_id)

    def close(self, seconds: float = LAST_SECONDS) -> None:
        """Send what is in line, for so long; the rest is for the sweep."""
        with contextlib.suppress(Full):
            self._line.put(None, timeout=seconds)
        self._thread.join(seconds)

    def _run(self) -> None:
        while (grading_id := self._line.get()) is not None:
            try:
                self._dispatcher.send(grading_id)
            except Exception:
                log.exception("grading %d is sent by the sweep: a bug in Chainrule", grading_id)


class Resting:
    """A queue's entrance that isn't asked for a while after it was away."""

    def __init__(self, sender: Sender, breaker: Breaker) -> None:
        self._sender = sender
        self._breaker = breaker

    def send(self, address: Address) -> bool:
        """Send a grading; false, at once, while the queue rests."""
        if not self._breaker.may_try():
            return False
        sent = self._sender.send(address)
        self._breaker.told(well=sent)
        return sent

    def waiting(self, queue: str) -> int | None:
        """Return how many messages wait in a queue; None, at once, while it rests."""
        if not self._breaker.may_try():
            return None
        length = self._sender.waiting(queue)
        self._breaker.told(well=length is not None)
        return length


class CelerySender:
    """Sends over Celery's broker."""

    def __init__(self, settings: Settings, seconds: float = broker.SEND_SECONDS) -> None:
        """Connect to nothing yet. A broker that takes longer than so many seconds to answer is away."""
        self._app = broker.make_app(settings, seconds)
        options = self._app.conf.broker_transport_options
        self._app.conf.broker_transport_options = {**options, **_TRY_ONCE}

    def send(self, address: Address) -> bool:
        """Send a grading; false when the queue is away."""
        # A connection that a restart of the broker has left stale is found out by using it: hence once
        # again. Who takes too long is not waited for twice.
        error = self._refusal(address)
        if error is not None and not isinstance(error, _SLOW):
            error = self._refusal(address)
        if error is not None:
            log.warning("grading %d could not be sent to %s: %s", address.grading_id, address.queue, error)
        return error is None

    def _refusal(self, address: Address) -> Exception | None:
        """Send a grading; returns why that failed."""
        try:
            self._app.send_task(broker.TASK, args=[address.grading_id], queue=address.queue, retry=False)
        except _AWAY as error:
            return error
        return None

    def waiting(self, queue: str) -> int | None:
        """Return how many messages wait in a queue, or None when it can't be told."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=0)  # it is a new one: once says it all
                return _length(connection.default_channel, queue)
        except _AWAY as error:
            log.warning("the queue %s can't be reached: %s", queue, error)
            return None

    def close(self) -> None:
        """Close the connections."""
        self._app.close()


def _length(channel: Any, queue: str) -> int:
    """Return the length of a queue; one that nobody has used yet is empty.

    Declared, and not only looked for: with a prefix for its keys, Kombu 5.7 never finds a queue in Redis.
    """
    return int(Queue(queue, channel=channel).queue_declare().message_count)


def deliver(database: Database, sender: Sender, addresses: Iterable[Address]) -> int:
    """Send gradings whose rows are committed; return how many went out.

    What could not be sent is marked, so that the next sweep sends it at once.
    """
    failed: list[int] = []
    sent = 0
    for address in addresses:
        # A broker that just refused is not asked again for each of the rest.
        if not failed and sender.send(address):
            sent += 1
        else:
            failed.append(address.grading_id)
    if failed:
        _note_unsent(database, failed)
    return sent


def _note_unsent(database: Database, failed: list[int]) -> None:
    try:
        with database.transaction() as session:
            now = db.now(session)
            for grading_id in failed:
                gradings.unsent(session, grading_id, now=now)
    except DatabaseUnavailable as error:
        log.warning("%d gradings are sent again later than planned: %s", len(failed), error.what)
