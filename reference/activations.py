"""The activations a homework may name, elementwise and of any shape."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

Activation = Callable[[Tensor], Tensor]


def identity(z: Tensor) -> Tensor:
    """Return z itself."""
    return z


def relu(z: Tensor) -> Tensor:
    """Return max(z, 0)."""
    return z.clamp(min=0)


def sigmoid(z: Tensor) -> Tensor:
    """Return 1 / (1 + exp(-z)), without overflow for any finite z."""
    return torch.sigmoid(z)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {"relu": relu, "sigmoid": sigmoid, "identity": identity}
)
"""Each activation under the name a student's constructor takes."""
