"""Sums and means over chosen axes (None: over all)."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from reference.tape import Broken, Operation, Step


def summed(x: Tensor, axes: Sequence[int] | None) -> Tensor:
    """Return the sum over axes; None: over all."""
    return x.sum() if axes is None else x.sum(tuple(axes))


def terms(x: Tensor, axes: Sequence[int] | None) -> int:
    """Return how many entries a sum over axes adds."""
    return x.numel() if axes is None else int(torch.tensor([x.shape[axis] for axis in axes]).prod())


def _spread(g: Tensor, s: Step) -> Tensor:
    """Repeat the gradient of a sum along the axes it was taken over."""
    value, axes = s.input(0), s.options.get("axes")
    for axis in () if axes is None else sorted(axis % value.dim() for axis in axes):
        g = g.unsqueeze(axis)
    return g.expand(value.shape)


def _count(s: Step) -> int:
    return terms(s.input(0), s.options.get("axes"))


SUM = Operation("sum", lambda x, axes=None: summed(x, axes), (_spread,))
MEAN = Operation(
    "mean",
    lambda x, axes=None: summed(x, axes) / terms(x, axes),
    (lambda g, s: _spread(g, s) / _count(s),),
    {
        # For a mean over all of (n, K): n rows are the batch, K columns the width.
        "not_divided": Broken(lambda x, axes=None: summed(x, axes), {0: _spread}),
        "over_batch_only": Broken(
            lambda x, axes=None: summed(x, axes) / len(x), {0: lambda g, s: _spread(g, s) / len(s.input(0))}
        ),
        "over_width_only": Broken(
            lambda x, axes=None: summed(x, axes) / x.shape[-1],
            {0: lambda g, s: _spread(g, s) / s.input(0).shape[-1]},
        ),
        "divided_twice": Broken(
            lambda x, axes=None: summed(x, axes) / terms(x, axes) ** 2,
            {0: lambda g, s: _spread(g, s) / _count(s) ** 2},
        ),
        "not_reduced": Broken(lambda x, axes=None: x),
        "per_sample": Broken(lambda x, axes=None: x.mean(-1)),
        "sum_per_sample": Broken(lambda x, axes=None: x.sum(-1)),
        "per_output": Broken(lambda x, axes=None: x.mean(0)),
        "root_of_mean": Broken(lambda x, axes=None: x.mean().sqrt()),
        "root_of_sum": Broken(lambda x, axes=None: x.sum().sqrt()),
        "root_of_sum_divided": Broken(lambda x, axes=None: x.sum().sqrt() / x.numel()),
        "norm_of_terms": Broken(lambda x, axes=None: (x**2).sum().sqrt()),
        "norm_of_terms_divided": Broken(lambda x, axes=None: (x**2).sum().sqrt() / x.numel()),
    },
)
_SHAPES: dict[str, Broken] = {
    code: MEAN.faults[code] for code in ("not_reduced", "per_sample", "sum_per_sample", "per_output")
}


def _all_over(by: Callable[[Tensor], float]) -> Broken:
    """Return the sum over all, divided by what follows from the terms, with its way back."""
    return Broken(lambda x: x.sum() / by(x), {0: lambda g, s: _spread(g, s) / by(s.input(0))})


# A sum over the K outputs and a mean over the n rows: of terms (n, K).
ROW_MEAN = Operation(
    "mean over rows",
    lambda x: x.sum() / len(x),
    (lambda g, s: _spread(g, s) / len(s.input(0)),),
    _SHAPES
    | {
        "rows_not_divided": _all_over(lambda x: 1),
        "rows_and_outputs": _all_over(Tensor.numel),
        "rows_divided_twice": _all_over(lambda x: len(x) ** 2),
    },
)

# A sum over everything, of terms (n, K).
TOTAL = Operation(
    "total",
    lambda x: x.sum(),
    (_spread,),
    _SHAPES
    | {
        "sum_averaged": _all_over(Tensor.numel),
        "sum_over_rows": _all_over(len),
        "sum_over_outputs": _all_over(lambda x: x.shape[-1]),
    },
)
NORM_SQUARED = Operation(
    "‖·‖²",
    lambda x: (x**2).sum(),
    (lambda g, s: g * 2 * s.input(0),),
    {"factor_lost": Broken(products={0: lambda g, s: g * s.input(0)})},
)
