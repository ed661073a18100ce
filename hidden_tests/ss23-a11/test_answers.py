"""Hidden tests of answers.py: each function on the sheet's numbers, and on others that hide no mistake.

On the sheet's numbers an answer may be rounded, and so may the constants of the same names.
"""

import pytest
import torch
from questions import RATE, SHEET, Step, elsewhere, sheet, spread, steps, tensor

from reference.programs import Classifier, DescentStep, SoftplusLoss
from reference.tolerance import as_tensor

CONSTANTS = {"y_hat": "Y_HAT", "L": "LOSS", "dL_dy_hat": "DL_DY_HAT", "dL_dWh12": "DL_DWH12", "w": "WH12"}
PARTIALS = ("dL_dy_hat", "dy_hat_dh1", "dh1_dz1", "dz1_dWh12")
FAR_OUT = 60.0
"""An output at which 1 − σ is 0 in float64, and exp still a number in float32."""

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


def numbers_of(check, value, count, name):
    """Return so many numbers, of a tensor, an array or a list."""
    check.true(value is not None, "returned_none", name=name)
    tensor = None if isinstance(value, list | tuple) else as_tensor(value)
    given = value if tensor is None else list(tensor.flatten())
    check.true(isinstance(given, list | tuple) and len(given) == count, "wrong_value", name=name)
    return given


def product(found):
    """Return the product of numbers; nothing where they are none."""
    tensors = [as_tensor(each) for each in found]
    if any(each is None or each.numel() != 1 or each.is_complex() for each in tensors):
        return None
    return torch.stack([each.double().reshape(()) for each in tensors]).prod()


def several(check, value, count, name):
    """Return the results of a function that returns so many."""
    check.true(value is not None, "returned_none", name=name)
    check.true(isinstance(value, tuple | list) and len(value) == count, "wrong_value", name=f"{name}(…)")
    return value


@pytest.mark.function("hidden")
@pytest.mark.cases("z", "h")
@NUMBERS
def test_hidden(submission, check, rng, device, numbers):
    """The hidden layer before and after its activation."""
    compare = check.rounded if is_sheet(numbers) else check.scalar
    answered = []
    for each in asked(numbers, rng):
        given = [value.to(device) for value in (each.x, each.Wh, each.bh)]
        found = several(check, submission.hidden(*given), 2, "hidden")
        answered.append((found, (each.z, each.z.clamp(min=0))))
    for place, name in enumerate(("z", "h")):
        with check.case(name):
            for found, truth in answered:
                given = numbers_of(check, found[place], len(truth[place]), name)
                for number, expected in zip(given, truth[place], strict=True):
                    compare(one_number(number), expected, name=name)


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
                lambda given=given: several(check, submission.gradients(*given), 2, "gradients"),
                ["dL_dy_hat", "dL_dWh12"],
            )
        )
    judge(submission, check, numbers, posed)


@pytest.mark.function("partials")
@pytest.mark.cases(*PARTIALS)
@NUMBERS
def test_partials(submission, check, rng, device, numbers):
    """The four derivatives along the path from the first unit's weight for x₂ to L."""
    compare = check.rounded if is_sheet(numbers) else check.scalar
    answered = []
    for each in asked(numbers, rng):
        given = [value.to(device) for value in (each.x, each.y, each.Wh, each.bh, each.Wo, each.bo)]
        question = check.ask(Classifier(each.parameters, each.x, each.y))
        found = [one_number(one) for one in several(check, submission.partials(*given), 4, "partials")]
        question.answer(dL_dy_hat=found[0], dL_dWh12=product(found))
        upstream = question.program.answers({})["dL_dy_hat"]
        answered.append((found, (upstream, each.Wo[0, 0], (each.z[0] > 0).double(), each.x[1])))
    for place, name in enumerate(PARTIALS):
        with check.case(name):
            for found, truth in answered:
                compare(found[place], truth[place], name=name)


@pytest.mark.function("loss")
@pytest.mark.cases("far out")
@pytest.mark.weight(0)
def test_loss_far_out(submission, check, device):
    """The loss of outputs of ±60, one of them right and one wrong. Reported, for no points."""
    with check.case("far out"):
        for y_hat, truth in ((FAR_OUT, FAR_OUT), (-FAR_OUT, 0.0)):
            value = one_number(submission.loss(tensor(y_hat).to(device), tensor(0.0).to(device)))
            check.finite(value, name="L")
            check.true(abs(float(value) - truth) < 1e-6, "wrong_value", name="L")


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
