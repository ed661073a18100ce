"""Cases → function scores → total: the share of weight that passed or is credited, times the points.

Pure arithmetic. Nothing is rounded here: rounding is for display (``points_text``). A function that no
case counts for gets 0 points, whatever happened: silence is not success.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import fsum

from grader.model import (
    VERDICTS,
    Assignment,
    BonusCap,
    CaseResult,
    Credit,
    Diagnosis,
    DiagnosisKind,
    Fact,
    Function,
    Given,
    Manual,
    Report,
    Status,
    Verdict,
)

# What a function that was never called gets when the submission could not be loaded.
LOAD_VERDICTS: dict[str, Verdict] = {
    "cells_timeout": Verdict.TIMEOUT,
    "import_timeout": Verdict.TIMEOUT,
    "timeout": Verdict.TIMEOUT,
    "import_crashed": Verdict.CRASHED,
    "crashed": Verdict.CRASHED,
    "out_of_memory": Verdict.OUT_OF_MEMORY,
    "output_limit": Verdict.OUTPUT_LIMIT,
    "forbidden": Verdict.FORBIDDEN,
    "autograd_disabled": Verdict.FORBIDDEN,
    "symbolic_refused": Verdict.FORBIDDEN,
}


@dataclass(frozen=True)
class FunctionScore:
    """What one function got. ``cases`` and their ``points`` stand in the same order.

    ``counts`` is false where others of a choice got more, and only so many of them count.
    """

    function: Function
    score: float
    verdict: Verdict
    cases: tuple[CaseResult, ...] = ()
    points: tuple[float, ...] = ()
    counts: bool = True


@dataclass(frozen=True)
class PartScore:
    """A second view of the same cases: the share of a part's weight that passed. Not points."""

    name: str
    passed: int
    total: int
    share: float


@dataclass(frozen=True)
class Score:
    """What the tests gave a submission. ``max_score`` leaves bonus functions out, and manual parts."""

    score: float
    max_score: float
    functions: tuple[FunctionScore, ...]
    parts: tuple[PartScore, ...] = ()
    notes: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Total:
    """What a submission has in all. ``waits``: the manual parts that nobody has judged yet."""

    points: float
    most: float
    waits: tuple[Manual, ...] = ()


def total(assignment: Assignment, tests: float, most: float, given: Iterable[Given] = ()) -> Total:
    """Return what tests and people gave in all; `most` is what can be had of the tests without bonus.

    Points for a part that the assignment doesn't have count for nothing.
    """
    points = {each.part: each.points for each in given}
    known = fsum(points.get(part.name, 0.0) for part in assignment.manual)
    whole = most + fsum(part.points for part in assignment.manual if not part.bonus)
    waits = tuple(part for part in assignment.manual if part.name not in points)
    return Total(_capped(assignment, tests + known, whole), whole, waits)


def picked_points(items: Iterable[float], most: float) -> float:
    """Return what rubric items come to, from 0 to `most`: they add up, or take off all where none adds."""
    points = tuple(items)
    start = 0.0 if any(each > 0 for each in points) else most
    return min(max(start + fsum(points), 0.0), most)


def _capped(assignment: Assignment, points: float, whole: float) -> float:
    return min(points, whole) if assignment.bonus_cap is BonusCap.TOTAL else points


def score(assignment: Assignment, report: Report) -> Score | None:
    """Return the scores of a graded report, or None when there is none because of a fault of ours."""
    if report.status is not Status.GRADED:
        return None
    functions = _chosen(
        assignment,
        [_function_score(function, report, assignment.credit) for function in assignment.functions],
    )
    most = most_points(assignment)
    return Score(
        score=total(assignment, fsum(each.score for each in functions if each.counts), most).points,
        max_score=most,
        functions=functions,
        parts=tuple(part_score(name, report.cases) for name in assignment.parts),
        notes=_notes(assignment, functions, report),
    )


def most_points(assignment: Assignment) -> float:
    """Return all points that the tests can give without bonus; of a choice those count that can count."""
    points = {each.name: each.points for each in assignment.functions if not each.bonus}
    spare = ((len(each.functions) - each.best) * points[each.functions[0]] for each in assignment.choices)
    return fsum(points.values()) - fsum(spare)


def _chosen(assignment: Assignment, functions: Sequence[FunctionScore]) -> tuple[FunctionScore, ...]:
    """Return the functions with those marked that don't count: of equals the earlier ones do."""
    left_out: set[str] = set()
    for choice in assignment.choices:
        ranked = sorted(
            (each for each in functions if each.function.name in choice.functions),
            key=lambda each: -each.score,
        )
        left_out.update(each.function.name for each in ranked[choice.best :])
    return tuple(replace(each, counts=each.function.name not in left_out) for each in functions)


def _function_score(function: Function, report: Report, credit: Credit) -> FunctionScore:
    cases = tuple(case for case in report.cases if case.function == function.name)
    shares = _shares(cases, report.diagnoses, credit)
    points = case_points(function.points, cases, shares)
    earned = _earned(function.points, cases, shares)
    return FunctionScore(function, earned, _verdict(cases, report), cases, points)


def _shares(cases: Sequence[CaseResult], diagnoses: Iterable[Diagnosis], credit: Credit) -> tuple[float, ...]:
    """Return which share of its points each case gets: all if it passed, else what is credited."""
    by_kind = {
        DiagnosisKind.CONSEQUENTIAL: credit.consequential,
        DiagnosisKind.CONVENTION: credit.convention,
    }
    credited: dict[str, float] = {}
    for each in diagnoses:
        for case in each.cases:
            credited[case] = max(credited.get(case, 0.0), by_kind.get(each.kind, 0.0))
    return tuple(
        1.0
        if case.verdict is Verdict.PASSED
        else max(credited.get(case.id, 0.0), credit.transposed if _is_transposed(case) else 0.0)
        for case in cases
    )


def _is_transposed(case: CaseResult) -> bool:
    values = case.fact.values
    return values.get("relation") == "transposed" and values.get("agrees") is True


def _earned(points: float, cases: Sequence[CaseResult], shares: Sequence[float]) -> float:
    weight = fsum(case.weight for case in cases)
    if weight <= 0:
        return 0.0
    kept = fsum(case.weight * share for case, share in zip(cases, shares, strict=True))
    return points * min(kept / weight, 1.0)


def case_points(points: float, cases: Sequence[CaseResult], shares: Sequence[float]) -> tuple[float, ...]:
    """Return what each case earned of its function's points, in their order."""
    weight = fsum(case.weight for case in cases)
    return tuple(
        points * case.weight / weight * share if weight > 0 else 0.0
        for case, share in zip(cases, shares, strict=True)
    )


def _verdict(cases: Sequence[CaseResult], report: Report) -> Verdict:
    """Return how the function as a whole ended; cases without weight count when there are no others."""
    if not cases:
        loaded = report.load.code == "ok"
        return Verdict.SKIPPED if loaded else LOAD_VERDICTS.get(report.load.code, Verdict.ERROR)
    scored = [case for case in cases if case.weight > 0]
    return gravest(case.verdict for case in scored or cases)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that names a group of cases: the gravest of theirs."""
    return max(verdicts, key=lambda verdict: VERDICTS[verdict].gravity)


def part_score(name: str, cases: Iterable[CaseResult]) -> PartScore:
    """Return how much of a part's weight passed."""
    own = [case for case in cases if name in case.parts]
    passed = [case for case in own if case.verdict is Verdict.PASSED]
    shares = [float(case in passed) for case in own]
    return PartScore(name, len(passed), len(own), _earned(1.0, own, shares))


def _notes(assignment: Assignment, functions: Iterable[FunctionScore], report: Report) -> tuple[Fact, ...]:
    """Return what staff must know about the suite itself."""
    loaded = report.load.code == "ok"
    silent = [
        each.function.name
        for each in functions
        if loaded and each.function.points > 0 and not any(case.weight > 0 for case in each.cases)
    ]
    declared = {function.name for function in assignment.functions}
    strangers = dict.fromkeys(case.function for case in report.cases if case.function not in declared)
    return (
        *(Fact("no_cases", {"name": name}) for name in silent),
        *(Fact("unknown_function", {"name": name}) for name in strangers),
    )


def worth_its_cases(assignment: Assignment, report: Report) -> Assignment:
    """Return the assignment with each function worth the weight of its cases, one point a verdict.

    For scripts without an assignment, whose verdicts are counted when they have been printed.
    """
    return replace(
        assignment,
        functions=tuple(
            replace(function, points=fsum(c.weight for c in report.cases if c.function == function.name))
            for function in assignment.functions
        ),
    )


def points_text(points: float) -> str:
    """Return points as people write them: two digits after the point."""
    return f"{points + 0.0:.2f}"
