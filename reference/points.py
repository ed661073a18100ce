"""Points to ask expressions at, where they exist and nearly all digits of every step are kept."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from reference.draws import Rng
from reference.expressions import Expression, Lines, Values, gradients, recorded

LEAST_SHARE = 0.1
"""How much of its summands a sum has to keep: where they nearly cancel, only their rounding is left."""

LEAST, MOST = 0.5, 3.0
"""Size of the inputs, of either sign."""

LEAST_GRADIENT = 0.02
"""Least size of any gradient that is not 0."""

NEAR_ONE = 0.1
"""How far every input stays from ±1, where a factor that is left out can't be seen."""

CANDIDATES = 200
"""Points drawn at once; of C about a third will do, of B every sixth."""

_SOUND: Mapping[str, Callable[..., Tensor]] = MappingProxyType(
    {
        "+": lambda x, y: (x + y).abs() > LEAST_SHARE * (x.abs() + y.abs()),
        "−": lambda x, y: (x - y).abs() > LEAST_SHARE * (x.abs() + y.abs()),
        "√": lambda x: x > LEAST_SHARE,
        "log": lambda x: (x > LEAST_SHARE) & (x.log().abs() > LEAST_SHARE),
        "exp": lambda x: (x.abs() > LEAST_SHARE) & (x.abs() < MOST),
        "max": lambda x, y: (x - y).abs() > LEAST_SHARE,
    }
)
"""Where an operation keeps nearly all of its operands' digits."""


def draw(expression: Expression, rng: Rng, points: int) -> dict[str, Tensor]:
    """Return inputs (points,) at which the expression exists and is well-conditioned, by their names."""
    while True:
        drawn = {name: _candidates(rng) for name in expression.inputs}
        good = torch.stack([_sound(lines, drawn) for lines in expression.ways]).all(0)
        chosen = good.nonzero().flatten()[:points]
        if len(chosen) == points:
            return {name: value[chosen] for name, value in drawn.items()}


def _candidates(rng: Rng) -> Tensor:
    share = torch.rand(2, CANDIDATES, generator=rng.torch, dtype=torch.float64)
    size = LEAST + (MOST - LEAST) * share[0]
    return torch.where((size - 1).abs() < NEAR_ONE, 1 + NEAR_ONE, size) * torch.where(share[1] < 0.5, -1, 1)


def _sound(lines: Lines, inputs: Values) -> Tensor:
    """Return at which of these points all lines keep their digits and no gradient is tiny."""
    tape, found = recorded(lines, inputs)
    sizes = torch.stack([each.abs() for each in gradients(lines, inputs).values()])
    good = ((sizes > LEAST_GRADIENT) | (sizes == 0)).all(0)
    for step in tape.steps:
        sound = _SOUND.get(step.operation.name)
        if sound:
            good &= sound(*(each.value for each in step.inputs))
    return good & found[lines[-1].name].value.isfinite()
