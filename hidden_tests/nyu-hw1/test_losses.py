"""Hidden tests of the losses: the value J and its gradient, by default the mean over all n·K elements.

Every case is asked with two shapes that share no relation, with a single row, and with a single column of
many rows.
"""

import pytest
import torch
from interface import name, setting

from reference import draws
from reference.programs import Loss

EXTREME = 1e-4
"""How near y_hat comes to 0 and 1; there a clamp or an epsilon inside the logarithm is as right as none."""

OF_VALUE = 1.5
"""Within which factor J must be there: a clamp at 0.01 halves it and is too coarse, one at 0.001 will do."""


def shapes(rng):
    """Return two shapes without relations, one row, and one column of many rows."""
    first, second, third, fourth = draws.sizes(rng)
    return (first, second), (third, fourth), (1, third), (draws.MANY, 1)


def ask(submission, check, kind, y, y_hat):
    """Return the student's J and gradient, and the true ones."""
    program = Loss(kind, y, y_hat, reduction=setting("reduction"), mean_in=setting("mean_in"))
    truth = program.answers()
    asked = check.ask(program)
    called = name(f"{kind}_loss")
    answer = getattr(submission, called)(y, y_hat)
    check.true(answer is not None, "returned_none", name=called)
    check.true(isinstance(answer, tuple | list) and len(answer) == 2, "wrong_value", name=f"{called}(…)")
    asked.answer(value=answer[0], gradient=answer[1])
    return (*answer, truth["value"], truth["gradient"])


def judge(check, questions, answers, extreme=None):
    """Compare every answer; value and gradient are cases of their own, and extremes are asked for less."""
    with check.case("value"):
        for value, _, expected, _ in answers:
            check.scalar(value, expected, name=name("J"))
        if extreme:
            check.finite(extreme[0], name=name("J"))
            check.true(same_magnitude(extreme[0], extreme[2], OF_VALUE), "wrong_value", name=name("J"))
    with check.case("gradient"):
        for _, gradient, _, expected in answers:
            check.close(gradient, expected, name=name("dJdy_hat"))
        if extreme:
            check.finite(extreme[1], name=name("dJdy_hat"))
            check.shape(extreme[1], tuple(extreme[3].shape), name=name("dJdy_hat"))
            check.true(same_magnitude(extreme[1], extreme[3]), "wrong_value", name=name("dJdy_hat"))
        for question in questions:
            for argument, tensor in zip(("y", "y_hat"), question, strict=True):
                check.unchanged(tensor, name=argument)


def same_magnitude(actual, expected, factor=2.0):
    """Return whether every entry has the right sign and lies within this factor."""
    ratio = torch.as_tensor(actual).to(expected) / expected
    return bool(((ratio > 1 / factor) & (ratio < factor)).all())


@pytest.mark.function(name("mse_loss"))
@pytest.mark.cases("value", "gradient")
@pytest.mark.part("MSE forward", cases=["value"])
@pytest.mark.part("MSE backward", cases=["gradient"])
def test_mse(submission, check, rng, device):
    """J and dJdy_hat of the mean squared error."""
    questions = [[draws.normal(rng, *shape).to(device) for _ in range(2)] for shape in shapes(rng)]
    answers = [ask(submission, check, "mse", *question) for question in questions]
    judge(check, questions, answers)


@pytest.mark.function(name("bce_loss"))
@pytest.mark.cases("value", "gradient")
@pytest.mark.part("BCE forward", cases=["value"])
@pytest.mark.part("BCE backward", cases=["gradient"])
def test_bce(submission, check, rng, device):
    """J and dJdy_hat of the binary cross-entropy; near 0 and 1 only their sign and order of magnitude."""
    questions = [
        [draws.labels(rng, *shape).to(device), draws.probabilities(rng, *shape).to(device)]
        for shape in shapes(rng)
    ]
    answers = [ask(submission, check, "bce", *question) for question in questions]
    y = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]], device=device)
    y_hat = torch.tensor([[EXTREME, EXTREME, 1 - EXTREME], [1 - EXTREME, EXTREME, EXTREME]], device=device)
    judge(check, questions, answers, extreme=ask(submission, check, "bce", y, y_hat))
