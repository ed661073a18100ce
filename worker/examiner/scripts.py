"""Scripts of the old kind, unmodified: what they print is judged line by line.

Each runs as ``__main__`` in a fork of its own, beside its helper modules, in a process where the student's
file is absent: ``from mlp import MLP`` gives the proxy. Arguments alias and random state travels, so that a
script sees what it would see in one process. The fork borrows the open session and never ends it; when it
breaks, the fork says how and the grading process deals with it.
"""

import os
import re
import select
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from grader.model import Verdict
from worker.examiner.errors import TestsHung
from worker.examiner.link import Link
from worker.examiner.plan import PlannedCase, PlannedTest, script_case
from worker.examiner.stage import Finished, Printed, Stage
from worker.examiner.verdicts import PASSED, TEXT_LIMIT, Outcome
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelTimeout, WireError
from worker.wire.exam import Exam
from worker.wire.message import Values

VERDICT = r"(?:tensor\((?:True|False)(?:, device='[^']*+')?\)|True|False)"
# One or more verdicts, after a label that is no part of a printed tensor, list or dict.
VERDICT_LINE = re.compile(
    rf"(?P<label>[^\[\](){{}}]{{0,120}}?[\s:=])??(?P<verdicts>{VERDICT}(?:[ ,]++{VERDICT})*+)[.!]?"
)
ONE_VERDICT = re.compile(VERDICT)
OUTPUT_LIMIT_LINES = 10_000
VERDICT_LIMIT = 2_000
NAME_LIMIT = 120
EXIT_MILLISECONDS = 200


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
        # It may wait for the box as long as there is a net, and calculate by itself as long as a test may.
        own = patience.step_net(self._exam.test_seconds)
        seconds = self._link.budget.wall_left + min(own, patience.whole_net(self._exam.total_seconds))
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
            self._link.spend(finished.seconds, finished.output, finished.caught, finished.own_seconds)
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


def verdicts_in(line: str) -> tuple[str, list[bool]]:
    """Return the label and the verdicts of a printed line; no verdicts for anything else."""
    found = VERDICT_LINE.fullmatch(line.strip())
    if found is None:
        return "", []
    label = (found["label"] or "").strip(" \t:=")
    return label, ["True" in verdict for verdict in ONE_VERDICT.findall(found["verdicts"])]


def _judge_line(printed: Printed, test: PlannedTest, ran: Ran) -> None:
    label, verdicts = verdicts_in(printed.text)
    most = max(VERDICT_LIMIT, len(test.cases))
    for passed in verdicts[: most - len(ran.outcomes)]:
        number = len(ran.outcomes) + 1
        name = (label or printed.source)[:NAME_LIMIT]
        case = script_case(test.id, number, name)
        if number > len(test.cases):
            ran.extra = (*ran.extra, case)
        ran.names[case.key] = case.name
        values: Values = {"text": printed.text[:TEXT_LIMIT], "line": printed.line}
        ran.outcomes[case.key] = PASSED if passed else Outcome(Verdict.FAILED, "printed_false", values)
        if number == most:  # what comes after it is not judged, so this one is not right either
            ran.outcomes[case.key] = Outcome(Verdict.OUTPUT_LIMIT, "output_limit", {"limit_bytes": 0})


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
