"""One row through Linear 1 → ReLU → Linear 2 → ŷ, its loss softplus((1 − 2y)·ŷ), and one step of descent.

The loss is that of a classifier with a single output. Of the gradients two numbers are asked: dL/dŷ, and the
entry of dL/dWʰ for the first hidden unit and the second input.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from reference.operations import DESCENT, ENTRY, IDENTITY, KEEP, LINEAR, MARGIN, RELU, SOFTPLUS
from reference.programs.program import Answers, Hypothesis, Place, at, codes, kept, spread
from reference.tape import NOTHING, PRIME, Operation, Tape, Variable
from reference.terms import Term

SIZES = MappingProxyType({"n": 1, "k": 1})
"""One row, one output."""

PARAMETERS = ("Wh", "bh", "Wo", "bo")
FORWARD, LOSS, GRADIENTS, UPDATE = (
    "classifier.forward",
    "classifier.loss",
    "classifier.gradients",
    "classifier.update",
)
STEPS = MappingProxyType(
    {"linear1": LINEAR, "f": RELU, "linear2": LINEAR, "g": IDENTITY, "margin": MARGIN, "softplus": SOFTPLUS}
)
BY_HAND = ("sign", "doubled", "halved", "never_written", "rounded", "not_a_number")
"""What may become of any single number."""

OF_BATCHES = ("batch_product", "upstream_left_out")
"""Faults of a slope that one row can't tell from others, or that nobody makes with it."""

_OUTPUT = Place("y_hat", "y_hat", "forward")
_LOSS = Place("L", "L", "loss")
_ENTRIES = (
    Place("dL_dy_hat", "dL_dy_hat", "gradients"),
    Place("dL_dWh12", "dL_dWh12", "gradients"),
)
_NEW = Place("w", "", "update", "new_weight")
_LINEAR = (Place("linear1", "1", "forward", "layer"), Place("linear2", "2", "forward", "layer"))
_HIDDEN = Place("f", "", "forward", "hidden_activation")
_AFTER = Place("g", "", "forward", "output")
_MARGIN = Place("margin", "", "loss", "loss")
_SOFTPLUS = Place("softplus", "", "loss", "loss")
_MARGIN_BACK = Place("margin′", "dL_dy_hat", "gradients")
_SOFTPLUS_BACK = Place("softplus′", "softplus", "gradients")
_HIDDEN_BACK = Place("f′", "ReLU′", "gradients")
_WAY_BACK = Place("linear2′", "2", "gradients", "layer")


@dataclass(frozen=True, eq=False)
class Classifier:
    """One row x (d,) through the net: Wh (h, d), bh (h,), Wo (1, h), bo (1,).

    y  its label for a question about the two gradients, None for one about ŷ
    """

    parameters: Mapping[str, Tensor]
    x: Tensor
    y: Tensor | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """ŷ, or the two gradients."""
        return tuple(place.label for place in self.places)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        return (_OUTPUT,) if self.y is None else _ENTRIES

    @property
    def kind(self) -> str:
        """Forward or gradients."""
        return FORWARD if self.y is None else GRADIENTS

    @property
    def builds_on(self) -> str:
        """The gradients are taken at what forward gives."""
        return "" if self.y is None else FORWARD

    @property
    def sizes(self) -> Mapping[str, int]:
        """One row, one output."""
        return SIZES

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of forward, or of the gradients."""
        return MISTAKES[self.kind]()

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        return _faults(hypothesis, STEPS)

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return ŷ, or dL/dŷ and dL/dWʰ₁₂; each a number, 0-d."""
        tape, weights, y_hat = self._right if not STEPS.keys() & broken else self._record(broken)
        if self.y is None:
            return {"y_hat": kept(_OUTPUT, y_hat.value.reshape(()), broken, 1)}
        loss = _loss(tape, y_hat, self.y)
        upstream, matrix = tape.gradients(loss, torch.ones_like(loss.value), y_hat, weights, broken=broken)
        entry = _entry(matrix, upstream, self.x.reshape(1, -1).double(), broken.get("dL_dWh12", ""))
        numbers = (upstream.reshape(()), entry)
        return {
            place.label: kept(place, number, _of_numbers(broken), 1)
            for place, number in zip(_ENTRIES, numbers, strict=True)
        }

    def traits(self) -> Mapping[Term, str]:
        """Return the label."""
        return _label(self.y)

    @cached_property
    def _right(self) -> tuple[Tape, Variable, Variable]:
        return self._record(NOTHING)

    def _record(self, broken: Mapping[str, str]) -> tuple[Tape, Variable, Variable]:
        tape = Tape(broken)
        wh, bh, wo, bo = (tape.variable(self.parameters[name]) for name in PARAMETERS)
        z = tape.apply(LINEAR, tape.variable(self.x.reshape(1, -1)), wh, bh, label="linear1")
        h = tape.apply(RELU, z, label="f")
        return tape, wh, tape.apply(IDENTITY, tape.apply(LINEAR, h, wo, bo, label="linear2"), label="g")


class OneNumber:
    """What questions have in common whose only answer is one number, and that build on nothing."""

    kind: ClassVar[str]
    places: ClassVar[tuple[Place, ...]]
    sizes: ClassVar[Mapping[str, int]] = SIZES
    builds_on: ClassVar[str] = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the number."""
        return tuple(place.label for place in self.places)

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of it."""
        return MISTAKES[self.kind]()


@dataclass(frozen=True, eq=False)
class SoftplusLoss(OneNumber):
    """The loss of one output ŷ with its label y; both hold one number."""

    y_hat: Tensor
    y: Tensor
    kind: ClassVar[str] = LOSS
    places: ClassVar[tuple[Place, ...]] = (_LOSS,)

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        return _faults(hypothesis, STEPS)

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return L, 0-d."""
        tape = Tape(broken)
        loss = _loss(tape, tape.variable(self.y_hat), self.y)
        return {"L": kept(_LOSS, loss.value.reshape(()), broken, 1)}

    def traits(self) -> Mapping[Term, str]:
        """Return the label."""
        return _label(self.y)


@dataclass(frozen=True, eq=False)
class DescentStep(OneNumber):
    """One step: w − η · dL/dw, each one number."""

    w: Tensor
    gradient: Tensor
    rate: float
    kind: ClassVar[str] = UPDATE
    places: ClassVar[tuple[Place, ...]] = (_NEW,)

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        return _faults(hypothesis, {"descent": DESCENT})

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the new weight, 0-d."""
        tape = Tape(broken)
        w, gradient = tape.variable(self.w), tape.variable(self.gradient)
        new = tape.apply(DESCENT, w, gradient, label="descent", rate=self.rate)
        return {"w": kept(_NEW, new.value.reshape(()), broken, 1)}

    def traits(self) -> Mapping[Term, str]:
        """Return the rate, which somebody may have fixed."""
        return {Term("learning_rate", f"{self.rate:g}"): ""}


def _loss(tape: Tape, y_hat: Variable, y: Tensor) -> Variable:
    """Note the loss of an output, whatever shape that has."""
    label = tape.variable(y.reshape(y_hat.value.shape))
    return tape.apply(SOFTPLUS, tape.apply(MARGIN, y_hat, label, label="margin"), label="softplus")


def _entry(matrix: Tensor, upstream: Tensor, x: Tensor, code: str) -> Tensor:
    fault = ENTRY.faults[code].forward if code in ENTRY.faults else None
    return (fault or ENTRY.forward)(matrix, upstream, x)


def _of_numbers(broken: Mapping[str, str]) -> Mapping[str, str]:
    """Return the faults in keeping a number, without those in choosing it."""
    return {label: code for label, code in broken.items() if code in KEEP.faults}


def _label(y: Tensor | None) -> Mapping[Term, str]:
    return {} if y is None else {Term("label", f"{float(y):g}"): ""}


def _faults(hypothesis: Hypothesis, steps: Mapping[str, Operation]) -> Mapping[str, str] | None:
    """Return the hypothesis' fault at each of its places that knows it."""
    known = (
        (place.label, steps.get(at(place.label)), hypothesis.code in ENTRY.faults)
        for place in hypothesis.places
    )
    return {
        label: hypothesis.code
        for label, operation, of_entry in known
        if of_entry or hypothesis.code in (operation or KEEP).faults
    } or None


@cache
def _of_forward() -> tuple[Hypothesis, ...]:
    return (
        *(Hypothesis(code, (_HIDDEN,)) for code in codes(RELU, forward=True)),
        *(Hypothesis(code, (_AFTER,)) for code in codes(IDENTITY, forward=True)),
        *spread(_LINEAR, codes(LINEAR, forward=True)),
        *(Hypothesis(code, (_OUTPUT,)) for code in BY_HAND),
    )


@cache
def _of_loss() -> tuple[Hypothesis, ...]:
    return (
        *(Hypothesis(code, (_MARGIN,)) for code in codes(MARGIN, forward=True)),
        *(Hypothesis(code, (_SOFTPLUS,)) for code in codes(SOFTPLUS, forward=True)),
        *(Hypothesis(code, (_LOSS,)) for code in BY_HAND),
    )


@cache
def _of_gradients() -> tuple[Hypothesis, ...]:
    both = tuple(replace(_MARGIN_BACK, label=label) for label in ("margin", "margin" + PRIME))
    slopes = [code for code in codes(RELU, forward=False) if code not in OF_BATCHES]
    return (
        *(Hypothesis(code, both) for code in codes(MARGIN, forward=True)),
        Hypothesis("label_left_out", (_MARGIN_BACK,)),
        *(Hypothesis(code, (_SOFTPLUS_BACK,)) for code in codes(SOFTPLUS, forward=False)),
        *(Hypothesis(code, (_HIDDEN_BACK,)) for code in slopes),
        Hypothesis("weight_left_out", (_WAY_BACK,)),
        *(Hypothesis(code, _ENTRIES[1:]) for code in ENTRY.faults),
        *spread(_ENTRIES, BY_HAND),
    )


@cache
def _of_step() -> tuple[Hypothesis, ...]:
    step = Place("descent", "", "update", "update")
    return (
        *(Hypothesis(code, (step,)) for code in codes(DESCENT, forward=True)),
        *(Hypothesis(code, (_NEW,)) for code in BY_HAND),
    )


MISTAKES = MappingProxyType(
    {FORWARD: _of_forward, LOSS: _of_loss, GRADIENTS: _of_gradients, UPDATE: _of_step}
)
"""The mistakes that can be made, by the kind of calculation."""
