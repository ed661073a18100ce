"""The process that an old script runs in: as ``__main__``, beside its helper modules, with the proxy as
the student's module.

It borrows the open session and never ends it: when the session breaks, the last word says how. What the
script prints is sent line by line, each with the script's own line that printed it.
"""

import io
import os
import signal
import socket
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from grader.model import Verdict
from worker.examiner.errors import MissingName
from worker.examiner.link import Link
from worker.examiner.plan import PlannedTest
from worker.examiner.proxy import Remote
from worker.examiner.space import Policy, Space
from worker.examiner.verdicts import PASSED, TEXT_LIMIT, Outcome
from worker.wire.channel import Channel
from worker.wire.exam import Exam
from worker.wire.message import Caught, Message, Values

LINE_LIMIT_BYTES = 64 * 1024
SOURCE_LIMIT = 120


class Printed(Message, frozen=True):
    """A line that the script printed, and where in the script."""

    text: str
    line: int
    source: str


class Finished(Message, frozen=True):
    """The script is over.

    ``broke`` is why its session broke, if it did; ``verdict`` is empty if all went well. ``seconds``: waited
    for the box by the clock; ``own_seconds``: CPU that its answers cost.
    """

    broke: str = ""
    verdict: str = ""
    code: str = ""
    values: Values = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    own_seconds: float = 0.0
    output: bytes = b""
    caught: tuple[Caught, ...] = ()


class Stage:
    """The script's own process."""

    def __init__(
        self,
        exam: Exam,
        link: Link,
        folder: Path,
        judge: Callable[[BaseException], Outcome],
        connection: socket.socket,
    ) -> None:
        self._exam = exam
        self._link = link
        self._folder = folder
        self._judge = judge
        self._channel: Channel[Finished] = Channel(connection, Finished)
        self._module: RemoteModule | None = None

    def play(self, test: PlannedTest) -> NoReturn:
        """Run the script and end this process."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        outcome = PASSED
        self._link.lend()
        try:
            outcome = self._perform(test)
        except BaseException as error:
            outcome = self._outcome(error)
        finally:
            seconds, own_seconds = self._link.budget.spent
            word = Finished(
                broke=self._link.broke.cause if self._link.broke else "",
                verdict="" if outcome is PASSED else outcome.verdict.value,
                code=outcome.code,
                values=outcome.values,
                seconds=seconds,
                own_seconds=own_seconds,
                output=self._link.printed,
                caught=self._link.take_caught(),
            )
            self._channel.send(word)
            os._exit(0)

    def _perform(self, test: PlannedTest) -> Outcome:
        if test.script is None:
            raise TypeError("a test is not a script")
        path = Path(test.script.co_filename)
        main = types.ModuleType("__main__")
        main.__file__ = str(path)
        sys.modules["__main__"] = main
        sys.path.insert(0, str(path.parent))
        sys.argv = [str(path)]
        os.chdir(path.parent)
        output = LineOutput(path, self._say)
        sys.stdout = output
        space = Space(self._link, Policy.ALIASES)
        self._module = RemoteModule(self._exam.module, space.module)
        sys.modules[self._exam.module] = self._module
        try:
            exec(test.script, main.__dict__)  # noqa: S102 - the instructor's script is what is to be run
        finally:
            output.end()
        return PASSED

    def _outcome(self, error: BaseException) -> Outcome:
        if isinstance(error, SystemExit):
            number = error.code if isinstance(error.code, int) else int(error.code is not None)
            return PASSED if number == 0 else Outcome(Verdict.ERROR, "script_exit", {"number": number})
        if isinstance(error, ImportError) and self._module is not None:
            # `from mlp import name`: Python replaces the exception that says what is missing.
            error = self._module.__dict__["_missing"] or error
        traceback.print_exception(error, file=sys.__stderr__)
        outcome = self._judge(error)
        if outcome.code != "suite_broken":
            return outcome
        # Old scripts have no other way to stumble over what a submission returns.
        values: Values = {
            "type": type(error).__name__,
            "text": str(error)[:TEXT_LIMIT],
            "line": None,
            "function": "",
            "file": "",
        }
        return Outcome(Verdict.ERROR, "raised", values)

    def _say(self, text: str, line: int, source: str) -> None:
        self._channel.send(Printed(text=text, line=line, source=source))


class RemoteModule(types.ModuleType):
    """What ``import mlp`` gives a script: names are looked up in the box."""

    def __init__(self, name: str, remote: Remote) -> None:
        super().__init__(name)
        self.__dict__["_remote"] = remote
        self.__dict__["_missing"] = None

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._remote._ask("names")
        try:
            return getattr(self._remote, name)
        except MissingName as error:
            self.__dict__["_missing"] = error
            raise

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(self.__dict__["_remote"], name, value)


class LineOutput(io.TextIOBase):
    """The script's standard output: says each line with the script's own line that printed it."""

    def __init__(self, script: Path, say: Callable[[str, int, str], None]) -> None:
        super().__init__()
        self._script = str(script)
        self._source = script.read_text(encoding="utf-8", errors="replace").split("\n")
        self._say = say
        self._rest = ""

    def write(self, text: str) -> int:
        """Take text; each line that is complete is said."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._emit(line)
        self._rest = self._rest[:LINE_LIMIT_BYTES]
        return len(text)

    def writable(self) -> bool:
        """Return True."""
        return True

    def end(self) -> None:
        """Say a last line without an end."""
        if self._rest:
            self._emit(self._rest)
            self._rest = ""

    def _emit(self, text: str) -> None:
        number = 0
        frame: types.FrameType | None = sys._getframe(1)
        while frame is not None and number == 0:
            if frame.f_code.co_filename == self._script:
                number = frame.f_lineno
            frame = frame.f_back
        source = self._source[number - 1].strip() if 0 < number <= len(self._source) else ""
        self._say(text[:LINE_LIMIT_BYTES], number, source[:SOURCE_LIMIT])
