"""Activations f(z), elementwise; σ′ = σ (1 − σ), tanh′ = 1 − tanh²."""

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from reference.tape import Broken, Operation

Map = Callable[[Tensor], Tensor]


def _relu(z: Tensor) -> Tensor:
    return z.clamp(min=0)


def _positive(z: Tensor) -> Tensor:
    return (z > 0).to(z.dtype)


def _sigmoid_slope(z: Tensor) -> Tensor:
    return torch.sigmoid(z) * torch.sigmoid(-z)


def _tanh_slope(z: Tensor) -> Tensor:
    return 1 - torch.tanh(z) ** 2


def _same(z: Tensor) -> Tensor:
    return z


VALUES: Mapping[str, Map] = {"relu": _relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh, "identity": _same}
SLOPES: Mapping[str, Map] = {
    "relu": _positive,
    "sigmoid": _sigmoid_slope,
    "tanh": _tanh_slope,
    "identity": torch.ones_like,
}


def _slope(slope: Map) -> Broken:
    """Return the fault of multiplying by this in the place of f′(z)."""
    return Broken(products={0: lambda g, s: g * slope(s.input(0))})


def _batch_product(slope: Map) -> Broken:
    """Return the fault of a matrix product over the batch, of which the first row is kept for all."""
    return Broken(products={0: lambda g, s: ((slope(s.input(0)).T @ g)[:1] / len(g)).expand(g.shape)})


def _any(name: str) -> dict[str, Broken]:
    """Return what can go wrong with any activation, given the one of this name."""
    value, slope = VALUES[name], SLOPES[name]
    others = [other for other in VALUES if other != name]
    return {
        **{f"computed_as_{other}": Broken(VALUES[other]) for other in others},
        **{f"slope_of_{other}": _slope(SLOPES[other]) for other in others},
        "value_for_slope": _slope(value),
        "upstream_left_out": Broken(products={0: lambda g, s: slope(s.input(0))}),
        "batch_product": _batch_product(slope),
    }


def _curved(name: str) -> dict[str, Broken]:
    """Return what can go wrong with an activation besides, unless f(f(z)) = f(z) as with ReLU."""
    value, slope = VALUES[name], SLOPES[name]
    return _any(name) | {
        "applied_twice": Broken(lambda z: value(value(z))),
        "slope_at_output": Broken(products={0: lambda g, s: g * slope(s.output.value)}),
        "slope_squared": _slope(lambda z: slope(z) ** 2),
    }


RELU = Operation(
    "relu",
    _relu,
    (lambda g, s: g * (s.input(0) > 0),),
    _any("relu")
    | {
        "sigmoid_added": Broken(lambda z: torch.sigmoid(_relu(z))),
        "absolute": Broken(torch.abs),
        "sign_reversed": Broken(lambda z: z.clamp(max=0)),
        "leaky": Broken(lambda z: torch.where(z > 0, z, 0.01 * z)),
        "mask_inverted": _slope(lambda z: (z < 0).to(z.dtype)),
        "sign_for_mask": _slope(torch.sign),
    },
)
SIGMOID = Operation(
    "sigmoid",
    torch.sigmoid,
    (lambda g, s: g * _sigmoid_slope(s.input(0)),),
    _curved("sigmoid")
    | {
        "sign_reversed": Broken(lambda z: torch.sigmoid(-z)),
        "input_as_output": _slope(lambda z: z * (1 - z)),
        "one_minus_alone": _slope(lambda z: torch.sigmoid(-z)),
        "one_plus": _slope(lambda z: torch.sigmoid(z) * (1 + torch.sigmoid(z))),
    },
)
TANH = Operation(
    "tanh",
    torch.tanh,
    (lambda g, s: g * _tanh_slope(s.input(0)),),
    _curved("tanh")
    | {
        "sigmoid_added": Broken(lambda z: torch.sigmoid(torch.tanh(z))),
        "input_as_output": _slope(lambda z: 1 - z**2),
        "square_left_out": _slope(lambda z: 1 - torch.tanh(z)),
        "one_plus": _slope(lambda z: 1 + torch.tanh(z) ** 2),
    },
)
IDENTITY = Operation("identity", _same, (lambda g, _: g,), _any("identity"))
LEAKY_RELU = Operation(
    "leaky relu",
    lambda z, slope: torch.where(z > 0, z, slope * z),
    (lambda g, s: torch.where(s.input(0) > 0, g, s.options["slope"] * g),),
    {"slope_of_identity": _slope(torch.ones_like), "slope_of_relu": _slope(_positive)},
)
SOFTPLUS = Operation(
    "softplus",
    lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    (lambda g, s: g * torch.sigmoid(s.input(0)),),
    {
        "slope_of_identity": _slope(torch.ones_like),
        "slope_of_sigmoid": _slope(_sigmoid_slope),
        "softplus_left_out": Broken(_same),
        "log_left_out": Broken(lambda z: 1 + z.exp()),
        "log_base_2": Broken(lambda z: torch.logaddexp(z, torch.zeros_like(z)) / math.log(2)),
        "log_base_10": Broken(lambda z: torch.logaddexp(z, torch.zeros_like(z)) / math.log(10)),
    },
)
