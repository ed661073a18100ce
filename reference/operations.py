"""The operations of the homeworks: each forward, and its vector–Jacobian products as in the mathematics.

g is the gradient of the output, s the step; s.input(0), s.input(1) … are the inputs and s.output.value the
output. Rows are samples. Where inputs were broadcast, their gradients are summed back to their shapes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from reference.tape import Fault, Operation, Step


def like(gradient: Tensor, value: Tensor) -> Tensor:
    """Sum a gradient over the axes along which its value was broadcast."""
    for _ in range(gradient.dim() - value.dim()):
        gradient = gradient.sum(0)
    stretched = [axis for axis, size in enumerate(value.shape) if size == 1 and gradient.shape[axis] != 1]
    return gradient.sum(stretched, keepdim=True) if stretched else gradient.expand(value.shape)


def with_ones(x: Tensor) -> Tensor:
    """Append a column of ones: (n, in) → (n, in + 1)."""
    return torch.cat((x, x.new_ones(len(x), 1)), 1)


def spread(gradient: Tensor, value: Tensor, axes: Sequence[int] | None) -> Tensor:
    """Repeat the gradient of a sum over axes (None: all) along them."""
    if axes is not None:
        for axis in sorted(axis % value.dim() for axis in axes):
            gradient = gradient.unsqueeze(axis)
    return gradient.expand(value.shape)


def summed(x: Tensor, axes: Sequence[int] | None) -> Tensor:
    """Return the sum over axes; None: over all."""
    return x.sum() if axes is None else x.sum(tuple(axes))


def terms(x: Tensor, axes: Sequence[int] | None) -> int:
    """Return how many entries a sum over axes adds."""
    return x.numel() if axes is None else int(torch.tensor([x.shape[axis] for axis in axes]).prod())


# Layers: x (n, in), W (out, in), b (out,), folded W (out, in + 1) with the bias as its last column.
LINEAR = Operation(
    "linear",
    lambda x, w, b: x @ w.T + b,
    (
        lambda g, s: g @ s.input(1),
        lambda g, s: g.T @ s.input(0),
        lambda g, s: g.sum(0),
    ),
    {
        "batch_mean": Fault(
            products={1: lambda g, s: g.T @ s.input(0) / len(g), 2: lambda g, s: g.sum(0) / len(g)}
        ),
        "batch_mean_of_bias": Fault(products={2: lambda g, s: g.mean(0)}),
        "doubled": Fault(products={1: lambda g, s: 2 * g.T @ s.input(0), 2: lambda g, s: 2 * g.sum(0)}),
        "first_sample_only": Fault(products={1: lambda g, s: g[:1].T @ s.input(0)[:1], 2: lambda g, s: g[0]}),
    },
)
FOLDED_LINEAR = Operation(
    "folded linear",
    lambda x, w: with_ones(x) @ w.T,
    (lambda g, s: g @ s.input(1)[:, :-1], lambda g, s: g.T @ with_ones(s.input(0))),
    {"first_column_dropped": Fault(products={0: lambda g, s: g @ s.input(1)[:, 1:]})},
)

# Elementwise, with broadcasting.
ADD = Operation("+", torch.add, (lambda g, s: like(g, s.input(0)), lambda g, s: like(g, s.input(1))))
SUBTRACT = Operation(
    "−",
    torch.sub,
    (lambda g, s: like(g, s.input(0)), lambda g, s: like(-g, s.input(1))),
    {"sign": Fault(products={1: lambda g, s: like(g, s.input(1))})},
)
MULTIPLY = Operation(
    "×",
    torch.mul,
    (lambda g, s: like(g * s.input(1), s.input(0)), lambda g, s: like(g * s.input(0), s.input(1))),
)
DIVIDE = Operation(
    "÷",
    torch.div,
    (
        lambda g, s: like(g / s.input(1), s.input(0)),
        lambda g, s: like(-g * s.input(0) / s.input(1) ** 2, s.input(1)),
    ),
    {"sign": Fault(products={1: lambda g, s: like(g * s.input(0) / s.input(1) ** 2, s.input(1))})},
)
POWER = Operation(
    "power",
    lambda x, exponent: x**exponent,
    (lambda g, s: g * s.options["exponent"] * s.input(0) ** (s.options["exponent"] - 1),),
    {"factor_lost": Fault(products={0: lambda g, s: g * s.input(0) ** (s.options["exponent"] - 1)})},
)
SQRT = Operation("√", torch.sqrt, (lambda g, s: g / (2 * s.output.value),))
EXP = Operation("exp", torch.exp, (lambda g, s: g * s.output.value,))
LOG = Operation("log", torch.log, (lambda g, s: g / s.input(0),))
MAXIMUM = Operation(
    "max",
    torch.maximum,
    (
        lambda g, s: like(g * (s.input(0) > s.input(1)), s.input(0)),
        lambda g, s: like(g * (s.input(0) <= s.input(1)), s.input(1)),
    ),
)

# Activations f(z); σ′ = σ (1 − σ), tanh′ = 1 − tanh².
SLOPE_LEFT_OUT = Fault(products={0: lambda g, _: g})
RELU = Operation(
    "relu",
    lambda z: z.clamp(min=0),
    (lambda g, s: g * (s.input(0) > 0),),
    {"slope_left_out": SLOPE_LEFT_OUT},
)
LEAKY_RELU = Operation(
    "leaky relu",
    lambda z, slope: torch.where(z > 0, z, slope * z),
    (lambda g, s: torch.where(s.input(0) > 0, g, s.options["slope"] * g),),
    {"slope_left_out": SLOPE_LEFT_OUT},
)


def _sigmoid_slope(z: Tensor) -> Tensor:
    return torch.sigmoid(z) * torch.sigmoid(-z)


SIGMOID = Operation(
    "sigmoid",
    torch.sigmoid,
    (lambda g, s: g * _sigmoid_slope(s.input(0)),),
    {
        "slope_left_out": SLOPE_LEFT_OUT,
        "slope_at_output": Fault(products={0: lambda g, s: g * _sigmoid_slope(s.output.value)}),
    },
)
TANH = Operation(
    "tanh",
    torch.tanh,
    (lambda g, s: g * (1 - s.output.value**2),),
    {
        "slope_left_out": SLOPE_LEFT_OUT,
        "slope_at_output": Fault(products={0: lambda g, s: g * (1 - torch.tanh(s.output.value) ** 2)}),
    },
)
SOFTPLUS = Operation(
    "softplus",
    lambda z: torch.logaddexp(z, torch.zeros_like(z)),
    (lambda g, s: g * torch.sigmoid(s.input(0)),),
    {"slope_left_out": SLOPE_LEFT_OUT},
)

# Reductions over chosen axes (None: all).
SUM = Operation(
    "sum",
    lambda x, axes=None: summed(x, axes),
    (lambda g, s: spread(g, s.input(0), s.options.get("axes")),),
)
MEAN = Operation(
    "mean",
    lambda x, axes=None: summed(x, axes) / terms(x, axes),
    (lambda g, s: spread(g, s.input(0), s.options.get("axes")) / terms(s.input(0), s.options.get("axes")),),
    {"not_divided": Fault(products={0: lambda g, s: spread(g, s.input(0), s.options.get("axes"))})},
)
NORM_SQUARED = Operation(
    "‖·‖²",
    lambda x: (x**2).sum(),
    (lambda g, s: g * 2 * s.input(0),),
    {"factor_lost": Fault(products={0: lambda g, s: g * s.input(0)})},
)


# Losses J(ŷ, y), the mean over all n·K elements; the gradient is with respect to ŷ, input 0.
def _mse_slope(s: Step) -> Tensor:
    return 2 * (s.input(0) - s.input(1))


def _bce_slope(s: Step) -> Tensor:
    y_hat, y = s.input(0), s.input(1)
    return (y_hat - y) / (y_hat * (1 - y_hat))


def _bce_terms(y_hat: Tensor, y: Tensor) -> Tensor:
    return y * y_hat.log() + (1 - y) * (1 - y_hat).log()


MSE = Operation(
    "MSE",
    lambda y_hat, y: ((y_hat - y) ** 2).mean(),
    (
        lambda g, s: g * _mse_slope(s) / s.input(0).numel(),
        lambda g, s: -g * _mse_slope(s) / s.input(0).numel(),
    ),
    {
        "half": Fault(
            lambda y_hat, y: ((y_hat - y) ** 2).mean() / 2,
            {0: lambda g, s: g * _mse_slope(s) / 2 / s.input(0).numel()},
        ),
        "sum_for_mean": Fault(lambda y_hat, y: ((y_hat - y) ** 2).sum()),
        "not_divided": Fault(products={0: lambda g, s: g * _mse_slope(s)}),
        "divided_by_batch_only": Fault(products={0: lambda g, s: g * _mse_slope(s) / len(s.input(0))}),
        "divided_by_width_only": Fault(products={0: lambda g, s: g * _mse_slope(s) / s.input(0).shape[1]}),
        "factor_lost": Fault(products={0: lambda g, s: g * _mse_slope(s) / 2 / s.input(0).numel()}),
        "sign": Fault(products={0: lambda g, s: -g * _mse_slope(s) / s.input(0).numel()}),
    },
)
BCE = Operation(
    "BCE",
    lambda y_hat, y: -_bce_terms(y_hat, y).mean(),
    (
        lambda g, s: g * _bce_slope(s) / s.input(0).numel(),
        lambda g, s: g * ((1 - s.input(0)).log() - s.input(0).log()) / s.input(0).numel(),
    ),
    {
        "minus_missing": Fault(lambda y_hat, y: _bce_terms(y_hat, y).mean()),
        "minus_on_first_term_only": Fault(
            lambda y_hat, y: (-y * y_hat.log() + (1 - y) * (1 - y_hat).log()).mean()
        ),
        "sum_for_mean": Fault(lambda y_hat, y: -_bce_terms(y_hat, y).sum()),
        "not_divided": Fault(products={0: lambda g, s: g * _bce_slope(s)}),
        "divided_by_batch_only": Fault(products={0: lambda g, s: g * _bce_slope(s) / len(s.input(0))}),
        "divided_by_width_only": Fault(products={0: lambda g, s: g * _bce_slope(s) / s.input(0).shape[1]}),
        "sign": Fault(products={0: lambda g, s: -g * _bce_slope(s) / s.input(0).numel()}),
    },
)


def _probabilities(scores: Tensor) -> Tensor:
    return torch.softmax(scores, 1)


# Scores (n, K) and one-hot labels (n, K); the mean over samples.
SOFTMAX_CROSS_ENTROPY = Operation(
    "softmax with cross-entropy",
    lambda scores, y: -(y * torch.log_softmax(scores, 1)).sum(1).mean(),
    (
        lambda g, s: (
            g * (_probabilities(s.input(0)) * s.input(1).sum(1, keepdim=True) - s.input(1)) / len(s.input(0))
        ),
        lambda g, s: -g * torch.log_softmax(s.input(0), 1) / len(s.input(0)),
    ),
    {
        "not_divided": Fault(products={0: lambda g, s: g * (_probabilities(s.input(0)) - s.input(1))}),
        "sign": Fault(
            products={0: lambda g, s: g * (s.input(1) - _probabilities(s.input(0))) / len(s.input(0))}
        ),
    },
)

# One step of gradient descent: w − η dw, with η an option.
DESCENT = Operation(
    "gradient-descent step",
    lambda w, gradient, rate: w - rate * gradient,
    (lambda g, _: g, lambda g, s: -s.options["rate"] * g),
    {"uphill": Fault(lambda w, gradient, rate: w + rate * gradient)},
)
