"""Zygotes without processes: threads that answer as an examiner or a guest does, and can be gone."""

import itertools
import socket
import threading
from contextlib import suppress
from pathlib import Path

from worker.sandbox import door
from worker.wire.channel import Channel
from worker.wire.errors import WireError
from worker.wire.exam import CaseDone, Done, Exam, LoadReport, SuiteFiles


class ZygoteDouble:
    """Listens at a path. If it is an examiner, it hangs up in the middle of ``hang_ups`` exams, and says of
    ``starved`` ones that the box was."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.alive = True
        self.pid = 0
        self.hang_ups = self.starved = 0
        self.served = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def connect(self):
        return door.connect(str(self.path), self.path.name)

    def die(self):
        """Be gone as after a kill: nobody listens, and whoever started it has not noticed."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def close(self):
        if self._thread.is_alive():
            self.die()
        self.path.unlink(missing_ok=True)
        self.alive = False

    def _serve(self):
        held = []
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.served += 1
                if "examiner" in self.path.name:
                    self._examine(connection)
                else:
                    held.append(connection)  # until the end, as a keeper holds on
        for connection in held:
            connection.close()

    def _examine(self, connection):
        with Channel(connection, Exam | SuiteFiles) as engine, suppress(WireError):
            engine.receive(seconds=180)
            engine.send(LoadReport(code="ok"))
            engine.send(CaseDone(id="one/1", name="one", function="one", verdict="passed", code="ok"))
            self.hang_ups -= 1
            self.starved -= 1
            if self.starved >= 0:
                engine.send(Done(why="box_lost: starved: no processor", starved=True))
            elif self.hang_ups < 0:
                engine.send(Done(versions={}))


class Launcher:
    """Starts doubles; ``make`` may make of one what it likes, such as gone from the start."""

    def __init__(self, folder: Path, make=lambda zygote: None) -> None:
        self.started = []
        self._folder = folder
        self._make = make
        self._numbers = itertools.count()

    def __call__(self, name):
        zygote = ZygoteDouble(self._folder / f"{name}-{next(self._numbers)}")
        self.started.append(name)
        self._make(zygote)
        return zygote
