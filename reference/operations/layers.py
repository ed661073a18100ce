"""Layers: x (n, in), W (out, in), b (out,), folded W (out, in + 1) with the bias as its last column."""

import torch
from torch import Tensor

from reference.tape import Broken, Operation, Step


def with_ones(x: Tensor) -> Tensor:
    """Append a column of ones: (n, in) → (n, in + 1)."""
    return torch.cat((x, x.new_ones(len(x), 1)), 1)


def _before_activation(s: Step) -> Tensor:
    """Return what the layer's input was before its activation, the input itself where it had none."""
    source = s.sources[0]
    return s.input(0) if source is None else source.input(0)


LINEAR = Operation(
    "linear",
    lambda x, w, b: x @ w.T + b,
    (
        lambda g, s: g @ s.input(1),
        lambda g, s: g.T @ s.input(0),
        lambda g, s: g.sum(0),
    ),
    {
        "bias_left_out": Broken(lambda x, w, b: x @ w.T),
        "bias_subtracted": Broken(lambda x, w, b: x @ w.T - b),
        "bias_as_factor": Broken(lambda x, w, b: x @ w.T * b),
        "pre_activation_as_input": Broken(products={1: lambda g, s: g.T @ _before_activation(s)}),
        "first_sample_only": Broken(
            products={1: lambda g, s: g[:1].T @ s.input(0)[:1], 2: lambda g, s: g[0]}
        ),
        "last_sample_only": Broken(
            products={1: lambda g, s: g[-1:].T @ s.input(0)[-1:], 2: lambda g, s: g[-1]}
        ),
        "bias_of_first_sample": Broken(products={2: lambda g, s: g[0]}),
        "bias_of_last_sample": Broken(products={2: lambda g, s: g[-1]}),
        "bias_summed_over_all": Broken(products={2: lambda g, s: g.sum().expand(g.shape[1])}),
        "weight_from_sums": Broken(products={1: lambda g, s: torch.outer(g.sum(0), s.input(0).sum(0))}),
        "elementwise_product": Broken(products={0: lambda g, s: g.sum(1, keepdim=True) * s.input(1).sum(0)}),
        "weight_left_out": Broken(products={0: lambda g, s: g.sum(1, keepdim=True).expand(s.input(0).shape)}),
    },
)
FOLDED_LINEAR = Operation(
    "folded linear",
    lambda x, w: with_ones(x) @ w.T,
    (lambda g, s: g @ s.input(1)[:, :-1], lambda g, s: g.T @ with_ones(s.input(0))),
    {"first_column_dropped": Broken(products={0: lambda g, s: g @ s.input(1)[:, 1:]})},
)
