"""From a student's wrong numbers to the mistake behind them.

A diagnosis counts only if it gives every number of every question about the function, the wrong ones and
the right ones. Single mistakes are tried first, then pairs, then what one question leaves unexplained is
sought in the next one; then constant factors; and where nothing fits, it is said where the deviation sits.
The search is bounded by a count of calculations, so that the same hand-in always gets the same diagnosis.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

from reference.diagnosis import deviation
from reference.diagnosis.explanation import Explanation, Other, of_fault
from reference.diagnosis.matching import Budget, Evidence
from reference.programs import Hypothesis

CALCULATIONS = 3_000
"""Carried out at most for one function: a fifth of a second where one takes 60 µs."""

MOST = 4
"""Mistakes in one function that are named at most."""


def diagnose(evidence: Sequence[Evidence], given: Sequence[Hypothesis] = ()) -> tuple[Explanation, ...]:
    """Explain all wrong answers of one function together; nothing where no answer is wrong.

    given: mistakes made before, by an earlier function, that these answers follow from.
    """
    numeric = [each for each in evidence if each.is_complete]
    wrong = [each for each in numeric if each.wrong]
    explanations: tuple[Explanation, ...] = deviation.not_given(evidence)
    if not wrong:
        return explanations
    search = Search(numeric, tuple(given))
    found = search.run()
    if found:
        return (*explanations, *_explanations(evidence, found))
    for explain in (deviation.swapped, deviation.factors, deviation.unknown):
        if said := explain(evidence):
            return (*explanations, *said)
    return explanations


def follows(evidence: Sequence[Evidence], given: Sequence[Hypothesis]) -> bool:
    """Return whether these answers are what an earlier function's mistakes lead to, and nothing else."""
    budget = Budget(len(evidence))
    return bool(given) and all(each.is_complete and each.agrees(given, budget) for each in evidence)


class Search:
    """The smallest sets of mistakes that give all answers of all questions."""

    def __init__(self, evidence: Sequence[Evidence], given: tuple[Hypothesis, ...]) -> None:
        self._given = given
        self._budget = Budget(CALCULATIONS)
        # The question with most to explain first: it leaves the fewest candidates.
        self._evidence = sorted(evidence, key=_telling, reverse=True)

    def run(self) -> list[tuple[Hypothesis, ...]]:
        """Return the smallest sets that explain everything, the commonest first; none if there are none."""
        layer: list[tuple[Hypothesis, ...]] = [()]
        for _ in range(MOST):
            layer = [*dict.fromkeys(wider for chosen in layer for wider in self._widen(chosen))]
            complete = [chosen for chosen in layer if self._first_unexplained(chosen) is None]
            if complete:
                return sorted(complete, key=_rank)
            layer = sorted(layer, key=_rank)[:12]
        return []

    def _first_unexplained(self, chosen: tuple[Hypothesis, ...]) -> Evidence | None:
        hypotheses = (*self._given, *chosen)
        return next((each for each in self._evidence if not each.agrees(hypotheses, self._budget)), None)

    def _widen(self, chosen: tuple[Hypothesis, ...]) -> Iterator[tuple[Hypothesis, ...]]:
        """Yield the set with what the first question that it does not explain asks for besides."""
        each = self._first_unexplained(chosen)
        if each is None:
            return
        base = (*self._given, *chosen)
        touched = [hypothesis for hypothesis in base if each.effect(hypothesis, self._budget)]
        found: list[tuple[Hypothesis, ...]] = [
            (one,) for one in each.program.hypotheses if self._adds(each, touched, one)
        ]
        if not found and not touched:
            found = [*self._pairs(each)]
        for more in found:
            yield (*chosen, *(one for one in more if one not in chosen))

    def _adds(self, each: Evidence, touched: Sequence[Hypothesis], one: Hypothesis) -> bool:
        """Return whether one more mistake explains the whole question."""
        effect = each.effect(one, self._budget)
        if effect is None:
            return False
        if touched:
            return each.agrees((*touched, one), self._budget)
        return effect.found == each.whole

    def _pairs(self, each: Evidence) -> Iterator[tuple[Hypothesis, Hypothesis]]:
        """Yield the pairs that explain the whole question.

        An answer that only one of the two changes must be found with that one alone, so that few pairs
        are left to be carried out together.
        """
        effects = [
            (one, effect) for one in each.program.hypotheses if (effect := each.effect(one, self._budget))
        ]
        for (one, first), (other, second) in combinations(effects, 2):
            both = first.changed & second.changed
            settled = (
                (first.found & first.changed & ~both)
                | (second.found & second.changed & ~both)
                | (each.right & ~(first.changed | second.changed))
            )
            if settled | both == each.whole and each.agrees((one, other), self._budget):
                yield one, other


def _telling(each: Evidence) -> tuple[int, int]:
    return len(each.wrong), min(each.program.sizes.values())


def _rank(chosen: Sequence[Hypothesis]) -> tuple[int, int, int]:
    """Order sets of mistakes: few, common, at few places."""
    return (
        len(chosen),
        -sum(one.fault.seen for one in chosen),
        sum(len(one.places) for one in chosen),
    )


def _explanations(
    evidence: Sequence[Evidence], found: Sequence[Sequence[Hypothesis]]
) -> Iterator[Explanation]:
    best, *others = found
    named = {each.code for each in best}
    same = dict.fromkeys(
        Other(one.code, one.where) for chosen in others for one in chosen if one.code not in named
    )
    explained = [_explain(evidence, one, tuple(same)) for one in best]
    yield from sorted(explained, key=lambda each: -len(each.cases))


def _explain(evidence: Sequence[Evidence], one: Hypothesis, others: tuple[Other, ...]) -> Explanation:
    budget = Budget(len(evidence))
    cases = []
    for number, each in enumerate(evidence):
        effect = each.effect(one, budget) if each.is_complete else None
        for place, name in enumerate(each.program.names):
            if effect is not None and name in each.wrong and effect.changed >> place & 1:
                cases.append((number, name))
    return of_fault(one, tuple(cases), others)
