"""A small automatic differentiation by a tape, whose rules can be broken on purpose.

Forward, every operation is noted with its inputs. Backward, the tape is read from its end: each operation
turns the gradient of its output into those of its inputs by its vector–Jacobian products, and where a
variable is used several times its gradients add up (Rumelhart, Hinton, Williams 1986; Griewank and Walther,
Evaluating Derivatives, ch. 3). The rules themselves are in reference.operations.

A rule lists the faults that are known of it: another rule under a code. ``Tape({"f′": "slope_left_out"})``
is the same calculation by somebody who makes that mistake on the way back through the step labelled ``f``,
and is right elsewhere; without the prime it is made on the way forward.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

Forward = Callable[..., Tensor]
"""Inputs, then options by name → output."""

Product = Callable[..., Tensor]
"""Gradient of the output, then the Step → gradient of one input, shaped like that input."""

NOTHING: Mapping[str, Any] = MappingProxyType({})
PRIME = "′"
"""Ends the label of a step's way back."""


@dataclass(frozen=True)
class Broken:
    """What somebody does in the place of a rule: the forward, or products by the number of the input."""

    forward: Forward | None = None
    products: Mapping[int, Product] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """A differentiable function of tensors.

    name      as it is called in a sheet
    forward   the function itself
    products  for each input, the vector–Jacobian product
    faults    known ways of getting it wrong, by code (reference.faults)
    """

    name: str
    forward: Forward
    products: tuple[Product, ...]
    faults: Mapping[str, Broken] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Variable:
    """A value on a tape; ``number`` is its place there."""

    value: Tensor
    number: int


@dataclass(frozen=True)
class Step:
    """One operation as it was carried out; what a vector–Jacobian product may use.

    ``sources`` are the steps that made the inputs, None for what nothing on the tape made.
    """

    operation: Operation
    inputs: tuple[Variable, ...]
    output: Variable
    options: Mapping[str, Any]
    label: str
    sources: "tuple[Step | None, ...]"

    def input(self, number: int) -> Tensor:
        """Return the value of an input."""
        return self.inputs[number].value


class Tape:
    """Notes what is calculated. ``broken``: the fault to make, by the label of the step and its direction.

    All values are float64 on the device of the tensors they come from.
    """

    def __init__(self, broken: Mapping[str, str] = NOTHING) -> None:
        self._broken = broken
        self._count = 0
        self._made: dict[int, Step] = {}
        self.steps: list[Step] = []

    def variable(self, value: Tensor) -> Variable:
        """Put a value on the tape that nothing on it leads to."""
        self._count += 1
        return Variable(value.detach().double(), self._count)

    def apply(self, operation: Operation, *inputs: Variable, label: str = "", **options: Any) -> Variable:
        """Carry out an operation and note it. Raises KeyError if its fault at this label is not known."""
        fault = _fault(operation, label, self._broken)
        forward = fault.forward if fault and fault.forward else operation.forward
        output = self.variable(forward(*(each.value for each in inputs), **options))
        sources = tuple(self._made.get(each.number) for each in inputs)
        step = self._made[output.number] = Step(operation, inputs, output, options, label, sources)
        self.steps.append(step)
        return output

    def gradients(
        self,
        output: Variable,
        upstream: Tensor,
        *wanted: Variable,
        broken: Mapping[str, str] | None = None,
    ) -> tuple[Tensor, ...]:
        """Return the gradients of ``wanted``: upstream, shaped like the output, times the output's Jacobian.

        A variable that the output does not depend on has a gradient of zeros. ``broken``: other faults than
        the tape's own, for this way back.
        """
        faults = self._broken if broken is None else broken
        found = {output.number: upstream.detach().double()}
        for step in reversed(self.steps):
            gradient = found.get(step.output.number)
            if gradient is not None:
                _spread(step, gradient, found, faults)
        return tuple(found.get(each.number, torch.zeros_like(each.value)) for each in wanted)


def _spread(step: Step, gradient: Tensor, found: dict[int, Tensor], faults: Mapping[str, str]) -> None:
    """Add to the gradients of a step's inputs what flows to them through it."""
    fault = _fault(step.operation, step.label + PRIME, faults)
    for place, (variable, product) in enumerate(zip(step.inputs, step.operation.products, strict=True)):
        chosen = fault.products.get(place, product) if fault else product
        flowing = chosen(gradient, step)
        before = found.get(variable.number)
        found[variable.number] = flowing if before is None else before + flowing


def _fault(operation: Operation, label: str, faults: Mapping[str, str]) -> Broken | None:
    code = faults.get(label)
    return None if code is None else operation.faults[code]
