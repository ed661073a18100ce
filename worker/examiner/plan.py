"""What a suite asks, read once at collection: tests, their cases, and what they count for."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from worker.examiner.meaning import objection
from worker.wire.exam import ScriptPlan

MARKERS = (
    "function(name): the function of the assignment that the test counts for",
    "part(*names, cases=None): parts that it belongs to, for all or for the named cases",
    "cases(*names): the cases the test yields; without it there is one, named after the test",
    "weight(number): weight of each of its cases within the function",
    "visibility(when): when students see it: always, after_due, after_publish, never",
)


class PlanError(Exception):
    """A test is marked in a way that means nothing."""


@dataclass(frozen=True)
class PlannedCase:
    """One case: ``key`` is what ``check.case`` calls it, ``name`` what people read."""

    key: str
    id: str
    name: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedTest:
    """One test, or one script of the old kind, and the cases it yields.

    given   fixtures that it asks for and that can hold values of the submission
    item    the collected pytest item, None for a script
    script  its code, None for a test
    """

    id: str
    function: str
    cases: tuple[PlannedCase, ...]
    weight: float = 1.0
    visibility: str = ""
    description: str = ""
    given: frozenset[str] = frozenset()
    item: pytest.Item | None = None
    script: CodeType | None = None


def plan_test(item: pytest.Item) -> PlannedTest:
    """Read a collected item's markers; raises PlanError, also for a test that can't mean what it seems to."""
    function = _single(item, "function", str, None)
    if function is None:
        raise PlanError("a test needs a marker: @pytest.mark.function('name of the function it counts for')")
    wrong = objection(item)
    if wrong:
        raise PlanError(wrong)
    base, params = getattr(item, "originalname", None) or item.name, _params(item)
    own = base.removeprefix("test_").replace("_", " ")
    marked = item.get_closest_marker("cases")
    keys = tuple(str(key) for key in marked.args) if marked else (own,)
    if len(set(keys)) != len(keys) or not keys:
        raise PlanError("cases must have unique names")
    cases = tuple(
        PlannedCase(
            key=key,
            id=f"{function}/{item.name}/{key}",
            name=f"{key} ({params})" if params else key,
            parts=tuple(dict.fromkeys(_parts(item, key, keys))),
        )
        for key in keys
    )
    return PlannedTest(
        id=f"{function}/{item.name}",
        function=function,
        cases=cases,
        weight=float(_single(item, "weight", int | float, 1.0)),
        visibility=_single(item, "visibility", str, ""),
        description=_first_line(getattr(getattr(item, "function", None), "__doc__", None)),
        given=_given(item),
        item=item,
    )


def plan_script(folder: Path, name: str, script: ScriptPlan) -> PlannedTest:
    """Read and compile a script; raises OSError or SyntaxError."""
    path = folder / name
    code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
    test = f"{script.function}/{name}"
    cases = tuple(script_case(test, number) for number in range(1, script.verdicts + 1))
    return PlannedTest(
        id=test, function=script.function, cases=cases, description=_first_line(code_doc(code)), script=code
    )


def script_case(test: str, number: int, name: str = "") -> PlannedCase:
    """Return the case of a script's n-th verdict; without a name it is called by its number."""
    return PlannedCase(key=str(number), id=f"{test}/{number}", name=name or f"verdict {number}")


def code_doc(code: CodeType) -> str | None:
    """Return the docstring of a compiled module."""
    first = code.co_consts[0] if code.co_consts else None
    return first if isinstance(first, str) and "__doc__" in code.co_names else None


def _given(item: pytest.Item) -> frozenset[str]:
    """Return the fixtures of a test that are made with the submission, directly or by others."""
    known = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    found = {"submission"}
    while more := {
        name
        for name, made in known.items()
        if name not in found and any(found.intersection(each.argnames) for each in made)
    }:
        found |= more
    return frozenset(found)


def _parts(item: pytest.Item, key: str, keys: tuple[str, ...]) -> Iterator[str]:
    for mark in reversed(list(item.iter_markers("part"))):
        only = mark.kwargs.get("cases")
        if only is not None and not set(only) <= set(keys):
            raise PlanError(f"part names cases that the test does not have: {sorted(set(only) - set(keys))}")
        if only is None or key in only:
            yield from map(str, mark.args)


def _single(item: pytest.Item, marker: str, kind: Any, default: Any) -> Any:
    mark = item.get_closest_marker(marker)
    if mark is None:
        return default
    if len(mark.args) != 1 or mark.kwargs or not isinstance(mark.args[0], kind):
        raise PlanError(f"marker {marker} takes one value")
    return mark.args[0]


def _params(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return "" if callspec is None else str(callspec.id).replace("-", ", ")


def _first_line(text: str | None) -> str:
    return text.strip().partition("\n")[0].strip() if text else ""
