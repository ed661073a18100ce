"""What a course calls things and how it averages: the table [interface] of the assignment.toml beside this.

A key is a name of this sheet, its value the course's own: ``MLP = "Net"``, ``dJdW1 = "dLdW1"``,
``"MLP.backward" = "Net.back"``. Names that are not in it are as they are here. Three keys are settings:

reduction  what a loss is of all its n·k terms: their mean, "all"; their sum over n, "rows"; their "sum"
mean_in    where that division stands in gradients: in the loss's, "loss", or in those of "backward"
layout     of the weights: "out_in" as torch has them, or "in_out"
"""

import tomllib
from pathlib import Path

import torch

TABLE = tomllib.loads(Path(__file__).with_name("assignment.toml").read_text("utf-8")).get("interface", {})
SETTINGS = {
    "reduction": ("all", "rows", "sum"),
    "mean_in": ("loss", "backward"),
    "layout": ("out_in", "in_out"),
}
KNOWN = (
    "MLP", "MLP.forward", "MLP.backward", "MLP.clear_grad_and_cache", "parameters", "grads", "cache",
    "dJdz1", "dJdz2", "dJdf(z1)", "dJdŷ", "out1 × in1", "out2 × out1",  # in the picture alone
    "W1", "b1", "W2", "b2", "dJdW1", "dJdb1", "dJdW2", "dJdb2", "J", "dJdy_hat", "mse_loss", "bce_loss",
)  # fmt: skip


def check():
    """Raise ValueError for what the table can't mean, so that the tests don't start with it."""
    for key, value in TABLE.items():
        allowed = SETTINGS.get(key, ())
        if key not in ("base", *SETTINGS, *KNOWN) or (allowed and value not in allowed):
            raise ValueError(f"[interface] {key} = {value!r} is not known; see interface.py of nyu-hw1")


def setting(key):
    """Return a setting; the first of its values where the table says nothing."""
    return TABLE.get(key, SETTINGS[key][0])


def name(word):
    """Return what the course calls something of this sheet; methods are called as in MLP.forward."""
    if "." in word and word not in TABLE:
        first, last = word.split(".")
        return f"{name(first)}.{last}"
    return TABLE.get(word, word)


def method(word):
    """Return the name of a method of the class."""
    return name(f"MLP.{word}").rpartition(".")[2]


def in_layout(value):
    """Return a weight or its gradient as the course lays it out, or back; biases stay as they are."""
    if setting("layout") == "out_in" or getattr(value, "ndim", 0) != 2:
        return value
    return value.T.contiguous() if isinstance(value, torch.Tensor) else value.T


def divided_in_backward(upstream):
    """Return an upstream gradient (n, k) with the division that backward makes in this course."""
    divisor = {"all": upstream.numel(), "rows": len(upstream), "sum": 1}[setting("reduction")]
    return upstream / divisor if setting("mean_in") == "backward" else upstream


check()
