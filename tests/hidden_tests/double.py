"""The fixtures of hidden tests in one process: a submission is an ordinary module, and nothing contains it.

A fast twin of the examiner for the tests of our suites. It keeps to the same interface and gives the same
verdicts for files that neither hang nor crash; it must never be given a stranger's file.
"""

import importlib.util
import inspect
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from reference import tolerance
from reference.programs import Program
from worker.examiner.check import NO_NAMES, Asked


class CheckFailed(AssertionError):
    """A comparison failed: a feedback code and its values."""

    def __init__(self, code: str, values: dict[str, Any]) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values


@dataclass(frozen=True)
class Outcome:
    """How one case ended."""

    function: str
    name: str
    weight: float
    verdict: str
    code: str
    values: dict[str, Any]
    parts: tuple[str, ...]

    @property
    def key(self) -> str:
        """Return function and case name, as expected.toml has them."""
        return f"{self.function}/{self.name}"


@dataclass
class Arguments:
    """The tensors that were sent to the submission, each with a copy of what it held."""

    sent: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def note(self, values: tuple[Any, ...]) -> None:
        """Remember the tensors among the arguments of a call."""
        self.sent += [(value, value.clone()) for value in values if isinstance(value, Tensor)]

    def changed(self, tensor: Tensor) -> bool:
        """Return whether any call got this tensor and changed it."""
        return any(sent is tensor and not torch.equal(sent, copy) for sent, copy in self.sent)


class Place:
    """An object of the submission; calls through it note their arguments."""

    def __init__(self, target: Any, arguments: Arguments) -> None:
        self._target = target
        self._arguments = arguments

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        return self._noting(value) if callable(value) else value

    def _noting(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any) -> Any:
            self._arguments.note(values)
            result = function(*values)
            return Place(result, self._arguments) if inspect.isclass(function) else result

        return call


class Check:
    """Comparisons; the first that fails ends its case."""

    def __init__(self, arguments: Arguments, cases: tuple[str, ...]) -> None:
        self._arguments = arguments
        self._cases = cases
        self.ended: dict[str, tuple[str, str, dict[str, Any]]] = {}

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Run one declared case; whatever happens in it, the test goes on."""
        assert name in self._cases
        assert name not in self.ended
        try:
            yield
            self.ended[name] = ("passed", "ok", {})
        except Exception as error:
            self.ended[name] = ending(error)

    def ask(
        self, program: Program, earlier: Asked | None = None, names: Mapping[str, str] = NO_NAMES
    ) -> Asked:
        return Asked(program, earlier.program if earlier else None, names)

    def failed(self, name: str) -> bool:
        return False

    def close(self, actual: object, expected: object, name: str) -> None:
        """Compare a tensor."""
        raise_mismatch(tolerance.compare(actual, expected, name=name))

    def scalar(self, actual: object, expected: object, name: str) -> None:
        """Compare one number."""
        raise_mismatch(tolerance.compare_scalar(actual, expected, name=name))

    def finite(self, actual: object, name: str) -> None:
        """Look for NaN and infinities."""
        raise_mismatch(tolerance.find_non_finite(actual, name=name))

    def shape(self, actual: Any, shape: tuple[int, ...], name: str) -> None:
        """Compare a shape."""
        found = tuple(actual.shape)
        self.true(found == tuple(shape), "wrong_shape", name=name, actual=found, expected=tuple(shape))

    def unchanged(self, tensor: Tensor, name: str) -> None:
        """Fail if the submission changed a tensor it was given."""
        self.true(not self._arguments.changed(tensor), "changed_input", name=name)

    def true(self, condition: object, code: str, **values: Any) -> None:
        """Fail with the code unless the condition holds."""
        if not condition:
            raise CheckFailed(code, values)


class Rng:
    """Random numbers of one seed and test."""

    def __init__(self, seed: int, test: str) -> None:
        # The generator takes 32 bits of a seed, so seed and test are mixed into those.
        self.torch = torch.Generator().manual_seed(zlib.crc32(f"{seed} {test}".encode()))


class StandIn(ModuleType):
    """A package that isn't installed: it can be imported, and calling anything of it raises."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return StandIn(f"{self.__name__}.{name}")


@dataclass(frozen=True)
class Item:
    """One test with its parameters and marks."""

    function: Callable[..., None]
    params: dict[str, Any]
    id: str
    marks: tuple[Any, ...]

    def mark(self, name: str, default: Any) -> Any:
        """Return the positional arguments of the nearest mark of that name."""
        return next((mark.args for mark in self.marks if mark.name == name), default)

    def parts(self, case: str) -> tuple[str, ...]:
        """Return the parts that a case counts for."""
        marks = [mark for mark in self.marks if mark.name == "part"]
        return tuple(part for mark in marks if case in mark.kwargs.get("cases", [case]) for part in mark.args)


@dataclass(frozen=True)
class Suite:
    """The tests of a folder, collected once."""

    items: tuple[Item, ...]

    def run(
        self, submission: ModuleType, seed: int = 0, checks: Callable[..., Check] = Check
    ) -> list[Outcome]:
        """Run every test on a loaded submission, whose warnings are its own affair."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [outcome for item in self.items for outcome in run_item(item, submission, seed, checks)]


def collect(folder: Path) -> Suite:
    """Return the suite of an assignment's folder."""
    with importable(folder):
        modules = [load(path) for path in sorted(folder.glob("test_*.py"))]
    functions = [
        value for module in modules for name, value in vars(module).items() if name.startswith("test_")
    ]
    return Suite(tuple(item for function in functions for item in expand(function)))


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Let tests import the modules beside them, as they do in a suite's own folder."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for path in folder.glob("*.py"):
            if path.stem not in before:
                sys.modules.pop(path.stem, None)


def expand(function: Callable[..., None]) -> Iterator[Item]:
    """Yield a test once, or once for each entry of its parametrize mark."""
    marks = tuple(getattr(function, "pytestmark", ()))
    for mark in marks:
        if mark.name == "parametrize":
            named, entries = mark.args
            names = named.split(",") if isinstance(named, str) else named
            for entry in entries:
                yield Item(
                    function, dict(zip(names, entry.values, strict=True)), entry.id, (*entry.marks, *marks)
                )
            return
    yield Item(function, {}, "", marks)


def run_item(item: Item, submission: ModuleType, seed: int, checks: Callable[..., Check]) -> list[Outcome]:
    """Run one test and return how each of its cases ended."""
    arguments = Arguments()
    cases = item.mark("cases", (item.function.__name__,))
    check = checks(arguments, cases)
    given = {"submission": Place(submission, arguments), "check": check, "device": torch.device("cpu")}
    given |= {"rng": Rng(seed, f"{item.function.__name__}[{item.id}]")} | item.params
    unreached = ("passed", "ok", {}) if "cases" not in {mark.name for mark in item.marks} else None
    try:
        item.function(**{name: given[name] for name in inspect.signature(item.function).parameters})
    except Exception as error:
        unreached = ending(error)
    (function,) = item.mark("function", ("",))
    (weight,) = item.mark("weight", (1,))
    suffix = f" ({item.id})" if item.id else ""
    ended = {case: check.ended.get(case) or unreached for case in cases}
    return [
        Outcome(function, case + suffix, weight, *end, item.parts(case)) for case, end in ended.items() if end
    ]


def ending(error: Exception) -> tuple[str, str, dict[str, Any]]:
    """Return verdict, code and values for what a test or case raised."""
    if isinstance(error, CheckFailed):
        return "failed", error.code, error.values
    return "error", "raised", {"type": type(error).__name__, "text": str(error)}


def raise_mismatch(mismatch: tolerance.Mismatch | None) -> None:
    """Raise a mismatch as a failed check."""
    if mismatch is not None:
        raise CheckFailed(mismatch.code, dict(mismatch.values))


def load(path: Path) -> ModuleType:
    """Import a file as a module of its own, with stand-ins for packages that aren't installed."""
    stand_ins: dict[str, ModuleType] = {}
    while True:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.update(stand_ins | {path.stem: module})  # Where dataclasses look for their module.
        try:
            spec.loader.exec_module(module)
            return module
        except ModuleNotFoundError as error:
            stand_ins[str(error.name)] = StandIn(str(error.name))
        finally:
            for name in (*stand_ins, path.stem):
                sys.modules.pop(name, None)
