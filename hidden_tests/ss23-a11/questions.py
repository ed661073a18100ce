"""What is asked of the classifier: the sheet's numbers, a second fixed case, and drawn ones.

The sheet's numbers are chosen for ease by hand and hide mistakes: Wᵒ₃ = 0 hides a missing ReLU,
0.5 · 1 · 2 = 1 a chain that ends too early, σ(6) ≈ 1 a missing σ, and log(1 + exp(6)) ≈ 6 a missing softplus.
"""

from dataclasses import dataclass

import torch

LEAST, LARGEST = 0.2, 4.0
"""Bounds of |pre-activation| and |ŷ|: away from the kink, and where σ is neither 0 nor 1."""

APART = 0.15
"""How far factors of the chain stay from 1 and from each other, so that leaving one out shows."""


def tensor(values):
    """Return numbers in float64."""
    return torch.tensor(values, dtype=torch.float64)


@dataclass(frozen=True)
class Question:
    """A net Wh (3, 2), bh (3,), Wo (1, 3), bo (1,) with one row x (2,) and its label y, 0-d."""

    Wh: torch.Tensor
    bh: torch.Tensor
    Wo: torch.Tensor
    bo: torch.Tensor
    x: torch.Tensor
    y: torch.Tensor

    @property
    def parameters(self):
        """The net's parameters by name."""
        return {"Wh": self.Wh, "bh": self.bh, "Wo": self.Wo, "bo": self.bo}

    @property
    def z(self):
        """Pre-activations of the hidden units."""
        return self.Wh @ self.x + self.bh

    @property
    def y_hat(self):
        """The output, 0-d."""
        return (self.Wo @ self.z.clamp(min=0) + self.bo).reshape(())


@dataclass(frozen=True)
class Step:
    """A weight, its gradient and the learning rate."""

    w: torch.Tensor
    gradient: torch.Tensor
    rate: float


_HIDDEN = tensor([[0.2, 0.4], [0.8, 0.1], [2.0, 0.5]]), tensor([1.0, 1.0, -4.0])
SHEET = Question(*_HIDDEN, tensor([[0.5, -1.0, 0.0]]), tensor([3.0]), tensor([1.0, 2.0]), tensor(-1.0))
SECOND = Question(*_HIDDEN, tensor([[0.5, -1.0, 0.75]]), tensor([-0.5]), tensor([1.0, -1.5]), tensor(1.0))
RATE = 0.1


def sheet():
    """Return the sheet's question alone."""
    return [SHEET]


def elsewhere(rng):
    """Return the second case and drawn ones: both labels, both signs of ŷ, the first unit live and dead."""
    wanted = ((1, 0.0, 1), (-1, 1.0, -1), (1, 1.0, 1), (1, 0.0, -1))
    return [SECOND, *(draw(rng, *each) for each in wanted)]


def draw(rng, first, y, output):
    """Return a question whose z₁ and ŷ have these signs, drawn again until it is well-conditioned."""
    while True:
        weights = spread(rng, 3, 2), spread(rng, 3), spread(rng, 1, 3), spread(rng, 1)
        question = Question(*weights, spread(rng, 2), tensor(y))
        if is_telling(question) and first * question.z[0] > 0 and output * question.y_hat > 0:
            return question


def spread(rng, *shape):
    """Return numbers of either sign between 0.3 and 1.5 in size."""
    sizes = rng.uniform(0.3, 1.5, *shape)
    return torch.where(rng.uniform(-1.0, 1.0, *shape) < 0, -sizes, sizes)


def either(rng, *shape):
    """Return the same with both signs in every column."""
    while True:
        drawn = spread(rng, *shape)
        if bool(((drawn < 0).any(0) & (drawn > 0).any(0)).all()):
            return drawn


def is_telling(question):
    """Return whether a slip would show: a live and a dead unit, nothing extreme, no factor near 1."""
    z, x, weight = question.z, question.x, question.Wo[0, 0]
    sizes = torch.cat((z, question.y_hat.reshape(1))).abs()
    factors = torch.stack((weight, x[1], weight * x[1], z[0], x[1] / x[0])).abs()
    bounded = sizes.min() > LEAST and sizes.max() < LARGEST and z.min() < 0 < z.max()
    return bool(bounded) and bool(((factors - 1).abs() > APART).all())


def steps(rng):
    """Return steps of descent with several rates, with weights and gradients of either sign among them."""
    drawn = torch.cat((either(rng, 3, 2), rng.uniform(0.02, 0.6, 3, 1)), 1)
    return [Step(w, gradient, float(rate)) for w, gradient, rate in drawn]
