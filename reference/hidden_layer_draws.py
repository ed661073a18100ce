"""Random questions about a net of one hidden layer of ReLU with one output, in float64, that tell.

Pre-activations stay away from ReLU's kink, every unit lets some rows through and stops others, errors are
neither tiny nor of one sign, and in training no unit dies: after that every gradient of it is 0, and no test
sees anything any more.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from reference.draws import CANDIDATES, KINK_DISTANCE, LARGEST, LEAST_GRADIENT, MANY, Rng
from reference.network import pre_activations, two_layer_gradients

ROWS = (6, 7, 9, 11)
"""Batch sizes: no size of a parameter of 3, 4 or 5 units, and none that is twice or half another."""

LEAST_ERROR = 0.1
TRAINED_KINK_DISTANCE = 1e-6
"""In ten epochs of a hundred rows some pre-activation comes near 0. float64 tells the branch at this."""

ALIVE = 0.1
"""The share of rows that each unit lets through, and that it stops, at least and in every epoch."""

LEAST_FALL = 0.05
"""By how much, of itself, the loss falls in all epochs together: training must be seen to do something."""


TRIES = 500
"""Start weights drawn at most; on standardised rows nearly the first will do."""


@dataclass(frozen=True)
class Question:
    """Parameters as in ``reference.network``, X (n, d) and y (n, 1)."""

    parameters: Mapping[str, Tensor]
    x: Tensor
    y: Tensor


def batches(rng: Rng) -> tuple[int, int]:
    """Return two different numbers of rows, the second of them large."""
    first = int(torch.randint(0, len(ROWS), (), generator=rng.torch))
    return ROWS[first], MANY


def question(rng: Rng, rows: int, inputs: int, hidden: int) -> Question:
    """Return a net and a batch that are well-conditioned."""
    while True:
        parameters = start(rng, inputs, hidden)
        x, y = (_normal(rng, CANDIDATES * rows, width) for width in (inputs, 1))
        good = _good_rows(parameters, x, y).nonzero().flatten()[:rows]
        drawn = Question(parameters, x[good], y[good])
        if len(good) == rows and _is_good(drawn):
            return drawn


def start(rng: Rng, inputs: int, hidden: int) -> dict[str, Tensor]:
    """Return weights with which pre-activations of standardised columns have a deviation near one."""
    return {
        "W1": _normal(rng, hidden, inputs) * inputs**-0.5,
        "b1": _normal(rng, hidden) * 0.3,
        "W2": _normal(rng, 1, hidden) * hidden**-0.5,
        "b2": _normal(rng, 1) * 0.3,
    }


def trainable(rng: Rng, x: Tensor, y: Tensor, hidden: int, *, rate: float, epochs: int) -> dict[str, Tensor]:
    """Return start weights from which descent on these rows (n, d), (n, 1) keeps every unit alive.

    Raises ValueError where none are found: the rows are too few or too much alike.
    """
    for _ in range(TRIES):
        parameters = start(rng, x.shape[1], hidden)
        if _stays_alive(parameters, x, y, rate, epochs):
            return parameters
    raise ValueError(f"no start weights keep {hidden} units alive on these {len(x)} rows")


def descend(
    parameters: Mapping[str, Tensor], x: Tensor, y: Tensor, rate: float
) -> tuple[float, dict[str, Tensor]]:
    """Return the mean of squared errors before one step with the whole batch, and the new parameters."""
    _, y_hat = pre_activations(parameters, x, "relu")
    gradients = of_loss(parameters, x, y)
    stepped = {name: value - rate * gradients[name] for name, value in parameters.items()}
    return float(((y_hat - y) ** 2).mean()), stepped


def of_loss(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Return the gradients of the mean of squared errors, by the names of the parameters."""
    _, y_hat = pre_activations(parameters, x, "relu")
    upstream = 2 * (y_hat - y) / y.numel()
    found = two_layer_gradients(parameters, x, upstream, "relu", "identity")
    return {name.removeprefix("dJd"): value for name, value in found.items()}


def losses(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor, *, rate: float, epochs: int) -> Tensor:
    """Return the loss before the first step and after each, (epochs + 1,)."""
    noted = []
    for _ in range(epochs + 1):
        loss, parameters = descend(parameters, x, y, rate)
        noted.append(loss)
    return torch.tensor(noted, dtype=torch.float64)


def _good_rows(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Return which rows are away from the kink and from large numbers, with an error that tells."""
    z, y_hat = pre_activations(parameters, x, "relu")
    bounded = (z.abs() >= KINK_DISTANCE) & (z.abs() <= LARGEST)
    return bounded.all(1) & ((y_hat - y).abs() >= LEAST_ERROR).all(1)


def _is_good(drawn: Question) -> bool:
    z, y_hat = pre_activations(drawn.parameters, drawn.x, "relu")
    errors = y_hat - drawn.y
    if not _both_ways(z) or not errors.min() < 0 < errors.max():
        return False
    gradients = of_loss(drawn.parameters, drawn.x, drawn.y).values()
    return all(float(gradient.abs().max()) > LEAST_GRADIENT for gradient in gradients)


def _stays_alive(parameters: Mapping[str, Tensor], x: Tensor, y: Tensor, rate: float, epochs: int) -> bool:
    noted = []
    for _ in range(epochs + 1):
        z, _ = pre_activations(parameters, x, "relu")
        if not _both_ways(z) or float(z.abs().min()) < TRAINED_KINK_DISTANCE:
            return False
        loss, parameters = descend(parameters, x, y, rate)
        noted.append(loss)
    falls = all(after < before for before, after in itertools.pairwise(noted))
    return falls and noted[-1] < (1 - LEAST_FALL) * noted[0]


def _both_ways(z: Tensor) -> bool:
    """Return whether every unit lets rows through and stops rows."""
    share = (z > 0).double().mean(0)
    return bool(((share >= ALIVE) & (share <= 1 - ALIVE)).all())


def _normal(rng: Rng, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng.torch, dtype=torch.float64)
