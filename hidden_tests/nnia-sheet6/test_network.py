"""Hidden tests of network.py: shapes of the intermediates, gradients, and what is reported besides.

How a hand-in keeps its weights is its own affair; it is read off their shapes, and off what forward makes of
a probe. What is asked is then asked in that layout, with batches of two sizes.
"""

import numpy as np
import pytest
from questions import (
    HIDDEN,
    INPUTS,
    NAMES,
    OUTPUTS,
    array,
    attempt,
    build,
    calculation,
    fail,
    is_array,
    numbers,
    questions,
    read,
    table,
)

from reference import hidden_layer_draws as draws
from reference.tolerance import compare

LETTERS = "ABCDEFGHL"
GRADIENTS = tuple(f"d{name}" for name in NAMES)
OF_OUTPUT = GRADIENTS[2:]


@pytest.mark.function("Network")
@pytest.mark.cases("layout", "start weights")
def test_constructor(submission, check):
    """The layout that your weights are read in, and finite start weights that differ. For no points."""
    reading = read(submission, check)
    with check.case("layout"):
        check.note("layout", layout=reading.layout.shape, ones=reading.layout.place_of_ones)
    held = table(check, submission.Network(INPUTS, HIDDEN, OUTPUTS), "parameters")
    with check.case("start weights"):
        for name in reading.shapes:
            check.finite(held[name], name=f"parameters['{name}']")
        for name in ("W1", "W2"):
            check.true(
                len(set(held[name].flatten().tolist())) > 1, "wrong_value", name=f"parameters['{name}']"
            )


@pytest.mark.function("Network.forward")
@pytest.mark.cases(*LETTERS)
def test_shapes(submission, check, rng):
    """The shapes of the nine intermediates in cache, for two sizes of the batch."""
    reading = read(submission, check)
    runs = []
    for drawn in questions(rng):
        net = build(submission, reading, drawn.parameters)
        asked = check.ask(calculation(reading, drawn, "intermediates"))
        forward = attempt(net.forward, array(drawn.x))
        loss = attempt(net.loss, array(drawn.y)) if forward.error is None else forward
        cache, truth = table(check, net, "cache"), asked.program.answers()
        found = {name: as_wanted(cache[name], truth[name]) for name in LETTERS if name in cache}
        asked.answer(**found)
        runs.append((drawn, found, truth, forward.error or loss.error))
    for letter in LETTERS:
        with check.case(letter):
            for drawn, found, truth, error in runs:
                judge_shape(check, reading, letter, found, truth, drawn, error)


def as_wanted(value, truth):
    """Return an intermediate with the axes of the truth where they don't matter.

    H and L are numbers however they are wrapped, and G may have been summed to 1 × 1 already.
    """
    if len(numbers(value)) != 1:
        return value
    if truth.ndim == 0:
        return np.reshape(value, ())
    summed = np.shape(value) == (1, 1) and compare(value, truth.sum().reshape(1, 1), name="") is None
    return array(truth) if summed else value


def judge_shape(check, reading, letter, found, truth, drawn, error):
    """Compare the shape of one intermediate; one that was not kept fails with what was raised instead."""
    if letter not in found and error is not None:
        fail(check, error, reading.layout)
    check.true(letter in found, "missing_attribute", name=f"cache['{letter}']")
    before = {"A": drawn.x, "D": truth["C"]}.get(letter)
    if reading.layout.folded and before is not None:
        check.true(compare(found[letter], before + 1, name="") is not None, "ones_added", name=letter)
    check.shape(found[letter], tuple(truth[letter].shape), name=letter)


@pytest.mark.function("Network.forward")
@pytest.mark.cases("y_hat")
@pytest.mark.weight(0)
def test_forward(submission, check, rng):
    """The output itself. Reported, for no points."""
    reading = read(submission, check)
    with check.case("y_hat"):
        for drawn in questions(rng):
            net, x = build(submission, reading, drawn.parameters), array(drawn.x)
            net.forward(array(drawn.x[:2] + 1))  # What it returns must be of the batch that it sees last.
            asked = check.ask(calculation(reading, drawn, "output"))
            y_hat = net.forward(x)
            asked.answer(y_hat=y_hat)
            check.close(y_hat, asked.program.answers()["y_hat"], name="y_hat")
            check.unchanged(x, name="X")


@pytest.mark.function("Network.loss")
@pytest.mark.cases("value")
def test_loss(submission, check, rng):
    """The mean of squared errors of what forward returned last. Reported, for no points."""
    reading = read(submission, check)
    with check.case("value"):
        for drawn in questions(rng):
            net, y = build(submission, reading, drawn.parameters), array(drawn.y)
            asked = check.ask(calculation(reading, drawn, "loss"))
            net.forward(array(drawn.x))
            value = net.loss(y)
            asked.answer(value=value)
            check.scalar(value, asked.program.answers()["value"], name="L")
            check.unchanged(y, name="y")


@pytest.mark.function("Network.backward")
@pytest.mark.cases(*GRADIENTS)
def test_backward(submission, check, rng):
    """The gradients of the loss, for two sizes of the batch; a folded matrix counts for its bias as well."""
    reading = read(submission, check)
    runs = [run_backward(submission, check, reading, drawn) for drawn in questions(rng)]
    for name in GRADIENTS:
        with check.case(name):
            for run in runs:
                judge_gradient(check, reading, name, *run)


def run_backward(submission, check, reading, drawn):
    """Return what backward wrote into grads, the true gradients, and what was raised."""
    net = build(submission, reading, drawn.parameters)
    see_others(net, drawn)
    asked = check.ask(calculation(reading, drawn, "gradients"))
    net.forward(array(drawn.x))
    net.loss(array(drawn.y))
    before = {name: value.copy() for name, value in table(check, net, "grads").items() if is_array(value)}
    error = attempt(net.backward).error
    found = {
        key: value
        for key, value in table(check, net, "grads").items()
        if error is None or not (is_array(value) and np.array_equal(value, before.get(key)))
    }
    given = {name: found[key] for name in GRADIENTS if (key := holder(reading, name)) in found}
    asked.answer(**given)
    if error is not None and given.keys() == set(OF_OUTPUT):
        check.ask(calculation(reading, drawn, "output's gradients")).answer(**given)
    truth = reading.kept(draws.of_loss(drawn.parameters, drawn.x, drawn.y))
    return found, {f"d{name}": value for name, value in truth.items()}, error


def see_others(net, drawn):
    """Let a net see a few other rows first: what it keeps must be of the batch that it sees last."""
    net.forward(array(drawn.x[:2] + 1))
    net.loss(array(drawn.y[:2]))


def holder(reading, name):
    """Return the key under which a gradient is found: folded, a bias is within its matrix."""
    return name.replace("db", "dW") if reading.layout.folded else name


def judge_gradient(check, reading, name, found, truth, error):
    """Compare one gradient; one that backward had not written when it raised fails with that."""
    key = holder(reading, name)
    if error is not None and key not in found:
        fail(check, error, reading.layout)
    check.true(key in found, "missing_attribute", name=f"grads['{key}']")
    if exchanged(found[key], truth[key]):
        check.true(False, "transposed", name=key, relation="transposed", agrees=True)
    check.close(found[key], truth[key], name=key)
    if key != name:
        check.note("counted_with", name=key)


def exchanged(found, truth):
    """Return whether these are the right numbers of a square matrix with rows and columns exchanged."""
    square = truth.ndim == 2 and truth.shape[0] == truth.shape[1]
    return square and bool(compare(found, truth, name="")) and compare(found, truth.T, name="") is None
