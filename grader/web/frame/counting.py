"""Counts failed sign-ins in a Redis that all web servers share, and in this process alone while that is away.

Flask-Limiter's own way out leaves a hole: where Redis answers but takes nothing in (it is full), a failed try
raises after the view. Here every step falls back by itself, so nobody waits long, nobody guesses passwords
without being counted, and nobody is kept out.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from limits.storage import MemoryStorage, RedisStorage, Storage
from redis.exceptions import RedisError

from grader.queue.breaker import Breaker

SCHEME = "shared"
SECONDS = 1.0

log = logging.getLogger("chainrule.web")
T = TypeVar("T")


class SharedStorage(Storage):
    """Counts kept in a Redis, or here while it can't be used. To be named ``shared+redis://…``."""

    # The library declares it so.
    STORAGE_SCHEME = [f"{SCHEME}+{kind}" for kind in ("redis", "rediss", "redis+unix")]  # noqa: RUF012

    def __init__(self, uri: str, **_: Any) -> None:
        """Connect to nothing yet."""
        super().__init__(uri)
        self._breaker = Breaker()
        self._here = MemoryStorage()
        self._shared = RedisStorage(
            uri.removeprefix(f"{SCHEME}+"), socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        )

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a storage raises when it can't be used: this one never does."""
        return RedisError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count one more; returns how many there are."""
        return self._either(lambda storage: storage.incr(key, expiry, amount))

    def get(self, key: str) -> int:
        """Return how many there are."""
        return self._either(lambda storage: storage.get(key))

    def get_expiry(self, key: str) -> float:
        """Return when the count begins anew."""
        return self._either(lambda storage: storage.get_expiry(key))

    def check(self) -> bool:
        """Say that counting goes on, which it always does."""
        return True

    def clear(self, key: str) -> None:
        """Forget a count, wherever it is."""
        self._here.clear(key)
        self._either(lambda storage: storage.clear(key))

    def reset(self) -> int | None:
        """Forget all counts."""
        self._here.reset()
        return self._either(lambda storage: storage.reset())

    def _either(self, step: Callable[[Storage], T]) -> T:
        if not self._breaker.may_try():
            return step(self._here)
        try:
            found = step(self._shared)
        except (RedisError, OSError) as error:
            log.warning("failed sign-ins are counted by this process alone for now: %s", error)
            self._breaker.told(well=False)
            return step(self._here)
        self._breaker.told(well=True)
        return found


def address(url: str) -> str:
    """Return the storage's name for Flask-Limiter, of what the settings say."""
    return f"{SCHEME}+{url}" if url.startswith("redis") else url
