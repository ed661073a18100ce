"""Lists of losses: as they are given, and whether they are right, noted before each step or after it."""

import torch
from questions import numbers

NEARLY = 1e-6
"""How near two of a submission's own numbers are, of themselves: float32 at least, and far below a step."""


def losses(value):
    """Return the numbers of a list of losses, each of which may be wrapped in axes; None if it has none."""
    entries = value if isinstance(value, list | tuple) else [value]
    noted = [number for each in entries for number in numbers(each)]
    return torch.tensor(noted, dtype=torch.float64) if noted else None


def noted_after(noted, truth, start=None):
    """Return whether losses were noted after their steps: the first is not the one before any step.

    That is ``start`` where the submission says so itself: its forward may be wrong.
    """
    if start is not None and abs(float(noted[0]) - start) <= NEARLY * abs(start):
        return False
    return abs(float(noted[0] - truth[1])) < abs(float(noted[0] - truth[0]))


def judge(check, value, noted, truth, is_after):
    """Compare what train returned with the true losses, the one before the first step first."""
    check.true(value is not None, "returned_none", name="train(…)")
    check.true(noted is not None, "wrong_value", name="train(…)")
    check.close(noted, truth[1:] if is_after else truth[:-1], name="losses")
    check.note("noted_after" if is_after else "noted_before")
