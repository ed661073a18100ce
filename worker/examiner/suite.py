"""One suite version: a process that has collected its tests and forks for each grading.

The files are written once, pytest collects once, and the session stays frozen in ``pytest_runtestloop``.
Each Exam that the zygote passes on, with the engine's and the keeper's sockets, is a fork that continues
from there. The suite's process watches its forks: one that neither ends nor answers is cut off, and what
it leaves unsaid is said for it.
"""

import gc
import os
import select
import shutil
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NoReturn

from grader.model import hidden_tests
from worker import forking
from worker.examiner.exam import Grading
from worker.examiner.link import Link, LinkLimits
from worker.examiner.memory import fill_holes, limit
from worker.examiner.plan import plan_script
from worker.examiner.plugin import SuitePlugin, collect
from worker.examiner.verdicts import place_of
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, WireError
from worker.wire.exam import Done, Exam, ScriptPlan, SuiteBroken, ToExaminer
from worker.wire.message import Message

PASSED_SOCKETS = 2
GARBAGE_THRESHOLD = 20_000


class Hand(Message, frozen=True):
    """An exam, passed on from the zygote with the sockets of engine and keeper."""

    exam: Exam


@dataclass
class Fork:
    """A grading that runs: its process, when it is cut off, and the engine's socket kept open for that."""

    pid: int
    pidfd: int
    until: float
    engine: socket.socket


@dataclass
class SuiteProcess:
    """Serves one suite version over ``control`` until the zygote hangs up and all gradings are over."""

    control: Channel[Hand]
    folder: Path
    files: Mapping[str, bytes]
    scripts: Mapping[str, ScriptPlan]
    forks: list[Fork] = field(default_factory=list)

    def run(self) -> None:
        """Collect the suite and serve."""
        plugin = collect(self.folder, tuple(self.scripts), self._serve)
        if not plugin.served:
            self._refuse_misread(plugin)
            self._answer(plugin)

    def _serve(self, plugin: SuitePlugin) -> None:
        self._plan_scripts(plugin)
        self._refuse_misread(plugin)
        if not plugin.tests and plugin.broken is None:
            plugin.broken = SuiteBroken(file="", line=0, text="the suite has no tests")
        gc.collect()
        fill_holes()
        gc.freeze()
        self._answer(plugin)

    def _refuse_misread(self, plugin: SuitePlugin) -> None:
        """Refuse tests that mean something else to pytest, unless it said so itself and where."""
        tests = {name: each for name, each in self.files.items() if name not in self.scripts}
        wrong = next(iter(hidden_tests.misread(tests)), None)
        if wrong is not None and (plugin.broken is None or not plugin.broken.line):
            plugin.broken = SuiteBroken(file=wrong.file, line=wrong.line, text=f"{wrong.what}. {wrong.cure}")

    def _plan_scripts(self, plugin: SuitePlugin) -> None:
        for name, script in sorted(self.scripts.items()):
            try:
                plugin.tests += (plan_script(self.folder, name, script),)
            except (OSError, SyntaxError, ValueError) as error:
                _, line = place_of(error, self.folder)
                plugin.broken = plugin.broken or SuiteBroken(file=name, line=line, text=str(error))

    def _answer(self, plugin: SuitePlugin) -> None:
        """Take exams until the zygote hangs up."""
        listening = True
        while listening or self.forks:
            listening = self._wait(listening) and self._take(plugin) if listening else self._wait(False)
            self._reap()

    def _wait(self, listening: bool) -> bool:
        """Wait for the next exam, the end of a fork or a deadline; returns whether to go on listening."""
        poll = select.poll()
        if listening:
            poll.register(self.control, select.POLLIN)
        for fork in self.forks:
            poll.register(fork.pidfd, select.POLLIN)
        nearest = min((fork.until for fork in self.forks), default=None)
        milliseconds = None if nearest is None else max(0, int((nearest - time.monotonic()) * 1000) + 1)
        self._ready = {descriptor for descriptor, _ in poll.poll(milliseconds)}
        return listening

    def _take(self, plugin: SuitePlugin) -> bool:
        if self.control.fileno() not in self._ready:
            return True
        try:
            exam = self.control.receive().exam
            engine, keeper = map(_socket, self.control.take_descriptors(PASSED_SOCKETS))
        except ChannelClosed:
            return False
        if plugin.broken is not None:
            say(engine, plugin.broken)
            keeper.close()
            engine.close()
            return True
        pid = os.fork()
        if pid == 0:
            self._examine(plugin, exam, engine, keeper)
        keeper.close()
        until = time.monotonic() + patience.exam(exam.import_seconds, exam.total_seconds)
        self.forks.append(Fork(pid, os.pidfd_open(pid), until, engine))
        return True

    def _examine(
        self, plugin: SuitePlugin, exam: Exam, engine: socket.socket, keeper: socket.socket
    ) -> NoReturn:
        """Be the process of one grading."""
        status = 1
        try:
            forking.give_back()
            gc.set_threshold(GARBAGE_THRESHOLD)  # what was collected is frozen, and a grading is short
            _use_scratch(self._scratch(os.getpid()))
            self.control.close()
            for fork in self.forks:
                fork.engine.close()
                os.close(fork.pidfd)
            limits = LinkLimits(exam.test_seconds, exam.total_seconds, exam.output_bytes, exam.import_seconds)
            if exam.device == "cpu":  # a card's driver maps far more than it takes
                limit(exam.examiner_bytes)
            link = Link(keeper, limits)
            Grading(plugin, exam, Channel[ToExaminer](engine, ToExaminer), link, self.folder).run()
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for fork in tuple(self.forks):
            late = time.monotonic() >= fork.until
            if fork.pidfd not in self._ready and not late:
                continue
            if late:
                os.kill(fork.pid, 9)
            _, status = os.waitpid(fork.pid, 0)
            if status != 0:
                say(
                    fork.engine,
                    Done(why="tests_hung" if late else f"the examiner's process ended ({status})"),
                )
            fork.engine.close()
            os.close(fork.pidfd)
            shutil.rmtree(self._scratch(fork.pid), ignore_errors=True)
            self.forks.remove(fork)

    def _scratch(self, pid: int) -> Path:
        return self.folder.with_name(f"{self.folder.name}-scratch-{pid}")


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a suite's files below ``folder``; raises ValueError for a name that leads out of it."""
    for name, content in files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise ValueError(f"a suite can't have a file called {name!r}")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def say(engine: socket.socket, message: SuiteBroken | Done) -> None:
    """Send one message to an engine that may be gone."""
    channel = Channel[ToExaminer](engine, ToExaminer)
    try:
        channel.send(message, seconds=patience.SEND)
    except WireError:
        return


def serve_suite(
    control: socket.socket,
    files: Mapping[str, bytes],
    scripts: Mapping[str, ScriptPlan],
    make_folder: Callable[[], Path],
) -> None:
    """Be a suite's process: write its files where ``make_folder`` says, collect, and serve."""
    channel: Channel[Hand] = Channel(control, Hand, descriptors=True)
    folder = make_folder()
    write_files(folder, files)
    os.chdir(folder)
    SuiteProcess(channel, folder, files, scripts).run()


def _use_scratch(folder: Path) -> None:
    """Let temporary files of this grading's tests lie in a folder of its own."""
    folder.mkdir()
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None


def _socket(descriptor: int) -> socket.socket:
    return socket.socket(fileno=descriptor)
