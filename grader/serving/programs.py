"""Child processes that end when we end, whatever ends us, and are started again when they end alone."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from grader.queue import stop_limits

LONGEST_PAUSE_SECONDS = 30.0
# Who ran for so long is started again at once.
STEADY_SECONDS = 60.0
LOG_BYTES = 10 << 20
POLL_SECONDS = 0.02
KILL_SECONDS = 2.0

log = logging.getLogger("chainrule.serve")


@dataclass(frozen=True)
class Command:
    """What to run, and how it is asked to end."""

    name: str
    words: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    ending: signal.Signals = signal.SIGTERM
    patience_seconds: float = stop_limits.WEB.seconds


class Program:
    """A child process. The thread that starts it must live longest: the kernel ties its end to that one."""

    def __init__(self, command: Command, clock: Callable[[], float] = time.monotonic) -> None:
        self.command = command
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause = 0.0

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._process.pid if self._process else 0

    @property
    def returncode(self) -> int | None:
        """The exit status, None while it runs."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is ours to pass on, in the right order."""
        command = self.command
        with _opened(command.log) as stream:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command.words],
                env={**os.environ, **command.environment},
                pass_fds=command.descriptors,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        self._started_at = self._clock()

    def keep_running(self) -> None:
        """Start it again if it has ended, after a pause that grows while it keeps ending at once."""
        if self.returncode is None:
            return
        ran = self._clock() - self._started_at
        pause = 0.0 if ran > STEADY_SECONDS else self._pause
        if ran < pause:
            return
        log.warning(
            "%s ended (%s) and is restarted; its log is %s",
            self.command.name, self.returncode, self.command.log,
        )  # fmt: skip
        self._pause = min(max(1.0, 2 * pause), LONGEST_PAUSE_SECONDS)
        self.start()

    def ask_to_end(self) -> None:
        """Ask it to end."""
        if self._process and self.returncode is None:
            self._process.send_signal(self.command.ending)

    def end(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask it to end, and make it when it takes too long, or when somebody is in a hurry."""
        if self._process is None:
            return
        self.ask_to_end()
        until = time.monotonic() + self.command.patience_seconds
        while self.returncode is None:
            if hurried() or time.monotonic() > until:
                self.kill()
                return
            time.sleep(POLL_SECONDS)

    def kill(self) -> None:
        """End it now. What the kernel can't end, a process that waits for a dead disk, is left to it."""
        if self._process:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(KILL_SECONDS)

    def log_tail(self) -> str:
        """Return the end of what it said."""
        try:
            return self.command.log.read_text(errors="replace")[-2000:].strip()
        except OSError:
            return ""


def _opened(path: Path) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old"))
    return path.open("ab")
