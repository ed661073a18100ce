"""Hidden tests of the sigmoid's derivative, its bounds, and the chain of five sigmoids.

With all weights 1 a derivative that is taken at a_i is only 3e-5 off, so every number is compared relative
to its own size, in float64.
"""

import pytest
import torch

from reference.programs import Chain, SigmoidSlope
from reference.programs.chain import FORWARD, SLOPE, STEPS
from reference.tolerance import as_tensor

POINTS = 5
FAR_OUT, TINY = 300.0, 1e-6
"""Where exp(−z) is far beyond float32, and what the derivative must be less than there."""

LARGEST = 4.0
"""Greatest |z|: there 1 − σ(z) still has nearly all of its digits."""


def numbers(check, name, given, shape):
    """Return what calls gave as one float64 tensor."""
    for each in given:
        check.true(each is not None, "returned_none", name=name)
    tensors = [column(each) for each in given]
    fitting = all(each is not None and each.shape == shape and not each.is_complex() for each in tensors)
    check.true(fitting, "not_one_number" if shape == () else "not_five_numbers", name=name)
    for each in tensors:
        check.finite(each, name=name)
    return torch.stack([each.double() for each in tensors])


def column(given):
    """Return a number as a tensor without axes, several as one with one axis; None for anything else."""
    if isinstance(given, list | tuple):
        parts = [as_tensor(each) for each in given]
        flat = all(each is not None and each.numel() == 1 and not each.is_complex() for each in parts)
        return torch.stack([each.double().reshape(()) for each in parts]) if flat and parts else None
    found = as_tensor(given)
    return found if found is None else found.squeeze()


def judge(check, asked, name, found):
    """Compare with what is right, each number relative to its own size."""
    asked.answer(value=found)
    expected = asked.program.answers()["value"]
    check.close(found / expected, torch.ones_like(expected), name=name, dtype=torch.float64)


def signs(rng, *shape):
    """Return 1 and −1 by chance, both of them in every column."""
    drawn = torch.where(rng.uniform(0, 1, *shape) < 0.5, -1.0, 1.0).double()
    drawn[0], drawn[1] = 1.0, -1.0
    return drawn


def weights(rng, kind):
    """Return weights (POINTS, STEPS): of either sign and away from 1, or all of them 1."""
    if kind == "ones":
        return torch.ones(POINTS, STEPS, dtype=torch.float64)
    return rng.uniform(1.2, 3.0, POINTS, STEPS) * signs(rng, POINTS, STEPS)


def draw(rng, kind):
    """Return x (POINTS,) and weights, such that no step is saturated."""
    return rng.uniform(0.2, 1.2, POINTS), weights(rng, kind)


WEIGHTS = [
    pytest.param("random", id="random weights", marks=pytest.mark.weight(3)),
    pytest.param("ones", id="all weights 1"),
]


@pytest.mark.function("sigmoid_prime")
@pytest.mark.cases("value")
def test_sigmoid_prime(submission, check, rng):
    """The derivative of the sigmoid at numbers of either sign."""
    z = signs(rng, POINTS) * rng.uniform(0.3, LARGEST, POINTS)
    with check.case("value"):
        asked = check.ask(SigmoidSlope(z))
        found = numbers(check, "sigmoid_prime", [submission.sigmoid_prime(each) for each in z.tolist()], ())
        judge(check, asked, "sigmoid_prime", found)


@pytest.mark.function("sigmoid_prime")
@pytest.mark.cases("far out")
@pytest.mark.weight(0)
def test_sigmoid_prime_far_out(submission, check):
    """The derivative at ±300: a number that is hardly more than 0. Reported, for no points."""
    with check.case("far out"):
        given = [submission.sigmoid_prime(z) for z in (-FAR_OUT, FAR_OUT)]
        found = numbers(check, "sigmoid_prime", given, ())
        check.true(bool((found.abs() < TINY).all()), "wrong_value", name="sigmoid_prime")


@pytest.mark.function("sigmoid_prime_bounds")
@pytest.mark.cases("infimum", "maximum")
def test_bounds(submission, check):
    """The infimum and the maximum of the sigmoid's derivative."""
    given = submission.sigmoid_prime_bounds()
    check.true(given is not None, "returned_none", name="sigmoid_prime_bounds")
    found = column(given)
    check.true(found is not None and found.shape == (2,), "not_two_numbers", name="sigmoid_prime_bounds")
    for name, bound, expected in zip(("infimum", "maximum"), found.tolist(), (0.0, 0.25), strict=True):
        with check.case(name):
            check.true(abs(bound - expected) < 1e-12, "wrong_value", name=name)


@pytest.mark.function("sigmoid_chain")
@pytest.mark.cases("value")
@pytest.mark.parametrize("kind", WEIGHTS)
def test_chain(submission, check, rng, kind):
    """The five activations of the chain. Reported, for no points."""
    x, w = draw(rng, kind)
    with check.case("value"):
        asked = check.ask(Chain(x, w, FORWARD))
        given = [submission.sigmoid_chain(*each) for each in zip(x.tolist(), w.tolist(), strict=True)]
        judge(check, asked, "sigmoid_chain", numbers(check, "sigmoid_chain", given, (STEPS,)))


@pytest.mark.function("dy_dx")
@pytest.mark.cases("value")
@pytest.mark.parametrize("kind", WEIGHTS)
def test_dy_dx(submission, check, rng, kind):
    """The derivative of the chain's end with respect to its beginning."""
    x, w = draw(rng, kind)
    with check.case("value"):
        asked = check.ask(Chain(x, w, SLOPE))
        given = [submission.dy_dx(*each) for each in zip(x.tolist(), w.tolist(), strict=True)]
        judge(check, asked, "dy_dx", numbers(check, "dy_dx", given, ()))
