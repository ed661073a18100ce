"""The margin (1 − 2y)·ŷ of a label y, and single entries of a gradient."""

import torch
from torch import Tensor

from reference.tape import Broken, Operation, Step


def _both_signs(y_hat: Tensor, y: Tensor) -> Tensor:
    return -y * y_hat


def _reversed(y_hat: Tensor, y: Tensor) -> Tensor:
    return (2 * y - 1) * y_hat


MARGIN = Operation(
    "margin",
    lambda y_hat, y: (1 - 2 * y) * y_hat,
    (lambda g, s: g * (1 - 2 * s.input(1)), lambda g, s: -2 * g * s.input(0)),
    {
        "labels_of_both_signs": Broken(_both_signs, {0: lambda g, s: -g * s.input(1)}),
        "margin_reversed": Broken(_reversed, {0: lambda g, s: g * (2 * s.input(1) - 1)}),
        "label_left_out": Broken(products={0: lambda g, s: g}),
    },
)


def _alone(g: Tensor, s: Step) -> Tensor:
    spread = torch.zeros_like(s.input(0))
    spread[0, 1] = g
    return spread


# The derivative by w₁₂ out of that by W (out, in). Options: that by the output, and the input x (1, in).
ENTRY = Operation(
    "entry",
    lambda matrix, upstream, x: matrix[0, 1],
    (_alone,),
    {
        "chain_left_out": Broken(lambda matrix, upstream, x: upstream.reshape(())),
        "input_left_out": Broken(lambda matrix, upstream, x: matrix[0, 1] / x[0, 1]),
        "neighbouring_input": Broken(lambda matrix, upstream, x: matrix[0, 0]),
    },
)
