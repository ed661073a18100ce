"""Losses as the mean over all elements of y_hat, and their gradients."""

from collections.abc import Callable

import torch
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


def mse(y: Tensor, y_hat: Tensor) -> Tensor:
    """Return the mean squared error over all n·K elements, a 0-d tensor; y and y_hat are (n, K)."""
    return ((y_hat - y) ** 2).mean()


def bce(y: Tensor, y_hat: Tensor) -> Tensor:
    """Return the mean binary cross-entropy over all n·K elements, a 0-d tensor; 0 < y_hat < 1."""
    return -(y * y_hat.log() + (1 - y) * (1 - y_hat).log()).mean()


def loss_and_gradient(loss: Loss, y: Tensor, y_hat: Tensor) -> tuple[Tensor, Tensor]:
    """Return J and dJ/dy_hat in float64, the gradient by torch autograd, shaped like y_hat."""
    point = y_hat.detach().double().requires_grad_()
    value = loss(y.detach().double(), point)
    (gradient,) = torch.autograd.grad(value, point)
    return value.detach(), gradient
