"""Elementwise operations with broadcasting: where inputs were broadcast, gradients are summed back.

``_first`` and ``_second`` at the end of a fault's code say which input's product is wrong; without them both
are.
"""

import math

import torch
from torch import Tensor

from reference.tape import Broken, Operation, Product, Step


def like(gradient: Tensor, value: Tensor) -> Tensor:
    """Sum a gradient over the axes along which its value was broadcast."""
    for _ in range(gradient.dim() - value.dim()):
        gradient = gradient.sum(0)
    stretched = [axis for axis, size in enumerate(value.shape) if size == 1 and gradient.shape[axis] != 1]
    return gradient.sum(stretched, keepdim=True) if stretched else gradient.expand(value.shape)


def _stopped(_: Tensor, s: Step) -> Tensor:
    """Return what comes back where somebody takes a derivative for 0."""
    return torch.zeros_like(s.input(0))


def _alone(product: Product) -> Product:
    """Return the product of somebody who drops the gradient that arrives."""
    return lambda g, s: product(torch.ones_like(g), s)


def _sides(code: str, first: Product, second: Product) -> dict[str, Broken]:
    """Return a fault of a rule with two inputs: made with both of them, or with one."""
    return {
        code: Broken(products={0: first, 1: second}),
        f"{code}_first": Broken(products={0: first}),
        f"{code}_second": Broken(products={1: second}),
    }


def _any_of_two(products: tuple[Product, Product]) -> dict[str, Broken]:
    """Return what can go wrong on the way back through any operation of two inputs."""
    return {
        "stopped_first": Broken(products={0: _stopped}),
        "stopped_second": Broken(products={1: _stopped}),
        **_sides("upstream_left_out", _alone(products[0]), _alone(products[1])),
    }


def _any_of_one(product: Product) -> dict[str, Broken]:
    """Return what can go wrong with any function of one number."""
    return {
        "not_applied": Broken(lambda x, **_: x),
        "derivative_left_out": Broken(products={0: lambda g, _: g}),
        "stopped": Broken(products={0: _stopped}),
        "upstream_left_out": Broken(products={0: _alone(product)}),
    }


_ADDED: tuple[Product, Product] = (lambda g, s: like(g, s.input(0)), lambda g, s: like(g, s.input(1)))
ADD = Operation("+", torch.add, _ADDED, _any_of_two(_ADDED) | {"computed_as_difference": Broken(torch.sub)})
_SUBTRACTED: tuple[Product, Product] = (_ADDED[0], lambda g, s: like(-g, s.input(1)))
SUBTRACT = Operation(
    "−",
    torch.sub,
    _SUBTRACTED,
    _any_of_two(_SUBTRACTED)
    | {
        "minus_lost": Broken(products={1: _ADDED[1]}),
        "computed_as_sum": Broken(torch.add),
        "operands_exchanged": Broken(lambda x, y: y - x),
    },
)
_MULTIPLIED: tuple[Product, Product] = (
    lambda g, s: like(g * s.input(1), s.input(0)),
    lambda g, s: like(g * s.input(0), s.input(1)),
)
MULTIPLY = Operation(
    "×",
    torch.mul,
    _MULTIPLIED,
    _any_of_two(_MULTIPLIED)
    | _sides("other_factor_left_out", *_ADDED)
    | _sides(
        "own_factor",
        lambda g, s: like(g * s.input(0), s.input(0)),
        lambda g, s: like(g * s.input(1), s.input(1)),
    )
    | {
        "computed_as_sum": Broken(torch.add),
        "factor_left_out_first": Broken(lambda x, y: torch.broadcast_tensors(x, y)[1]),
        "factor_left_out_second": Broken(lambda x, y: torch.broadcast_tensors(x, y)[0]),
    },
)
_DIVIDED: tuple[Product, Product] = (
    lambda g, s: like(g / s.input(1), s.input(0)),
    lambda g, s: like(-g * s.input(0) / s.input(1) ** 2, s.input(1)),
)
DIVIDE = Operation(
    "÷",
    torch.div,
    _DIVIDED,
    _any_of_two(_DIVIDED)
    | {
        "minus_lost": Broken(products={1: lambda g, s: -_DIVIDED[1](g, s)}),
        "divisor_left_out": Broken(products={0: _ADDED[0]}),
        "square_of_divisor_lost": Broken(
            products={1: lambda g, s: like(-g * s.input(0) / s.input(1), s.input(1))}
        ),
        "operands_exchanged": Broken(lambda x, y: y / x),
        "computed_as_product": Broken(torch.mul),
    },
)


def _power_slope(g: Tensor, s: Step) -> Tensor:
    exponent = s.options["exponent"]
    slope: Tensor = g * exponent * s.input(0) ** (exponent - 1)
    return slope


POWER = Operation(
    "power",
    lambda x, exponent: x**exponent,
    (_power_slope,),
    _any_of_one(_power_slope)
    | {
        "factor_lost": Broken(products={0: lambda g, s: g * s.input(0) ** (s.options["exponent"] - 1)}),
        "exponent_kept": Broken(products={0: lambda g, s: g * s.options["exponent"] * s.output.value}),
        "exponent_lowered": Broken(lambda x, exponent: x ** (exponent - 1)),
        "exponent_as_factor": Broken(lambda x, exponent: x * exponent),
    },
)


def _root_slope(g: Tensor, s: Step) -> Tensor:
    return g / (2 * s.output.value)


SQRT = Operation(
    "√",
    torch.sqrt,
    (_root_slope,),
    _any_of_one(_root_slope)
    | {
        "half_lost": Broken(products={0: lambda g, s: g / s.output.value}),
        "root_not_below": Broken(products={0: lambda g, s: g * s.output.value / 2}),
    },
)


def _exp_slope(g: Tensor, s: Step) -> Tensor:
    return g * s.output.value


EXP = Operation(
    "exp",
    torch.exp,
    (_exp_slope,),
    _any_of_one(_exp_slope) | {"exponent_turned": Broken(lambda x: torch.exp(-x))},
)


def _log_slope(g: Tensor, s: Step) -> Tensor:
    return g / s.input(0)


LOG = Operation(
    "log",
    torch.log,
    (_log_slope,),
    _any_of_one(_log_slope)
    | {
        "log_base_2": Broken(torch.log2),
        "log_base_10": Broken(torch.log10),
        "slope_of_other_base": Broken(products={0: lambda g, s: g / (s.input(0) * math.log(10))}),
        "argument_not_below": Broken(products={0: lambda g, s: g * s.input(0)}),
    },
)
MAXIMUM = Operation(
    "max",
    torch.maximum,
    (
        lambda g, s: like(g * (s.input(0) > s.input(1)), s.input(0)),
        lambda g, s: like(g * (s.input(0) <= s.input(1)), s.input(1)),
    ),
)

# A number of the formula's own, or a sign, before a value.
SCALE = Operation("factor", lambda x, factor: factor * x, (lambda g, s: s.options["factor"] * g,))

# −(x·y), which people write as one operation.
NEGATIVE_PRODUCT = Operation(
    "−×",
    lambda x, y: -x * y,
    (lambda g, s: like(-g * s.input(1), s.input(0)), lambda g, s: like(-g * s.input(0), s.input(1))),
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
