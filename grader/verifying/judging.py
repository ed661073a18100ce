"""What a grading shows about the hidden tests: the mistake was found, and named; the right form was not hurt.

Deviations are differences in units of what is allowed. A mistake should miss by more than three, a right
form should keep below a third; in between chance decides who passes. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from grader.arithmetic import scoring
from grader.feedback.mistake_words import words
from grader.model import Assignment, CaseResult, Diagnosis, DiagnosisKind, Function, Report, Status, Verdict
from grader.model.language import _, in_english
from grader.verifying.proof_file import HandInMade, Kind, NamedMistake

MARGIN = 3.0
TOLERANCE = 0.01  # points


@dataclass(frozen=True)
class Near:
    """How far something was off, in allowances, and what it was."""

    deviation: float
    name: str


@dataclass(frozen=True)
class Tried:
    """The result of one submission.

    silent     functions that it breaks and that lost no points
    lost       functions of a right form that lost points
    otherwise  in words, what is said of it that should not be, or the other way round
    ungraded   why there is no score, by a fault of ours
    """

    made: HandInMade
    cases: tuple[CaseResult, ...]
    silent: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()
    ungraded: str = ""

    @property
    def is_right(self) -> bool:
        """Whether it is a right form."""
        return self.made.kind is Kind.FORM

    @property
    def survives(self) -> bool:
        """Whether a mistake costs nothing where it should."""
        return bool(self.silent)

    def deviations(self, function: str) -> list[float]:
        """Return by how much the scored cases of a function were off, where that could be measured."""
        mine = [each for each in self.cases if each.function == function and each.weight > 0]
        return [each.deviation for each in mine if each.deviation is not None]

    def by_number(self, function: str) -> bool:
        """Whether nothing but the numbers is wrong: no failed case tells the mistake by shape or kind."""
        failed = [
            each
            for each in self.cases
            if each.function == function and each.weight > 0 and each.verdict is not Verdict.PASSED
        ]
        return all(each.fact.code == "not_close" for each in failed)


@dataclass(frozen=True)
class Tally:
    """What the submissions show about the tests of one function.

    nearest   of the mistakes that numbers tell: the one whose clearest case is the least clear
    farthest  of the right forms: the one that comes closest to losing a point
    between   pairs of submission and case that lie in between
    """

    function: str
    made: int
    caught: int
    nearest: Near | None
    farthest: Near | None
    between: int


def judge(made: HandInMade, assignment: Assignment, report: Report, only: Sequence[str] = ()) -> Tried:
    """Return what a report says about the hidden tests of some functions, or of all of them."""
    scores = scoring.score(assignment, report)
    if scores is None or report.status is not Status.GRADED:
        return Tried(made, report.cases, ungraded=report.why or _("our fault"))
    asked = [
        each
        for each in scores.functions
        if (each.function.name in only or not only) and _is_submitted(each.function, made)
    ]
    short = [each.function.name for each in asked if each.score < each.function.points - TOLERANCE]
    if made.kind is Kind.FORM:
        # A bonus is for more than what is asked.
        bonus = {each.function.name for each in asked if each.function.bonus}
        lost = tuple(name for name in short if name not in bonus)
        return Tried(made, report.cases, lost=lost, otherwise=tuple(_named(made, report.diagnoses)))
    silent = tuple(name for name in made.breaks if name not in short)
    otherwise = () if silent else tuple(_named(made, report.diagnoses))
    return Tried(made, report.cases, silent=silent, otherwise=otherwise)


def _is_submitted(function: Function, made: HandInMade) -> bool:
    """Return whether a submission has the file that a function is in; the first one it always has."""
    return not function.entry or function.entry in made.submission.files


def _named(made: HandInMade, diagnoses: Sequence[Diagnosis]) -> Iterator[str]:
    """Yield in words which diagnoses are not as expected; consequential ones are allowed."""
    own = [each for each in diagnoses if each.kind is not DiagnosisKind.CONSEQUENTIAL]
    for function in dict.fromkeys([*made.breaks, *(each.function for each in own)]):
        wanted = made.breaks.get(function)
        found = [each for each in own if each.function == function]
        if wanted is None or (wanted and not _agree(wanted, found)):
            said = "; ".join(f"{each.code} ({words(each).where})" for each in found) or _("nothing")
            yield _("%(function)s is diagnosed as %(said)s", function=function, said=said)


def _agree(wanted: Sequence[NamedMistake], found: Sequence[Diagnosis]) -> bool:
    with in_english():
        named = [(each.code, words(each).where) for each in found]
    return len(wanted) == len(found) and all(
        any(one.code == code and one.where in ("", where) for code, where in named) for one in wanted
    )


def tally(tried: Sequence[Tried], functions: Iterable[str]) -> tuple[Tally, ...]:
    """Return what all submissions show, by function; functions that nobody breaks are left out."""
    found = [_tally(tried, name) for name in functions]
    return tuple(each for each in found if each.made)


def _tally(tried: Sequence[Tried], function: str) -> Tally:
    wrong = [each for each in tried if function in each.made.breaks]
    told = [each for each in wrong if function not in each.silent and each.by_number(function)]
    right = [each for each in tried if each.is_right]
    clearest = [Near(max(found), each.made.name) for each in told if (found := each.deviations(function))]
    least_clear = [Near(max(found), each.made.name) for each in right if (found := each.deviations(function))]
    every = [deviation for each in (*wrong, *right) for deviation in each.deviations(function)]
    return Tally(
        function=function,
        made=len(wrong),
        caught=sum(function not in each.silent for each in wrong),
        nearest=min(clearest, key=_deviation, default=None),
        farthest=max(least_clear, key=_deviation, default=None),
        between=sum(1 / MARGIN < deviation < MARGIN for deviation in every),
    )


def _deviation(near: Near) -> float:
    return near.deviation
