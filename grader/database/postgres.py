"""Connections to PostgreSQL that wait for an answer no longer than they are told.

The driver itself waits without end: for a server that is frozen, or that a network has swallowed. The
server's own limits don't help then, since it is the server that would have to keep them.
"""

import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

from grader.model.language import _

# To be connected. libpq tries each address of a name for so long.
CONNECT_SECONDS = 5
# For the web: more than a page ever takes, and less than people wait.
ANSWER_SECONDS = 15.0

T = TypeVar("T")


class _Bounded(psycopg.Connection[Any]):
    """A connection that is closed when an answer takes too long; the server undoes what it was doing."""

    answer_seconds: float = ANSWER_SECONDS

    def wait(self, gen: Generator[Any, Any, T], *more: Any, **options: Any) -> T:
        """Wait for an answer. Raises OperationalError when it takes too long."""
        try:
            return super().wait(_within(gen, self.answer_seconds), *more, **options)
        except _TooLong:
            self.pgconn.finish()
            raise


class _TooLong(psycopg.OperationalError):
    """The server did not answer in time."""


def _within(gen: Generator[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """Do the same as ``gen``, which is told every moment that nothing came, until the time is over."""
    until = time.monotonic() + seconds
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                raise _TooLong(_("it did not answer within %(seconds)s s", seconds=f"{seconds:g}"))
            wanted = gen.send(ready)
    except StopIteration as end:
        found: T = end.value
        return found


def connect(seconds: float | None, *words: Any, **options: Any) -> psycopg.Connection[Any]:
    """Return a connection; with ``seconds``, one that waits no longer for any answer."""
    options.setdefault("connect_timeout", CONNECT_SECONDS)
    if seconds is None:
        return psycopg.connect(*words, **options)
    made = _Bounded.connect(*words, **options)
    made.answer_seconds = seconds
    return made
