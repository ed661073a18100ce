"""Gradients by central differences: slow, and independent of every rule of differentiation."""

from collections.abc import Callable
from types import MappingProxyType

import torch
from torch import Tensor

STEP = 1e-5
"""Near the cube root of float64's epsilon, where truncation (step²) and rounding (eps/step) balance."""

DIRECTIONS = 2

STEPS = MappingProxyType({torch.float64: STEP, torch.float32: 1e-2})
"""Steps for functions that calculate in these precisions."""

CLOSE = MappingProxyType({torch.float64: 1e-4, torch.float32: 2e-2})
"""How near the slope along a direction has to come, relative to what it could be at most."""


def is_gradient(
    function: Callable[[Tensor], float], point: Tensor, gradient: Tensor, generator: torch.Generator
) -> bool:
    """Return whether this is the gradient of a function that calculates in the precision of the point.

    Compared along DIRECTIONS random directions, each of two calls: a wrong gradient agrees by chance along
    one of them about once in CLOSE times the root of its size.
    """
    step = STEPS[point.dtype]
    for _ in range(DIRECTIONS):
        drawn = torch.randn(point.shape, generator=generator, dtype=torch.float64).to(point.device)
        along = drawn / drawn.norm()
        move = (step * along).to(point.dtype)
        slope = (function(point + move) - function(point - move)) / (2 * step)
        wanted = float((gradient.to(along) * along).sum())
        if not abs(slope - wanted) <= CLOSE[point.dtype] * max(
            float(gradient.norm()) / point.numel() ** 0.5, abs(wanted)
        ):
            return False
    return True
