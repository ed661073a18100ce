"""A net of one hidden layer of ReLU, its mean of squared errors, the way back, and gradient descent on it.

The steps are those of a person with matrices: X (n, d), ones appended or a bias, X·W1, ReLU, again for the
output (n, k), then the errors' squares and their mean. The layout (reference.layouts) is the student's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

import torch
from torch import Tensor

from reference.layouts import WEIGHTS, Layout
from reference.operations import (
    ADD_BIAS,
    APPEND_ONES,
    DESCENT,
    HIDDEN_RELU,
    KEEP,
    MATRIX_PRODUCT,
    MEAN,
    SQUARED_ERRORS,
)
from reference.programs.hidden_layer_mistakes import (
    BACKWARD,
    FORWARD,
    GRADIENTS,
    LETTERS,
    LOSS,
    LOSSES,
    MISTAKES,
    OUTPUT,
    TRAINING,
    VALUE,
)
from reference.programs.program import Answers, Hypothesis, Place, at, kept
from reference.tape import NOTHING, Tape, Variable
from reference.terms import Term

STEPS = MappingProxyType(
    {
        **dict.fromkeys(("append1", "append2"), APPEND_ONES),
        **dict.fromkeys(("product1", "product2"), MATRIX_PRODUCT),
        **dict.fromkeys(("bias1", "bias2"), ADD_BIAS),
        "relu": HIDDEN_RELU,
        "terms": SQUARED_ERRORS,
        "mean": MEAN,
        "step": DESCENT,
    }
)
BEFORE = STEPS.keys() | {"E"}
"""The labels of mistakes that change what comes after them."""

ORDER = MappingProxyType({"order": ("updated_too_early", "never_stepped"), "clear": ("gradients_kept",)})
"""What can go wrong between the steps of an epoch."""

ABSENT = MappingProxyType({True: ("bias", "db"), False: ("append",)})
"""Beginnings of the steps that a folded layout has not, and of those that it alone has."""

KINDS = MappingProxyType(
    {
        "intermediates": FORWARD,
        "output": FORWARD,
        "loss": LOSS,
        "gradients": BACKWARD,
        "output's gradients": BACKWARD,
        "losses": TRAINING,
    }
)
BUILDS_ON = MappingProxyType({LOSS: FORWARD, BACKWARD: FORWARD, TRAINING: BACKWARD})


@dataclass(frozen=True, eq=False)
class HiddenLayer:
    """One net with one batch: X (n, d), y (n, k), parameters as the layout keeps them.

    asks    intermediates, output, loss, gradients or output's gradients, losses
    rate, epochs   of the descent, for losses; ``after``: each loss is noted after its step, not before
    """

    layout: Layout
    parameters: Mapping[str, Tensor]
    x: Tensor
    y: Tensor
    asks: str
    rate: float = 0.0
    epochs: int = 0
    after: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The letters A to L, y_hat, L, the gradients, or the losses."""
        return tuple(place.label for place in self.places)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where they come out."""
        found = {
            "intermediates": LETTERS,
            "output": OUTPUT,
            "loss": VALUE,
            "gradients": GRADIENTS[self.layout.folded],
            "output's gradients": GRADIENTS[self.layout.folded][2:],
            "losses": LOSSES,
        }
        return found[self.asks]

    @property
    def kind(self) -> str:
        """Forward, loss, backward or training."""
        return KINDS[self.asks]

    @property
    def builds_on(self) -> str:
        """What has to be right before."""
        return BUILDS_ON.get(self.kind, "")

    @property
    def sizes(self) -> Mapping[str, int]:
        """Rows n, outputs k."""
        return {"n": len(self.x), "k": self.y.shape[1]}

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of calculations of this kind, in any layout."""
        return MISTAKES[self.kind]()

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label; None where the layout has none of the steps."""
        return {
            place.label: hypothesis.code for place in hypothesis.places if self._knows(place, hypothesis.code)
        } or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the answers of somebody who makes these faults."""
        if self.asks == "losses":
            return {"losses": self._keep("losses", self._train(broken), broken)}
        forward = self._right if not BEFORE & broken.keys() else self._record(self.parameters, broken)
        values = self._gradients(forward, broken) if self.kind == BACKWARD else forward.values
        return {name: self._keep(name, values[name], broken) for name in self.names}

    def traits(self) -> Mapping[Term, str]:
        """Return nothing: no question is special."""
        return {}

    @cached_property
    def _right(self) -> "_Forward":
        return self._record(self.parameters, NOTHING)

    @property
    def _columns(self) -> Layout:
        """The layout that the steps are written in."""
        return replace(self.layout, by_unit=False)

    def _knows(self, place: Place, code: str) -> bool:
        """Return whether a step of this layout has the fault."""
        label = at(place.label)
        if label in ORDER:
            return code in ORDER[label]
        if label.startswith(ABSENT[self.layout.folded]):
            return False
        return code in STEPS.get(label, KEEP).faults

    def _record(
        self, parameters: Mapping[str, Tensor], broken: Mapping[str, str], later: Tensor | None = None
    ) -> "_Forward":
        """Carry the net out; ``later``: what W2 (columns) has become by the time of the way back."""
        tape = Tape(broken)
        packed = self._columns.pack(self.layout.unpack(parameters))
        leaves = {name: tape.variable(value) for name, value in packed.items()}
        inputs, hidden = self.layout.ones if self.layout.folded else ("", "")
        found, b = _layer(tape, tape.variable(self.x), leaves, "1", inputs)
        c = tape.apply(HIDDEN_RELU, b, label="relu", end=hidden)
        then, e = _layer(tape, c, leaves, "2", hidden, later)
        y = tape.variable(self.y)
        squares = tape.apply(SQUARED_ERRORS, e, y, label="terms")
        loss = tape.apply(MEAN, squares, label="mean")
        # An E without its second axis is stretched over y, as arrays are, unless only the kept one lacks it.
        stretches = "E" in broken and "F" not in broken
        errors = (self._keep("E", e.value, broken) if stretches else e.value) - y.value
        total = (errors**2).sum()
        mean = total / len(self.x)
        letters = (found.value, b.value, c.value, then.value, e.value, errors, errors**2, total, mean)
        named = {place.label: value for place, value in zip(LETTERS, letters, strict=True)}
        value = mean if stretches else loss.value
        return _Forward(tape, loss, leaves, named | {"y_hat": e.value, "value": value})

    def _gradients(self, forward: "_Forward", broken: Mapping[str, str]) -> dict[str, Tensor]:
        """Return the gradients as they are kept in the layout; folded, a bias is told by its matrix."""
        right = forward
        # The way back is written by hand: it starts from the right loss whatever was made of its value.
        if broken.keys() & {"terms", "mean"}:
            spared = {label: code for label, code in broken.items() if label not in ("terms", "mean")}
            right = self._record(self.parameters, spared)
        values = right.tape.gradients(
            right.loss, torch.ones_like(right.loss.value), *right.leaves.values(), broken=broken
        )
        found = {name: self._like(name, value) for name, value in zip(right.leaves, values, strict=True)}
        if self.layout.folded:
            found |= {"b1": found["W1"], "b2": found["W2"]}
        return {f"d{name}": value for name, value in found.items()}

    def _like(self, name: str, value: Tensor) -> Tensor:
        """Return a gradient lying as its parameter does."""
        if name in WEIGHTS:
            return value.T if self.layout.by_unit else value
        wanted = self.parameters[name].shape
        return value.reshape(wanted) if value.numel() == wanted.numel() else value

    def _train(self, broken: Mapping[str, str]) -> Tensor:
        """Return the losses of all epochs of descent with the whole batch, (epochs,)."""
        net, losses = self, []
        before: dict[str, Tensor] = {}
        for _ in range(self.epochs + 1):
            forward = net._record(net.parameters, broken)
            losses.append(forward.loss.value.reshape(()) if forward.loss.value.numel() == 1 else None)
            gradients = net._of_epoch(forward, broken, before)
            if broken.get("order") != "never_stepped":
                net, before = replace(net, parameters=net._stepped(gradients, broken)), gradients
        chosen = losses[1:] if self.after else losses[:-1]
        if any(each is None for each in chosen):
            raise RuntimeError("a loss that is not a number")
        return torch.stack([each for each in chosen if each is not None])

    def _of_epoch(
        self, forward: "_Forward", broken: Mapping[str, str], before: Mapping[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return the gradients that an epoch's step uses."""
        gradients = self._kept_gradients(forward, broken)
        if broken.get("order") == "updated_too_early":
            new = self._stepped(gradients, broken)
            later = self._columns.pack(self.layout.unpack(new))["W2"]
            late = self._kept_gradients(self._record(self.parameters, broken, later), broken)
            gradients |= {name: late[name] for name in gradients if name.endswith("1")}
        if "clear" in broken and before:
            gradients = {name: value + before[name] for name, value in gradients.items()}
        return gradients

    def _kept_gradients(self, forward: "_Forward", broken: Mapping[str, str]) -> dict[str, Tensor]:
        found = self._gradients(forward, broken)
        return {name: self._keep(f"d{name}", found[f"d{name}"], broken) for name in self.layout.names}

    def _keep(self, name: str, value: Tensor, broken: Mapping[str, str]) -> Tensor:
        """Return an answer as it is kept; folded, what becomes of a matrix becomes of its bias."""
        label = name.replace("db", "dW") if self.layout.folded else name
        return kept(Place(label, "", ""), value, broken, len(self.x))

    def _stepped(self, gradients: Mapping[str, Tensor], broken: Mapping[str, str]) -> dict[str, Tensor]:
        """Return the parameters after one step; shapes that differ are stretched, as arrays are."""
        tape = Tape(broken)
        return {
            name: tape.apply(
                DESCENT, tape.variable(value), tape.variable(gradients[name]), label="step", rate=self.rate
            ).value
            for name, value in self.parameters.items()
        }


@dataclass(frozen=True)
class _Forward:
    """A forward pass as it was noted; ``values`` by the names of answers."""

    tape: Tape
    loss: Variable
    leaves: Mapping[str, Variable]
    values: Mapping[str, Tensor]


def _layer(
    tape: Tape,
    x: Variable,
    leaves: Mapping[str, Variable],
    number: str,
    ones: str,
    later: Tensor | None = None,
) -> tuple[Variable, Variable]:
    """Note one layer; return its first intermediate (with ones, or without bias) and its result."""
    factor = tape.apply(APPEND_ONES, x, label=f"append{number}", end=ones) if ones else x
    weight, of_data = leaves[f"W{number}"], number == "1"
    product = tape.apply(
        MATRIX_PRODUCT, factor, weight, label=f"product{number}", of_data=of_data, later=later
    )
    if ones:
        return factor, product
    return product, tape.apply(ADD_BIAS, product, leaves[f"b{number}"], label=f"bias{number}")
