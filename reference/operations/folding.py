"""Steps of a net that is written with matrices: x (n, in) times W (in, out), a bias or appended ones.

``end`` says where ones are appended: last or first. The way back through them passes on only the columns
that were there. ReLU meets ones behind it as well: somebody who takes its mask from the appended matrix has
a column more, of ones.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from reference.operations.activations import RELU
from reference.tape import Broken, Operation, Step

FIRST = "first"


def joined(x: Tensor, column: Tensor, end: str) -> Tensor:
    """Put a column first or last."""
    return torch.cat((column, x) if end == FIRST else (x, column), 1)


def _column(x: Tensor, number: float) -> Tensor:
    return torch.full((len(x), 1), number, dtype=x.dtype, device=x.device)


def _dropped(g: Tensor, *, first: bool) -> Tensor:
    return g[:, 1:] if first else g[:, :-1]


def _masked(g: Tensor, s: Step) -> Tensor:
    """Return ReLU's product; a gradient with the column of the ones still in it keeps that as it is."""
    mask = s.input(0) > 0
    if g.shape[1] == mask.shape[1] + 1:
        mask = joined(mask.to(g.dtype), _column(g, 1.0), s.options["end"])
    return g * mask


def _with_end(forward: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda z, end="": forward(z)


def _to_input(g: Tensor, s: Step) -> Tensor:
    """Return the gradient of a product's first factor; nobody asks for that of the data."""
    if s.options.get("of_data"):
        return torch.zeros_like(s.input(0))
    later = s.options.get("later")
    return g @ (s.input(1) if later is None else later).T


def _before_activation(s: Step) -> Tensor:
    """Return what a layer's input was before its activation, with the ones that were appended since."""
    source = s.sources[0]
    if source is not None and source.operation is APPEND_ONES:
        inner = source.sources[0]
        return s.input(0) if inner is None else source.operation.forward(inner.input(0), **source.options)
    return s.input(0) if source is None else source.input(0)


APPEND_ONES = Operation(
    "append ones",
    lambda x, end: joined(x, _column(x, 1.0), end),
    (lambda g, s: _dropped(g, first=s.options["end"] == FIRST),),
    {
        "bias_left_out": Broken(lambda x, end: joined(x, _column(x, 0.0), end)),
        "bias_subtracted": Broken(lambda x, end: joined(x, _column(x, -1.0), end)),
        "bias_row_kept": Broken(products={0: lambda g, s: g}),
        "other_row_dropped": Broken(products={0: lambda g, s: _dropped(g, first=s.options["end"] != FIRST)}),
    },
)
# ``later``: what W has become by the time of the way back, where somebody has changed it meanwhile.
MATRIX_PRODUCT = Operation(
    "matrix product",
    lambda x, w, of_data=False, later=None: x @ w,
    (_to_input, lambda g, s: s.input(0).T @ g),
    {
        "pre_activation_as_input": Broken(products={1: lambda g, s: _before_activation(s).T @ g}),
        "weight_left_out": Broken(products={0: lambda g, s: g.sum(1, keepdim=True).expand(s.input(0).shape)}),
        "first_sample_only": Broken(products={1: lambda g, s: s.input(0)[:1].T @ g[:1]}),
        "last_sample_only": Broken(products={1: lambda g, s: s.input(0)[-1:].T @ g[-1:]}),
        "weight_from_sums": Broken(products={1: lambda g, s: torch.outer(s.input(0).sum(0), g.sum(0))}),
    },
)
ADD_BIAS = Operation(
    "bias",
    lambda z, b: z + b,
    (lambda g, _: g, lambda g, s: g.sum(0)),
    {
        "bias_left_out": Broken(lambda z, b: z),
        "bias_subtracted": Broken(lambda z, b: z - b),
        "bias_not_summed": Broken(products={1: lambda g, s: g}),
        "bias_of_first_sample": Broken(products={1: lambda g, s: g[0]}),
        "bias_of_last_sample": Broken(products={1: lambda g, s: g[-1]}),
        "bias_summed_over_all": Broken(products={1: lambda g, s: g.sum().expand(g.shape[1])}),
    },
)

# ReLU within a net that may append ones behind it; ``end`` says where, and is empty where none are.
HIDDEN_RELU = replace(
    RELU,
    forward=_with_end(RELU.forward),
    products=(_masked,),
    faults={
        code: replace(each, forward=None if each.forward is None else _with_end(each.forward))
        for code, each in RELU.faults.items()
    },
)
