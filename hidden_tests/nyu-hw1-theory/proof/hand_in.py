"""A submission for `chainrule prove`: this homework's interface over the reference, with something wrong.

It runs in a box only, as one file with the modules that it imports. `case` says what to do:
BROKEN  a known mistake: kind of calculation, code, labels of its steps, operation; or None
HABIT   a mistake that no calculation shows, by name, or ""
FORM    a way of being right, by name, or ""
"""

import torch
from case import BROKEN, FORM, HABIT

from reference.programs import Derivatives, Hypothesis, Jacobian, LossRow, Place
from reference.programs.theory import TASKS

KIND, CODE, LABELS, OPERATION = BROKEN or ("", "", (), "")
MISTAKE = Hypothesis(CODE, tuple(Place(label, "", "") for label in LABELS), OPERATION)


def answers(program):
    """Return a calculation's results in the form that is asked for, with the mistake if it is made there."""
    faults = (program.broken(MISTAKE) if program.kind == KIND else None) or {}
    return {name: in_form(value) for name, value in program.answers(faults).items()}


def in_form(value):
    """Return a result as somebody may return it."""
    if HABIT == "in_integers":
        return value.to(torch.int64)
    if FORM == "float32":
        return value.float()
    if FORM == "other_strides":
        return value.T.contiguous().T if value.dim() == 2 else value
    return value.numpy() if FORM == "arrays" else value


def dz2_dz1(z1, task):
    if HABIT == "one_task_for_both":
        task = "regression"
    return answers(Jacobian(z1, TASKS[task][0], task))["value"]


def dy_hat_dz3(z3, task):
    return answers(Jacobian(z3, TASKS[task][1], task))["value"]


def dl_dy_hat(y_hat, y, task):
    if HABIT == "arguments_swapped":
        y_hat, y = y, y_hat
    return answers(LossRow(y_hat, y, task))["value"]


def dl_dparameters(x, y, W1, b1, W2, b2, task):
    found = answers(Derivatives({"W1": W1, "b1": b1, "W2": W2, "b2": b2}, x, y, task))
    return tuple(found.values()) if HABIT == "tuple_for_dict" else found
