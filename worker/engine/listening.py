"""What the examiner says about one grading, until it has said everything or fallen silent."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from grader import model
from grader.model import bounds
from worker.engine import facts
from worker.engine.sources import Sources
from worker.wire import exam, message, patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelTimeout, WireError

OURS = ("box_lost",)

Progress = Callable[[model.CaseResult], None]
Running = Callable[[int, int], None]
"""The number of a notebook's cell that begins, and of how many."""


class Telling:
    """Passes on what a sitting shows while it runs: each case once, also when it is begun once more."""

    def __init__(self, progress: Progress | None = None, running: Running | None = None) -> None:
        self._progress = progress
        self._running = running
        self._told: set[str] = set()

    def case(self, case: model.CaseResult) -> None:
        """Tell of a case that ended."""
        if self._progress is not None and case.id not in self._told:
            self._told.add(case.id)
            self._progress(case)

    def cell(self, cell: int, total: int) -> None:
        """Tell of a cell that begins."""
        if self._running is not None:
            self._running(cell, total)


@dataclass
class Heard:
    """Everything heard so far.

    ``why`` is empty unless something of ours went wrong; ``cut_off``: that may be because a process of ours
    has ended, and ``hung_up``: it surely is; ``starved``: the machine had no processor for the box.
    ``sources`` are the files that lines are of.
    """

    sources: Sources = field(default_factory=Sources)
    load: exam.LoadReport = field(default_factory=lambda: exam.LoadReport(code="ok"))
    cases: list[model.CaseResult] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)
    diagnoses: tuple[model.Diagnosis, ...] = ()
    caught: tuple[model.Finding, ...] = ()
    notes: tuple[message.Note, ...] = ()
    why: str = ""
    cut_off: bool = False
    hung_up: bool = False
    starved: bool = False

    @property
    def findings(self) -> tuple[model.Finding, ...]:
        """What the source shows and, where that is what the autograd trap caught, the latter."""
        caught = {(each.file, each.line) for each in self.caught}
        seen = (facts.finding(found, self.sources) for found in self.load.findings)
        kept = (each for each in seen if each.kind != "autograd" or (each.file, each.line) not in caught)
        return (*kept, *self.caught)

    def lose(self, why: str, *, cut_off: bool = False) -> None:
        """Note that the grading failed through a fault of ours; the first reason stays."""
        self.why = self.why or why
        self.cut_off = self.cut_off or cut_off


def listen(
    channel: Channel[exam.FromExaminer],
    suite: model.Suite,
    until: float,
    heard: Heard,
    telling: Telling,
) -> None:
    """Take in messages until Done; raises WireError when the examiner dies or falls silent.

    The deadline ``until`` allows for all that keeper and examiner may take (worker.wire.patience): whoever
    overruns it is no submission.
    """
    while True:
        try:
            heard_now = channel.receive(seconds=max(0.0, until - time.monotonic()))
        except ChannelTimeout:
            raise WireError("the hidden tests did not end within the limits of the assignment") from None
        match heard_now:
            case exam.NeedSuite():
                channel.send(exam.SuiteFiles(files=dict(suite.files)), seconds=patience.SEND)
            case exam.SuiteBroken(file=file, line=line, text=text):
                heard.load = exam.LoadReport(
                    code="suite_broken", values={"file": file, "line": line, "text": text}
                )
                heard.lose(f"the hidden tests can't be run: {file}:{line}: {text}")
                return
            case message.Running(cell=cell, total=total):
                telling.cell(cell, total)
            case exam.LoadReport():
                heard.load = heard_now
                _blame(heard)
            case exam.CaseDone():
                _note_case(heard_now, heard, telling)
            case exam.Done(
                versions=versions, notes=notes, diagnoses=diagnoses, caught=caught, why=why, starved=starved
            ):
                heard.starved = starved
                heard.versions = versions
                heard.notes = notes
                heard.diagnoses = _diagnoses(diagnoses)
                heard.caught = tuple(facts.finding(found, heard.sources) for found in caught)
                heard.cases = [_settled(case, heard_now.forbidden, heard.sources) for case in heard.cases]
                if why:
                    heard.lose(why, cut_off=why.startswith(OURS))
                return


def _blame(heard: Heard) -> None:
    ending = heard.load.ending
    if heard.load.code in OURS or (ending is not None and ending.blame == "us"):
        why = ending.why if ending else heard.load.values.get("why")
        heard.lose(f"the box was lost: {why}", cut_off=True)


def _diagnoses(said: tuple[exam.Diagnosis, ...]) -> tuple[model.Diagnosis, ...]:
    try:
        return tuple(map(facts.diagnosis, said))
    except ValueError as error:
        raise WireError(f"the examiner sent a diagnosis that the model does not know: {error}") from None


def _settled(
    case: model.CaseResult, forbidden: Mapping[str, message.Values], sources: Sources
) -> model.CaseResult:
    """Return the case with what its function used, if that is forbidden, as its verdict."""
    if case.function not in forbidden or case.verdict is model.Verdict.FORBIDDEN:
        return case
    fact = sources.fact(model.Fact("autograd_disabled", forbidden[case.function]))
    return replace(case, verdict=model.Verdict.FORBIDDEN, fact=fact)


def _note_case(done: exam.CaseDone, heard: Heard, telling: Telling) -> None:
    try:
        case = facts.case_result(done, heard.sources)
    except ValueError as error:
        raise WireError(f"the examiner sent a case that the model does not know: {error}") from None
    heard.cases.append(case)
    if case.fact.code in OURS:
        heard.lose(f"the box was lost during {case.id}")
    telling.case(bounds.cut_case(case))
