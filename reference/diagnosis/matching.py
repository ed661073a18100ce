"""Whether a hypothesis gives a student's numbers, for one question; how many tries that took.

A question has a handful of answers, each of them a bit in the masks below.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from reference.programs import Answers, Hypothesis, Program
from reference.tape import NOTHING
from reference.tolerance import allowance


@dataclass
class Budget:
    """How many times a calculation may still be carried out: a bound that is the same on every machine."""

    left: int

    def spend(self) -> bool:
        """Take one; returns whether there was one left."""
        self.left -= 1
        return self.left >= 0


@dataclass(frozen=True)
class Effect:
    """What a hypothesis does to one question: which answers it changes, and which of its own are found."""

    changed: int
    found: int


@dataclass(eq=False)
class Evidence:
    """One question, and what the student gave.

    found    float64, by the names of the answers; one that is absent was not given
    earlier  the question asked of the same net before, to whose answers these may have been added
    """

    program: Program
    found: Mapping[str, Tensor]
    earlier: Program | None = None
    _effects: dict[Hypothesis, Effect | None] = field(default_factory=dict, repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether every answer was given."""
        return all(name in self.found for name in self.program.names)

    @property
    def dtype(self) -> torch.dtype:
        """The precision the question is put in: a program may name a finer one than float32."""
        dtype: torch.dtype = getattr(self.program, "dtype", torch.float32)
        return dtype

    @property
    def whole(self) -> int:
        """The mask of all answers."""
        return (1 << len(self.program.names)) - 1

    @cached_property
    def truth(self) -> Answers:
        """The right answers."""
        return self.program.answers(NOTHING)

    @cached_property
    def right(self) -> int:
        """The mask of the answers that are right."""
        return self._found_in(self.truth, NOTHING)

    @cached_property
    def wrong(self) -> frozenset[str]:
        """The names of the answers that are wrong or were not given."""
        names = self.program.names
        if not self.is_complete:
            return frozenset(names).difference(
                name for name in self.found if self._same(self.found[name], self.truth[name])
            )
        return frozenset(name for place, name in enumerate(names) if not self.right >> place & 1)

    def effect(self, hypothesis: Hypothesis, budget: Budget) -> Effect | None:
        """Return what it does here; None if nothing, if it can't be made, or if the budget is spent."""
        if hypothesis not in self._effects:
            self._effects[hypothesis] = self._effect(hypothesis, budget)
        return self._effects[hypothesis]

    def agrees(self, hypotheses: Sequence[Hypothesis], budget: Budget) -> bool:
        """Return whether all of them together give every answer that was found."""
        faults = together(self.program, hypotheses)
        if faults is None or not budget.spend():
            return False
        if not faults:
            return self.right == self.whole
        answers = self.answers(faults)
        return answers is not None and self._found_in(answers, faults) == self.whole

    def answers(self, faults: Mapping[str, str]) -> Answers | None:
        """Return the answers with these faults, None where the shapes forbid them."""
        try:
            return self.program.answers(faults)
        except RuntimeError:
            return None

    def _effect(self, hypothesis: Hypothesis, budget: Budget) -> Effect | None:
        faults = self.program.broken(hypothesis)
        if not faults or not budget.spend():
            return None
        answers = self.answers(faults)
        if answers is None:
            return None
        changed = self._mask(
            name for name in self.program.names if not self._same(answers[name], self.truth[name])
        )
        return Effect(changed, self._found_in(answers, faults)) if changed else None

    def _found_in(self, answers: Answers, faults: Mapping[str, str]) -> int:
        hits = {name for name in self.program.names if self._same(self.found[name], answers[name])}
        missing = [name for name in self.program.names if name not in hits]
        if missing and self.earlier is not None:
            before = self.earlier.answers(faults)
            hits |= {
                name
                for name in missing
                if before[name].shape == answers[name].shape
                and self._same(self.found[name], answers[name] + before[name])
            }
        return self._mask(hits)

    def _same(self, one: Tensor, other: Tensor) -> bool:
        return same(one, other, self.dtype)

    def _mask(self, names: object) -> int:
        chosen = set(names)  # type: ignore[call-overload]
        return sum(1 << place for place, name in enumerate(self.program.names) if name in chosen)


def together(program: Program, hypotheses: Sequence[Hypothesis]) -> Mapping[str, str] | None:
    """Return the faults of all of them by label; None when two want another fault at one place."""
    faults: dict[str, str] = {}
    for hypothesis in hypotheses:
        for label, code in (program.broken(hypothesis) or {}).items():
            if faults.setdefault(label, code) != code:
                return None
    return faults


def same(found: Tensor, answer: Tensor, dtype: torch.dtype = torch.float32) -> bool:
    """Return whether two results agree in shape and, as far as dtype goes, in numbers; NaN is like NaN."""
    found = found.to(answer.device)
    if answer.dim() == 0 and found.numel() == 1:
        found = found.reshape(())  # one number may come with any number of axes
    if found.shape != answer.shape:
        return False
    if not answer.numel():
        return True
    worst = float((found - answer).abs().max())
    if worst == 0.0:
        return True  # as most are that a mistake leaves alone; of two infinities the difference is NaN
    if worst != worst:
        return bool(torch.isnan(found).all() and torch.isnan(answer).all())
    # An infinity allows nothing but itself: of it, any difference is a small share.
    scale = float(answer.abs().max())
    return worst <= allowance(dtype, answer.numel()) * scale < float("inf")
