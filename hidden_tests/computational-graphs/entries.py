"""What a function gave at several points: two dicts, their entries, and the lines behind them."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from reference.expressions import EXPRESSIONS, values
from reference.points import draw
from reference.recognition import carried_back, follows_from_own, read, same
from reference.tolerance import as_tensor

POINTS = 4
MOST_DEPARTURES = 1
"""Lines that may be no step of the expression while others follow from them: else it is another one."""


@dataclass(frozen=True)
class Entry:
    """One entry of a dict of the student's at all points; NaN where it is no number, with what is wrong."""

    numbers: torch.Tensor
    wrong: tuple[str, dict] | None


@dataclass(frozen=True)
class Answer:
    """What the student's function gave at all points, and what its intermediates are."""

    expression: object
    inputs: dict
    values: dict
    gradients: dict
    reading: object

    @property
    def numbers(self):
        """Intermediates by their own names."""
        return {name: entry.numbers for name, entry in self.values.items()}

    @property
    def right(self):
        """Every line as it should be, by its name."""
        return values(self.reading.lines, self.inputs)

    @property
    def follows(self):
        """Lines that are right for the student's own, if these are still about this expression."""
        found = follows_from_own(self.reading, self.inputs, self.numbers)
        departed = [line.name for line in self.reading.lines if line.name not in found]
        return found if len(departed) <= MOST_DEPARTURES else frozenset()

    @property
    def departs(self):
        """Whether the student's forward pass is another one than the sheet's."""
        return len(self.follows) < len(self.reading.lines)

    def carried(self, lines):
        """Return the keys whose gradients are right for these lines, at the student's own values.

        Each is compared with what the chain rule makes of the student's later ones. What is 0 carries
        nothing: anything is right behind it.
        """
        given = {key: each.numbers for key, each in self.gradients.items()}
        found = carried_back(lines, self.inputs | self.numbers, given) if self.follows else {}
        return {
            key for key, value in found.items() if key in given and value.all() and same(given[key], value)
        }


def ask(submission, check, rng, name):
    """Call the student's function at hidden points and read what it gave."""
    return ask_at(submission, check, draw(EXPRESSIONS[name], rng, POINTS), name)


def ask_at(submission, check, inputs, name):
    """Call the student's function at these points and read what it gave."""
    expression = EXPRESSIONS[name]
    points = torch.stack([inputs[each] for each in expression.inputs], 1).tolist()
    pairs = [pair(check, name, getattr(submission, name)(*point)) for point in points]
    found = columns(check, f"values of {name}", [first for first, _ in pairs])
    entries = {each: entry for each, entry in found.items() if each not in expression.inputs}
    check.true(entries, "no_entries", name=f"values of {name}")
    slopes = columns(check, f"gradients of {name}", [second for _, second in pairs])
    numbers = {each: entry.numbers for each, entry in entries.items()}
    return Answer(expression, inputs, entries, slopes, read(expression, inputs, numbers))


def pair(check, name, answer):
    """Return the two dicts that a call gave."""
    check.true(answer is not None, "returned_none", name=f"{name}(…)")
    is_pair = isinstance(answer, tuple | list) and len(answer) == 2
    check.true(is_pair and all(isinstance(each, Mapping) for each in answer), "not_two_dicts", name=name)
    return tuple(dict(each.items()) for each in answer)


def columns(check, what, dicts):
    """Return the entries of dicts that have the same keys at all points."""
    check.true(all([*each] == [*dicts[0]] for each in dicts), "entries_differ", name=what)
    return {name: entry([each[name] for each in dicts]) for name in dicts[0]}


def entry(given):
    """Return one number for each point."""
    tensors = [as_tensor(each) for each in given]
    if any(each is None or each.numel() != 1 or each.is_complex() for each in tensors):
        return Entry(torch.full((len(given),), torch.nan), ("not_one_number", {}))
    numbers = torch.stack([each.double().reshape(()) for each in tensors])
    if not numbers.isfinite().all():
        return Entry(numbers, ("own_nan", {}))
    coarse = [each.dtype for each in tensors if each.is_floating_point() and each.dtype != torch.float64]
    values = {"actual": str(coarse[0]).removeprefix("torch."), "expected": "float64"} if coarse else {}
    return Entry(numbers, ("wrong_dtype", values) if coarse else None)


def compare(check, given, expected, name, sign=1.0):
    """Compare an entry with what it should be, each point relative to its own size."""
    if given.wrong:
        check.true(False, given.wrong[0], name=name, **given.wrong[1])
    zero = expected == 0
    ratio = torch.where(zero, 1 + given.numbers, sign * given.numbers / torch.where(zero, 1.0, expected))
    check.close(ratio, torch.ones_like(expected), name=name, dtype=torch.float64)
