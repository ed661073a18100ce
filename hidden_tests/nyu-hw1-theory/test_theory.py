"""Hidden tests of theory.py: derivatives of one sample, in numerator layout.

Every size is another prime, one of them large, so that a missing transpose changes the shape; a shape that
is right for torch's own gradients is wrong here.
"""

from collections.abc import Mapping

import pytest
import torch

from reference import draws
from reference.programs import Derivatives, Jacobian, LossRow
from reference.programs.theory import NAMES, TASKS

BOTH = pytest.mark.parametrize("task", list(TASKS))


def column(value):
    """Return numbers as a column in float64."""
    return value.double().reshape(-1, 1)


def pre_activations(rng, count):
    """Return a column of both signs, away from the kink and from saturation."""
    sizes = rng.uniform(0.3, 2.5, count, 1)
    signs = torch.ones(count, 1, dtype=torch.float64)
    signs[torch.randperm(count, generator=rng.torch)[: count // 2]] = -1
    return sizes * signs


def output_and_label(rng, task, count):
    """Return columns ŷ and y: any numbers, or a probability and a label."""
    if task == "regression":
        y_hat, y = draws.apart(rng, count)
        return column(y_hat), column(y)
    return column(draws.probabilities(rng, count)), column(draws.labels(rng, count))


def judge_matrix(submission, check, rng, device, called, activation, task):
    """Ask for one Jacobian with two sizes and a large one."""
    found = []
    for count in (*draws.sizes(rng)[:2], draws.MANY):
        z = pre_activations(rng, count)
        program = Jacobian(z, activation, task)
        asked = check.ask(program)
        value = getattr(submission, called)(z.to(device), task)
        asked.answer(value=value)
        found.append((value, program.answers()["value"]))
    with check.case("value"):
        for value, truth in found:
            check.close(value, truth, name=called)


@pytest.mark.function("dz2_dz1")
@pytest.mark.cases("value")
@BOTH
def test_hidden_activation(submission, check, rng, device, task):
    """∂z2/∂z1 as a matrix."""
    judge_matrix(submission, check, rng, device, "dz2_dz1", TASKS[task][0], task)


@pytest.mark.function("dy_hat_dz3")
@pytest.mark.cases("value")
@BOTH
def test_output_activation(submission, check, rng, device, task):
    """∂ŷ/∂z3 as a matrix."""
    judge_matrix(submission, check, rng, device, "dy_hat_dz3", TASKS[task][1], task)


@pytest.mark.function("dl_dy_hat")
@pytest.mark.cases("value")
@BOTH
def test_loss(submission, check, rng, device, task):
    """∂ℓ/∂ŷ as a row."""
    found = []
    for count in (*draws.sizes(rng)[:2], draws.MANY):
        y_hat, y = output_and_label(rng, task, count)
        program = LossRow(y_hat, y, task)
        asked = check.ask(program)
        value = submission.dl_dy_hat(y_hat.to(device), y.to(device), task)
        asked.answer(value=value)
        found.append((value, program.answers()["value"]))
    with check.case("value"):
        for value, truth in found:
            check.close(value, truth, name="dl_dy_hat")


def nets(rng, task):
    """Yield three well-conditioned nets with a sample each, the last of them with many inputs."""
    _, in1, out1, out2 = draws.sizes(rng)
    for sizes in ((in1, out1, out2), (out2, in1, out1), (draws.MANY, in1, out2)):
        drawn = draws.network(rng, *sizes, batch=2, f=TASKS[task][0])
        parameters = {
            name: column(value) if name[0] == "b" else value.double()
            for name, value in drawn.parameters.items()
        }
        _, y = output_and_label(rng, task, sizes[2])
        yield parameters, column(drawn.x[0]), y


@pytest.mark.function("dl_dparameters")
@pytest.mark.cases(*NAMES)
@BOTH
def test_parameters(submission, check, rng, device, task):
    """The derivatives of ℓ by W1, b1, W2 and b2."""
    found = []
    for parameters, x, y in nets(rng, task):
        program = Derivatives(parameters, x, y, task)
        asked = check.ask(program)
        given = (value.to(device) for value in (x, y, *parameters.values()))
        answer = submission.dl_dparameters(*given, task)
        check.true(answer is not None, "returned_none", name="dl_dparameters")
        check.true(isinstance(answer, Mapping), "wrong_value", name="dl_dparameters(…)")
        asked.answer(**{name: answer[name] for name in NAMES if name in answer})
        found.append((answer, program.answers()))
    for name in NAMES:
        with check.case(name):
            for answer, truth in found:
                check.true(name in answer, "missing_attribute", name=f"dl_dparameters(…)['{name}']")
                check.close(answer[name], truth[name], name=name)
