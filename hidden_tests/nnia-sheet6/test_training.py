"""Hidden tests of Network.train: ten epochs of descent from given weights. Reported, for no points."""

import numpy as np
import pytest
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
    read,
    table,
)
from training import judge, losses, noted_after

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


def judge_shapes(check, reading, after):
    """Fail where parameters have another shape than before."""
    for name, shape in reading.shapes.items():
        held = after.get(name)
        check.true(is_array(held), "missing_attribute", name=f"parameters['{name}']")
        found = {"actual": list(np.shape(held)), "expected": list(shape)}
        check.true(found["actual"] == found["expected"], "stretched", name=f"parameters['{name}']", **found)


def start_loss(submission, reading, drawn):
    """Return the loss that the submission itself gives before any step; none if it gives none."""
    net = build(submission, reading, drawn.parameters)
    forward = attempt(net.forward, array(drawn.x))
    value = attempt(net.loss, array(drawn.y)).value if forward.error is None else None
    found = numbers(value)
    return found[0] if len(found) == 1 else None
