"""A submission for `chainrule prove`: this homework's interface over the reference, with something wrong.

It runs in a box only, as one file with the modules that it imports. `case` says what to do:
BROKEN  a known mistake: kind of calculation, code, labels of its steps, operation; or None
HABIT   a mistake that no calculation shows, by name, or ""
FORM    a way of being right, by name, or ""
"""

import numpy as np
from case import BROKEN, FORM, HABIT

from reference.layouts import FIRST, LAST, Layout
from reference.programs import HiddenLayer, Hypothesis, Place
from reference.tolerance import as_tensor

KIND, CODE, LABELS, OPERATION = BROKEN or ("", "", (), "")
MISTAKE = Hypothesis(CODE, tuple(Place(label, "", "") for label in LABELS), OPERATION)
SEPARATE, FOLDED = Layout(folded=False, by_unit=False), Layout(folded=True, by_unit=False)
LAYOUTS = {
    "separate_by_unit": Layout(folded=False, by_unit=True),
    "folded": FOLDED,
    "folded_by_unit": Layout(folded=True, by_unit=True),
    "folded_first": FOLDED.with_ones(FIRST, FIRST),
    "folded_first_last": FOLDED.with_ones(FIRST, LAST),
    "folded_last_first": FOLDED.with_ones(LAST, FIRST),
    "ones_added": FOLDED,
    "square_exchanged": FOLDED,
}
FIXED = 10


def program(layout, parameters, x, y, asks, **descent):
    """Return a calculation in a layout."""
    kept = {name: as_tensor(value) for name, value in parameters.items()}
    return HiddenLayer(layout, kept, as_tensor(x), as_tensor(y), asks, **descent)


def faults(asked):
    """Return the faults to make in this calculation, by label."""
    return (asked.broken(MISTAKE) if asked.kind == KIND else None) or {}


def chosen():
    """Return the layout of this hand-in: one that has the steps of the mistake, where there is one."""
    x, y = np.zeros((1, 3)), np.zeros((1, 1))
    for layout in (SEPARATE, FOLDED):
        asked = program(layout, start(layout, 3, 4, 1), x, y, "gradients")
        if not BROKEN or asked.broken(MISTAKE):
            return LAYOUTS.get(FORM or HABIT, layout)
    return SEPARATE


def start(layout, n_in, n_hidden, n_out):
    """Return start weights."""
    generator = np.random.default_rng(1)
    shapes = layout.shapes(n_in, n_hidden, n_out)
    if FORM == "biases_are_rows":
        shapes |= {"b1": (1, n_hidden), "b2": (1, n_out)}
    if FORM == "biases_are_columns":
        shapes |= {"b1": (n_hidden, 1), "b2": (n_out, 1)}
    return {name: generator.normal(size=shape) for name, shape in shapes.items()}


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.layout = chosen()
        self.parameters = start(self.layout, n_in, n_hidden, n_out)
        self.grads = {f"d{name}": np.zeros_like(value) for name, value in self.parameters.items()}
        self.cache = {}
        if FORM == "more_attributes":
            self.grads["count"] = self.cache["count"] = 3
            self.history = [{}]
        if HABIT == "grads_empty":
            self.grads = {}

    def ask(self, asks, y=None, **descent):
        """Return what this net calculates, as arrays."""
        rows = np.zeros((len(self.X), 1)) if y is None else y
        asked = program(self.layout, self.parameters, self.X, rows, asks, **descent)
        return {name: value.numpy() for name, value in asked.answers(faults(asked)).items()}

    def forward(self, X):
        self.X = X
        if HABIT == "ones_added":
            self.cache["A"] = X + np.ones((len(X), 1))
            return self.cache["A"] @ self.parameters["W1"]
        self.keep(self.ask("intermediates"), "ABCDE")
        return self.ask("output")["y_hat"]

    def loss(self, y):
        self.y = y
        self.keep(self.ask("intermediates", y), "FGHL")
        value = self.ask("loss", y)["value"]
        return float(value) if FORM == "python_numbers" else value

    def keep(self, found, letters):
        """Write intermediates where the sheet wants them."""
        for letter in letters if HABIT != "nothing_kept" else "":
            self.cache[letter] = self.lying(letter, found[letter])

    def lying(self, letter, value):
        """Return an intermediate in the shape that a form or a habit gives it."""
        if letter in "HL" and FORM == "numbers_with_axes":
            return value.reshape(1, 1)
        if letter in "HL" and FORM == "python_numbers":
            return float(value)
        if letter == "G" and FORM == "squares_summed":
            return value.sum().reshape(1, 1)
        if HABIT == "letters_transposed":
            return value.T
        return value.squeeze() if HABIT == "letters_squeezed" else value

    def backward(self):
        if HABIT == "backward_raises":
            raise ZeroDivisionError
        found = self.ask("gradients", self.y)
        for name in self.parameters if HABIT != "grads_empty" else ():
            gradient = as_kept(found[f"d{name}"], len(self.y))
            if FORM == "added":
                self.grads[f"d{name}"] += gradient
            else:
                self.grads[key_of(name)] = gradient

    def train(self, X, y, lr, epochs):
        self.X = X
        after = FORM == "noted_after"
        noted = self.ask("losses", y, rate=lr, epochs=epochs, after=after)["losses"]
        if FORM == "python_numbers":
            return noted.tolist()
        return [each.reshape(1, 1) for each in noted] if FORM == "numbers_with_axes" else noted


def key_of(name):
    """Return the key in grads under which the gradient of a parameter is written."""
    if HABIT == "keys_of_parameters":
        return name
    other = {"1": "2", "2": "1"}[name[-1]] if HABIT == "layers_swapped" else name[-1]
    return f"d{name[:-1]}{other}"


def as_kept(gradient, rows):
    """Return a gradient as it is, or with what a form or a habit makes of it."""
    if HABIT == "size_fixed":
        return gradient * rows / FIXED
    if HABIT == "square_exchanged":
        return gradient.T.copy() if gradient.shape == (4, 4) else gradient
    if HABIT == "in_half_precision":
        return gradient.astype(np.float16)
    if HABIT == "in_integers":
        return (np.sign(gradient) * np.ceil(np.abs(gradient))).astype(np.int64)
    if HABIT == "not_finite":
        return np.where(gradient == gradient.max(), np.inf, gradient)
    return gradient.astype(np.float32) if FORM == "float32" else gradient
