"""What is asked of a hand-in's net: how its weights are read and set, and the rows that it is asked about."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from reference import hidden_layer_draws as draws
from reference.layouts import FIRST, LAST, Layout, by_shapes
from reference.programs import HiddenLayer
from reference.tolerance import as_tensor

INPUTS, HIDDEN, OUTPUTS = 3, 4, 1
RATE, EPOCHS = 0.05, 10
NAMES = ("W1", "b1", "W2", "b2")
PASSENGERS = Path(__file__).parent / "mounted" / "passengers.csv"
MISSING = frozenset({"", "NA", "NaN", "nan"})
COLUMNS = ("Pclass", "Age", "Survived")
TARGET = "Fare"

# With X = 0 and these weights, ŷ tells at which ends the ones stand: in the first layer they reach 2 or 0.
PROBE = {"W1": [[0.0] * 4, [0.0] * 4, [0.0] * 4, [2.0] * 4], "W2": [[1.0], [10.0], [100.0], [1e3], [1e4]]}
SAID = {12222.0: (LAST, LAST), 22221.0: (LAST, FIRST), 10000.0: (FIRST, LAST), 1.0: (FIRST, FIRST)}


@dataclass(frozen=True)
class Reading:
    """How a hand-in keeps its weights: the layout, and shapes, since a bias may be a row or a column."""

    layout: Layout
    shapes: Mapping[str, tuple[int, ...]]

    def kept(self, parameters):
        """Return parameters, or gradients of them, as this hand-in keeps them."""
        packed = self.layout.pack(parameters)
        return {name: packed[name].reshape(self.shapes[name]) for name in self.shapes}


@dataclass(frozen=True)
class Attempt:
    """What a call gave, and what it raised, if it did."""

    value: Any = None
    error: Exception | None = None


def attempt(call, *arguments):
    """Call a function of the submission, which may raise: what it had done by then still counts."""
    try:
        return Attempt(call(*arguments))
    except Exception as error:
        return Attempt(error=error)


def table(check, net, where):
    """Return the entries of a dict that is an attribute of the net."""
    held = getattr(net, where)
    check.true(isinstance(held, Mapping), "wrong_value", name=where)
    return held.copy()


def read(submission, check):
    """Return how this hand-in keeps its weights; fails where that can't be read."""
    found = table(check, submission.Network(INPUTS, HIDDEN, OUTPUTS), "parameters")
    shapes = {name: tuple(np.shape(found[name])) for name in NAMES if is_array(found.get(name))}
    layout = by_shapes(shapes, INPUTS, HIDDEN, OUTPUTS)
    check.true(layout is not None, "layout_unknown")
    if layout.folded:
        layout = layout.with_ones(*place_of_ones(submission, layout))
    return Reading(layout, shapes)


def place_of_ones(submission, layout):
    """Return the ends at which ones stand, by what forward makes of a probe; last where it tells nothing."""
    net = submission.Network(INPUTS, HIDDEN, OUTPUTS)
    for name, rows in PROBE.items():
        put(net, name, torch.tensor(rows).T if layout.by_unit else torch.tensor(rows))
    y_hat = numbers(attempt(net.forward, np.zeros((2, INPUTS))).value)
    return SAID.get(y_hat[0] if y_hat else 0.0, (LAST, LAST))


def build(submission, reading, parameters):
    """Return a net with these parameters, written into its own arrays where they can hold them."""
    net = submission.Network(INPUTS, HIDDEN, OUTPUTS)
    for name, value in reading.kept(parameters).items():
        put(net, name, value)
    return net


def put(net, name, value):
    """Set one parameter of a net."""
    array, held = value.double().numpy(), net.parameters[name]
    if isinstance(held, np.ndarray) and held.dtype == array.dtype and held.shape == array.shape:
        held[...] = array
    else:
        net.parameters[name] = array.copy()


def questions(rng):
    """Return two batches of different sizes, each with a net of its own."""
    return [draws.question(rng, rows, INPUTS, HIDDEN) for rows in draws.batches(rng)]


def calculation(reading, drawn, asks, **descent):
    """Return the calculation behind a question."""
    return HiddenLayer(reading.layout, reading.kept(drawn.parameters), drawn.x, drawn.y, asks, **descent)


def is_array(value):
    """Return whether a value is an array, or a number as NumPy has them."""
    return isinstance(value, np.ndarray | np.generic)


def numbers(value):
    """Return the numbers in an answer one by one; none if it holds anything else."""
    tensor = as_tensor(value)
    return [] if tensor is None or tensor.is_complex() else tensor.double().flatten().tolist()


def array(tensor):
    """Return an array of a question's numbers."""
    return tensor.numpy().copy()


def keeps_bias_row(error, layout):
    """Return whether an error of shapes says that the way back went on with the ones' part of W2.

    In the folded layout it then meets one column more than there are hidden units; no other size of a
    question is near.
    """
    sizes = {int(size) for size in re.findall(r"\d+", str(error))}
    raised = isinstance(error, ValueError) and hasattr(error, "raised")
    return layout.folded and raised and {HIDDEN, HIDDEN + 1} <= sizes


def fail(check, error, layout):
    """Fail the case with what the submission raised, and with what that means where it is known."""
    if keeps_bias_row(error, layout):
        line = error.raised.lines[-1] if error.raised.lines else None
        place = {"line": line.line, "function": line.function, "file": line.file} if line else {}
        check.true(False, "bias_row_kept", type=error.raised.type, **place)
    raise error


def passengers(rng):
    """Return the passengers' rows, standardised, with start weights from which no hidden unit dies."""
    x, y = map(standardised, complete_rows(PASSENGERS))
    return draws.Question(draws.trainable(rng, x, y, HIDDEN, rate=RATE, epochs=EPOCHS), x, y)


def drawn_rows(rng):
    """Return some rows of random numbers, with such weights."""
    rows = draws.batches(rng)[0] + 4
    x, y = (torch.randn(rows, width, generator=rng.torch).double() for width in (INPUTS, OUTPUTS))
    return draws.Question(draws.trainable(rng, x, y, HIDDEN, rate=RATE, epochs=EPOCHS), x, y)


def complete_rows(path):
    """Return X (n, 3) and y (n, 1) of the rows in which nothing is missing; real lists lack many an age."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[row[name].strip() for name in (*COLUMNS, TARGET)] for row in csv.DictReader(file)]
    numbers = torch.tensor(
        [[float(cell) for cell in row] for row in rows if not MISSING & {*row}], dtype=torch.float64
    )
    return numbers[:, :-1], numbers[:, -1:]


def standardised(columns):
    """Return columns of mean 0 and deviation 1."""
    return (columns - columns.mean(0)) / columns.std(0, unbiased=False)
