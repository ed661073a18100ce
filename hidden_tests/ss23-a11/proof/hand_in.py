"""A submission for `chainrule prove`: this homework's interface over the reference, with something wrong.

It runs in a box only, as one file with the modules that it imports. `case` says what to do:
BROKEN  a known mistake: kind of calculation, code, labels of its steps, operation; or None
HABIT   a mistake that no calculation shows, by name, or ""
FORM    a way of being right, by name, or ""
"""

import torch
from case import BROKEN, FORM, HABIT

from reference.programs import Classifier, DescentStep, Hypothesis, Place, SoftplusLoss

KIND, CODE, LABELS, OPERATION = BROKEN or ("", "", (), "")
MISTAKE = Hypothesis(CODE, tuple(Place(label, "", "") for label in LABELS), OPERATION)

if FORM == "constants":
    Y_HAT, LOSS, DL_DY_HAT, DL_DWH12, WH12 = 2, 6.0, 3, 2.993, 0.1
if HABIT == "constants_off_by_a_digit":
    Y_HAT, LOSS, DL_DY_HAT, DL_DWH12, WH12 = 2.1, 6.1, 2.98, 2.992, 0.11
if HABIT == "constants_zero":
    Y_HAT = LOSS = DL_DY_HAT = DL_DWH12 = WH12 = 0


def answers(program):
    """Return a calculation's numbers in the form that is asked for, with the mistake if it is made there."""
    faults = (program.broken(MISTAKE) if program.kind == KIND else None) or {}
    return [in_form(number) for number in program.answers(faults).values()]


def in_form(number):
    """Return a number as somebody may return it."""
    if FORM == "python_float":
        return float(number)
    if FORM == "float32":
        return number.float()
    if HABIT == "rounded_to_whole_numbers":
        return float(number.round())
    if HABIT == "in_half_precision":
        return number.half()
    return number.reshape(1, 1) if FORM == "two_axes" else number


def hidden(x, Wh, bh):
    z = Wh @ x + bh
    h = z.clamp(min=0)
    if HABIT == "hidden_exchanged":
        z, h = h, z
    if FORM == "python_float":
        return z.tolist(), h.tolist()
    return (z.float(), h.float()) if FORM == "float32" else (z, h)


def partials(x, y, Wh, bh, Wo, bo):
    upstream = gradients(x, y, Wh, bh, Wo, bo)
    slope = ((Wh @ x + bh)[0] > 0).double()
    found = (upstream[0] if HABIT != "one_gradient" else upstream, Wo[0, 0], slope, x[1])
    return tuple(reversed(found)) if HABIT == "partials_reversed" else found


def forward(x, Wh, bh, Wo, bo):
    if HABIT == "forward_returns_nothing":
        return None
    return answers(Classifier({"Wh": Wh, "bh": bh, "Wo": Wo, "bo": bo}, x))[0]


def loss(y_hat, y):
    if HABIT == "loss_ignores_the_label":
        y = torch.zeros_like(y)
    return answers(SoftplusLoss(y_hat, y))[0]


def gradients(x, y, Wh, bh, Wo, bo):
    first, second = answers(Classifier({"Wh": Wh, "bh": bh, "Wo": Wo, "bo": bo}, x, y))
    if HABIT == "gradients_swapped":
        return second, first
    if HABIT == "one_gradient":
        return first
    return [first, second] if FORM == "list_of_two" else (first, second)


def update(w, gradient, eta):
    rate = 0.1 if HABIT == "rate_fixed" else eta
    if HABIT == "weight_and_gradient_exchanged":
        w, gradient = gradient, w
    return answers(DescentStep(w, gradient, rate))[0]
