"""The two-layer net: Linear 1 → f → Linear 2 → g, forward, or the way back from a gradient of ŷ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType

from torch import Tensor

from reference.operations import IDENTITY, KEEP, LINEAR, RELU, SIGMOID, TANH
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
from reference.tape import NOTHING, Operation, Tape, Variable
from reference.terms import Term

PARAMETERS = ("W1", "b1", "W2", "b2")
"""Names and order of the parameters: W1 (out1, in1), b1 (out1,), W2 (out2, in2), b2 (out2,)."""

GRADIENTS = tuple(f"dJd{name}" for name in PARAMETERS)
"""Names of their gradients, each of its parameter's shape."""

ACTIVATIONS = MappingProxyType({each.name: each for each in (RELU, SIGMOID, TANH, IDENTITY)})
OTHER = MappingProxyType({"f": "g", "g": "f"})
OTHER_LAYERS = MappingProxyType(
    {"other_layers_activation": "computed_as_", "other_layers_slope": "slope_of_"}
)

_VALUES = (Place("f", "f", "f.forward"), Place("g", "g", "g.forward"))
_LAYERS = (
    Place("linear1", "1", "linear1.forward", "layer"),
    Place("linear2", "2", "linear2.forward", "layer"),
)
_SLOPES = (Place("f′", "f′", "f.backward"), Place("g′", "g′", "g.backward"))
_WAYS_BACK = (
    Place("linear1′", "1", "linear1.backward", "layer"),
    Place("linear2′", "2", "linear2.backward", "layer"),
)
_OUTPUT = (Place("y_hat", "y_hat", "g.forward"),)
_KEPT = tuple(Place(name, name, f"linear{name[-1]}.backward") for name in GRADIENTS)
SECOND_LAYER = ("pre_activation_as_input", "elementwise_product", "weight_left_out")
"""Faults of a layer that has another one before it."""

_MATRICES = ((0, 2), (0,), (2,))
CONFINED = MappingProxyType(
    {
        "transposed": _MATRICES,
        "flattened": _MATRICES,
        # Only where there is a single output has a gradient an axis of length 1.
        "squeezed": ((2,),),
        "column_squeezed": (),
    }
)
"""The gradients that some faults are confined to, by their numbers in GRADIENTS."""

_GROUPS = ((0, 1, 2, 3), (1, 3), (0, 2), (0, 1), (2, 3), (0,), (1,), (2,), (3,))


@dataclass(frozen=True, eq=False)
class TwoLayer:
    """One net with one batch: x (n, d), parameters as in PARAMETERS, f and g names of activations.

    upstream  the gradient of ŷ (n, k) for a question about the way back, None for one about ŷ
    """

    parameters: Mapping[str, Tensor]
    x: Tensor
    f: str
    g: str
    upstream: Tensor | None = None

    @cached_property
    def names(self) -> tuple[str, ...]:
        """ŷ, or the four gradients."""
        return tuple(place.label for place in self.places)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        return _OUTPUT if self.upstream is None else _KEPT

    @property
    def kind(self) -> str:
        """Forward or backward."""
        return "two_layer.forward" if self.upstream is None else "two_layer.backward"

    @property
    def builds_on(self) -> str:
        """Backward uses what forward left behind."""
        return "" if self.upstream is None else "two_layer.forward"

    @property
    def sizes(self) -> Mapping[str, int]:
        """Rows n, outputs k, hidden units h, inputs d."""
        hidden, inputs = self.parameters["W1"].shape
        return {"n": len(self.x), "k": len(self.parameters["b2"]), "h": hidden, "d": inputs}

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of forward, or of backward."""
        return _forward() if self.upstream is None else _backward()

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label; None where none of the places has the operation."""
        faults = {}
        for place in hypothesis.places:
            operation = self._operation(at(place.label))
            code = hypothesis.code
            if code in OTHER_LAYERS:
                code = OTHER_LAYERS[code] + self._operation(OTHER[at(place.label)]).name
            if hypothesis.operation in ("", operation.name) and code in operation.faults:
                faults[place.label] = code
        return faults or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return ŷ (n, k), or the gradients, each of its parameter's shape if all is right."""
        forward = self._right if not any(label in broken for label in _FORWARD) else self._record(broken)
        if self.upstream is None:
            values: tuple[Tensor, ...] = (forward.output.value,)
        else:
            values = forward.tape.gradients(forward.output, self.upstream, *forward.leaves, broken=broken)
        return {
            place.label: kept(place, value, broken, len(self.x))
            for place, value in zip(self.places, values, strict=True)
        }

    def traits(self) -> Mapping[Term, str]:
        """Return the activations, one row, one output."""
        direction = "forward" if self.upstream is None else "backward"
        return {
            Term("hidden_activation", self.f): f"f.{direction}",
            Term("output_activation", self.g): f"g.{direction}",
            **size_traits(self),
        }

    @cached_property
    def _right(self) -> "_Forward":
        return self._record(NOTHING)

    def _operation(self, label: str) -> Operation:
        if label in OTHER:
            return ACTIVATIONS[self.f if label == "f" else self.g]
        return LINEAR if label.startswith("linear") else KEEP

    def _record(self, broken: Mapping[str, str]) -> "_Forward":
        tape = Tape(broken)
        w1, b1, w2, b2 = leaves = tuple(tape.variable(self.parameters[name]) for name in PARAMETERS)
        z1 = tape.apply(LINEAR, tape.variable(self.x), w1, b1, label="linear1")
        a1 = tape.apply(self._operation("f"), z1, label="f")
        z2 = tape.apply(LINEAR, a1, w2, b2, label="linear2")
        return _Forward(tape, tape.apply(self._operation("g"), z2, label="g"), leaves)


@dataclass(frozen=True)
class _Forward:
    """A forward pass as it was noted."""

    tape: Tape
    output: Variable
    leaves: tuple[Variable, ...]


_FORWARD = ("linear1", "f", "linear2", "g")


@cache
def _forward() -> tuple[Hypothesis, ...]:
    activations = [
        hypothesis
        for operation in ACTIVATIONS.values()
        for hypothesis in spread(_VALUES, codes(operation, forward=True), operation.name)
    ]
    return (
        *spread(_VALUES, ("computed_as_identity", "other_layers_activation")),
        *activations,
        *spread(_LAYERS, codes(LINEAR, forward=True)),
        *spread(_OUTPUT, (*SHAPES, "column_squeezed", "never_written", "rounded", "not_a_number")),
    )


@cache
def _backward() -> tuple[Hypothesis, ...]:
    activations = [
        hypothesis
        for operation in ACTIVATIONS.values()
        for hypothesis in spread(_SLOPES, _single(operation), operation.name)
    ]
    first_layer = [code for code in codes(LINEAR, forward=False) if code not in SECOND_LAYER]
    return (
        *spread(_SLOPES, ("slope_of_identity", "other_layers_slope", "batch_product", "upstream_left_out")),
        *activations,
        *spread(_WAYS_BACK, first_layer),
        *spread(_WAYS_BACK[1:], SECOND_LAYER),
        *(
            Hypothesis(code, tuple(_KEPT[place] for place in group))
            for group in _GROUPS
            for code in codes(KEEP, forward=True)
            if group in CONFINED.get(code, _GROUPS)
        ),
    )


def _single(operation: Operation) -> tuple[str, ...]:
    """Return the faults of one activation's derivative; matrix products are made with all or none."""
    return tuple(code for code in codes(operation, forward=False) if code != "batch_product")


MISTAKES = MappingProxyType({"two_layer.forward": _forward, "two_layer.backward": _backward})
"""The mistakes that can be made, by the kind of calculation."""
