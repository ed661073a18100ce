"""One machine's zygotes for several processes: one hosts them, the others are told where they listen.

    main process ── Host ──── unix socket ──── Attached ── Engine, in any other process
        └── Zygotes (started when first asked for)

A question is a line of JSON with names, the answer one with paths, or with what is wrong and its cure. It is
asked for every grading, so a zygote that died and was started again is found under its new path.
"""

import json
import os
import shutil
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from worker.engine.zygotes import Zygotes
from worker.sandbox.errors import SandboxError

ASK_SECONDS = 5.0
# Several times what starting takes, since a cold machine may read torch from its disk.
ANSWER_SECONDS = 150.0
BACKLOG = 256


class Host:
    """Answers other processes of this user; ends, with the zygotes, at the end of its ``with``.

    Those of another host are passed on, and left to it.
    """

    def __init__(self, zygotes: "Zygotes | Attached") -> None:
        self._zygotes = zygotes
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
        self._listener.close()
        self._zygotes.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            # A zygote takes a second to start; who asks for another one must not wait for it.
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as stream:
                connection.settimeout(ASK_SECONDS)
                answer = self._find(json.loads(stream.readline()))
                stream.write(json.dumps(answer).encode() + b"\n")
        except (OSError, ValueError):
            return  # whoever asked has gone

    def _find(self, names: list[str]) -> dict[str, Any]:
        try:
            return {"paths": [str(zygote.path) for zygote in self._zygotes.get(*names)]}
        except SandboxError as error:
            return {"problem": error.problem, "cure": error.cure}


@dataclass(frozen=True)
class Door:
    """A zygote of another process."""

    path: str

    def connect(self) -> socket.socket:
        """Return a new connection: one grading; raises SandboxError when the zygote is gone."""
        return _connect(self.path, "a zygote")


class Attached:
    """The zygotes that a Host of this machine has."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get(self, *names: str) -> tuple[Door, ...]:
        """Return the zygotes of these names, which are started if need be; raises SandboxError."""
        with _connect(self._path, "the host of the zygotes") as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                with connection.makefile("rwb") as stream:
                    stream.write(json.dumps(names).encode() + b"\n")
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


def _connect(path: str, whom: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ASK_SECONDS)
    try:
        connection.connect(path)
    except OSError as error:
        connection.close()
        raise SandboxError(f"{whom} does not answer: {error}", "") from error
    return connection
