"""A queue in a SQLite file, for one machine without Redis: a transport for Kombu.

Kombu's own SQL transport asks once a second, keeps every message for ever, takes from its queues in turn, and
uses what SQLAlchemy is about to remove. This one asks as often as its ``polling_interval`` says, deletes a
message in the statement that takes it, and takes from a later queue only when the earlier are empty. A
message that is taken and not acknowledged comes back when the channel is closed, but not when the process is
killed: then it is the sweep that brings the grading back.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import urlsplit

from kombu.transport import virtual
from kombu.utils.json import dumps, loads

BUSY_SECONDS = 15
_TABLE = (
    "CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, "
    "message TEXT NOT NULL)"
)
_INDEX = "CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, id)"
_PUT = "INSERT INTO messages (queue, message) VALUES (?, ?)"
_TAKE = (
    "DELETE FROM messages WHERE id = (SELECT id FROM messages WHERE queue = ? ORDER BY id LIMIT 1) "
    "RETURNING message"
)
_ANY = "SELECT EXISTS (SELECT 1 FROM messages WHERE queue = ?)"
_SIZE = "SELECT count(*) FROM messages WHERE queue = ?"
_PURGE = "DELETE FROM messages WHERE queue = ?"


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
        """Do nothing: there is nothing to forget."""


class Channel(virtual.Channel):
    """A channel with a connection of its own to the file."""

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)  # type: ignore[no-untyped-call]
        self._file = _opened(Path(urlsplit(connection.client.hostname).path))

    def close(self) -> None:
        """Give back what was taken and not acknowledged, and close the file."""
        was_closed = self.closed
        super().close()  # type: ignore[no-untyped-call]
        if not was_closed:
            self._file.close()

    def _put(self, queue: str, message: Any, **_: Any) -> None:
        self._file.execute(_PUT, (queue, dumps(message)))

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        # Asked many times a second, and mostly in vain: a question that needs no lock comes first.
        [waiting] = self._file.execute(_ANY, (queue,)).fetchone()
        taken = self._file.execute(_TAKE, (queue,)).fetchall() if waiting else []
        if not taken:
            raise Empty
        return loads(taken[0][0])

    def _size(self, queue: str) -> int:
        return int(self._file.execute(_SIZE, (queue,)).fetchone()[0])

    def _purge(self, queue: str) -> int:
        return self._file.execute(_PURGE, (queue,)).rowcount

    def _new_queue(self, queue: str, **_: Any) -> None:
        """Do nothing: a queue is a word in a column."""

    def _reset_cycle(self) -> None:
        self._cycle = _InOrder(self._get_and_deliver, self._active_queues)


class Transport(virtual.Transport):
    """The transport that ``grader.queue.broker`` names."""

    Channel = Channel
    can_parse_url = True
    driver_type = "sqlite"
    driver_name = "sqlite3"
    connection_errors = (  # type: ignore[assignment]
        *virtual.Transport.connection_errors,
        sqlite3.OperationalError,
    )

    def driver_version(self) -> str:
        """Return the version of SQLite."""
        return sqlite3.sqlite_version


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Each statement commits by itself. With another journal readers and writers would lock each other out.
    connection = sqlite3.connect(path, BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _TABLE, _INDEX):
        connection.execute(statement)
    return connection
