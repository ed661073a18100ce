"""The two-layer net: Linear1 → f → Linear2 → g, with Linear(x) = x Wᵀ + b on rows."""

from collections.abc import Mapping

import torch
from torch import Tensor

from reference.activations import ACTIVATIONS
from reference.programs.two_layer import GRADIENTS, PARAMETERS

Parameters = Mapping[str, Tensor]


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return W x + b for every row of x: x (n, in), weight (out, in), bias (out,) → (n, out)."""
    return x @ weight.T + bias


def pre_activations(parameters: Parameters, x: Tensor, f: str) -> tuple[Tensor, Tensor]:
    """Return z1 (n, out1) and z2 (n, out2), what f and g are applied to."""
    z1 = linear(x, parameters["W1"], parameters["b1"])
    z2 = linear(ACTIVATIONS[f](z1), parameters["W2"], parameters["b2"])
    return z1, z2


def two_layer(parameters: Parameters, x: Tensor, f: str, g: str) -> Tensor:
    """Return y_hat (n, out2) in float64; f and g are names in ACTIVATIONS."""
    _, z2 = pre_activations(_in_float64(parameters), x.detach().double(), f)
    return ACTIVATIONS[g](z2)


def two_layer_gradients(
    parameters: Parameters, x: Tensor, upstream: Tensor, f: str, g: str
) -> dict[str, Tensor]:
    """Return the vector–Jacobian products of upstream (n, out2) with each parameter.

    Keys are GRADIENTS; values are float64, shaped like their parameter and on its device.
    """
    leaves = {name: value.requires_grad_() for name, value in _in_float64(parameters).items()}
    _, z2 = pre_activations(leaves, x.detach().double(), f)
    products = torch.autograd.grad(ACTIVATIONS[g](z2), list(leaves.values()), upstream.detach().double())
    return dict(zip(GRADIENTS, products, strict=True))


def _in_float64(parameters: Parameters) -> dict[str, Tensor]:
    """Return detached float64 copies, in the order of PARAMETERS."""
    return {name: parameters[name].detach().to(torch.float64, copy=True) for name in PARAMETERS}
