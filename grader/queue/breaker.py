"""Lets what failed rest a while, so that not everybody waits for it in vain."""

import threading
import time
from collections.abc import Callable

REST_SECONDS = 5.0


class Breaker:
    """Says whether something may be tried: always while it works, once in a while after it failed.

    Safe to share by threads: after a rest one of them tries, and the others go on without until it did well.
    """

    def __init__(
        self, rest_seconds: float = REST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._rests_until: float | None = None

    def may_try(self) -> bool:
        """Say whether to try; who is told so says how it went."""
        with self._lock:
            if self._rests_until is None:
                return True
            now = self._clock()
            if now < self._rests_until:
                return False
            self._rests_until = now + self._rest_seconds
            return True

    def told(self, *, well: bool) -> None:
        """Take how a try went."""
        with self._lock:
            self._rests_until = None if well else self._clock() + self._rest_seconds
