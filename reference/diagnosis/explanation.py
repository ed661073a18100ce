"""What accounts for wrong answers: a code of the catalogue, the place, and the answers it accounts for."""

from dataclasses import dataclass
from typing import NamedTuple

from reference.programs import Hypothesis
from reference.programs.program import SHAPES
from reference.terms import NOWHERE, Term, Where

Cases = tuple[tuple[int, str], ...]
"""Answers: number of the question, name of the answer."""

Factor = tuple[int, int, float]
"""Powers of n (rows) and k (outputs), and a number."""


class Other(NamedTuple):
    """A known mistake that gives the same numbers."""

    code: str
    where: Where


@dataclass(frozen=True)
class Explanation:
    """What accounts for wrong answers of one function.

    kind    fault, factor, shape, convention, consequential or unknown
    cases   the answers it accounts for: number of the question, name of the answer
    sure    certain, either (``others`` give the same numbers), deviation
    traits  what all those questions and no others have
    factor  what the answers are multiplied by, if by the same everywhere
    within  the mistake that a convention makes of it
    """

    kind: str
    code: str
    cases: Cases
    sure: str = "certain"
    where: Where = NOWHERE
    nodes: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()
    traits: tuple[Term, ...] = ()
    hypothesis: Hypothesis | None = None
    factor: Factor | None = None
    within: str = ""


def of_fault(one: Hypothesis, cases: Cases, others: tuple[Other, ...]) -> Explanation:
    """Return what accounts for answers as a known mistake; ``others`` give the same numbers."""
    return Explanation(
        "shape" if one.code in SHAPES else "fault",
        one.code,
        cases,
        sure="either" if others else "certain",
        where=one.where,
        nodes=one.nodes,
        others=others,
        hypothesis=one,
        factor=one.fault.factor,
    )
