"""Hidden tests of answers.py: each function on the sheet's numbers, and on others that hide no mistake.

On the sheet's numbers an answer may be rounded, and so may the constants of the same names.
"""

import pytest
import torch
from questions import RATE, SHEET, Step, elsewhere, sheet, spread, steps, tensor

from reference.programs import Classifier, DescentStep, SoftplusLoss

CONSTANTS = {"y_hat": "Y_HAT", "L": "LOSS", "dL_dy_hat": "DL_DY_HAT", "dL_dWh12": "DL_DWH12", "w": "WH12"}
NUMBERS = pytest.mark.parametrize("numbers", ["the sheet's numbers", "other numbers"])


def is_sheet(numbers):
    """Return whether the sheet's own numbers are asked."""
    return numbers == "the sheet's numbers"


def asked(numbers, rng):
    """Return the questions about the net."""
    return sheet() if is_sheet(numbers) else elsewhere(rng)


def one_number(value):
    """Return one number without its axes, anything else as it is."""
    return value.reshape(()) if isinstance(value, torch.Tensor) and value.numel() == 1 else value


def pose(check, program, answer, names):
    """Ask one question; returns the answers and the true ones, by name."""
    question = check.ask(program)
    found = dict(zip(names, map(one_number, answer()), strict=True))
    question.answer(**found)
    return found, program.answers({})


def judge(submission, check, numbers, posed):
    """Compare all answers; on the sheet's numbers they may be rounded, and constants are looked at."""
    compare = check.rounded if is_sheet(numbers) else check.scalar
    for name in posed[0][0]:
        with check.case(name):
            for found, truth in posed:
                compare(found[name], truth[name], name=name)
            if is_sheet(numbers):
                written = getattr(submission, CONSTANTS[name], None)
                if written is not None:
                    check.rounded(written, posed[0][1][name], name=CONSTANTS[name])


def pair(check, value):
    """Return the two gradients."""
    check.true(value is not None, "returned_none", name="gradients")
    check.true(isinstance(value, tuple | list) and len(value) == 2, "wrong_value", name="gradients(…)")
    return value


@pytest.mark.function("forward")
@pytest.mark.cases("y_hat")
@NUMBERS
def test_forward(submission, check, rng, device, numbers):
    """The output ŷ."""
    posed = []
    for each in asked(numbers, rng):
        given = [value.to(device) for value in (each.x, each.Wh, each.bh, each.Wo, each.bo)]
        program = Classifier(each.parameters, each.x)
        posed.append(pose(check, program, lambda given=given: [submission.forward(*given)], ["y_hat"]))
    judge(submission, check, numbers, posed)


@pytest.mark.function("loss")
@pytest.mark.cases("L")
@NUMBERS
def test_loss(submission, check, rng, device, numbers):
    """The loss L of an output and its label."""
    posed = []
    for each in pairs(numbers, rng):
        given = [value.to(device) for value in each]
        posed.append(pose(check, SoftplusLoss(*each), lambda given=given: [submission.loss(*given)], ["L"]))
    judge(submission, check, numbers, posed)


def pairs(numbers, rng):
    """Return outputs with their labels."""
    if is_sheet(numbers):
        return [(SHEET.y_hat, SHEET.y)]
    labels = [tensor(float(label)) for label in (0, 1, 1, 0)]
    sizes = 0.5 + spread(rng, 4).abs()
    return list(zip(sizes * tensor([1.0, 1.0, -1.0, -1.0]), labels, strict=True))


@pytest.mark.function("gradients")
@pytest.mark.cases("dL_dy_hat", "dL_dWh12")
@NUMBERS
def test_gradients(submission, check, rng, device, numbers):
    """The derivatives of L with respect to ŷ and to the first unit's weight for x₂."""
    posed = []
    for each in asked(numbers, rng):
        given = [value.to(device) for value in (each.x, each.y, each.Wh, each.bh, each.Wo, each.bo)]
        program = Classifier(each.parameters, each.x, each.y)
        posed.append(
            pose(
                check,
                program,
                lambda given=given: pair(check, submission.gradients(*given)),
                ["dL_dy_hat", "dL_dWh12"],
            )
        )
    judge(submission, check, numbers, posed)


@pytest.mark.function("update")
@pytest.mark.cases("w")
@NUMBERS
def test_update(submission, check, rng, device, numbers):
    """The weight after one step of gradient descent."""
    gradient = Classifier(SHEET.parameters, SHEET.x, SHEET.y).answers({})["dL_dWh12"]
    posed = []
    for each in [Step(SHEET.Wh[0, 1], gradient, RATE)] if is_sheet(numbers) else steps(rng):
        given = (each.w.to(device), each.gradient.to(device), each.rate)
        program = DescentStep(each.w, each.gradient, each.rate)
        posed.append(pose(check, program, lambda given=given: [submission.update(*given)], ["w"]))
    judge(submission, check, numbers, posed)
