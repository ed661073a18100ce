"""A child process that lives as long as we do, and the command that starts a zygote in it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from worker.sandbox.errors import SandboxError

CLOSE_SECONDS = 5.0
INSTALL = "Install it (Debian: apt install bubblewrap)."
_BOOT = (
    "import sys; from importlib import import_module; from json import loads; from socket import socket; "
    "sys.path.insert(0, sys.argv[1]); "
    "sys.path += [path for path in loads(sys.argv[5]) if path not in sys.path]; "
    "import_module('worker.forking').hold_back(); "
    "import_module(sys.argv[2]).main(socket(fileno=int(sys.argv[3])), socket(fileno=int(sys.argv[4])))"
)


def boot(folder: str, module: str, descriptors: tuple[int, int], packages: Iterable[Path] = ()) -> list[str]:
    """Return the command that calls ``module.main(listener, lifeline)`` with our packages in ``folder``.

    ``packages`` are folders with what we depend on: a zygote has no PYTHONPATH and no user's packages.
    """
    found = json.dumps([str(each) for each in packages])
    return [sys.executable, "-s", "-P", "-c", _BOOT, folder, module, *map(str, descriptors), found]


class Process:
    """A child process and the thread that started it, waits for it and so keeps it alive."""

    def __init__(
        self, command: list[str], descriptors: tuple[int, ...], log: int, environment: Mapping[str, str]
    ) -> None:
        self._started = threading.Event()
        self._popen: subprocess.Popen[bytes] | None = None
        self._failure: Exception | None = None
        self._thread = threading.Thread(
            target=self._run, args=(command, descriptors, log, environment), name="zygote", daemon=True
        )
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise SandboxError(f"{command[0]} can't be started: {self._failure}", INSTALL)

    @property
    def returncode(self) -> int | None:
        """Return its exit status, None while it runs."""
        return None if self._popen is None else self._popen.returncode

    @property
    def pid(self) -> int:
        """Return its process id."""
        return 0 if self._popen is None else self._popen.pid

    def end(self) -> None:
        """Kill it and wait until it is gone."""
        if self._popen is not None and self.returncode is None:
            self._popen.kill()
        self._thread.join(CLOSE_SECONDS)

    def _run(
        self, command: list[str], descriptors: tuple[int, ...], log: int, environment: Mapping[str, str]
    ) -> None:
        try:
            self._popen = subprocess.Popen(
                command,
                env=dict(environment),
                cwd="/",
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        except Exception as error:
            self._failure = error
            return
        finally:
            self._started.set()
        self._popen.wait()
