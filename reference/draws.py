"""Random questions that are well-conditioned, so that the allowed difference can be small.

Pre-activations stay within ±LARGEST, where float32's 1 − σ(z) still has most of its digits, and away from
ReLU's kink, where rounding alone could pick the other branch. Draws that aren't so are drawn again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from reference.network import Parameters, pre_activations, two_layer_gradients

LARGEST = 4.0
"""Greatest |pre-activation|: there σ′ is 0.018, and σ(1 − σ) in float32 is correct to about 3e-6."""

KINK_DISTANCE = 0.05
"""Least |pre-activation|: a hundred thousand float32 roundings away from ReLU's kink."""

PROBABILITY_MARGIN = 0.02
"""BCE divides by y_hat and 1 − y_hat: they are kept at least this far from 0."""

SIZES = (3, 5, 7, 11)
"""Distinct odd primes: none is a multiple, a product, a sum, a half or a double of others."""

MANY = 67
"""Rows of a large batch, or entries of a long column: a prime too."""

LEAST_GRADIENT = 0.02
"""Least greatest entry of a gradient: where terms of size one nearly cancel, only their rounding is left."""

TRIES = 20
"""Upstream gradients drawn at most for the sake of LEAST_GRADIENT; nearly always the first will do."""

CANDIDATES = 8
"""Rows drawn for each row that is needed; about every fourth one is well-conditioned and tells."""


class Rng(Protocol):
    """The part of the hidden tests' `rng` fixture that draws need."""

    @property
    def torch(self) -> torch.Generator:
        """The generator behind it."""


@dataclass(frozen=True)
class Network:
    """Parameters and inputs of one two-layer net, float32: x is (n, in1)."""

    parameters: dict[str, Tensor]
    x: Tensor


def sizes(rng: Rng) -> tuple[int, int, int, int]:
    """Return a random order of SIZES: batch, in1, out1, out2."""
    batch, in1, out1, out2 = torch.randperm(len(SIZES), generator=rng.torch).tolist()
    return SIZES[batch], SIZES[in1], SIZES[out1], SIZES[out2]


def normal(rng: Rng, *shape: int) -> Tensor:
    """Return standard normal numbers in float32."""
    return torch.randn(shape, generator=rng.torch)


def apart(rng: Rng, count: int) -> tuple[Tensor, Tensor]:
    """Return two lists of standard normal numbers (count,), each greater than the other somewhere."""
    while True:
        one, other = normal(rng, count), normal(rng, count)
        if count < 2 or _both_signs(one - other):
            return one, other


def labels(rng: Rng, *shape: int) -> Tensor:
    """Return zeros and ones in float32, both of them wherever there are two elements or more."""
    while True:
        drawn = torch.randint(0, 2, shape, generator=rng.torch).float()
        if drawn.numel() < 2 or 0 < drawn.sum() < drawn.numel():
            return drawn


def probabilities(rng: Rng, *shape: int) -> Tensor:
    """Return float32 numbers within [PROBABILITY_MARGIN, 1 − PROBABILITY_MARGIN]."""
    return PROBABILITY_MARGIN + (1 - 2 * PROBABILITY_MARGIN) * torch.rand(shape, generator=rng.torch)


def network(rng: Rng, in1: int, out1: int, out2: int, *, batch: int, f: str) -> Network:
    """Return a net and rows that are well-conditioned and tell: both signs before each activation.

    batch > 1. Every row alone has a live and a dead unit in each layer of several units, so that none is a
    blind question. In a layer of one unit there are both among all rows but the last, which is often asked
    by itself; of two rows, among both.
    """
    while True:
        parameters = _parameters(rng, in1, out1, out2)
        candidates = 1.2 * normal(rng, CANDIDATES * batch, in1)
        z1, z2 = pre_activations(parameters, candidates, f)
        rows = _good_rows(z1, z2).nonzero().flatten()[:batch]
        together = rows[:-1] if batch > 2 else rows
        if len(rows) == batch and _both_signs(z1[together]) and _both_signs(z2[together]):
            return Network(parameters, candidates[rows])


def upstream(
    rng: Rng, parameters: Parameters, x: Tensor, f: str, g: str, *, before: Mapping[str, Tensor] | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return a random upstream gradient in float32 for the rows x, and the four gradients it leads to.

    Drawn again where a gradient, or its sum with the one before, nearly cancels: only rounding would be left.
    """
    for _ in range(TRIES):
        drawn = normal(rng, len(x), len(parameters["b2"])).to(x.device)
        gradients = two_layer_gradients(parameters, x, drawn, f, g)
        sums = [gradient + before[name] for name, gradient in gradients.items()] if before else []
        if all(float(gradient.abs().max()) > LEAST_GRADIENT for gradient in (*gradients.values(), *sums)):
            break
    return drawn, gradients


def _parameters(rng: Rng, in1: int, out1: int, out2: int) -> dict[str, Tensor]:
    """Return weights scaled so that pre-activations have a standard deviation near one."""
    return {
        "W1": normal(rng, out1, in1) * in1**-0.5,
        "b1": normal(rng, out1) * 0.5,
        "W2": normal(rng, out2, out1) * 1.2 * out1**-0.5,
        "b2": normal(rng, out2) * 0.5,
    }


def _good_rows(z1: Tensor, z2: Tensor) -> Tensor:
    """Return which rows are well-conditioned, and have both signs in each layer of several units."""
    z = torch.cat((z1, z2), 1).abs()
    good = ((z > KINK_DISTANCE) & (z < LARGEST)).all(1)
    for layer in (z1, z2):
        if layer.shape[1] > 1:
            good &= (layer > 0).any(1) & (layer < 0).any(1)
    return good


def _both_signs(z: Tensor) -> bool:
    return bool((z > 0).any()) and bool((z < 0).any())
