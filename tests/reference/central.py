"""The gradient that needs no rule of differentiation, to hold the rules to."""

from collections.abc import Callable

import torch
from torch import Tensor

from reference.differences import STEP


def central_difference(function: Callable[[Tensor], Tensor], point: Tensor, *, step: float = STEP) -> Tensor:
    """Return the gradient of a scalar-valued function at a float64 point, shaped like the point.

    Good to about ten digits where the function is smooth within one step of the point.
    """
    gradient = torch.empty_like(point)
    for index in range(point.numel()):
        offset = torch.zeros_like(point)
        offset.view(-1)[index] = step
        gradient.view(-1)[index] = (function(point + offset) - function(point - offset)) / (2 * step)
    return gradient
