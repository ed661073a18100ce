"""In-process doubles of the hidden tests' fixtures: the student's module itself, and checks that raise.

They make the same comparisons as the examiner, in the process where the student's code runs: what a course
does that keeps tests and submission together, and the least that the comparisons can cost.
"""

import importlib.util
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import torch

from reference import tolerance


class CheckError(AssertionError):
    """A comparison that failed: its feedback code and values."""


class Unasked:
    """A question that is not noted."""

    follows: frozenset[str] = frozenset()

    def answer(self, **found: object) -> None:
        """Do nothing."""


class Check:
    """Compares as the examiner's `check` does; the first failure of a case ends that case."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Run one named case; its failure is noted and the next case goes on."""
        try:
            yield
        except CheckError as error:
            self.failures.append(f"{name}: {error}")

    def ask(self, *_: object, **__: object) -> "Unasked":
        """Return a question whose answers nobody diagnoses."""
        return Unasked()

    def failed(self, name: str) -> bool:
        """Return False: nothing is asked a second time."""
        return False

    def close(
        self, actual: object, expected: object, name: str, dtype: torch.dtype = torch.float32, **_: object
    ) -> None:
        """Compare numbers and shapes within the allowance for `dtype`."""
        _raise_if(tolerance.compare(actual, expected, name=name, dtype=dtype))

    def scalar(self, actual: object, expected: object, name: str, dtype: torch.dtype = torch.float32) -> None:
        """Compare one number, however it is wrapped."""
        _raise_if(tolerance.compare_scalar(actual, expected, name=name, dtype=dtype))

    def finite(self, actual: object, name: str) -> None:
        """Look for NaN and infinities."""
        _raise_if(tolerance.find_non_finite(actual, name=name))

    def shape(self, actual: object, shape: tuple[int, ...], name: str) -> None:
        """Compare a shape."""
        self.true(tuple(getattr(actual, "shape", ())) == tuple(shape), "wrong_shape", name=name)

    def unchanged(self, value: object, name: str) -> None:
        """Do nothing: the examiner compares with the copy it kept, and here there is none."""

    def true(self, condition: object, code: str, **values: object) -> None:
        """Fail with `code` unless the condition holds."""
        if not condition:
            raise CheckError(f"{code} {values}")


class Rng:
    """Random numbers in float32 from one seed."""

    def __init__(self, seed: int) -> None:
        self.torch = torch.Generator().manual_seed(seed)
        self._random = random.Random(seed)

    def normal(self, *shape: int) -> torch.Tensor:
        """Return standard normal numbers."""
        return torch.randn(shape, generator=self.torch)

    def uniform(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Return uniform numbers of [low, high)."""
        return low + (high - low) * torch.rand(shape, generator=self.torch)

    def integers(self, low: int, high: int) -> int:
        """Return an integer of [low, high)."""
        return self._random.randrange(low, high)


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
        "check": Check,
        "rng": lambda: Rng(seed),
        "device": lambda: torch.device("cpu"),
    }


def _raise_if(mismatch: tolerance.Mismatch | None) -> None:
    if mismatch is not None:
        raise CheckError(f"{mismatch.code} {mismatch.values}")
