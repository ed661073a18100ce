"""What a class did on an assignment, from the submissions that count: pure arithmetic, values in, values out.

Every figure says which submissions are behind it, so that a reader can open them. Scores are what the tests
gave: neither lateness nor a person's decision is in them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean, median

from grader.model import DiagnosisKind, Status, Sure

# Sums of shares differ in their last digits when their order does: 0.7 of the points is not less than 70 %.
SAME_POINTS = 1e-9
TENTHS = 10
EXAMPLES = 3


@dataclass(frozen=True)
class Said:
    """What one diagnosis says, as far as a class goes."""

    kind: DiagnosisKind
    code: str
    title: str
    what: str
    function: str
    sure: Sure


@dataclass(frozen=True)
class Counted:
    """The submission that counts for a student or team.

    ``shares``: of each function, which share of its cases' weight passed, from 0 to 1; a function whose tests
    did not run is not in it. ``load`` is the code with which loading ended.
    """

    submission: int
    who: str
    status: Status
    score: float | None = None
    max_score: float | None = None
    load: str = "ok"
    shares: Mapping[str, float] = field(default_factory=dict)
    said: tuple[Said, ...] = ()

    @property
    def share(self) -> float | None:
        """The share of the points, 0 and up; None while there is no score."""
        return self.score / self.max_score if self.score is not None and self.max_score else None


@dataclass(frozen=True)
class Tenth:
    """How many submissions got at least ``place`` tenths of the points and less than the next; 10: all."""

    place: int
    number: int


@dataclass(frozen=True)
class Mistake:
    """A mistake of the catalogue, the functions it is in, and the submissions that make it.

    ``what`` is what the first of the submissions that have this title was told.
    """

    code: str
    title: str
    what: str
    functions: tuple[str, ...]
    submissions: tuple[int, ...]
    certain: int

    @property
    def examples(self) -> tuple[int, ...]:
        """Some of the submissions, to open."""
        return self.submissions[:EXAMPLES]


@dataclass(frozen=True)
class CaseFigures:
    """One case: in how many submissions it ran and passed, and the seconds that it took."""

    function: str
    name: str
    id: str
    ran: int
    passed: int
    mean_seconds: float
    longest_seconds: float

    @property
    def share(self) -> float:
        """The share that passed, from 0 to 1."""
        return self.passed / self.ran

    @property
    def tells_nothing(self) -> str:
        """Return ``nobody`` or ``everybody`` where all ended alike, of at least two; else nothing."""
        if self.ran < 2 or 0 < self.passed < self.ran:
            return ""
        return "everybody" if self.passed else "nobody"


@dataclass(frozen=True)
class Class:
    """An assignment's class: the submissions that count, and each case over all of them."""

    functions: tuple[str, ...]
    counted: tuple[Counted, ...]
    cases: tuple[CaseFigures, ...]
    without: int = 0

    @cached_property
    def graded(self) -> tuple[Counted, ...]:
        """Those that have a score."""
        return tuple(each for each in self.counted if each.status is Status.GRADED)

    @cached_property
    def mistakes(self) -> Sequence[Mistake]:
        """What the class gets wrong, the commonest first."""
        return mistakes(self.graded)

    @cached_property
    def distribution(self) -> Sequence[Tenth]:
        """How many got which part of the points, nothing first."""
        return distribution(self.graded)

    @cached_property
    def middle(self) -> tuple[float, float] | None:
        """The median and the mean share of the points; None without any score."""
        shares = [each.share for each in self.graded if each.share is not None]
        return (median(shares), fmean(shares)) if shares else None

    @cached_property
    def means(self) -> Mapping[str, float | None]:
        """The mean share of each function over all that are graded; None where its tests never ran."""
        ran = {name: any(name in each.shares for each in self.graded) for name in self.functions}
        return {
            name: fmean(each.shares.get(name, 0.0) for each in self.graded) if ran[name] else None
            for name in self.functions
        }

    @cached_property
    def unloaded(self) -> tuple[Counted, ...]:
        """Those whose file could not be loaded, so that no test ran."""
        return tuple(each for each in self.graded if each.load != "ok")

    @cached_property
    def ours(self) -> tuple[Counted, ...]:
        """Those that we could not grade."""
        return tuple(each for each in self.counted if each.status is Status.INTERNAL_ERROR)


def tenth(score: float, max_score: float) -> int:
    """Return in which tenth of the points a score is, from 0 to 10; more than all points is 10 too."""
    return max(place for place in range(TENTHS + 1) if place == 0 or reaches(score, max_score, place))


def reaches(score: float, max_score: float, place: int) -> bool:
    """Say whether a score is at least so many tenths of the points."""
    return score * TENTHS + SAME_POINTS >= max_score * place


def distribution(counted: Iterable[Counted]) -> Sequence[Tenth]:
    """Return all tenths with how many submissions are in each."""
    numbers = Counter(
        tenth(each.score, each.max_score)
        for each in counted
        if each.score is not None and each.max_score  # points that nobody can get have no share
    )
    return tuple(Tenth(place, numbers[place]) for place in range(TENTHS + 1))


def mistakes(counted: Iterable[Counted]) -> Sequence[Mistake]:
    """Return the mistakes by how many submissions make them; what only follows from one is none."""
    made: dict[str, list[tuple[int, Said]]] = {}
    for each in counted:
        for said in each.said:
            if said.kind is not DiagnosisKind.CONSEQUENTIAL:
                made.setdefault(said.code, []).append((each.submission, said))
    found = [_mistake(code, those) for code, those in made.items()]
    return sorted(found, key=lambda each: (-len(each.submissions), each.title, each.code))


def _mistake(code: str, made: Sequence[tuple[int, Said]]) -> Mistake:
    """Return a mistake under its commonest title: titles may name the step it is at."""
    titles = Counter(said.title for _, said in made)
    title = min(titles, key=lambda each: (-titles[each], each))
    return Mistake(
        code=code,
        title=title,
        what=next(said.what for _, said in made if said.title == title),
        functions=tuple(sorted({said.function for _, said in made})),
        submissions=tuple(dict.fromkeys(number for number, _ in made)),
        certain=len({number for number, said in made if said.sure is Sure.CERTAIN}),
    )
