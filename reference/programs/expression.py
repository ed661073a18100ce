"""A written-out expression: the values of its lines, or the gradients of lines and inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from types import MappingProxyType

import torch
from torch import Tensor

from reference.expressions import EXPRESSIONS, Lines, Values, recorded, words
from reference.operations import IDENTITY
from reference.programs.program import Answers, Hypothesis, Place, at, codes
from reference.tape import NOTHING, PRIME
from reference.terms import Term

VALUES, GRADIENTS = "values", "gradients"


def value_name(line: int) -> str:
    """Return what the value of a line is called, which are counted from 1."""
    return f"value {line}"


def gradient_name(of: int | str) -> str:
    """Return what the gradient with respect to a line or an input is called."""
    return f"gradient {of}"


@dataclass(frozen=True, eq=False)
class Written:
    """One expression at p points.

    name    what it is called in the sheet
    lines   a way of writing it
    inputs  by name, each (p,)
    asked   VALUES or GRADIENTS
    wrong   whether mistakes in the values reach the gradients
    given   the names of the answers that there are; None for all
    """

    name: str
    lines: Lines
    inputs: Values
    asked: str
    wrong: bool = True
    given: frozenset[str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The values of all lines, or the gradients of all lines and inputs."""
        return tuple(place.label for place in self.places)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        every = _places(self.name, self.lines, tuple(self.inputs), self.asked)
        return tuple(each for each in every if self.given is None or each.label in self.given)

    @property
    def kind(self) -> str:
        """The expression, and which of the two is asked."""
        return f"{self.name}.{self.asked}"

    @property
    def builds_on(self) -> str:
        """Nothing: what follows from the submission's own values is told by the tests."""
        return ""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Every point stands alone."""
        return MappingProxyType({"n": 1, "k": 1})

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes in the steps, or on the way back through them; these may come from the steps as well."""
        own = _hypotheses(self.name, self.lines, self.asked)
        reached = self.asked == GRADIENTS and self.wrong
        return (*own, *_hypotheses(self.name, self.lines, VALUES)) if reached else own

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label; None where none of the places has the operation."""
        operations = {line.name: line.operation for line in self.lines}
        return {
            place.label: hypothesis.code
            for place in hypothesis.places
            if self._reaches(place.label)
            and hypothesis.code in operations[at(place.label)].faults
            and hypothesis.operation in ("", operations[at(place.label)].name)
        } or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the values or gradients, each (p,)."""
        forward = {label: code for label, code in broken.items() if not label.endswith(PRIME)}
        tape, found = recorded(self.lines, self.inputs, forward)
        of_lines = [found[line.name] for line in self.lines]
        if self.asked == VALUES:
            results: Sequence[Tensor] = [each.value for each in of_lines]
        else:
            upstream = torch.ones_like(of_lines[-1].value)
            wanted = (*of_lines, *(found[name] for name in self.inputs))
            results = tape.gradients(of_lines[-1], upstream, *wanted, broken=broken)
        every = _places(self.name, self.lines, tuple(self.inputs), self.asked)
        named = {place.label: result for place, result in zip(every, results, strict=True)}
        return {name: named[name] for name in self.names}

    def traits(self) -> Mapping[Term, str]:
        """Return nothing: one question has all points."""
        return {}

    def _reaches(self, label: str) -> bool:
        """Return whether a mistake there can be seen in what is asked."""
        if self.asked == VALUES:
            return not label.endswith(PRIME)
        return self.wrong or label.endswith(PRIME)


def _places(name: str, lines: Lines, inputs: tuple[str, ...], asked: str) -> tuple[Place, ...]:
    numbered = [*enumerate((line.name for line in lines), start=1)]
    if asked == VALUES:
        return tuple(
            Place(value_name(number), words(lines, each), f"{name}.{number}", "value_of")
            for number, each in numbered
        )
    of_lines = tuple(
        Place(gradient_name(number), words(lines, each), f"{name}.{number}.back", "gradient_of")
        for number, each in numbered
    )
    return (
        *of_lines,
        *(Place(gradient_name(each), each, f"{name}.{each}", "gradient_of") for each in inputs),
    )


@lru_cache(maxsize=64)
def _hypotheses(name: str, lines: Lines, asked: str) -> tuple[Hypothesis, ...]:
    """Return every mistake at every line, and a wrong rule wherever its operation stands.

    Whoever does not know of the chain rule leaves out what arrives everywhere.
    """
    forward = asked == VALUES
    every = tuple(
        replace(_step(name, lines, at, forward=False), of="", word="every_step") for at in range(len(lines))
    )
    found = [] if forward else [Hypothesis("upstream_left_out", every)]
    for operation in dict.fromkeys(line.operation.name for line in lines if line.operation is not IDENTITY):
        places = [
            _step(name, lines, number, forward=forward)
            for number, line in enumerate(lines)
            if line.operation.name == operation
        ]
        known = next(line.operation for line in lines if line.operation.name == operation)
        groups = [tuple(places)] if len(places) > 1 else []
        for group in (*groups, *((place,) for place in places)):
            found += [Hypothesis(code, group) for code in codes(known, forward=forward)]
    return tuple(found)


def _step(name: str, lines: Lines, number: int, *, forward: bool) -> Place:
    line = lines[number]
    written = words(lines, line.name)
    if forward:
        return Place(line.name, written, f"{name}.{number + 1}", "line")
    return Place(line.name + PRIME, written, f"{name}.{number + 1}.back", "back_through")


_PROBE: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "a": (1.7, 2.3),
        "b": (0.6, 0.4),
        "c": (0.8, 1.2),
        "d": (1.3, 0.7),
        "w": (2.2, 0.4),
        "x": (0.7, 1.9),
        "y": (1.6, 0.6),
        "z": (0.9, 1.4),
    }
)
"""Two points at which every expression exists and nothing is 1."""


def _apart(name: str) -> tuple[Hypothesis, ...]:
    """Return the mistakes in values or gradients that change a number, and one of those that change the same.

    A derivative of 1 that is left out changes none.
    """
    expression = EXPRESSIONS[name]
    inputs = {each: torch.tensor(_PROBE[each], dtype=torch.float64) for each in expression.inputs}
    found: list[Hypothesis] = []
    for asked in (VALUES, GRADIENTS):
        program = Written(name, expression.lines, inputs, asked)
        known = [program.answers()]
        for one in sorted(program.hypotheses, key=lambda each: len(each.places)):
            answers = program.answers(program.broken(one) or {})
            if not any(_alike(answers, each) for each in known):
                known.append(answers)
                found.append(one)
    return tuple(found)


def _alike(one: Answers, other: Answers) -> bool:
    return all(torch.allclose(one[name], other[name], rtol=1e-9, atol=0, equal_nan=True) for name in one)


MISTAKES = MappingProxyType({name: partial(_apart, name) for name in EXPRESSIONS})
"""The mistakes that can be made, by the name of the expression."""
