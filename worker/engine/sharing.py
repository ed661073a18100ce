"""One machine's zygotes for several processes: one hosts them, the others are told where they listen.

    main process ── Host ──── unix socket ──── Attached ── Engine, in any other process
        └── Zygotes (started when first asked for)

A question is a line of JSON with names and with the paths of zygotes that could not be reached; the answer
is one with paths, or with what is wrong and its cure. It is asked for every grading, so a zygote that died
and was started again is found under its new path.
"""

import json
import logging
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from worker.engine.zygotes import Zygotes
from worker.sandbox import door
from worker.sandbox.errors import SandboxError
from worker.wire import patience

BACKLOG = 256
# Out of descriptors or threads: those that are in use come back.
SHORTAGE_SECONDS = 0.1

log = logging.getLogger("chainrule.worker")


class Host:
    """Answers other processes of this user; ends, with the zygotes, at the end of its ``with``.

    Those of another host are passed on, and left to it.
    """

    def __init__(self, zygotes: "Zygotes | Attached") -> None:
        self._zygotes = zygotes
        self._closed = False
        # The name says whose it is: the folders of processes that were killed are swept by it.
        self._folder = Path(tempfile.mkdtemp(prefix=f"chainrule-{os.getpid()}-host-"))
        self.path = self._folder / "socket"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.path))
        self._listener.listen(BACKLOG)
        threading.Thread(target=self._serve, name="zygote-host", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._listener.close()
        self._zygotes.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
                # A zygote takes a second to start; who asks for another one must not wait for it.
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()
            except (OSError, RuntimeError):
                if not self._closed:
                    log.exception("the host of the zygotes could not take a question, and goes on")
                    time.sleep(SHORTAGE_SECONDS)

    def _answer(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as stream:
                connection.settimeout(patience.CONNECT)
                question = json.loads(stream.readline())
                answer = self._find(question["names"], question["gone"])
                stream.write(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError):
            return  # whoever asked has gone
        except Exception:
            log.exception("a bug in Chainrule, in the host of the zygotes")

    def _find(self, names: list[str], gone: list[str]) -> dict[str, Any]:
        try:
            return {"paths": [str(zygote.path) for zygote in self._zygotes.get(*names, gone=gone)]}
        except SandboxError as error:
            return {"problem": error.problem, "cure": error.cure}


@dataclass(frozen=True)
class Door:
    """A zygote of another process."""

    path: str

    def connect(self) -> socket.socket:
        """Return a new connection: one grading; raises ZygoteGone, or SandboxError when none is taken."""
        return door.connect(self.path, "a zygote")


class Attached:
    """The zygotes that a Host of this machine has."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get(self, *names: str, gone: Collection[str] = ()) -> tuple[Door, ...]:
        """Return the zygotes of these names, which are started if need be; raises SandboxError.

        ``gone``: paths of those that could not be reached.
        """
        with door.connect(self._path, "the host of the zygotes") as connection:
            connection.settimeout(patience.ANSWER)
            try:
                with connection.makefile("rwb") as stream:
                    question = {"names": names, "gone": tuple(gone)}
                    stream.write(json.dumps(question).encode() + b"\n")
                    stream.flush()
                    answer = json.loads(stream.readline())
            except (OSError, ValueError) as error:
                raise SandboxError(f"the host of the zygotes does not answer: {error}", "") from error
        if "paths" not in answer:
            raise SandboxError(answer["problem"], answer["cure"])
        return tuple(Door(path) for path in answer["paths"])

    def process_ids(self) -> tuple[int, ...]:
        """Return nothing: the processes are the host's."""
        return ()

    def close(self) -> None:
        """Do nothing: the zygotes are the host's."""
