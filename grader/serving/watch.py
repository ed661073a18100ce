"""Looks every few seconds whether what the web server needs is there, from a thread of its own.

So ``/healthz`` can say it without asking anybody, and answers however the queue and the database are. When
the looking itself hangs, that is said too.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

LOOK_SECONDS = 5.0
# A look that takes so long is news by itself.
STUCK_SECONDS = 60.0

log = logging.getLogger("chainrule.web")
Look = Callable[[], str | None]


class Watch:
    """Looks at things by name until the end of its ``with``; each look returns what is wrong, or None."""

    def __init__(
        self,
        looks: Mapping[str, Look],
        seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._looks = looks
        self._seconds = seconds
        self._clock = clock
        self._found: tuple[str, ...] = ()
        self._looked_at = clock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()

    def complaints(self) -> tuple[str, ...]:
        """Return what was wrong at the last look, at once."""
        silent = self._clock() - self._looked_at
        if silent < STUCK_SECONDS:
            return self._found
        return (*self._found, f"watch: the last check began {silent:.0f} s ago and has not ended")

    def look(self) -> None:
        """Look at everything, and write into the log what has changed."""
        found = tuple(f"{name}: {wrong}" for name, look in self._looks.items() if (wrong := _asked(look)))
        for line in found:
            if line not in self._found:
                log.warning("degraded: %s", line)
        if self._found and not found:
            log.warning("well again")
        self._found = found
        self._looked_at = self._clock()

    def _run(self) -> None:
        while True:
            self.look()
            if self._stop.wait(self._seconds):
                return


def _asked(look: Look) -> str | None:
    try:
        return look()
    except Exception as error:
        log.exception("a check failed: a bug in Chainrule")
        return f"can't be checked: {type(error).__name__}"
