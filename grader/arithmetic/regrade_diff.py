"""What a regrade would change: who, from what to what, and because of which case. Pure arithmetic.

Scores are what the tests gave: neither lateness nor a person's decision is in them. A case is a cause when
it passed in one run and not in the other, or is only in one of them; where there is none, the points did it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from math import fsum

from grader.model import Verdict

# Sums of shares differ in their last digits when their order does.
SAME_POINTS = 1e-9


class Way(StrEnum):
    """What a regrade does to a score. ``LOST``: it could not be graded, so its score stays."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    LOST = "lost"
    TO_COME = "to_come"


@dataclass(frozen=True, order=True)
class Case:
    """A case as people know it."""

    function: str
    name: str
    id: str


@dataclass(frozen=True)
class Cause:
    """A case that ended differently; None where it is not in a run."""

    case: Case
    before: Verdict | None
    after: Verdict | None

    @property
    def raises(self) -> bool:
        """Whether it raises the score: it passes now, or is gone and had not passed."""
        return self.before is not Verdict.PASSED if self.after is None else self.after is Verdict.PASSED


@dataclass(frozen=True)
class Run:
    """One grading: points, and how each of its cases ended."""

    score: float
    max_score: float
    cases: Mapping[Case, Verdict] = field(default_factory=dict)


@dataclass(frozen=True)
class Handed:
    """A submission in a regrade. ``set_by_hand`` is a total that stays whatever the tests give.

    ``before`` is None where there was no score, ``after`` where the regrade gave none (yet).
    ``points_by_hand``: a person gave points for some part.
    """

    submission: int
    who: str
    email: str
    counts: bool
    before: Run | None
    after: Run | None
    lost: bool = False
    set_by_hand: float | None = None
    points_by_hand: bool = False


@dataclass(frozen=True)
class Change:
    """What a regrade does to one submission. ``causes`` are the cases that did it, not those against it."""

    handed: Handed
    way: Way
    causes: tuple[Cause, ...] = ()

    @property
    def difference(self) -> float:
        """Points won or lost; 0 where a regrade gave none."""
        after, before = self.handed.after, self.handed.before
        return after.score - (before.score if before else 0.0) if after else 0.0

    @property
    def by_hand(self) -> bool:
        """Whether a person's decision stands beside or in the way."""
        return self.handed.set_by_hand is not None or self.handed.points_by_hand


@dataclass(frozen=True)
class Comparison:
    """A whole regrade: those that change come first, the largest differences before the small."""

    changes: tuple[Change, ...]

    @cached_property
    def numbers(self) -> Mapping[Way, int]:
        """How many submissions go each way."""
        found = Counter(each.way for each in self.changes)
        return {way: found[way] for way in Way}

    @cached_property
    def points(self) -> Mapping[Way, float]:
        """The sum of points won, and of points lost."""
        return {
            way: fsum(each.difference for each in self.changes if each.way is way)
            for way in (Way.UP, Way.DOWN)
        }

    @cached_property
    def by_hand(self) -> int:
        """How many have a person's decision."""
        return sum(each.by_hand for each in self.changes)

    @cached_property
    def causes(self) -> Sequence[tuple[Case, int, int]]:
        """The cases that changed scores, with how many they brought up and down; the commonest first."""
        up, down = (
            Counter(cause.case for each in self.changes if each.way is way for cause in each.causes)
            for way in (Way.UP, Way.DOWN)
        )
        return sorted(
            ((case, up[case], down[case]) for case in {*up, *down}),
            key=lambda row: (-row[1] - row[2], row[0]),
        )

    def of(self, *ways: Way) -> tuple[Change, ...]:
        """Return those that go one of these ways."""
        return tuple(each for each in self.changes if each.way in ways)


def compare(handed: Iterable[Handed]) -> Comparison:
    """Return what a regrade changes."""
    changes = [_change(each) for each in handed]
    changes.sort(key=lambda each: (-abs(each.difference), each.handed.who, each.handed.submission))
    return Comparison(tuple(changes))


def way(before: Run | None, after: Run | None, *, lost: bool = False) -> Way:
    """Return what becomes of a score. Where there was none, any score is up."""
    if after is None:
        return Way.LOST if lost else Way.TO_COME
    if before is None:
        return Way.UP
    if abs(after.score - before.score) <= SAME_POINTS:
        return Way.SAME
    return Way.UP if after.score > before.score else Way.DOWN


def _change(handed: Handed) -> Change:
    found = way(handed.before, handed.after, lost=handed.lost)
    causes = causes_of(handed.before, handed.after) if found in (Way.UP, Way.DOWN) else ()
    return Change(handed, found, tuple(each for each in causes if each.raises is (found is Way.UP)))


def causes_of(before: Run | None, after: Run | None) -> tuple[Cause, ...]:
    """Return the cases that passed in one run and not in the other, or that only one has."""
    if before is None or after is None:
        return ()
    pairs = (
        (case, before.cases.get(case), after.cases.get(case)) for case in {**before.cases, **after.cases}
    )
    return tuple(
        Cause(case, old, new)
        for case, old, new in pairs
        if (old is None) != (new is None) or (old is Verdict.PASSED) != (new is Verdict.PASSED)
    )
