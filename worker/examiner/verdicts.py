"""What became of a case, from what was raised: verdict, feedback code and values. Facts, no sentences."""

import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType, TracebackType

import pytest

from grader.model import Verdict
from grader.model.bounds import BOUNDS
from worker.examiner.errors import BoxEnded, CheckFailed, Missing, RemoteError, SessionGone
from worker.examiner.link import TOO_LARGE
from worker.wire import patience
from worker.wire.exam import Exam, LoadReport
from worker.wire.limits import NODE_LIMIT, REPLY_ARRAY_LIMIT_BYTES, REPLY_VALUE_LIMIT_BYTES
from worker.wire.message import Ending, Finding, Raised, Values

TEXT_LIMIT = BOUNDS.text + 1  # so that who makes the report sees that there was more
TRAP_MESSAGE = "autograd is disabled"
SYMBOLIC_MESSAGE = "sympy can't be imported in this homework"
# What the allocators of NumPy and torch say when the box's memory limit refuses them.
ALLOCATION_FAILED = ("can't allocate memory", "DefaultCPUAllocator", "CUDA out of memory")
SUITE_BROKEN = "suite_broken"
SOFT = (CheckFailed, RemoteError, AssertionError, pytest.fail.Exception)


@dataclass(frozen=True)
class Outcome:
    """How a case ended."""

    verdict: Verdict = Verdict.PASSED
    code: str = "ok"
    values: Values = field(default_factory=dict)


PASSED = Outcome()
NOT_ASKED = Outcome(Verdict.FAILED, "not_asked")
ANSWER_TOO_LARGE = Outcome(
    Verdict.OUTPUT_LIMIT,
    "answer_too_large",
    {"limit_bytes": REPLY_VALUE_LIMIT_BYTES, "size_bytes": REPLY_ARRAY_LIMIT_BYTES, "count": NODE_LIMIT},
)
LOAD_VERDICTS: Mapping[str, Verdict] = MappingProxyType(
    {
        "cells_timeout": Verdict.TIMEOUT,
        "import_timeout": Verdict.TIMEOUT,
        "import_crashed": Verdict.CRASHED,
        "out_of_memory": Verdict.OUT_OF_MEMORY,
        "timeout": Verdict.TIMEOUT,
        "output_limit": Verdict.OUTPUT_LIMIT,
        "forbidden": Verdict.FORBIDDEN,
        "autograd_disabled": Verdict.FORBIDDEN,
        "symbolic_refused": Verdict.FORBIDDEN,
    }
)


def not_run(because: str) -> Outcome:
    """Return the outcome of a case that was left out."""
    return Outcome(Verdict.SKIPPED, "not_run", {"because": because})


def of_load(report: LoadReport, *, optional: bool = False) -> Outcome:
    """Return the outcome of every case of a file that can't be loaded; ``optional``: it may be absent."""
    if optional and report.code == "entry_missing":
        return Outcome(Verdict.SKIPPED, "not_handed_in", report.values)
    return Outcome(LOAD_VERDICTS.get(report.code, Verdict.ERROR), report.code, report.values)


def of_error(error: BaseException, exam: Exam, folder: Path) -> Outcome:
    """Return the outcome of a case that ended with this exception; ``folder`` holds the hidden tests."""
    match error:
        case CheckFailed(code=code, values=values):
            return Outcome(Verdict.FAILED, code, values)
        case BoxEnded():
            return of_ending(error, exam)
        case Missing(missing=name, owner=""):
            return Outcome(Verdict.ERROR, "missing_function", {"name": name})
        case Missing(missing=name):
            return Outcome(Verdict.ERROR, "missing_attribute", {"name": name})
        case RemoteError(raised=raised):
            return of_raised(raised, exam)
        case AssertionError() | pytest.fail.Exception():
            return Outcome(Verdict.FAILED, "assertion", {"text": str(error)[:TEXT_LIMIT]})
        case pytest.skip.Exception():
            return not_run(str(error)[:TEXT_LIMIT] or "skipped")
        case SessionGone():
            return Outcome(Verdict.CRASHED, "crashed", {"how": "exit", "number": 0, "name": ""})
    file, line = place_of(error, folder)
    text = f"{type(error).__name__}: {error}"[:TEXT_LIMIT]
    return Outcome(Verdict.ERROR, SUITE_BROKEN, {"file": file, "line": line, "text": text})


def ran_out_of_memory(error: BaseException) -> bool:
    """Return whether the examiner itself got no memory for something."""
    if isinstance(error, RemoteError):
        return False
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(mark in str(error) for mark in ALLOCATION_FAILED)
    )


def of_raised(raised: Raised, exam: Exam) -> Outcome:
    """Return the outcome for what the student's code raised."""
    last = raised.lines[-1] if raised.lines else None
    if TRAP_MESSAGE in raised.text and raised.type == "RuntimeError":
        return Outcome(Verdict.FORBIDDEN, "autograd_disabled", {"line": last.line if last else None})
    if SYMBOLIC_MESSAGE in raised.text and raised.type == "ImportError":
        return Outcome(Verdict.FORBIDDEN, "symbolic_refused", {"line": last.line if last else None})
    if raised.type == "MemoryError" or any(mark in raised.text for mark in ALLOCATION_FAILED):
        return Outcome(Verdict.OUT_OF_MEMORY, "out_of_memory", {"limit_bytes": exam.memory_bytes})
    values: Values = {
        "type": raised.type,
        "text": raised.text[:TEXT_LIMIT],
        "line": last.line if last else None,
        "function": last.function if last else "",
        "file": last.file if last else "",
        "libraries": raised.libraries,
    }
    return Outcome(Verdict.ERROR, "raised", values)


def of_timeout(ended: BoxEnded, exam: Exam) -> Values:
    """Return what to say of a time-out: which limit, and whether CPU seconds or the clock ended it."""
    over = ended.over
    if over is None or ended.cause != "timeout":  # the keeper ended the box as a whole
        return {"seconds": patience.whole_net(exam.total_seconds), "where": "total", "clock": "wall"}
    return {"seconds": over.seconds, "where": over.where, "clock": over.breach.value}


def of_ending(ended: BoxEnded, exam: Exam) -> Outcome:
    """Return the outcome for a session that ended under a call."""
    ending = ended.ending
    if ended.cause == TOO_LARGE:
        return ANSWER_TOO_LARGE
    match ending.how:
        case "timeout":
            return Outcome(Verdict.TIMEOUT, "timeout", of_timeout(ended, exam))
        case "output_limit":
            return Outcome(Verdict.OUTPUT_LIMIT, "output_limit", {"limit_bytes": exam.output_bytes})
        case "out_of_memory":
            return Outcome(Verdict.OUT_OF_MEMORY, "out_of_memory", {"limit_bytes": exam.memory_bytes})
    return Outcome(Verdict.CRASHED, "crashed", _crash(ending))


def of_findings(findings: tuple[Finding, ...], exam: Exam, function: str) -> Outcome | None:
    """Return the outcome that forbidden modules and names mean for a function, None if there are none."""
    if exam.breach == "nothing":
        return None
    for finding in findings:
        if finding.kind == "autograd":
            continue  # what is called is caught; what is only written down costs nothing
        if exam.breach == "submission" or _concerns(finding, function, exam.functions):
            values: Values = {"what": finding.what, "line": finding.line, "where": finding.where}
            return Outcome(Verdict.FORBIDDEN, "forbidden", values)
    return None


def place_of(error: BaseException, folder: Path) -> tuple[str, int]:
    """Return the innermost file and line of an exception that lies within ``folder``."""
    if isinstance(error, SyntaxError) and error.filename:
        return Path(error.filename).name, error.lineno or 0
    place = ("", 0)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(folder):
            place = (str(file.relative_to(folder)), trace.tb_lineno)
        trace = trace.tb_next
    return place


def _crash(ending: Ending) -> Values:
    if ending.how != "signalled":
        return {"how": "exit", "number": ending.number, "name": ""}
    known = ending.number in {int(known) for known in signal.Signals}
    name = signal.Signals(ending.number).name if known else ""
    return {"how": "signal", "number": ending.number, "name": name}


def _concerns(finding: Finding, function: str, functions: tuple[str, ...]) -> bool:
    """Return whether a finding costs this function.

    What stands outside of every function concerns all, and so does what stands in one that is not
    asked for, since any of the others may call it.
    """
    concerned = around(finding.where, functions)
    return not concerned or function in concerned


def around(where: str, functions: Iterable[str]) -> tuple[str, ...]:
    """Return the functions that the place of this qualified name lies in, or that lie in it."""
    return tuple(each for each in functions if _within(where, each) or _within(each, where))


def _within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith(outer + ".")
