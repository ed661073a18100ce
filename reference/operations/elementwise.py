"""Elementwise operations with broadcasting: where inputs were broadcast, gradients are summed back."""

import torch
from torch import Tensor

from reference.tape import Broken, Operation


def like(gradient: Tensor, value: Tensor) -> Tensor:
    """Sum a gradient over the axes along which its value was broadcast."""
    for _ in range(gradient.dim() - value.dim()):
        gradient = gradient.sum(0)
    stretched = [axis for axis, size in enumerate(value.shape) if size == 1 and gradient.shape[axis] != 1]
    return gradient.sum(stretched, keepdim=True) if stretched else gradient.expand(value.shape)


ADD = Operation("+", torch.add, (lambda g, s: like(g, s.input(0)), lambda g, s: like(g, s.input(1))))
SUBTRACT = Operation(
    "−",
    torch.sub,
    (lambda g, s: like(g, s.input(0)), lambda g, s: like(-g, s.input(1))),
    {"sign": Broken(products={1: lambda g, s: like(g, s.input(1))})},
)
MULTIPLY = Operation(
    "×",
    torch.mul,
    (lambda g, s: like(g * s.input(1), s.input(0)), lambda g, s: like(g * s.input(0), s.input(1))),
)
DIVIDE = Operation(
    "÷",
    torch.div,
    (
        lambda g, s: like(g / s.input(1), s.input(0)),
        lambda g, s: like(-g * s.input(0) / s.input(1) ** 2, s.input(1)),
    ),
    {"sign": Broken(products={1: lambda g, s: like(g * s.input(0) / s.input(1) ** 2, s.input(1))})},
)
POWER = Operation(
    "power",
    lambda x, exponent: x**exponent,
    (lambda g, s: g * s.options["exponent"] * s.input(0) ** (s.options["exponent"] - 1),),
    {"factor_lost": Broken(products={0: lambda g, s: g * s.input(0) ** (s.options["exponent"] - 1)})},
)
SQRT = Operation("√", torch.sqrt, (lambda g, s: g / (2 * s.output.value),))
EXP = Operation("exp", torch.exp, (lambda g, s: g * s.output.value,))
LOG = Operation("log", torch.log, (lambda g, s: g / s.input(0),))
MAXIMUM = Operation(
    "max",
    torch.maximum,
    (
        lambda g, s: like(g * (s.input(0) > s.input(1)), s.input(0)),
        lambda g, s: like(g * (s.input(0) <= s.input(1)), s.input(1)),
    ),
)

# One step of gradient descent: w − η dw, with η an option.
DESCENT = Operation(
    "gradient-descent step",
    lambda w, gradient, rate: w - rate * gradient,
    (lambda g, _: g, lambda g, s: -s.options["rate"] * g),
    {
        "uphill": Broken(lambda w, gradient, rate: w + rate * gradient),
        "rate_left_out": Broken(lambda w, gradient, rate: w - gradient),
        "step_alone": Broken(lambda w, gradient, rate: -rate * gradient),
    },
)
