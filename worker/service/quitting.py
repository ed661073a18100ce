"""Quitting that ends: a worker that was told to quit ends within a limit, and at once when told again.

Celery's own handlers of signals wait without end for a pool process that is stuck, and replace one another.
So a thread of ours is told of each signal by Python itself, whatever handles it, and ends the process.
"""

import select
import signal
import socket
import threading
import time
from collections.abc import Callable

QUIT = frozenset({signal.SIGINT, signal.SIGQUIT})


class Watch:
    """Calls ``leave`` so many seconds after the first signal to quit, or at the second one.

    To be made in the main thread, at most once in a process. ``leave`` runs in a thread and ends the process.
    """

    def __init__(self, seconds: float, leave: Callable[[], None]) -> None:
        self._seconds = seconds
        self._leave = leave
        self._told, self._tell = socket.socketpair()
        self._tell.setblocking(False)
        signal.set_wakeup_fd(self._tell.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._run, name="quitting", daemon=True).start()

    @staticmethod
    def forget() -> None:
        """Tell nobody of signals: for a child, whose signals are not the worker's."""
        signal.set_wakeup_fd(-1)

    def _run(self) -> None:
        self._await(None)
        self._await(time.monotonic() + self._seconds)
        self._leave()

    def _await(self, until: float | None) -> None:
        """Wait for a signal to quit, no longer than until then."""
        while True:
            left = None if until is None else max(0.0, until - time.monotonic())
            if not select.select([self._told], [], [], left)[0]:
                return
            if QUIT & set(self._told.recv(1)):
                return
