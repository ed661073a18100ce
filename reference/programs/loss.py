"""MSE and BCE with their gradients: elementwise terms, and their mean over all n·k elements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from types import MappingProxyType

import torch
from torch import Tensor

from reference.operations import CROSS_ENTROPIES, KEEP, MEAN, SQUARED_ERRORS
from reference.programs.program import (
    SHAPES,
    Answers,
    Hypothesis,
    Place,
    at,
    codes,
    kept,
    size_traits,
    spread,
)
from reference.tape import NOTHING, PRIME, Operation, Tape, Variable

TERMS = MappingProxyType({"mse": SQUARED_ERRORS, "bce": CROSS_ENTROPIES})
EXTREME = 0.01
"""How near to 0 and 1 a probability counts as extreme."""

NAMES = ("value", "gradient")
EITHER = ("never_written", "not_a_number")


@dataclass(frozen=True, eq=False)
class Loss:
    """One loss, "mse" or "bce", of labels y and predictions ŷ, both (n, k)."""

    kind: str
    y: Tensor
    y_hat: Tensor
    builds_on: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The value J, and its gradient with respect to ŷ."""
        return NAMES

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        return _places(self.kind)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Rows n and outputs k."""
        return {"n": self.y.shape[0], "k": self.y.shape[1]}

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of the value, of the gradient, and of both."""
        return _hypotheses(self.kind)

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        return {
            place.label: hypothesis.code
            for place in hypothesis.places
            if hypothesis.code in self._operation(at(place.label)).faults
        } or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return J, a 0-d tensor, and dJ/dŷ (n, k)."""
        tape, y_hat, value = self._right
        if any(label in broken for label in ("terms", "mean")):
            value = self._record(broken)[2]
        # The gradient is written by hand, so it is that of the right value whatever was made of that.
        tape, y_hat, right = self._right
        (gradient,) = tape.gradients(right, torch.ones_like(right.value), y_hat, broken=broken)
        results = zip(self.places, (value.value, gradient), strict=True)
        return {place.label: kept(place, result, broken, len(self.y)) for place, result in results}

    def traits(self) -> Mapping[str, str]:
        """Return whether there is one row, one output."""
        ends = bool(((self.y_hat < EXTREME) | (self.y_hat > 1 - EXTREME)).any())
        extreme = {"y_hat is close to 0 or 1": ""} if self.kind == "bce" and ends else {}
        return {**extreme, **size_traits(self)}

    @cached_property
    def _right(self) -> tuple[Tape, Variable, Variable]:
        return self._record(NOTHING)

    def _operation(self, label: str) -> Operation:
        return {"terms": TERMS[self.kind], "mean": MEAN}.get(label, KEEP)

    def _record(self, broken: Mapping[str, str]) -> tuple[Tape, Variable, Variable]:
        tape = Tape(broken)
        y_hat, y = tape.variable(self.y_hat), tape.variable(self.y)
        terms = tape.apply(TERMS[self.kind], y_hat, y, label="terms")
        return tape, y_hat, tape.apply(MEAN, terms, label="mean")


@cache
def _places(kind: str) -> tuple[Place, ...]:
    return tuple(Place(name, f"the {name} of {kind.upper()}", f"{kind}.{name}") for name in NAMES)


@cache
def _hypotheses(kind: str) -> tuple[Hypothesis, ...]:
    value, gradient = _places(kind)
    return (
        *_of_step(kind, "terms", TERMS[kind]),
        *_of_step(kind, "mean", MEAN),
        *spread((gradient,), (*SHAPES, "column_squeezed", "rounded")),
        *(Hypothesis(code, (place,)) for place in (value, gradient) for code in EITHER),
    )


def _of_step(kind: str, label: str, operation: Operation) -> Sequence[Hypothesis]:
    value, gradient = (
        replace(place, label=label + mark) for place, mark in zip(_places(kind), ("", PRIME), strict=True)
    )
    forward, back = codes(operation, forward=True), codes(operation, forward=False)
    both = [code for code in forward if code in back]
    return (
        *(Hypothesis(code, (value, gradient)) for code in both),
        *(Hypothesis(code, (value,)) for code in forward),
        *(Hypothesis(code, (gradient,)) for code in back),
    )


MISTAKES = MappingProxyType({kind: partial(_hypotheses, kind) for kind in TERMS})
"""The mistakes that can be made, by the kind of calculation."""
