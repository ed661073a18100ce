"""A queue in a SQLite file, for one machine without Redis: Kombu's SQL transport, made quick and tidy.

Kombu's own asks once a second, keeps every message for ever and takes from its queues in turn. This one asks
as often as its ``polling_interval`` says, deletes a message in the statement that takes it, and takes from a
later queue only when the earlier are empty. A message that is taken is gone: the sweep is what brings a
grading back whose worker died.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import sqlalchemy as sql
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads
from sqlalchemy import Engine, create_engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

__all__ = ["Channel", "SQLAlchemyError", "Transport", "prepare"]


def prepare(path: Path, busy_seconds: float) -> None:
    """Make the file beforehand: with its default journal readers and writers lock each other out."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(path, timeout=busy_seconds)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


class _InOrder:
    """Asks the queues in their order, each time from the first."""

    def __init__(self, take: Callable[..., Any], queues: list[str]) -> None:
        self._take = take
        self._queues = queues

    def get(self, callback: Callable[..., Any], **options: Any) -> Any:
        """Take one message from the first queue that has any; raises Empty when none has."""
        for queue in self._queues:
            try:
                return self._take(queue, callback, **options)
            except Empty:
                continue
        raise Empty

    def close(self) -> None:
        """Forget the queues."""


class Channel(sql.Channel):
    """A channel on the file."""

    def _engine_from_config(self) -> Engine:
        client = self.connection.client
        return create_engine(client.hostname, connect_args=client.transport_options["connect_args"])

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        messages = self.message_cls
        oldest = (
            select(messages.id)
            .where(messages.queue_id == self._get_or_create(queue).id)  # type: ignore[no-untyped-call]
            .order_by(messages.id)
            .limit(1)
            .scalar_subquery()
        )
        statement = delete(messages).where(messages.id == oldest).returning(messages.payload)
        taken = self.session.execute(
            statement, execution_options={"synchronize_session": False}
        ).scalar_one_or_none()
        self.session.commit()
        if taken is None:
            raise Empty
        return loads(bytes_to_str(taken))

    def _reset_cycle(self) -> None:
        self._cycle = _InOrder(self._get_and_deliver, self._active_queues)


class Transport(sql.Transport):
    """The transport that ``grader.broker`` names."""

    Channel = Channel
