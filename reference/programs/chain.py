"""A chain of sigmoids, a_i = σ(w_i · a_{i−1}) with a_0 = x, its derivative by x, and σ′ itself.

All at p points at once: x (p,), w (p, k) for k steps.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType

import torch
from torch import Tensor

from reference.operations import MULTIPLY, SIGMOID
from reference.programs.program import Answers, Hypothesis, Place, at, codes
from reference.tape import NOTHING, PRIME, Operation, Tape, Variable
from reference.terms import Term

FORWARD, SLOPE, SLOPE_ALONE = "sigmoid_chain", "dy_dx", "sigmoid_prime"
STEPS = 5
_SIGMA, _PRODUCT = "σ", "·"
_OPERATIONS: Mapping[str, Operation] = MappingProxyType({_SIGMA: SIGMOID, _PRODUCT: MULTIPLY})
_OF_PRODUCT = ("other_factor_left_out_second", "own_factor_second")
"""Faults of a product with respect to what comes from the step before; the weight is the first factor."""

_NOT_OF_CHAINS = frozenset({"batch_product", "upstream_left_out"})
"""Faults of an activation that make no sense, or nothing visible, for single numbers."""


class _ByPoint:
    """What is asked of many points at once: one answer, in which every point stands alone."""

    kind: str

    @property
    def names(self) -> tuple[str, ...]:
        """One answer."""
        return ("value",)

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it comes out."""
        return (Place("value", self.kind, self.kind),)

    @property
    def builds_on(self) -> str:
        """Nothing: nobody is given points for the derivative of a chain of their own."""
        return ""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Every point stands alone."""
        return MappingProxyType({"n": 1, "k": 1})

    @property
    def hypotheses(self) -> Sequence[Hypothesis]:
        """Mistakes of this kind of calculation."""
        return _hypotheses(self.kind)


@dataclass(frozen=True, eq=False)
class Chain(_ByPoint):
    """The activations a_1 … a_k of a chain (p, k), or dy/dx (p,), where y is the last of them.

    kind  FORWARD or SLOPE
    """

    x: Tensor
    w: Tensor
    kind: str
    dtype: torch.dtype = torch.float64

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the faults by label; one of the way back does not show in the chain itself."""
        return {
            place.label: hypothesis.code
            for place in hypothesis.places
            if hypothesis.code in _OPERATIONS[at(place.label)[0]].faults
            and not (self.kind == FORWARD and place.label.endswith(PRIME))
        } or None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the activations or the derivative."""
        tape = Tape(broken)
        x = tape.variable(self.x)
        found: list[Variable] = [x]
        for step, weight in enumerate(self.w.T, start=1):
            product = tape.apply(MULTIPLY, tape.variable(weight), found[-1], label=f"{_PRODUCT}{step}")
            found.append(tape.apply(SIGMOID, product, label=f"{_SIGMA}{step}"))
        if self.kind == FORWARD:
            return {"value": torch.stack([each.value for each in found[1:]], 1)}
        (slope,) = tape.gradients(found[-1], torch.ones_like(found[-1].value), x)
        return {"value": slope}

    def traits(self) -> Mapping[Term, str]:
        """Return whether all weights are 1, where a step looks much like the next."""
        return {Term("unit_weights"): ""} if bool((self.w == 1).all()) else {}


@dataclass(frozen=True, eq=False)
class SigmoidSlope(_ByPoint):
    """σ′ at z (p,)."""

    z: Tensor
    kind: str = SLOPE_ALONE
    dtype: torch.dtype = torch.float64

    def broken(self, hypothesis: Hypothesis) -> Mapping[str, str] | None:
        """Return the fault by its label."""
        return {hypothesis.places[0].label: hypothesis.code} if hypothesis.code in SIGMOID.faults else None

    def answers(self, broken: Mapping[str, str] = NOTHING) -> Answers:
        """Return the derivative."""
        tape = Tape(broken)
        z = tape.variable(self.z)
        output = tape.apply(SIGMOID, z, label=f"{_SIGMA}1")
        (slope,) = tape.gradients(output, torch.ones_like(output.value), z)
        return {"value": slope}

    def traits(self) -> Mapping[Term, str]:
        """Return nothing: one question has all points."""
        return {}


@cache
def _hypotheses(kind: str) -> tuple[Hypothesis, ...]:
    """Return every mistake made in all steps, in the first alone, and in the last alone."""
    if kind == SLOPE_ALONE:
        place = Place(f"{_SIGMA}1{PRIME}", "σ′", kind)
        return tuple(Hypothesis(code, (place,)) for code in _of_sigma(forward=False))
    forward = kind == FORWARD
    found = []
    for steps in (range(1, STEPS + 1), (1,), (STEPS,)):
        which = str(steps[0]) if len(steps) == 1 else ""
        sigmas = tuple(_place(_SIGMA, step, kind, which) for step in steps)
        found += [Hypothesis(code, sigmas) for code in _of_sigma(forward=forward)]
        products = tuple(_place(_PRODUCT, step, kind, which) for step in steps)
        of_product = ("factor_left_out_first", "computed_as_sum") if forward else _OF_PRODUCT
        found += [Hypothesis(code, products) for code in of_product]
    return tuple(found)


def _place(sign: str, step: int, kind: str, which: str) -> Place:
    """Return a step; ``which`` one people call it by, empty if they mean every step."""
    word = "step" if which else "every_step"
    if kind == FORWARD:
        return Place(f"{sign}{step}", which, kind, word)
    return Place(f"{sign}{step}{PRIME}", which, kind, f"back_through_{word}")


def _of_sigma(*, forward: bool) -> tuple[str, ...]:
    return tuple(code for code in codes(SIGMOID, forward=forward) if code not in _NOT_OF_CHAINS)


MISTAKES = MappingProxyType({kind: partial(_hypotheses, kind) for kind in (FORWARD, SLOPE, SLOPE_ALONE)})
"""The mistakes that can be made, by the kind of calculation."""
