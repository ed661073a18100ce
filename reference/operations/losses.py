"""Losses J(ŷ, y): MSE is the mean of squared errors, BCE that of cross-entropies, over all n·K elements."""

import math

import torch
from torch import Tensor

from reference.tape import Broken, Operation, Step

COARSE = 0.01
"""A hundredth: an epsilon that keeps the logarithm finite, and is far too large."""


def _cross_entropies(y_hat: Tensor, y: Tensor) -> Tensor:
    return -y * y_hat.log() - (1 - y) * (1 - y_hat).log()


def _error(s: Step) -> Tensor:
    return s.input(0) - s.input(1)


def _bce_slope(s: Step) -> Tensor:
    return _first(s) + _second(s)


def _first(s: Step) -> Tensor:
    """Return the slope of −y log ŷ."""
    return -s.input(1) / s.input(0)


def _second(s: Step) -> Tensor:
    """Return the slope of −(1 − y) log(1 − ŷ)."""
    return (1 - s.input(1)) / (1 - s.input(0))


def _clamped(y_hat: Tensor) -> Tensor:
    return y_hat.clamp(COARSE, 1 - COARSE)


def _sigmoid_added(s: Step) -> Tensor:
    return torch.sigmoid(s.input(0)) - s.input(1)


SQUARED_ERRORS = Operation(
    "squared errors",
    lambda y_hat, y: (y_hat - y) ** 2,
    (lambda g, s: g * 2 * _error(s), lambda g, s: -g * 2 * _error(s)),
    {
        "half": Broken(lambda y_hat, y: (y_hat - y) ** 2 / 2, {0: lambda g, s: g * _error(s)}),
        "doubled": Broken(lambda y_hat, y: 2 * (y_hat - y) ** 2, {0: lambda g, s: g * 4 * _error(s)}),
        "sign": Broken(lambda y_hat, y: -((y_hat - y) ** 2), {0: lambda g, s: -g * 2 * _error(s)}),
        "absolute": Broken(lambda y_hat, y: (y_hat - y).abs(), {0: lambda g, s: g * 2 * _error(s).abs()}),
        "not_squared": Broken(lambda y_hat, y: y_hat - y, {0: lambda g, s: g * 2 * _error(s) ** 2}),
        "sum_for_difference": Broken(
            lambda y_hat, y: (y_hat + y) ** 2, {0: lambda g, s: g * 2 * (s.input(0) + s.input(1))}
        ),
    },
)
CROSS_ENTROPIES = Operation(
    "cross-entropies",
    _cross_entropies,
    (
        lambda g, s: g * _bce_slope(s),
        lambda g, s: g * ((1 - s.input(0)).log() - s.input(0).log()),
    ),
    {
        "sign": Broken(lambda y_hat, y: -_cross_entropies(y_hat, y), {0: lambda g, s: -g * _bce_slope(s)}),
        "minus_on_first_term_only": Broken(
            lambda y_hat, y: -y * y_hat.log() + (1 - y) * (1 - y_hat).log(),
            {0: lambda g, s: g * (_first(s) - _second(s))},
        ),
        "minus_on_second_term_only": Broken(
            lambda y_hat, y: y * y_hat.log() - (1 - y) * (1 - y_hat).log(),
            {0: lambda g, s: g * (_second(s) - _first(s))},
        ),
        "first_term_only": Broken(lambda y_hat, y: -y * y_hat.log(), {0: lambda g, s: g * _first(s)}),
        "second_term_only": Broken(
            lambda y_hat, y: -(1 - y) * (1 - y_hat).log(), {0: lambda g, s: g * _second(s)}
        ),
        "labels_reversed": Broken(
            lambda y_hat, y: _cross_entropies(1 - y_hat, y),
            {0: lambda g, s: g * ((1 - s.input(1)) / s.input(0) - s.input(1) / (1 - s.input(0)))},
        ),
        "log_base_2": Broken(lambda y_hat, y: _cross_entropies(y_hat, y) / math.log(2)),
        "log_base_10": Broken(lambda y_hat, y: _cross_entropies(y_hat, y) / math.log(10)),
        "sigmoid_added": Broken(
            lambda y_hat, y: _cross_entropies(torch.sigmoid(y_hat), y),
            {0: lambda g, s: g * _sigmoid_added(s)},
        ),
        "clamped": Broken(
            lambda y_hat, y: _cross_entropies(_clamped(y_hat), y),
            {
                0: lambda g, s: (
                    g
                    * (_clamped(s.input(0)) - s.input(1))
                    / (_clamped(s.input(0)) * (1 - _clamped(s.input(0))))
                )
            },
        ),
        "of_logits": Broken(products={0: lambda g, s: g * _error(s)}),
        "doubled": Broken(
            lambda y_hat, y: 2 * _cross_entropies(y_hat, y), {0: lambda g, s: g * 2 * _bce_slope(s)}
        ),
        "half": Broken(
            lambda y_hat, y: _cross_entropies(y_hat, y) / 2, {0: lambda g, s: g * _bce_slope(s) / 2}
        ),
    },
)


def _probabilities(scores: Tensor) -> Tensor:
    return torch.softmax(scores, 1)


# Scores (n, K) and one-hot labels (n, K); the mean over samples.
SOFTMAX_CROSS_ENTROPY = Operation(
    "softmax with cross-entropy",
    lambda scores, y: -(y * torch.log_softmax(scores, 1)).sum(1).mean(),
    (
        lambda g, s: (
            g * (_probabilities(s.input(0)) * s.input(1).sum(1, keepdim=True) - s.input(1)) / len(s.input(0))
        ),
        lambda g, s: -g * torch.log_softmax(s.input(0), 1) / len(s.input(0)),
    ),
    {
        "not_divided": Broken(products={0: lambda g, s: g * (_probabilities(s.input(0)) - s.input(1))}),
        "sign": Broken(
            products={0: lambda g, s: g * (s.input(1) - _probabilities(s.input(0))) / len(s.input(0))}
        ),
    },
)
