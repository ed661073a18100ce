"""A submission for `chainrule prove`: this homework's interface over the reference, with something wrong.

It runs in a box only, as one file with the modules that it imports. `case` says what to do:
BROKEN  a known mistake: kind of calculation, code, labels of its steps, operation; or None
HABIT   a mistake of bookkeeping that no calculation shows, by name, or ""
FORM    a way of being right, by name, or ""
INTERFACE  what the course calls things and how it averages (interface.py beside the tests says what there is)
"""

import numpy as np
import torch
from case import BROKEN, FORM, HABIT, INTERFACE

from reference.programs import Hypothesis, Loss, Place, TwoLayer

KIND, CODE, LABELS, OPERATION = BROKEN or ("", "", (), "")
MISTAKE = Hypothesis(CODE, tuple(Place(label, "", "") for label in LABELS), OPERATION)
FIXED = 10
REDUCTION, MEAN_IN = INTERFACE.get("reduction", "all"), INTERFACE.get("mean_in", "loss")
BY_INPUTS = INTERFACE.get("layout") == "in_out"
NAMES = ("W1", "b1", "W2", "b2")


def called(word):
    """Return what the course calls something."""
    return INTERFACE.get(word, word)


def turned(value):
    """Return a weight as the course lays it out, or back."""
    return value.T if BY_INPUTS and value.dim() == 2 else value


def divided(upstream):
    """Return an upstream gradient with the division that backward makes in this course."""
    divisor = {"all": upstream.numel(), "rows": len(upstream), "sum": 1}[REDUCTION]
    return upstream / divisor if MEAN_IN == "backward" else upstream


def does(*words):
    """Return whether the habit is called by these words."""
    return "_".join(words) == HABIT


def broken(program, kinds):
    """Return the faults to make in this calculation, by label."""
    return (program.broken(MISTAKE) if KIND in kinds else None) or {}


class MLP(torch.nn.Module if FORM == "module" else object):
    def __init__(
        self,
        linear_1_in_features,
        linear_1_out_features,
        f_function,
        linear_2_in_features,
        linear_2_out_features,
        g_function,
    ):
        if FORM == "module":
            super().__init__()
        self.f_function = f_function
        self.g_function = g_function
        drawn = {
            "W1": torch.randn(linear_1_out_features, linear_1_in_features),
            "b1": torch.randn(linear_1_out_features),
            "W2": torch.randn(linear_2_out_features, linear_2_in_features),
            "b2": torch.randn(linear_2_out_features),
        }
        self.hold("parameters", {called(word): turned(value).clone() for word, value in drawn.items()})
        self.hold("grads", {called(f"dJd{word}"): torch.zeros_like(turned(drawn[word])) for word in NAMES})
        self.hold("cache", {})
        if FORM == "more_attributes":
            self.held("parameters")["count"] = self.held("grads")["count"] = 3
            self.layers, self.history = {"first": lambda z: z}, []

    def held(self, word):
        """Return an attribute by this sheet's name for it."""
        return getattr(self, called(word))

    def hold(self, word, value):
        """Set an attribute by this sheet's name for it."""
        setattr(self, called(word), value)

    def forward(self, x):
        cache = self.held("cache")
        if not does("first_batch_for_ever") or "x" not in cache:
            cache["x"] = x.clone() if does("x_changed") else x
        if does("hidden", self.f_function, "raises"):
            raise NotImplementedError(self.f_function)
        if does("output", self.g_function, "returns_nothing") or does("forward_returns_nothing"):
            return None
        if does("batch_size_fixed"):
            x = x[: len(cache.setdefault("first", x))] + torch.zeros(len(cache["first"]), 1)
        y_hat = self.answers(x)["y_hat"]
        if does("x_changed"):
            x.mul_(2)
        return as_asked(y_hat, "forward").to(result_kind("forward"))

    def backward(self, dJdy_hat):
        answers = self.answers(self.held("cache")["x"], divided(dJdy_hat))
        for name, gradient in renamed(answers):
            self.keep(called(name), turned(as_asked(gradient, "backward").to(result_kind("backward"))))
        own, grads = self.held("parameters"), self.held("grads")
        for word in NAMES if does("step_taken") else ():
            own[called(word)] = own[called(word)] - 0.1 * grads[called(f"dJd{word}")]
        for word in NAMES if does("step_taken_in_place") else ():
            own[called(word)] -= 0.1 * grads[called(f"dJd{word}")]
        if does("upstream_changed"):
            dJdy_hat *= 2
        if does("cleared_at_the_end"):
            MLP.clear_grad_and_cache(self)

    def answers(self, x, upstream=None):
        """Return what this net gives for these rows, or its gradients."""
        if FORM == "row_by_row":
            rows = [
                self.of(x[at : at + 1], None if upstream is None else upstream[at : at + 1])
                for at in range(len(x))
            ]
            return {
                name: torch.cat([row[name] for row in rows])
                if upstream is None
                else sum(row[name] for row in rows)
                for name in rows[0]
            }
        return self.of(x, upstream)

    def of(self, x, upstream):
        parameters = {word: turned(self.held("parameters")[called(word)]) for word in NAMES}
        program = TwoLayer(parameters, x, self.f_function, self.g_function, upstream)
        return program.answers(broken(program, ("two_layer.forward", "two_layer.backward")))

    def keep(self, name, gradient):
        """Write a gradient where the sheet wants it."""
        grads = self.held("grads")
        if does("returned_only"):
            return
        if FORM == "added":
            grads[name] += gradient
        elif FORM == "added_anew":
            grads[name] = grads[name] + gradient
        elif FORM == "own_tensors":
            grads[name].copy_(gradient)
        elif FORM == "arrays":
            grads[name] = np.asarray(gradient)
        else:
            grads[name] = gradient

    def clear_grad_and_cache(self):
        grads = self.held("grads")
        for name in grads:
            grads[name] = torch.zeros_like(torch.as_tensor(grads[name]))
        self.hold("cache", {})


def renamed(answers):
    """Return names and gradients, written under the keys that a habit wants."""
    if does("layers_swapped"):
        other = {"1": "2", "2": "1"}
        return [(name[:-1] + other[name[-1]], gradient) for name, gradient in answers.items()]
    if does("keys_of_parameters"):
        return [(name.removeprefix("dJd"), gradient) for name, gradient in answers.items()]
    return list(answers.items())


def as_asked(value, function):
    """Return a result as it is, or with what a habit makes of it."""
    if does(function, "not_finite"):
        return torch.where(value == value.max(), torch.inf, value)
    return value.T.contiguous().T if FORM == "other_strides" and value.dim() == 2 else value


def result_kind(function):
    """Return the dtype in which a function gives its results."""
    if does(function, "in_half_precision"):
        return torch.float16
    if does(function, "in_integers"):
        return torch.int64
    return torch.float64 if FORM == "float64" else torch.float32


def mse_loss(y, y_hat):
    return loss("mse", y, y_hat)


def bce_loss(y, y_hat):
    return loss("bce", y, y_hat)


def loss(kind, y, y_hat):
    """Return the pair of value and gradient."""
    if does(kind, "arguments_swapped"):
        y, y_hat = y_hat, y
    program = Loss(kind, y, y_hat, reduction=REDUCTION, mean_in=MEAN_IN)
    answers = program.answers(broken(program, (program.kind,)))
    dtype = result_kind(kind)
    value, gradient = (as_asked(answers[name], kind).to(dtype) for name in ("value", "gradient"))
    if does(kind, "size_fixed"):
        divisor = {"all": y.numel(), "rows": len(y), "sum": 1}[REDUCTION]
        value = value * divisor / FIXED
        gradient = gradient * divisor / FIXED if MEAN_IN == "loss" else gradient
    if does(kind, "labels_changed"):
        y -= y_hat
    if does(kind, "predictions_changed"):
        y_hat -= y
    if does(kind, "returns_nothing"):
        return None
    if does(kind, "pair_swapped"):
        return gradient, value
    if does(kind, "value_alone"):
        return value
    return paired(value, gradient)


def paired(value, gradient):
    """Return value and gradient in the form that is asked for."""
    if FORM == "python_float":
        return float(value), gradient
    if FORM == "one_element":
        return value.reshape(1, 1), gradient
    if FORM == "arrays":
        return np.asarray(value), np.asarray(gradient)
    return [value, gradient] if FORM == "list_of_two" else (value, gradient)


# What the course calls all this.
for WORD in ("forward", "backward", "clear_grad_and_cache"):
    setattr(MLP, called(f"MLP.{WORD}").rpartition(".")[2], getattr(MLP, WORD))
globals().update({called("MLP"): MLP, called("mse_loss"): mse_loss, called("bce_loss"): bce_loss})
