"""What a trial of a draft shows: samples get what they must, known mistakes are found, or what one got.

Reports go in, plain findings come out, which are kept when the reports are gone. Pure.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader.arithmetic import scoring
from grader.model import Assignment, Report, Status, Submission
from grader.model.language import _
from grader.verifying import judging, samples, steady
from grader.verifying.judging import Tally, Tried
from grader.verifying.odd_answers import odd_answers
from grader.verifying.proof_file import HandInMade, Kind, NamedMistake

EMPTY = "an empty file"
"""The submission that every verification adds: it shows that the tests run, and must get no points."""

_BROKEN = re.compile(r"the hidden tests can't be run: (?P<file>[^:]*):(?P<line>\d+): (?P<text>.*)", re.DOTALL)


@dataclass(frozen=True)
class Broken:
    """Why the tests can't be run; ``line`` 0: no certain one."""

    file: str
    line: int
    text: str


@dataclass(frozen=True)
class Cell:
    """What a submission got for one function."""

    function: str
    score: float
    verdict: str


@dataclass(frozen=True)
class FindingRow:
    """The result of one submission. ``said``: what is not as expected, or why there is no score."""

    name: str
    score: float | None
    cells: tuple[Cell, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrialFinding:
    """What a trial showed.

    rows       of all submissions; in a proof, only of those not as expected
    number     how many submissions there were
    warnings   what the samples leave unproved, and comparisons that pass too much
    tallies    of a proof: what it shows about each function's tests
    mistakes   of a proof: how many submissions were incorrect, and how many of them were ``caught``
    """

    number: int
    rows: tuple[FindingRow, ...] = ()
    warnings: tuple[str, ...] = ()
    tallies: tuple[Tally, ...] = ()
    mistakes: int = 0
    caught: int = 0
    broken: Broken | None = None

    @property
    def wrong(self) -> tuple[FindingRow, ...]:
        """The submissions that are not as expected."""
        return tuple(each for each in self.rows if each.said)

    @property
    def fine(self) -> bool:
        """Whether everything is as it must be."""
        return self.broken is None and not self.wrong

    def row(self, name: str) -> FindingRow | None:
        """Return the result of the submission of that name."""
        return next((each for each in self.rows if each.name == name), None)


@dataclass(frozen=True)
class Changed:
    """A submission that two versions of the tests judge differently; None: the version didn't have it."""

    name: str
    before: FindingRow | None
    after: FindingRow | None


@dataclass(frozen=True)
class TrialRun:
    """A submission by name with what it must show, in plain data, and its report."""

    name: str
    report: Report
    shows: Mapping[str, object] = field(default_factory=dict)


def plain(finding: TrialFinding) -> dict[str, object]:
    """Return a finding as plain data, to be kept."""
    kept: dict[str, object] = msgspec.to_builtins(finding)
    return kept


def finding(kept: Mapping[str, object]) -> TrialFinding:
    """Return the finding that was kept."""
    return msgspec.convert(kept, TrialFinding)


def broken(reports: Iterable[Report]) -> Broken | None:
    """Return why the tests can't be run, if a report says so."""
    for each in reports:
        said = _BROKEN.fullmatch(each.why) if each.status is Status.INTERNAL_ERROR else None
        if said is not None:
            return Broken(said["file"], int(said["line"]), said["text"])
    return None


def tried(runs: Sequence[TrialRun], assignment: Assignment) -> TrialFinding:
    """Return what single submissions got."""
    found = broken(each.report for each in runs)
    return TrialFinding(len(runs), tuple(_row(each, assignment, ()) for each in runs), broken=found)


def verified(
    runs: Sequence[TrialRun],
    expected: Mapping[str, samples.Sample],
    assignment: Assignment,
    warnings: Sequence[str],
) -> TrialFinding:
    """Return whether the samples, by name, got what they must."""
    found = broken(each.report for each in runs)
    if found is not None:
        return TrialFinding(len(runs), broken=found)
    rows = (
        _row(each, assignment, samples.differences(expected[each.name], assignment, each.report))
        for each in runs
    )
    # Of what is tried besides, only what is not as expected is worth a line.
    shown = tuple(each for each in rows if each.said or not expected[each.name].odd)
    return TrialFinding(len(runs), shown, tuple(warnings))


def under_seeds(
    runs: Sequence[TrialRun], sample: samples.Sample, assignment: Assignment
) -> FindingRow | Broken:
    """Return whether one sample got what it must, and the same, under several seeds."""
    found = broken(each.report for each in runs)
    if found is not None:
        return found
    first = runs[0]
    said: Sequence[str] = ()
    for each in runs:
        differs = samples.differences(sample, assignment, each.report)
        differs += steady.unlike(assignment, first.report, each.report)
        said = said or [
            _("under seed %(number)s: %(what)s", number=each.shows["seed"], what=what) for what in differs
        ]
    return _row(first, assignment, said)


def seeded(found: Iterable[FindingRow | Broken]) -> TrialFinding:
    """Return whether all samples got the same under several seeds, given what each showed."""
    rows: list[FindingRow] = []
    for each in found:
        if isinstance(each, Broken):
            return TrialFinding(len(rows), broken=each)
        rows.append(each)
    return TrialFinding(len(rows), tuple(rows))


def expected(found: Iterable[samples.Sample], assignment: Assignment) -> dict[str, samples.Sample]:
    """Return the samples by name, with the empty submission and those that answer oddly."""
    given = tuple(found)
    nothing = samples.Sample(EMPTY, Submission({assignment.entry: b""}), score=0.0)
    return {each.file: each for each in (*given, nothing, *odd_answers(given, assignment))}


def shows(made: HandInMade) -> dict[str, object]:
    """Return what a submission of a proof must show, as plain data."""
    breaks = {name: [[each.code, each.where] for each in said] for name, said in made.breaks.items()}
    return {"kind": made.kind.value, "breaks": breaks}


def proved(runs: Sequence[TrialRun], assignment: Assignment, functions: Iterable[str]) -> TrialFinding:
    """Return which known mistakes the tests let through, and which right forms they hurt."""
    found = broken(each.report for each in runs)
    if found is not None:
        return TrialFinding(len(runs), broken=found)
    judged = [_judged(each, assignment) for each in runs]
    rows = [
        _row(run, assignment, said) for run, each in zip(runs, judged, strict=True) if (said := _said(each))
    ]
    wrong = [each for each in judged if not each.is_right]
    return TrialFinding(
        len(runs),
        tuple(rows),
        tallies=judging.tally(judged, functions),
        mistakes=len(wrong),
        caught=sum(not each.survives for each in wrong),
    )


def _judged(run: TrialRun, assignment: Assignment) -> Tried:
    must = msgspec.convert(run.shows, _Shows)
    breaks = {name: tuple(NamedMistake(*each) for each in said) for name, said in must.breaks.items()}
    made = HandInMade(must.kind, run.name, Submission({}), breaks)
    return judging.judge(made, assignment, run.report, tuple(breaks))


class _Shows(msgspec.Struct):
    kind: Kind
    breaks: dict[str, list[tuple[str, str]]]


def _said(each: Tried) -> list[str]:
    if each.ungraded:
        return [_("it was not graded: %(ungraded)s", ungraded=each.ungraded)]
    return [
        *(_("%(name)s loses no points although it is incorrect", name=name) for name in each.silent),
        *(_("%(name)s loses points although it is correct", name=name) for name in each.lost),
        *each.otherwise,
    ]


def _row(run: TrialRun, assignment: Assignment, said: Sequence[str]) -> FindingRow:
    scores = scoring.score(assignment, run.report)
    if scores is None:
        return FindingRow(run.name, None, said=tuple(said) or (run.report.why,))
    cells = tuple(Cell(each.function.name, each.score, each.verdict.value) for each in scores.functions)
    return FindingRow(run.name, scores.score, cells, tuple(said))


def changed(before: TrialFinding, after: TrialFinding) -> tuple[Changed, ...]:
    """Return the submissions that are judged differently, in the order of the later finding."""
    names = dict.fromkeys(each.name for each in (*after.rows, *before.rows))
    pairs = ((name, before.row(name), after.row(name)) for name in names)
    return tuple(Changed(*each) for each in pairs if not _same(each[1], each[2]))


def _same(one: FindingRow | None, other: FindingRow | None) -> bool:
    if one is None or other is None:
        return one is other
    return [_points(each) for each in one.cells] == [_points(each) for each in other.cells]


def _points(cell: Cell) -> tuple[str, str, str]:
    return cell.function, scoring.points_text(cell.score), cell.verdict
