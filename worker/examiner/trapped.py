"""What the autograd trap caught, and what it costs: verdicts on autograd come from here alone.

What the source shows lends its words, and a line where the trap has none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worker.examiner.verdicts import SYMBOLIC_MESSAGE, TRAP_MESSAGE, around
from worker.wire.exam import Exam
from worker.wire.message import Caught, Finding, Line, LoadFailed, Values

KIND = "caught"
NUMERICAL = "numerical"
NOTICED = frozenset({"finite_differences", "complex_step"})
"""What a box may say of numerical derivatives: a note for staff, and no verdict hangs on it."""

CALL_LIMIT = 20
NOTICED_LIMIT = 5
PLACE = ("line", "file", "function")
_LOCAL = ".<locals>"


@dataclass(frozen=True)
class Trapped:
    """A caught call, and the function whose test it happened in: empty while the file was loaded."""

    call: Caught
    function: str = ""


@dataclass
class Traps:
    """What was caught so far: calls of autograd, and what looks like numerical derivatives."""

    trapped: list[Trapped] = field(default_factory=list)
    noticed: list[Caught] = field(default_factory=list)

    def note(self, caught: Sequence[Caught], function: str = "") -> None:
        """Note what was caught while the file was loaded, or in a test of this function; so many of each."""
        calls = [Trapped(call, function) for call in caught if not call.what]
        self.trapped += calls[: max(0, CALL_LIMIT - len(self.trapped))]
        hints = [call for call in caught if call.what]
        self.noticed += hints[: max(0, CALL_LIMIT - len(self.noticed))]


def noticed(calls: Iterable[Caught]) -> tuple[Finding, ...]:
    """Return as findings where derivatives look as if they were tried out numerically, each line once."""
    found: dict[tuple[str, int], Finding] = {}
    for call in calls:
        if call.what in NOTICED and call.lines and len(found) < NOTICED_LIMIT:
            line = call.lines[-1]
            what, where = call.what.replace("_", " "), _where(line)
            place = Finding(kind=NUMERICAL, what=what, file=line.file, line=line.line, column=1, where=where)
            found.setdefault((line.file, line.line), place)
    return tuple(found.values())


def told(trapped: Iterable[Trapped], seen: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the calls as findings, each line once; ``seen``: what the source shows."""
    found: dict[tuple[str, int], Finding] = {}
    for each in trapped:
        line = _line(each.call, seen)
        if line is not None:
            found.setdefault((line.file, line.line), _finding(line, seen))
    return tuple(found.values())


def costs(trapped: Iterable[Trapped], exam: Exam, seen: Sequence[Finding]) -> Mapping[str, Values]:
    """Return the functions that are forbidden by it, each with the first line that made it so."""
    cost: dict[str, Values] = {}
    if exam.autograd != "forbid" or exam.breach == "nothing":
        return cost
    for each in trapped:
        concerned = exam.functions if exam.breach == "submission" else _concerned(each, exam.functions)
        for function in concerned:
            cost.setdefault(function, _values(_line(each.call, seen)))
    return cost


def refuses(failure: LoadFailed, exam: Exam) -> tuple[str, Values] | None:
    """Return why a trap ended the loading of a file, as code and line; None if something else ended it."""
    if exam.autograd != "forbid" or failure.code != "import_raised":
        return None
    if SYMBOLIC_MESSAGE in str(failure.values.get("text")):
        return "symbolic_refused", {name: failure.values.get(name) for name in PLACE}
    if not failure.caught and TRAP_MESSAGE not in str(failure.values.get("text")):
        return None
    line = _line(failure.caught[-1], failure.findings) if failure.caught else None
    values = _values(line) if line else {name: failure.values.get(name) for name in PLACE}
    return "autograd_disabled", values


def _concerned(trapped: Trapped, functions: tuple[str, ...]) -> tuple[str, ...]:
    """Return whom a call costs: the innermost function asked for, else the one that was tested, else all."""
    for line in reversed(trapped.call.lines):
        found = around(line.function.replace(_LOCAL, ""), functions)
        if found:
            return found
    return (trapped.function,) if trapped.function else functions


def _line(call: Caught, seen: Sequence[Finding]) -> Line | None:
    """Return the line that called; of a call without one, such as a thread's, the first that was seen."""
    if call.lines:
        return call.lines[-1]
    found = next(_autograd(seen), None)
    return Line(file=found.file, line=found.line, function=found.where, source="") if found else None


def _finding(line: Line, seen: Sequence[Finding]) -> Finding:
    same = [each for each in _autograd(seen) if (each.file, each.line) == (line.file, line.line)]
    what, column = (same[0].what, same[0].column) if same else ("autograd", 1)
    return Finding(kind=KIND, what=what, file=line.file, line=line.line, column=column, where=_where(line))


def _where(line: Line) -> str:
    return line.function.replace(_LOCAL, "").removeprefix("<module>")


def _autograd(seen: Sequence[Finding]) -> Iterator[Finding]:
    return (each for each in seen if each.kind == "autograd")


def _values(line: Line | None) -> Values:
    return {"line": line.line, "file": line.file, "function": line.function} if line else {"line": None}
