"""The hidden tests' fixtures in one process: the student's module, and the examiner's own `check` and `rng`.

They compare as the examiner does, in the process where the student's code runs: what a course does that keeps
tests and submission together, and the least that the comparisons can cost.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch

from grader.model import Verdict
from worker.examiner.check import Check, Rng
from worker.examiner.errors import CheckFailed
from worker.examiner.verdicts import Outcome


def check() -> Check:
    """Return the examiner's own comparisons; nobody has kept a copy to find a changed argument by."""
    return Check(judge, lambda _: False)


def judge(error: BaseException) -> Outcome:
    """Return the outcome of a case that ended with this exception."""
    if isinstance(error, CheckFailed):
        return Outcome(Verdict.FAILED, error.code, error.values)
    return Outcome(Verdict.FAILED, "raised", {"type": type(error).__name__})


def failures(asked: Check) -> tuple[str, ...]:
    """Return case, code and values of what failed."""
    ended = asked.outcomes.items()
    return tuple(f"{name}: {outcome.code} {outcome.values}" for name, outcome in ended if asked.failed(name))


def load(path: Path) -> ModuleType:
    """Import the file at `path` afresh, as a module of its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fixtures(submission: ModuleType, seed: int) -> dict[str, Callable[[], object]]:
    """Return by name how each fixture of a hidden test is made."""
    return {
        "submission": lambda: submission,
        "check": check,
        "rng": lambda: Rng(seed, ""),
        "device": lambda: torch.device("cpu"),
    }
