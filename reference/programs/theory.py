"""The derivatives of a two-layer net by hand, for one sample: columns, numerator layout, no tensors.

    z1 = W1 x + b1      z2 = f(z1)      z3 = W2 z2 + b2      ŷ = g(z3)      ℓ = the loss, a sum

Two tasks, both with ‖ŷ − y‖²: regression with ReLU and identity, classification with two sigmoids.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from reference.operations import (
    DIAGONAL,
    KEEP,
    LINEAR,
    NUMERATOR,
    RELU,
    SIGMOID,
    SQUARED_ERRORS,
)
from reference.programs.program import Answers, Hypothesis, Place, at, codes, spread
from reference.programs.two_layer import ACTIVATIONS, GRADIENTS, PARAMETERS, TwoLayer
from reference.tape import NOTHING, Operation, Tape
from reference.terms import Term

TASKS = MappingProxyType(
    {
        "regression": ("relu", "identity", SQUARED_ERRORS),
        "classification": ("sigmoid", "sigmoid", SQUARED_ERRORS),
    }
)
SLOPE, ROW, ALL = "theory.slope", "theory.row", "theory.gradients"
NAMES = tuple(f"dl_d{name}" for name in PARAMETERS)
"""The derivatives by the parameters."""

BY_HAND = ("sign", "doubled", "halved", "never_written", "not_a_number")
_VALUE = Place("value", "", "theory", "derivative")
_AT_Z = Place("f′", "", "theory", "activation")
_TERMS = Place("terms′", "", "theory", "loss")
_ENTRIES = tuple(Place(name, name, "theory") for name in NAMES)
_SLOPES = (Place("f′", "f′", "theory"), Place("g′", "g′", "theory"))
_SECOND = Place("linear2′", "2", "theory", "layer")
_WEIGHTS, _BIASES = (_ENTRIES[0], _ENTRIES[2]), (_ENTRIES[1], _ENTRIES[3])


class OneSample:
    """What questions about one sample share."""

    kind: ClassVar[str]
    places: ClassVar[tuple[Place, ...]] = (_VALUE,)
    builds_on: ClassVar[str] = ""
    sizes: ClassVar[Mapping[str, int]] = MappingProxyType({"n": 1, "k": 1})
    task: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the answers."""
        return tuple(place.label for place in self.places)

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of it."""
        return MISTAKES[self.kind]()

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label."""
        code = hypothesis.code
        known = ((place.label, self.operation(place.label)) for place in hypothesis.places)
        return {
            label: code
            for label, operation in known
            if hypothesis.operation in ("", operation.name)
            and (code in operation.faults or code in KEEP.faults)
        } or None

    def operation(self, label: str) -> Operation:
        """Return what stands at a label."""
        raise NotImplementedError

    def traits(self) -> Mapping[Term, str]:
        """Return the task."""
        return {Term("task", self.task): ""}


@dataclass(frozen=True, eq=False)
class Jacobian(OneSample):
    """The derivative of an activation of a column z (n, 1) by that column: (n, n)."""

    z: Tensor
    name: str
    task: str
    kind: ClassVar[str] = SLOPE

    def operation(self, label: str) -> Operation:
        """Return the activation, or how the result is laid out."""
        return ACTIVATIONS[self.name] if at(label) == "f" else DIAGONAL

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the matrix."""
        tape = Tape(broken)
        z = tape.variable(self.z)
        a = tape.apply(ACTIVATIONS[self.name], z, label="f")
        (slopes,) = tape.gradients(a, torch.ones_like(a.value), z)
        return {"value": _laid_out(DIAGONAL, slopes, broken.get("value"))}


@dataclass(frozen=True, eq=False)
class LossRow(OneSample):
    """The derivative of ℓ by the column ŷ (k, 1), with the label y (k, 1): a row (1, k)."""

    y_hat: Tensor
    y: Tensor
    task: str
    kind: ClassVar[str] = ROW

    def operation(self, label: str) -> Operation:
        """Return the terms of the loss, or how the result is laid out."""
        return TASKS[self.task][2] if at(label) == "terms" else NUMERATOR

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the row."""
        tape = Tape(broken)
        y_hat = tape.variable(self.y_hat)
        terms = tape.apply(TASKS[self.task][2], y_hat, tape.variable(self.y), label="terms")
        (column,) = tape.gradients(terms, torch.ones_like(terms.value), y_hat)
        return {"value": _laid_out(NUMERATOR, column, broken.get("value"))}


@dataclass(frozen=True, eq=False)
class Derivatives(OneSample):
    """The derivatives of ℓ by the parameters, for x (d, 1) and y (k, 1): dl_dW1 (d, h), dl_db1 (1, h), ….

    parameters  W1 (h, d), b1 (h, 1), W2 (k, h), b2 (k, 1)
    """

    parameters: Mapping[str, Tensor]
    x: Tensor
    y: Tensor
    task: str
    kind: ClassVar[str] = ALL
    places: ClassVar[tuple[Place, ...]] = _ENTRIES

    def operation(self, label: str) -> Operation:
        """Return what the net has at a label, or how a derivative is laid out."""
        f, g, _ = TASKS[self.task]
        known = {"f": ACTIVATIONS[f], "g": ACTIVATIONS[g], "linear2": LINEAR}
        return known.get(at(label), NUMERATOR)

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the four derivatives."""
        found = self._net.answers({label: code for label, code in broken.items() if label not in NAMES})
        return {
            name: _laid_out(
                NUMERATOR, found[own].reshape(-1, 1) if name in _COLUMNS else found[own], broken.get(name)
            )
            for name, own in zip(NAMES, GRADIENTS, strict=True)
        }

    @cached_property
    def _net(self) -> TwoLayer:
        """The net on rows, with the derivative of ℓ by its output on the way back."""
        f, g, _ = TASKS[self.task]
        rows = {name: value.flatten() if name[0] == "b" else value for name, value in self.parameters.items()}
        y_hat = TwoLayer(rows, self.x.T, f, g).answers()["y_hat"]
        row = LossRow(y_hat.T, self.y, self.task).answers()["value"]
        return TwoLayer(rows, self.x.T, f, g, row)


_COLUMNS = ("dl_db1", "dl_db2")


def _laid_out(layout: Operation, value: Tensor, code: str | None) -> Tensor:
    """Return a result as it is written down."""
    as_kept = {"n": 1} if code in KEEP.faults and code not in layout.faults else {}
    faults, right = (KEEP.faults, layout.forward(value)) if as_kept else (layout.faults, value)
    fault = faults[code].forward if code else None
    return fault(right, **as_kept) if fault else layout.forward(value)


def _slopes(places: Sequence[Place]) -> Sequence[Hypothesis]:
    """Return the mistakes of the derivatives that the two tasks have; only the first place has ReLU."""
    left_out = ("batch_product", "upstream_left_out", "slope_of_identity")
    return [
        *spread(places, ("slope_of_identity",)),
        *(
            one
            for operation, where in ((RELU, places[:1]), (SIGMOID, places))
            for one in spread(
                where,
                [code for code in codes(operation, forward=False) if code not in left_out],
                operation.name,
            )
        ),
    ]


@cache
def _of_slope() -> tuple[Hypothesis, ...]:
    layouts = (Hypothesis(code, (_VALUE,)) for code in DIAGONAL.faults)
    return (*_slopes((_AT_Z,)), *layouts, *(Hypothesis(code, (_VALUE,)) for code in BY_HAND))


@cache
def _of_row() -> tuple[Hypothesis, ...]:
    terms = {
        (code, SQUARED_ERRORS.name)
        for code in codes(SQUARED_ERRORS, forward=False)
        if code not in ("half", "doubled", "sign", "clamped")
    }
    return (
        *(Hypothesis(code, (_TERMS,), name) for code, name in sorted(terms)),
        *(Hypothesis(code, (_VALUE,)) for code in (*NUMERATOR.faults, *BY_HAND)),
    )


@cache
def _of_all() -> tuple[Hypothesis, ...]:
    layouts = [
        Hypothesis("denominator_layout", places)
        for places in (_ENTRIES, _WEIGHTS, _BIASES, *map(_one, _ENTRIES))
    ]
    second = ("pre_activation_as_input", "elementwise_product", "weight_left_out")
    return (
        *_slopes(_SLOPES),
        *(Hypothesis(code, (_SECOND,)) for code in second),
        *layouts,
        Hypothesis("flattened", _BIASES),
        *(Hypothesis(code, places) for code in BY_HAND for places in (_ENTRIES, *map(_one, _ENTRIES))),
    )


def _one(place: Place) -> tuple[Place, ...]:
    return (place,)


MISTAKES = MappingProxyType({SLOPE: _of_slope, ROW: _of_row, ALL: _of_all})
"""The mistakes that can be made, by the kind of calculation."""
