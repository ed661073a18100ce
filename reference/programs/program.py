"""What diagnosis needs of a calculation: its answers, right or with mistakes, and the mistakes there are.

A hypothesis is a mistake as a person makes it: one fault at one or several places, perhaps only where a
certain operation stands there (a wrong σ′ is wrong wherever σ is used). For one question it comes down to
faults by the labels of the tape.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Protocol

from torch import Tensor

from reference.faults import CATALOGUE, Fault
from reference.operations import KEEP
from reference.tape import PRIME, Operation
from reference.terms import Term, Where

Answers = Mapping[str, Tensor]
"""What a function gives, by the names of its cases; float64."""


@dataclass(frozen=True)
class Place:
    """A step of the calculation.

    label  on the tape, with a prime for the way back
    of     what people call it; or what ``word`` is said of, if there is one
    node   its key in the assignment's graph
    word   of the vocabulary of places
    """

    label: str
    of: str
    node: str
    word: str = ""

    @property
    def term(self) -> Term:
        """What people call it."""
        return Term(self.word, self.of)


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """A mistake at one place or several; ``operation``: only where that operation stands, empty for any.

    Each is made once and known by its identity: a search asks for thousands of them.
    """

    code: str
    places: tuple[Place, ...]
    operation: str = ""

    @property
    def fault(self) -> Fault:
        """The mistake, as the catalogue knows it."""
        return CATALOGUE[self.code]

    @property
    def where(self) -> Where:
        """The steps, each once."""
        return Where(tuple(dict.fromkeys(place.term for place in self.places)), self.operation)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The steps' keys in the assignment's graph."""
        return tuple(dict.fromkeys(place.node for place in self.places))


SHAPES = ("transposed", "extra_axis", "flattened", "squeezed")
"""Faults that leave the numbers right."""


class Program(Protocol):
    """One question: a calculation with its inputs.

    A program that is asked in float64 has an attribute ``dtype`` that says so; float32 is meant without it.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its answers."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out, in the order of the names."""

    @property
    def kind(self) -> str:
        """What is asked for, the same word for all questions of a kind."""

    @property
    def builds_on(self) -> str:
        """The kind of what has to be right before, empty if this stands alone."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """What its sizes are called: n for the rows, k for the outputs."""

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """The mistakes that can be made in calculations of this kind, the same for all of them."""

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults it comes down to here, by label; None when it changes nothing here."""

    def answers(self, broken: Mapping[str, str]) -> Answers:
        """Return the answers of somebody who makes these faults; raises RuntimeError where shapes forbid."""

    def traits(self) -> Mapping[Term, str]:
        """Return what is special of this question, with the node it concerns, empty for none."""


def kept(place: Place, value: Tensor, broken: Mapping[str, str], n: int) -> Tensor:
    """Return an answer as it is kept; n is the number of rows of its batch."""
    code = broken.get(place.label)
    fault = KEEP.faults[code].forward if code else None
    return value if fault is None else fault(value, n)


def size_traits(program: Program) -> Mapping[Term, str]:
    """Return what is special of the sizes."""
    words = {"n": "single_row", "k": "single_output"}
    return {Term(word): "" for size, word in words.items() if program.sizes[size] == 1}


def at(label: str) -> str:
    """Return the label of the step that a label's fault is made at."""
    return label.removesuffix(PRIME)


def spread(places: Sequence[Place], codes: Sequence[str], operation: str = "") -> Iterator[Hypothesis]:
    """Return every fault at every choice of places, all of them together first."""
    choices = chain.from_iterable(combinations(places, count) for count in range(len(places), 0, -1))
    for chosen in choices:
        for code in codes:
            yield Hypothesis(code, chosen, operation)


def codes(operation: Operation, *, forward: bool) -> tuple[str, ...]:
    """Return the faults of an operation's forward, or of its way back."""
    return tuple(
        code
        for code, fault in operation.faults.items()
        if (fault.forward is not None if forward else fault.products)
    )
