"""What the examiner says about one grading, until it has said everything or fallen silent."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from grader import model
from worker.engine import facts
from worker.wire import exam, message
from worker.wire.channel import Channel
from worker.wire.errors import ChannelTimeout, WireError

COLLECT_SECONDS = 60.0
GRACE_SECONDS = 10.0
OURS = ("box_lost",)

Progress = Callable[[model.CaseResult], None]
Running = Callable[[int, int], None]
"""The number of a notebook's cell that begins, and of how many."""


@dataclass
class Heard:
    """Everything heard so far. ``why`` is empty unless something of ours went wrong."""

    load: exam.LoadReport = field(default_factory=lambda: exam.LoadReport(code="ok"))
    cases: list[model.CaseResult] = field(default_factory=list)
    versions: Mapping[str, str] = field(default_factory=dict)
    diagnoses: tuple[model.Diagnosis, ...] = ()
    caught: tuple[model.Finding, ...] = ()
    why: str = ""

    @property
    def findings(self) -> tuple[model.Finding, ...]:
        """What the source shows and, where that is what the autograd trap caught, the latter."""
        caught = {(each.file, each.line) for each in self.caught}
        seen = map(facts.finding, self.load.findings)
        kept = (each for each in seen if each.kind != "autograd" or (each.file, each.line) not in caught)
        return (*kept, *self.caught)

    def lose(self, why: str) -> None:
        """Note that the grading failed through a fault of ours; the first reason stays."""
        self.why = self.why or why


def listen(
    channel: Channel[exam.FromExaminer],
    suite: model.Suite,
    limits: model.Limits,
    heard: Heard,
    progress: Progress | None = None,
    running: Running | None = None,
) -> None:
    """Take in messages until Done; raises WireError when the examiner dies or falls silent.

    The deadline allows for the budgets that keeper and examiner enforce, and for collecting a suite
    that is new to the examiner. Whoever overruns it after that is no submission.
    """
    until = time.monotonic() + limits.import_seconds + limits.total_seconds + GRACE_SECONDS + COLLECT_SECONDS
    while True:
        try:
            heard_now = channel.receive(seconds=max(0.0, until - time.monotonic()))
        except ChannelTimeout:
            raise WireError("the hidden tests did not end within the limits of the assignment") from None
        match heard_now:
            case exam.NeedSuite():
                channel.send(exam.SuiteFiles(files=dict(suite.files)), seconds=GRACE_SECONDS)
            case exam.SuiteBroken(file=file, line=line, text=text):
                heard.load = exam.LoadReport(
                    code="suite_broken", values={"file": file, "line": line, "text": text}
                )
                heard.lose(f"the hidden tests can't be run: {file}:{line}: {text}")
                return
            case message.Running(cell=cell, total=total):
                if running is not None:
                    running(cell, total)
            case exam.LoadReport():
                heard.load = heard_now
                _blame(heard)
            case exam.CaseDone():
                _note_case(heard_now, heard, progress)
            case exam.Done(versions=versions, diagnoses=diagnoses, caught=caught, why=why):
                heard.versions = versions
                heard.diagnoses = _diagnoses(diagnoses)
                heard.caught = tuple(map(facts.finding, caught))
                heard.cases = [_settled(case, heard_now.forbidden) for case in heard.cases]
                if why:
                    heard.lose(why)
                return


def _blame(heard: Heard) -> None:
    ending = heard.load.ending
    if heard.load.code in OURS or (ending is not None and ending.blame == "us"):
        heard.lose(f"the box was lost: {ending.why if ending else heard.load.values.get('why')}")


def _diagnoses(said: tuple[exam.Diagnosis, ...]) -> tuple[model.Diagnosis, ...]:
    try:
        return tuple(map(facts.diagnosis, said))
    except ValueError as error:
        raise WireError(f"the examiner sent a diagnosis that the model does not know: {error}") from None


def _settled(case: model.CaseResult, forbidden: Mapping[str, message.Values]) -> model.CaseResult:
    """Return the case with what its function used, if that is forbidden, as its verdict."""
    if case.function not in forbidden or case.verdict is model.Verdict.FORBIDDEN:
        return case
    fact = model.Fact("autograd_disabled", forbidden[case.function])
    return replace(case, verdict=model.Verdict.FORBIDDEN, fact=fact)


def _note_case(done: exam.CaseDone, heard: Heard, progress: Progress | None) -> None:
    try:
        case = facts.case_result(done)
    except ValueError as error:
        raise WireError(f"the examiner sent a case that the model does not know: {error}") from None
    heard.cases.append(case)
    if case.fact.code in OURS:
        heard.lose(f"the box was lost during {case.id}")
    if progress is not None:
        progress(case)
