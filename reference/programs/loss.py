"""MSE and BCE with their gradients: elementwise terms, and their mean over all n·k elements.

Courses that reduce otherwise say so: a sum over the outputs with a mean over the rows, or a plain sum; and
the division may stand in backward, so that the gradient here has none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from types import MappingProxyType

import torch
from torch import Tensor

from reference.operations import CROSS_ENTROPIES, KEEP, MEAN, ROW_MEAN, SQUARED_ERRORS, TOTAL
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
from reference.terms import Term

REDUCTIONS = MappingProxyType({"all": MEAN, "rows": ROW_MEAN, "sum": TOTAL})
"""What becomes of all n·k terms: their mean, their sum over n, or their sum."""

MEANS = (("all", "loss"), ("all", "backward"), ("rows", "loss"), ("rows", "backward"), ("sum", "loss"))
"""Reductions, and where their division stands in gradients: in the loss's or in those of backward."""

TERMS = MappingProxyType({"mse": SQUARED_ERRORS, "bce": CROSS_ENTROPIES})
EXTREME = 0.01
"""How near to 0 and 1 a probability counts as extreme."""

NAMES = ("value", "gradient")
EITHER = ("never_written", "not_a_number")


@dataclass(frozen=True, eq=False)
class Loss:
    """One loss, "mse" or "bce", of labels y and predictions ŷ, both (n, k).

    reduction, mean_in  a row of MEANS
    """

    terms: str
    y: Tensor
    y_hat: Tensor
    builds_on: str = ""
    reduction: str = "all"
    mean_in: str = "loss"

    @property
    def kind(self) -> str:
        """The loss, with its reduction where that is not the mean over all elements."""
        return kind_of(self.terms, self.reduction, self.mean_in)

    @property
    def names(self) -> tuple[str, ...]:
        """The value J, and its gradient with respect to ŷ."""
        return NAMES

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        return _places(self.terms)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Rows n and outputs k."""
        return {"n": self.y.shape[0], "k": self.y.shape[1]}

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of the value, of the gradient, and of both."""
        return _hypotheses(self.terms, self.reduction, self.mean_in)

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        return {
            place.label: hypothesis.code
            for place in hypothesis.places
            if hypothesis.code in self._operation(place.label).faults
        } or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return J, a 0-d tensor, and dJ/dŷ (n, k)."""
        _, _, value = self._right
        if any(label in broken for label in ("terms", "mean")):
            value = self._record(broken, "mean")[2]
        # The gradient is written by hand, so it is that of the right value whatever was made of that.
        tape, y_hat, right = self._for_gradient
        (gradient,) = tape.gradients(right, torch.ones_like(right.value), y_hat, broken=broken)
        results = zip(self.places, (value.value, gradient), strict=True)
        return {place.label: kept(place, result, broken, len(self.y)) for place, result in results}

    def traits(self) -> Mapping[Term, str]:
        """Return whether there is one row, one output."""
        ends = bool(((self.y_hat < EXTREME) | (self.y_hat > 1 - EXTREME)).any())
        extreme = {Term("extreme"): ""} if self.terms == "bce" and ends else {}
        return {**extreme, **size_traits(self)}

    @cached_property
    def _right(self) -> tuple[Tape, Variable, Variable]:
        return self._record(NOTHING, "mean")

    @cached_property
    def _for_gradient(self) -> tuple[Tape, Variable, Variable]:
        return self._right if self.mean_in == "loss" else self._record(NOTHING, "mean′")

    def _operation(self, label: str) -> Operation:
        """Return the operation at a step, or at its way back: backward may be the one that divides."""
        if at(label) == "terms":
            return TERMS[self.terms]
        return _reductions(self.reduction, self.mean_in).get(label, KEEP)

    def _record(self, broken: Mapping[str, str], which: str) -> tuple[Tape, Variable, Variable]:
        tape = Tape(broken)
        y_hat, y = tape.variable(self.y_hat), tape.variable(self.y)
        terms = tape.apply(TERMS[self.terms], y_hat, y, label="terms")
        return tape, y_hat, tape.apply(self._operation(which), terms, label="mean")


def kind_of(terms: str, reduction: str, mean_in: str) -> str:
    """Return what a loss with this reduction is called; a sum has no division that could stand anywhere."""
    if (reduction, mean_in) == MEANS[0]:
        return terms
    return f"{terms}.{reduction}.{'loss' if reduction == 'sum' else mean_in}"


def _reductions(reduction: str, mean_in: str) -> Mapping[str, Operation]:
    """Return the reduction of the value, and the one whose way back the gradient takes."""
    own = REDUCTIONS[reduction]
    return {"mean": own, "mean′": own if mean_in == "loss" else TOTAL}


@cache
def _places(terms: str) -> tuple[Place, ...]:
    return tuple(Place(name, terms.upper(), f"{terms}.{name}", f"{name}_of") for name in NAMES)


@cache
def _hypotheses(terms: str, reduction: str, mean_in: str) -> tuple[Hypothesis, ...]:
    value, gradient = _places(terms)
    reductions = _reductions(reduction, mean_in)
    return (
        *_of_step(terms, "terms", TERMS[terms], TERMS[terms]),
        *_of_step(terms, "mean", reductions["mean"], reductions["mean′"]),
        *spread((gradient,), (*SHAPES, "column_squeezed", "rounded")),
        *(Hypothesis(code, (place,)) for place in (value, gradient) for code in EITHER),
    )


def _of_step(terms: str, label: str, operation: Operation, way_back: Operation) -> Sequence[Hypothesis]:
    value, gradient = (
        replace(place, label=label + mark) for place, mark in zip(_places(terms), ("", PRIME), strict=True)
    )
    forward, back = codes(operation, forward=True), codes(way_back, forward=False)
    both = [code for code in forward if code in back]
    return (
        *(Hypothesis(code, (value, gradient)) for code in both),
        *(Hypothesis(code, (value,)) for code in forward),
        *(Hypothesis(code, (gradient,)) for code in back),
    )


MISTAKES = MappingProxyType(
    {kind_of(terms, *means): partial(_hypotheses, terms, *means) for terms in TERMS for means in MEANS}
)
"""The mistakes that can be made, by the kind of calculation."""
