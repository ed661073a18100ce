"""Departures that make up for each other: a matter of convention, not of calculus.

A loss gradient without its 1/n and a backward that divides by n are each wrong under a sheet that has the
whole mean in the loss, and their product is right. Other sheets teach exactly that split.
"""

from collections.abc import Mapping, Sequence
from math import isclose

from reference.diagnosis.explanation import Explanation, Factor
from reference.programs import GRADIENTS

Explained = Mapping[str, Sequence[Explanation]]
"""Explanations by function."""


def recognised(explained: Explained) -> Explained:
    """Return the explanations, with those that make up for each other told as a convention."""
    backward = {name: factor for name, each in explained.items() if (factor := _of_backward(each))}
    losses = {name: factor for name, each in explained.items() if (factor := _of_loss(each))}
    pairs = [
        (loss, other)
        for loss, first in losses.items()
        for other, second in backward.items()
        if _cancel(first, second)
    ]
    changed = {name for pair in pairs for name in pair}
    return {
        name: [_told(one) if name in changed and _concerns_gradient(one) else one for one in each]
        for name, each in explained.items()
    }


def _of_backward(each: Sequence[Explanation]) -> Factor | None:
    """Return by what a whole backward is off: one explanation for all four gradients."""
    if len(each) == 1 and {name for _, name in each[0].cases} == set(GRADIENTS):
        return each[0].factor
    return None


def _of_loss(each: Sequence[Explanation]) -> Factor | None:
    """Return by what a loss gradient is off, all its mistakes together."""
    factors = [one.factor for one in each if _concerns_gradient(one)]
    if not factors or None in factors or any(name in GRADIENTS for one in each for _, name in one.cases):
        return None
    n, k, number = 0, 0, 1.0
    for factor in factors:
        if factor:
            n, k, number = n + factor[0], k + factor[1], number * factor[2]
    return n, k, number


def _concerns_gradient(one: Explanation) -> bool:
    return any(name == "gradient" or name in GRADIENTS for _, name in one.cases)


def _cancel(one: Factor, other: Factor) -> bool:
    return one[0] == -other[0] and one[1] == -other[1] and isclose(one[2] * other[2], 1.0)


def _told(one: Explanation) -> Explanation:
    return Explanation(
        "convention",
        "convention",
        one.cases,
        where=one.where,
        nodes=one.nodes,
        others=one.others,
        hypothesis=one.hypothesis,
        within=one.code,
    )
