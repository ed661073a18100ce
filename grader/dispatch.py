"""Sending gradings to workers. Always after the commit: a message must never be faster than its row.

Sending may fail, and a message may get lost; the row stays, and the sweep sends it again. The worker is
addressed by the name of its task, so nothing here knows it.
"""

import logging
from collections.abc import Iterable
from typing import Any, Protocol

from kombu.entity import Queue
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from grader import broker, clock
from grader.config import Settings
from grader.db import Database
from grader.errors import DatabaseUnavailable
from grader.services import gradings
from grader.services.gradings import Address
from grader.store import submissions

_AWAY = (KombuError, RedisError, OSError)
# A connection that a restart of the broker has left stale is found out by using it: hence once again.
_ONCE_AGAIN = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}

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


class CelerySender:
    """Sends over Celery's broker."""

    def __init__(self, settings: Settings) -> None:
        self._app = broker.make_app(settings)

    def send(self, address: Address) -> bool:
        """Send a grading; false when the queue is away."""
        try:
            self._app.send_task(
                broker.TASK,
                args=[address.grading_id],
                queue=address.queue,
                retry=True,
                retry_policy=_ONCE_AGAIN,
            )
        except _AWAY as error:
            log.warning("grading %d could not be sent to %s: %s", address.grading_id, address.queue, error)
            return False
        return True

    def waiting(self, queue: str) -> int | None:
        """Return how many messages wait in a queue, or None when it can't be told."""
        try:
            with self._app.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, interval_start=0)
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
            for grading_id in failed:
                gradings.unsent(session, grading_id, now=clock.now())
    except DatabaseUnavailable as error:
        log.warning("%d gradings are sent again later than could be: %s", len(failed), error.what)
