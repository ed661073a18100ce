"""What pytest would pass, skip or leave out without a word, found when a suite is collected.

A test that returns what it should assert, a coroutine that nobody awaits, an expected failure, a fixture that
is not there: each would give every submission its points, or none. The suite is refused with file and line
before anybody is graded by it.
"""

import inspect
import unittest
from collections.abc import Iterator

import pytest

XFAIL = "it is expected to fail (xfail), so it says nothing about a submission; leave the mark out"
ASYNC = "it is a coroutine, which nothing here awaits; write def, without async"
YIELDS = "it yields, so calling it runs nothing; leave yield to fixtures"
RETURNS = "it returns a value, which pytest ignores; use assert, or check"
GIVEN = "submission, check, rng, device, subtests, tmp_path, monkeypatch and request"
NOT_HERE = (
    f"there is no fixture {{name!r}} here: tests have {GIVEN}, and the fixtures of the suite; "
    "what a submission prints is in the report"
)


def objection(item: pytest.Item) -> str:
    """Return why a collected test can't mean what it seems to, empty if it can."""
    return next(_objections(item), "")


def _objections(item: pytest.Item) -> Iterator[str]:
    function = inspect.unwrap(getattr(item, "obj", _nothing))
    if next(item.iter_markers("xfail"), None) or getattr(function, "__unittest_expecting_failure__", False):
        yield XFAIL
    if inspect.iscoroutinefunction(function) and not _is_awaited(item):
        yield ASYNC
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        yield YIELDS
    if getattr(function, "__name__", "") == "<lambda>":
        yield RETURNS
    yield from (NOT_HERE.format(name=name) for name in _missing_fixtures(item))


def _is_awaited(item: pytest.Item) -> bool:
    holder = getattr(item, "cls", None)
    return isinstance(holder, type) and issubclass(holder, unittest.IsolatedAsyncioTestCase)


def _missing_fixtures(item: pytest.Item) -> Iterator[str]:
    if not isinstance(item, pytest.Function):
        return
    params = item.callspec.params if hasattr(item, "callspec") else {}
    known = {"request", *item._fixtureinfo.name2fixturedefs, *params}
    yield from (name for name in item._fixtureinfo.names_closure if name not in known)


def _nothing() -> None:
    return
