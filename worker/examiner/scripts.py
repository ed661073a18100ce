"""Scripts of the old kind, unmodified: what they print is judged line by line.

Each runs as ``__main__`` in a fork of its own, beside its helper modules, in a process where the student's
file is absent: ``from mlp import MLP`` gives the proxy. Arguments alias and random state travels, so that a
script sees what it would see in one process. The fork borrows the open session and never ends it; when it
breaks, the fork says how and the grading process deals with it.
"""

import io
import os
import re
import select
import signal
import socket
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from grader.model import Verdict
from worker.examiner.errors import MissingName, TestsHung
from worker.examiner.link import Link
from worker.examiner.plan import PlannedCase, PlannedTest, script_case
from worker.examiner.proxy import Remote
from worker.examiner.space import Policy, Space
from worker.examiner.verdicts import PASSED, TEXT_LIMIT, Outcome
from worker.wire.channel import Channel
from worker.wire.errors import ChannelTimeout, WireError
from worker.wire.message import Exam, Message, Values

VERDICT = r"(?:tensor\((?:True|False)(?:, device='[^']*')?\)|True|False)"
# One or more verdicts, after a label that is no part of a printed tensor, list or dict.
VERDICT_LINE = re.compile(
    rf"(?P<label>[^\[\](){{}}]{{0,120}}?[\s:=])??(?P<verdicts>{VERDICT}(?:[ ,]+{VERDICT})*)[.!]?"
)
ONE_VERDICT = re.compile(VERDICT)
LINE_LIMIT_BYTES = 64 * 1024
OUTPUT_LIMIT_LINES = 10_000
NAME_LIMIT = 120
EXIT_MILLISECONDS = 200


class Printed(Message, frozen=True):
    """A line that the script printed, and where in the script."""

    text: str
    line: int
    source: str


class Finished(Message, frozen=True):
    """The script is over.

    ``broke`` is why its session broke, if it did; ``verdict`` is empty if all went well.
    """

    broke: str = ""
    verdict: str = ""
    code: str = ""
    values: Values = msgspec.field(default_factory=dict)
    seconds: float = 0.0
    output: bytes = b""


@dataclass
class Ran:
    """What a script's run came to."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    rest: Outcome = PASSED
    extra: tuple[PlannedCase, ...] = ()
    lines: list[str] = field(default_factory=list)


class ScriptRunner:
    """Runs scripts one after the other, each in a fresh session."""

    def __init__(
        self, exam: Exam, link: Link, folder: Path, judge: Callable[[BaseException], Outcome]
    ) -> None:
        self._exam = exam
        self._link = link
        self._folder = folder
        self._judge = judge

    def run(self, test: PlannedTest) -> Ran:
        """Run one script; raises TestsHung when it does not end, BoxLost as the link does."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            Stage(self._exam, self._link, self._folder, self._judge, theirs).play(test)
        theirs.close()
        ran = Ran()
        try:
            with Channel[Printed | Finished](ours, Printed | Finished) as channel:
                finished = self._listen(channel, test, ran)
        finally:
            status = _end(pid)
        self._settle(finished, status, test, ran)
        return ran

    def _listen(self, channel: Channel[Printed | Finished], test: PlannedTest, ran: Ran) -> Finished | None:
        seconds = self._link.total_left + self._exam.test_seconds
        while True:
            try:
                word = channel.receive(seconds=seconds)
            except ChannelTimeout:
                raise TestsHung from None
            except WireError:
                return None
            if isinstance(word, Finished):
                return word
            if len(ran.lines) < OUTPUT_LIMIT_LINES:
                ran.lines.append(word.text)
                _judge_line(word, test, ran)

    def _settle(self, finished: Finished | None, status: int, test: PlannedTest, ran: Ran) -> None:
        """Deal with the session and find the outcome of verdicts that were not printed."""
        if finished is not None:
            self._link.spend(finished.seconds, finished.output)
        if finished is not None and finished.broke:
            ran.rest = self._judge(self._link.break_off(finished.broke))
        else:
            self._link.end_session()
            ran.rest = _ending(finished, status)
        missing = any(case.key not in ran.outcomes for case in test.cases)
        if ran.rest is PASSED and missing:
            ran.rest = Outcome(Verdict.ERROR, "not_run", {"because": "the script did not print it"})
        elif not missing and (ran.rest is not PASSED or not (test.cases or ran.outcomes)):
            # An error after the last verdict, or a script that prints none and asserts.
            case = script_case(test.id, len(ran.outcomes) + 1, Path(test.id).name)
            ran.extra = (*ran.extra, case)


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
            seconds, output = self._link.spent
            word = Finished(
                broke=self._link.broke.cause if self._link.broke else "",
                verdict="" if outcome is PASSED else outcome.verdict.value,
                code=outcome.code,
                values=outcome.values,
                seconds=seconds,
                output=output,
            )
            self._channel.send(word)
            os._exit(0)

    def _perform(self, test: PlannedTest) -> Outcome:
        if test.script is None:
            raise TypeError("a test is no script")
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
        self._source = script.read_text(encoding="utf-8", errors="replace").splitlines()
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
        self._say(text[:LINE_LIMIT_BYTES], number, source[:NAME_LIMIT])


def verdicts_in(line: str) -> tuple[str, list[bool]]:
    """Return the label and the verdicts of a printed line; no verdicts for anything else."""
    found = VERDICT_LINE.fullmatch(line.strip())
    if found is None:
        return "", []
    label = (found["label"] or "").strip(" \t:=")
    return label, ["True" in verdict for verdict in ONE_VERDICT.findall(found["verdicts"])]


def _judge_line(printed: Printed, test: PlannedTest, ran: Ran) -> None:
    label, verdicts = verdicts_in(printed.text)
    for passed in verdicts:
        number = len(ran.outcomes) + 1
        name = (label or printed.source)[:NAME_LIMIT]
        case = script_case(test.id, number, name)
        if number > len(test.cases):
            ran.extra = (*ran.extra, case)
        ran.names[case.key] = case.name
        values: Values = {"text": printed.text[:TEXT_LIMIT], "line": printed.line}
        ran.outcomes[case.key] = PASSED if passed else Outcome(Verdict.FAILED, "printed_false", values)


def _ending(finished: Finished | None, status: int) -> Outcome:
    if finished is None:
        return Outcome(Verdict.ERROR, "script_exit", {"number": status})
    if not finished.verdict:
        return PASSED
    return Outcome(Verdict(finished.verdict), finished.code, finished.values)


def _end(pid: int) -> int:
    """Make sure that the script's process is gone; returns its exit status."""
    pidfd = os.pidfd_open(pid)
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(EXIT_MILLISECONDS):
        os.kill(pid, signal.SIGKILL)
    os.close(pidfd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
