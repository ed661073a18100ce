"""Points to ask expressions at, where they exist and nearly all digits of every step are kept.

What is right or raises at some points only must come out the same in every grading. So the points are of
fixed kinds, in a fixed order: what has which sign at each is the same for every seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class _Kinds:
    """Kinds of points: for each of them the signs of the inputs and of what ``sums`` makes of these.

    ``sums`` has what expressions that are near to this one take a root or a logarithm of, or divide by.
    """

    signs: tuple[str, ...]
    sums: Callable[[Values], tuple[Tensor, ...]]

    def matching(self, number: int, inputs: Values) -> Tensor:
        """Return which points are of the kind of that number; after the last comes the first again."""
        wanted = self.signs[number % len(self.signs)]
        values = (*inputs.values(), *self.sums(inputs))
        right = [(value > 0) == (sign == "+") for value, sign in zip(values, wanted, strict=True)]
        return torch.stack(right).all(0)


_KINDS: Mapping[str, _Kinds] = MappingProxyType(
    {
        # z − w, since the maximum goes either way.
        "f": _Kinds(("+++++", "--+-+", "+--+-", "-+---"), lambda at: (at["z"] - at["w"],)),
        # a − bc.
        "A": _Kinds(("++++-", "+-+-+", "-+-++", "-+++-"), lambda at: (at["a"] - at["b"] * at["c"],)),
        # a + b, then a + b + c: what is under the root if the cube is lost, or is taken of the whole sum.
        "B": _Kinds(
            ("++++++", "--+---", "++-+++", "-++-++"),
            lambda at: (at["a"] + at["b"], at["a"] + at["b"] + at["c"]),
        ),
        # a + b.
        "C": _Kinds(("+++++", "--+--", "+--++", "-+-++"), lambda at: (at["a"] + at["b"],)),
    }
)


def draw(expression: Expression, rng: Rng, points: int) -> dict[str, Tensor]:
    """Return inputs (points,) at which the expression exists and is well-conditioned, by their names.

    Point i is of the expression's kind i. All expressions have four kinds.
    """
    found: dict[int, Tensor] = {}
    while len(found) < points:
        drawn = {name: _candidates(rng) for name in expression.inputs}
        good = torch.stack([_sound(lines, drawn) for lines in expression.ways]).all(0)
        for number in set(range(points)) - found.keys():
            fitting = (good & _KINDS[expression.name].matching(number, drawn)).nonzero()
            if len(fitting):
                found[number] = torch.stack([value[fitting[0, 0]] for value in drawn.values()])
    columns = torch.stack([found[number] for number in range(points)], 1)
    return dict(zip(expression.inputs, columns, strict=True))


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
