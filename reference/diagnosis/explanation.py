"""What a diagnosis says: a row of the catalogue, the place, and the answers it accounts for."""

from dataclasses import dataclass

from reference.faults import CATALOGUE
from reference.programs import Hypothesis
from reference.programs.program import SHAPES

Cases = tuple[tuple[int, str], ...]
"""Answers: number of the question, name of the answer."""

Factor = tuple[int, int, float]
"""Powers of n (rows) and k (outputs), and a number."""

NAMES = ("f′", "g′", "f ", "g ", "dJ", "dW", "db", "y_hat")
"""Beginnings of sentences that stay as they are."""


@dataclass(frozen=True)
class Explanation:
    """What accounts for wrong answers of one function.

    kind   fault, factor, shape or unknown
    cases  the answers it accounts for: number of the question, name of the answer
    factor  what the answers are multiplied by, if by the same everywhere
    sure   certain, either (``others`` give the same numbers), deviation
    """

    kind: str
    code: str
    title: str
    what: str
    help: str
    cases: Cases
    sure: str
    where: str = ""
    nodes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    hypothesis: Hypothesis | None = None
    factor: Factor | None = None


def of_fault(one: Hypothesis, cases: Cases, others: tuple[str, ...]) -> Explanation:
    """Return what is said of a known mistake; ``others`` are titles of those that give the same numbers."""
    return explain(
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


def explain(
    kind: str,
    code: str,
    cases: Cases,
    *,
    where: str,
    nodes: tuple[str, ...] = (),
    sure: str = "certain",
    others: tuple[str, ...] = (),
    hypothesis: Hypothesis | None = None,
    factor: Factor | None = None,
    **values: str,
) -> Explanation:
    """Return an explanation with the texts of a row of the catalogue."""
    row = CATALOGUE[code]
    title, what, help_ = (text.format(where=where, **values) for text in (row.title, row.what, row.help))
    return Explanation(
        kind, code, title, _sentence(what), help_, cases, sure, where, nodes, others, hypothesis, factor
    )


def _sentence(text: str) -> str:
    """Begin with a capital, unless a name of the mathematics comes first."""
    return text if text.startswith(NAMES) else text[:1].upper() + text[1:]
