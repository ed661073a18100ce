"""Hidden tests of Network.train: ten epochs of descent from given weights. Reported, for no points."""

import numpy as np
import pytest
import torch
from questions import (
    EPOCHS,
    RATE,
    array,
    attempt,
    build,
    calculation,
    drawn_rows,
    fail,
    is_array,
    numbers,
    passengers,
    put,
    read,
    table,
)
from training import NEARLY, judge, losses, noted_after

from reference import hidden_layer_draws as draws

ROWS = {"drawn rows": drawn_rows, "the passengers": passengers}


@pytest.mark.function("Network.train")
@pytest.mark.cases("losses", "shapes")
@pytest.mark.parametrize("rows", ROWS)
def test_training(submission, check, rng, rows):
    """The ten losses, and weights that keep their shapes. Reported, for no points."""
    reading = read(submission, check)
    drawn = ROWS[rows](rng)
    net = build(submission, reading, drawn.parameters)
    trained = attempt(net.train, array(drawn.x), array(drawn.y), RATE, EPOCHS)
    after = table(check, net, "parameters")
    truth = draws.losses(drawn.parameters, drawn.x, drawn.y, rate=RATE, epochs=EPOCHS)
    noted = losses(trained.value)
    start = start_loss(submission, reading, drawn)
    is_after = noted is not None and noted_after(noted, truth, start)
    asked = check.ask(calculation(reading, drawn, "losses", rate=RATE, epochs=EPOCHS, after=is_after))
    if noted is not None and len(noted) == EPOCHS:
        asked.answer(losses=noted)
    with check.case("losses"):
        if trained.error is not None:
            fail(check, trained.error, reading.layout)
        judge_shapes(check, reading, after)  # Where a step has stretched them, losses tell nothing.
        judge(check, trained.value, noted, truth, is_after)
    with check.case("shapes"):
        judge_shapes(check, reading, after)
    if check.failed("losses") and agree(noted, attempt(own_descent, submission, reading, drawn).value):
        asked.follows.add("losses")


def judge_shapes(check, reading, after):
    """Fail where parameters have another shape than before."""
    for name, shape in reading.shapes.items():
        held = after.get(name)
        check.true(is_array(held), "missing_attribute", name=f"parameters['{name}']")
        found = {"actual": list(np.shape(held)), "expected": list(shape)}
        check.true(found["actual"] == found["expected"], "stretched", name=f"parameters['{name}']", **found)


def own_descent(submission, reading, drawn):
    """Return the losses of a descent along the submission's own gradients, the one before any step first.

    None where a gradient has not the shape of its parameter; raises what the submission raises.
    """
    net, noted = build(submission, reading, drawn.parameters), []
    for _ in range(EPOCHS + 1):
        net.forward(array(drawn.x))
        noted += numbers(net.loss(array(drawn.y)))
        net.backward()
        for name, shape in reading.shapes.items():
            gradient = net.grads[f"d{name}"]
            if not is_array(gradient) or np.shape(gradient) != shape:
                return None
            with np.errstate(all="ignore"):
                put(net, name, torch.as_tensor(net.parameters[name] - RATE * gradient))
    return noted


def agree(noted, own):
    """Return whether losses are those of the submission's own descent, before or after each step."""
    if noted is None or own is None or (len(noted), len(own)) != (EPOCHS, EPOCHS + 1):
        return False
    return any(np.allclose(noted, each, rtol=NEARLY, equal_nan=True) for each in (own[:-1], own[1:]))


def start_loss(submission, reading, drawn):
    """Return the loss that the submission itself gives before any step; none if it gives none."""
    net = build(submission, reading, drawn.parameters)
    forward = attempt(net.forward, array(drawn.x))
    value = attempt(net.loss, array(drawn.y)).value if forward.error is None else None
    found = numbers(value)
    return found[0] if len(found) == 1 else None
