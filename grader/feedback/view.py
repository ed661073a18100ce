"""A report as somebody may see it: the one structure that every renderer shows.

``staff_view`` shows everything. ``student_view`` leaves out what the assignment keeps back at that
moment: a hidden case keeps its place, so that counts add up, and nothing else. What a case's output may
not show (SECURITY: exception texts and printed text carry hidden inputs out) is left out of its message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from grader.arithmetic import scoring
from grader.feedback import summary
from grader.feedback.catalogue import FOR_STAFF, NOTES, advice, believed, known, message
from grader.feedback.manual import ManualView, judged
from grader.feedback.mending import Look, Mend, cards, of_function
from grader.feedback.mistake_words import words
from grader.feedback.own_graph import OwnGraph, own_graph
from grader.feedback.sight import NOW, Moment, Sight, sight_of
from grader.feedback.text import block, phrase
from grader.feedback.values import Reader
from grader.model import (
    VERDICTS,
    Assignment,
    CaseResult,
    Fact,
    Finding,
    Given,
    Report,
    Status,
    Timing,
    Verdict,
    Visibility,
)
from grader.model.language import N_, _

# Nothing hidden has reached the hand-in while it is loaded, so its own words may be shown.
OWN_WORDS = Reader.OUTPUT
# Autograd that the source shows and nothing has caught, and what looks like a numerical derivative: where
# staff may look, no reproach to a student.
FINDINGS_FOR_STAFF = frozenset({"autograd", "numerical"})
OUR_FAULT = N_("We could not grade this. It is our fault, and nothing is lost.")


@dataclass(frozen=True)
class CaseView:
    """One case. None stands for what may not be seen; ``visibility`` says from when on all of it may."""

    name: str
    parts: tuple[str, ...]
    verdict: Verdict | None
    points: float | None
    max_points: float
    message: str | None
    advice: str = ""
    description: str = ""
    output: str = ""
    seconds: float = 0.0
    visibility: Visibility = Visibility.ALWAYS
    graph: OwnGraph | None = None

    @property
    def remark(self) -> str:
        """What is said beside the verdict: nothing where that says it all."""
        return "" if self.message in (None, message(Fact("ok"))) else self.message


@dataclass(frozen=True)
class FunctionView:
    """One function. ``phrase`` sums its cases up; score and verdict are None while they may not be seen.

    ``counts`` is false for one of a choice whose others got more; while that may not be seen it is true.
    """

    name: str
    score: float | None
    max_score: float
    verdict: Verdict | None
    bonus: bool
    phrase: str
    cases: tuple[CaseView, ...]
    counts: bool = True


@dataclass(frozen=True)
class View:
    """One grading as one reader sees it. ``mend`` is what to fix, the first to be mended first."""

    assignment: str
    title: str
    suite: str
    submission: str
    device: str
    seed: int | None
    versions: Mapping[str, str]
    status: Status
    score: float | None
    max_score: float | None
    headline: str
    functions: tuple[FunctionView, ...] = ()
    manual: tuple[ManualView, ...] = ()
    parts: tuple[scoring.PartScore, ...] = ()
    mend: tuple[Mend, ...] = ()
    load: str = ""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    output: str = ""
    timing: Timing = field(default_factory=Timing)
    limits: Mapping[str, float] = field(default_factory=dict)
    why: str = ""


def staff_view(report: Report, assignment: Assignment, given: Sequence[Given] = ()) -> View:
    """Return everything; `given` are the points that people gave."""
    return _view(report, assignment, None, given)


def student_view(
    report: Report, assignment: Assignment, moment: Moment = NOW, given: Sequence[Given] = ()
) -> View:
    """Return what the student may see at that moment."""
    return _view(report, assignment, moment, given)


def _view(report: Report, assignment: Assignment, moment: Moment | None, given: Sequence[Given]) -> View:
    scores = scoring.score(assignment, report)
    scored = scores.functions if scores else ()
    functions = tuple(_function(each, assignment, moment) for each in scored)
    looks = tuple(_look(each, view, assignment, moment) for each, view in zip(scored, functions, strict=True))
    functions = tuple(_with_titles(view, look, report) for view, look in zip(functions, looks, strict=True))
    unloaded = _unloaded(report, assignment)
    # Nothing of them ran, so counting what is right would only repeat the one reason.
    functions = tuple(replace(each, phrase="") if each.name in unloaded else each for each in functions)
    shows_total = moment is None or moment.shows(assignment.shown.total)
    whole = scoring.total(assignment, scores.score, scores.max_score, given) if scores else None
    reader = _load_reader(assignment, moment)
    return View(
        assignment=assignment.slug,
        title=assignment.title,
        suite=report.suite,
        submission=report.submission,
        device=report.device,
        seed=report.seed if moment is None else None,
        versions=dict(report.versions),
        status=report.status,
        score=whole.points if whole and shows_total else None,
        max_score=whole.most if whole else None,
        headline=_headline(report, functions, unloaded),
        functions=functions,
        manual=judged(assignment.manual, given, shown=shows_total),
        parts=scores.parts if scores and _all_seen(functions) else (),
        mend=_mend(report, looks, unloaded),
        load="" if report.load.code == "ok" else message(believed(report.load), OWN_WORDS),
        findings=tuple(
            _finding(each)
            for each in report.findings
            if moment is None or each.kind not in FINDINGS_FOR_STAFF
        ),
        notes=_notes((*report.notes, *(scores.notes if scores else ())), moment),
        output=block(report.output) if reader is not Reader.STUDENT else "",
        timing=report.timing if moment is None else _coarse(report.timing),
        limits={name: getattr(report.limits, name) for name in report.limits.__dataclass_fields__},
        why=phrase(report.why) if moment is None else "",
    )


def _load_reader(assignment: Assignment, moment: Moment | None) -> Reader:
    if moment is None:
        return Reader.STAFF
    return Reader.OUTPUT if moment.shows(assignment.shown.output) else Reader.STUDENT


def _coarse(timing: Timing) -> Timing:
    """Return what a student may know of it: memory and exact times could carry hidden inputs out."""
    return Timing(round(timing.total_seconds, 1), timing.import_seconds)


def _finding(found: Finding) -> Finding:
    return replace(
        found,
        kind=phrase(found.kind),
        what=phrase(found.what),
        file=phrase(found.file),
        where=phrase(found.where),
    )


def _notes(facts: Sequence[Fact], moment: Moment | None) -> tuple[str, ...]:
    told = NOTES if moment is None else NOTES - FOR_STAFF
    kept = (fact for fact in facts if fact.code in told)
    return tuple(message(fact, OWN_WORDS if moment else Reader.STAFF) for fact in kept)


def _function(scored: scoring.FunctionScore, assignment: Assignment, moment: Moment | None) -> FunctionView:
    sights = [sight_of(case, assignment.shown, moment) for case in scored.cases]
    weight = sum(case.weight for case in scored.cases)
    total = moment is None or moment.shows(assignment.shown.total)
    telling = [s for c, s in zip(scored.cases, sights, strict=True) if c.weight > 0] or sights
    open_verdicts = total and all(sight.verdict for sight in telling)
    worth = [scored.function.points * case.weight / weight if weight else 0.0 for case in scored.cases]
    cases = tuple(
        _case(place, case, sight, earned, most)
        for place, (case, sight, earned, most) in enumerate(
            zip(scored.cases, sights, scored.points, worth, strict=True), start=1
        )
    )
    told = [_bare(case, telling) for case in scored.cases]
    return FunctionView(
        name=scored.function.name,
        score=scored.score if open_verdicts else None,
        max_score=scored.function.points,
        verdict=scored.verdict if open_verdicts else None,
        bonus=scored.function.bonus,
        phrase=_phrase(scored, told) if open_verdicts else "",
        cases=cases,
        counts=scored.counts or not open_verdicts,
    )


def _with_titles(view: FunctionView, look: Look, report: Report) -> FunctionView:
    """Let the mistakes' titles sum the function up, where they may be read."""
    titles = dict.fromkeys(phrase(words(each).title) for each in of_function(look, report.diagnoses))
    if not titles or not view.phrase:
        return view
    counted = summary.counted(look.cases)
    said = "; ".join(titles)
    return replace(view, phrase=f"{said} ({counted})" if counted else said)


def _phrase(scored: scoring.FunctionScore, cases: Sequence[CaseResult]) -> str:
    return summary.function_phrase(cases) if cases else VERDICTS[scored.verdict].word


def _bare(case: CaseResult, sights: Sequence[Sight]) -> CaseResult:
    """Return the case with what may be seen of every case of its function, for summing them up."""
    named = all(sight.name for sight in sights)
    explained = all(sight.message for sight in sights)
    return replace(case, name=case.name if named else "", fact=case.fact if explained else Fact("ok"))


def _case(place: int, case: CaseResult, sight: Sight, earned: float, most: float) -> CaseView:
    outputs = sight.reader is not Reader.STUDENT
    fact = known(case.fact) if sight.name else _unnamed(known(case.fact))
    return CaseView(
        name=phrase(case.name) if sight.name else _("hidden case %(place)s", place=place),
        parts=case.parts if sight.name else (),
        verdict=case.verdict if sight.verdict else None,
        points=earned if sight.verdict else None,
        max_points=most,
        message=message(fact, sight.reader) if sight.message else None,
        advice=advice(fact) if sight.message and case.verdict is not Verdict.PASSED else "",
        description=phrase(case.description) if sight.name else "",
        output=block(case.output) if outputs else "",
        seconds=case.seconds if sight.verdict and outputs else 0.0,
        visibility=sight.latest,
        graph=own_graph(case.fact) if sight.message and sight.name else None,
    )


def _unnamed(fact: Fact) -> Fact:
    return Fact(fact.code, {**fact.values, "name": _("A result")}) if "name" in fact.values else fact


def _all_seen(functions: Sequence[FunctionView]) -> bool:
    return all(function.verdict is not None for function in functions)


def _unloaded(report: Report, assignment: Assignment) -> frozenset[str]:
    """Return the functions of the first entry, where that could not be loaded."""
    if report.load.code == "ok":
        return frozenset()
    return frozenset(each.name for each in assignment.functions_of(assignment.loaded[0]))


def _headline(report: Report, functions: Sequence[FunctionView], unloaded: frozenset[str]) -> str:
    if report.status is Status.INTERNAL_ERROR:
        return _(OUR_FAULT)
    if report.status is not Status.GRADED:
        return _("This has not been graded yet.")
    if report.load.code == "ok":
        return _of_functions(functions)
    others = [each for each in functions if each.name not in unloaded and each.verdict is not Verdict.SKIPPED]
    why = message(believed(report.load), OWN_WORDS)
    return f"{why} {_of_functions(others)}" if others else why


def _of_functions(functions: Sequence[FunctionView]) -> str:
    worth = [each for each in functions if each.max_score > 0] or list(functions)
    seen = [each for each in worth if each.verdict is not None]
    if len(seen) < len(worth):
        return _("Some results are not shown yet.") if not seen else _sentence(seen, hidden=True)
    return _sentence(seen, hidden=False)


def _sentence(functions: Sequence[FunctionView], *, hidden: bool) -> str:
    right = [each.name for each in functions if each.verdict is Verdict.PASSED]
    rest = [(each.name, each.phrase) for each in functions if each.verdict is not Verdict.PASSED]
    return summary.headline(right, rest, scored=bool(functions), hidden=hidden)


def _mend(report: Report, looks: Sequence[Look], unloaded: frozenset[str]) -> tuple[Mend, ...]:
    """Return why the first entry isn't loaded, and a card for each other mistake that may be seen."""
    if report.status is not Status.GRADED:
        return ()
    load = believed(report.load)
    first = () if load.code == "ok" else (Mend("", message(load, OWN_WORDS), advice(load)),)
    return first + cards([each for each in looks if each.name not in unloaded], report.diagnoses)


def _look(
    scored: scoring.FunctionScore, view: FunctionView, assignment: Assignment, moment: Moment | None
) -> Look:
    named = all(sight_of(case, assignment.shown, moment).name for case in scored.cases)
    shown = named and view.verdict is not None
    return Look(view.name, view.max_score, scored.cases, view.cases, shown, view.counts)
