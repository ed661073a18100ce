"""A submission for `chainrule prove`: this homework's interface over the reference, with something wrong.

It runs in a box only, as one file with the modules that it imports. `case` says what to do:
BROKEN  a known mistake: the function's calculation, code, labels of its steps, operation; or None
HABIT   a mistake that no calculation shows, by name, or ""
FORM    a way of being right, by name, or ""
"""

from collections import OrderedDict

import numpy as np
import torch
from case import BROKEN, FORM, HABIT

from reference.expressions import EXPRESSIONS
from reference.programs import Chain, Hypothesis, Place, SigmoidSlope, Written

KIND, CODE, LABELS, OPERATION = BROKEN or ("", "", (), "")
MISTAKE = Hypothesis(CODE, tuple(Place(label, "", "") for label in LABELS), OPERATION)
WAY = 1 if FORM == "other_order" else 0


def answers(program, kind):
    """Return a calculation's numbers, with the mistake if it is made there."""
    return program.answers((program.broken(MISTAKE) if kind == KIND else None) or {})


def in_form(number):
    """Return a number as somebody may return it."""
    if FORM == "arrays":
        return np.asarray(float(number))
    if FORM == "tensors":
        return number.double()
    return float(number)


def written(name, **arguments):
    """Return the two dicts of an expression."""
    ways = EXPRESSIONS[name].ways
    lines = ways[min(WAY, len(ways) - 1)]
    inputs = {each: torch.tensor([value], dtype=torch.float64) for each, value in arguments.items()}
    found = {asked: answers(Written(name, lines, inputs, asked), name) for asked in ("values", "gradients")}
    values, gradients = (
        {called.split()[1]: in_form(number) for called, number in each.items()} for each in found.values()
    )
    return with_habit(values, gradients, arguments)


def with_habit(values, gradients, arguments):
    """Return the two dicts with what a habit, or a right form, makes of them."""
    if HABIT == "results_missing":
        values.popitem()
    if HABIT == "gradients_of_intermediates_missing":
        gradients = {each: gradients[each] for each in arguments}
    if HABIT == "gradients_of_inputs_missing":
        gradients = {each: gradients[each] for each in values}
    if HABIT == "names_follow_the_point":
        values = {f"{name} at {arguments['a']}": value for name, value in values.items()}
    if HABIT == "rounded":
        values = {name: round(value, 6) for name, value in values.items()}
    if HABIT == "single_precision":
        values = {name: np.float32(value) for name, value in values.items()}
    if HABIT == "not_a_number":
        values["1"] = float("nan")
    if HABIT == "texts":
        gradients = {name: str(value) for name, value in gradients.items()}
    if HABIT == "values_alone":
        return values
    if HABIT == "expressions_return_nothing":
        return None
    return formed(values, gradients, arguments)


def formed(values, gradients, arguments):
    """Return the two dicts in the form that is asked for."""
    if FORM == "inputs_listed":
        values = {**arguments, **values}
    if FORM == "result_twice":
        last = [*values][-1]
        values["result"], gradients["result"] = values[last], gradients[last]
    if FORM == "ordered":
        return OrderedDict(values), OrderedDict(gradients)
    return [values, gradients] if FORM == "list_of_two" else (values, gradients)


def A(a, b, c, d):
    return written("A", a=a, b=b, c=c, d=d)


def B(a, b, c, d):
    return written("B", a=a, b=b, c=c, d=d)


def C(a, b, c, d):
    return written("C", a=a, b=b, c=c, d=d)


def number(value):
    """Return one number as float64 with an axis of points."""
    return torch.tensor([value], dtype=torch.float64)


def sigmoid_prime(z):
    if HABIT == "slope_returns_nothing":
        return None
    return in_form(answers(SigmoidSlope(number(z)), "sigmoid_prime")["value"][0])


def sigmoid_prime_bounds():
    wrong = {"bounds_of_sigma": (0, 1), "bounds_exchanged": (0.25, 0), "slope_at_one": (0, 0.196612)}
    if HABIT == "one_bound":
        return 0.25
    bounds = wrong.get(HABIT, (0, 0.25))
    return torch.tensor(bounds, dtype=torch.float64) if FORM == "tensors" else bounds


def sigmoid_chain(x, w):
    found = answers(
        Chain(number(x), torch.tensor([w], dtype=torch.float64), "sigmoid_chain"), "sigmoid_chain"
    )
    return found["value"][0] if FORM == "tensors" else found["value"][0].tolist()


def dy_dx(x, w):
    if HABIT == "four_steps":
        w = w[:4]
    if HABIT == "absolute_slope":
        return abs(float(slope(x, w)))
    return in_form(slope(x, w))


def slope(x, w):
    """Return the derivative of the chain."""
    return answers(Chain(number(x), torch.tensor([w], dtype=torch.float64), "dy_dx"), "dy_dx")["value"][0]
