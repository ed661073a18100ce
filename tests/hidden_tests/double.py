"""The fixtures of hidden tests in one process: a submission is an ordinary module, and nothing contains it.

A fast twin of the examiner for the tests of our suites, with the examiner's own `check` and `rng`. It gives
the same verdicts for files that neither hang nor crash; it must never be given a stranger's file.
"""

import importlib.util
import inspect
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from grader.model import Verdict
from worker.examiner import check
from worker.examiner.check import Rng
from worker.examiner.errors import CheckFailed
from worker.examiner.verdicts import PASSED, Outcome
from worker.wire.message import Values


@dataclass(frozen=True)
class Ended:
    """How one case ended."""

    function: str
    name: str
    weight: float
    verdict: str
    code: str
    values: Values
    parts: tuple[str, ...]
    deviation: float | None

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


class Check(check.Check):
    """The examiner's own; but here the submission's exceptions are no other than the test's.

    So whatever is raised in a case ends that case, and the test goes on.
    """

    def __init__(self, arguments: Arguments, cases: tuple[str, ...], *, measure: bool = False) -> None:
        super().__init__(judge, arguments.changed, measure=measure)
        self._cases = cases

    @contextmanager
    def case(self, name: str) -> Iterator[None]:
        """Run one declared case; whatever happens in it, the test goes on."""
        assert name in self._cases
        assert name not in self.outcomes
        self.enter(name)
        try:
            yield
        except Exception as error:
            self.record(name, error)
        else:
            self.record(name, None)


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

    def run(self, submission: ModuleType, seed: int = 0, *, measure: bool = False) -> list[Ended]:
        """Run every test on a loaded submission, whose warnings are its own affair."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [ended for item in self.items for ended in run_item(item, submission, seed, measure)]


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


def run_item(item: Item, submission: ModuleType, seed: int, measure: bool) -> list[Ended]:
    """Run one test and return how each of its cases ended."""
    arguments = Arguments()
    cases = item.mark("cases", (item.function.__name__,))
    asked = Check(arguments, cases, measure=measure)
    given = {"submission": Place(submission, arguments), "check": asked, "device": torch.device("cpu")}
    given |= {"rng": Rng(seed, f"{item.function.__name__}[{item.id}]")} | item.params
    unreached = PASSED if "cases" not in {mark.name for mark in item.marks} else None
    try:
        item.function(**{name: given[name] for name in inspect.signature(item.function).parameters})
    except Exception as error:
        unreached = judge(error)
    (function,) = item.mark("function", ("",))
    (weight,) = item.mark("weight", (1,))
    suffix = f" ({item.id})" if item.id else ""
    ended = {case: asked.outcomes.get(case) or unreached for case in cases}
    return [
        Ended(
            function,
            case + suffix,
            weight,
            outcome.verdict,
            outcome.code,
            outcome.values,
            item.parts(case),
            asked.deviations.get(case),
        )
        for case, outcome in ended.items()
        if outcome
    ]


def judge(error: BaseException) -> Outcome:
    """Return the outcome of a test or case that raised this."""
    if isinstance(error, CheckFailed):
        return Outcome(Verdict.FAILED, error.code, error.values)
    return Outcome(Verdict.ERROR, "raised", {"type": type(error).__name__, "text": str(error)})


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
