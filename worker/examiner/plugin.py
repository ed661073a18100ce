"""The pytest plugin: collects a suite once, gives hidden tests their fixtures, runs items bare.

Pytest is used for what instructors know of it (collection, fixtures, parametrization, assert
rewriting). Its reporting is not: each item goes through the three run-test hooks and what was raised
is the result, which keeps the cost of a test near that of a function call.
"""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from worker.examiner.check import Check, Rng
from worker.examiner.plan import MARKERS, PlanError, PlannedTest, plan_test
from worker.examiner.proxy import Remote
from worker.examiner.verdicts import TEXT_LIMIT, place_of
from worker.wire.exam import SuiteBroken

UNUSED_PLUGINS = (
    "cacheprovider", "capture", "debugging", "doctest", "faulthandler", "junitxml", "legacypath", "logging",
    "pastebin", "recwarn", "setuponly", "setupplan", "stepwise", "subtests", "terminal", "threadexception",
    "unittest", "unraisableexception", "warnings",
)  # fmt: skip


OUR_FIXTURES = ("submission", "check", "rng", "device")
DIRECT_PARAMETER = "get_direct_param_fixture_func"
NEEDING_PYTEST = frozenset({"skip", "skipif", "xfail", "usefixtures"})


class Bench:
    """What the fixtures of the test that runs now give out."""

    def __init__(self, submission: Remote, check: Check, rng: Rng, device: torch.device) -> None:
        self.submission = submission
        self.check = check
        self.rng = rng
        self.device = device


class SuitePlugin:
    """Collects, then calls ``serve`` with the planned tests in place of running them.

    broken  why the suite can't be used, None while it can
    """

    def __init__(self, folder: Path, scripts: Sequence[str], serve: Callable[["SuitePlugin"], None]) -> None:
        self._folder = folder
        self._scripts = frozenset(folder / name for name in scripts)
        self._serve = serve
        self._ahead: pytest.Item | None = None
        self.bench: Bench | None = None
        self.broken: SuiteBroken | None = None
        self.tests: tuple[PlannedTest, ...] = ()
        self.served = False

    def pytest_configure(self, config: pytest.Config) -> None:
        """Declare the markers, so that a misspelt one breaks the suite."""
        for line in MARKERS:
            config.addinivalue_line("markers", line)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave scripts of the old kind to the script runner."""
        return True if collection_path in self._scripts else None

    @pytest.hookimpl(wrapper=True)
    def pytest_load_initial_conftests(self) -> Generator[None, Any, Any]:
        """Keep what a conftest.py raises."""
        try:
            return (yield)
        except BaseException as error:
            self._break(getattr(error, "cause", error))
            raise

    def pytest_exception_interact(self, call: pytest.CallInfo[Any]) -> None:
        """Keep the first error of collection."""
        if call.excinfo is not None and call.when == "collect":
            self._break(call.excinfo.value)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep what broke pytest itself."""
        self._break(excinfo.value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Plan what was collected and hand over; this is where the session stays frozen."""
        self.tests = tuple(test for item in session.items if (test := self._plan(item)))
        self.served = True
        self._serve(self)
        return True

    @pytest.fixture
    def submission(self) -> Remote:
        """The student's module, which lives in the box."""
        return self._bench().submission

    @pytest.fixture
    def check(self) -> Check:
        """Comparisons that diagnose."""
        return self._bench().check

    @pytest.fixture
    def rng(self) -> Rng:
        """Random numbers of this grading and this test."""
        return self._bench().rng

    @pytest.fixture
    def device(self) -> torch.device:
        """The device of this grading."""
        return self._bench().device

    def run(self, item: pytest.Item, following: pytest.Item | None) -> BaseException | None:
        """Run one item and return what it raised; ``following`` is the item that will be run next."""
        if self._ahead is not None and self._ahead is not item:
            _tear_down_all(item)
        self._ahead = None
        plain = _plain_arguments(item)
        if plain is not None and isinstance(item, pytest.Function):
            return self._call(item, plain)
        if following is not None and _plain_arguments(following) is None:
            self._ahead = following
        return self._run_fully(item, self._ahead)

    def _call(self, item: pytest.Function, arguments: dict[str, Any]) -> BaseException | None:
        """Call a test that needs nothing of pytest but its parameters: a tenth of the cost."""
        given = {name: getattr(self._bench(), name) for name in item.fixturenames if name not in arguments}
        try:
            item.obj(**arguments, **given)
        except BaseException as raised:  # whatever a test raises is its result
            return raised
        return None

    def _run_fully(self, item: pytest.Item, following: pytest.Item | None) -> BaseException | None:
        """Run an item with every fixture it asks for."""
        self._hand_out(item)
        error: BaseException | None = None
        try:
            item.ihook.pytest_runtest_setup(item=item)
            _note(item, "setup")
            item.ihook.pytest_runtest_call(item=item)
            _note(item, "call")
        except BaseException as raised:  # whatever a test raises is its result
            error = raised
        try:
            item.ihook.pytest_runtest_teardown(item=item, nextitem=following)
        except BaseException as raised:
            error = error or raised
        return error

    def _hand_out(self, item: pytest.Item) -> None:
        """Give the item our fixtures' values at once: pytest's way to a fixture costs more than a test."""
        if isinstance(item, pytest.Function):
            ours = [name for name in item.fixturenames if _is_ours(item, name)]
            item.funcargs.update({name: getattr(self._bench(), name) for name in ours})

    def _bench(self) -> Bench:
        if self.bench is None:
            raise RuntimeError("fixtures of a grading can be used in tests and their fixtures only")
        return self.bench

    def _plan(self, item: pytest.Item) -> PlannedTest | None:
        try:
            return plan_test(item)
        except PlanError as error:
            file, line, name = item.location
            self.broken = self.broken or SuiteBroken(file=file, line=(line or 0) + 1, text=f"{name}: {error}")
            return None

    def _break(self, error: BaseException) -> None:
        # Pytest wraps what a module raised on import.
        original = error.__cause__ if isinstance(error, pytest.Collector.CollectError) else error
        file, line = place_of(original or error, self._folder)
        text = f"{type(original or error).__name__}: {original or error}"[:TEXT_LIMIT]
        self.broken = self.broken or SuiteBroken(file=file, line=line, text=text)


def collect(folder: Path, scripts: Sequence[str], serve: Callable[[SuitePlugin], None]) -> SuitePlugin:
    """Collect the suite in ``folder``, let ``serve`` use it, and return the plugin."""
    plugin = SuitePlugin(folder, scripts, serve)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    options = [option for name in UNUSED_PLUGINS for option in ("-p", f"no:{name}")]
    options += [
        "--rootdir",
        str(folder),
        "-c",
        os.devnull,
        "--strict-markers",
        "--continue-on-collection-errors",
    ]
    try:
        code = pytest.main([*options, str(folder)], plugins=[plugin])
    except BaseException as error:
        plugin._break(error)
        code = pytest.ExitCode.INTERNAL_ERROR
    if not plugin.served and plugin.broken is None:
        plugin.broken = SuiteBroken(
            file="", line=0, text=f"pytest could not collect the suite (exit code {code})"
        )
    return plugin


def _plain_arguments(item: pytest.Item) -> dict[str, Any] | None:
    """Return a test's parameters if besides them it asks for our own fixtures only, else None."""
    if type(item) is not pytest.Function or item.cls is not None:
        return None
    if any(mark.name in NEEDING_PYTEST for mark in item.iter_markers()):
        return None
    params = item.callspec.params if hasattr(item, "callspec") else {}
    if not all(_is_ours(item, name) or _is_direct(item, name, params) for name in item.fixturenames):
        return None
    return dict(params)


def _is_ours(item: pytest.Function, name: str) -> bool:
    """Return whether a fixture is one of ours, which a suite may override."""
    return name in OUR_FIXTURES and len(item._fixtureinfo.name2fixturedefs.get(name, ())) == 1


def _is_direct(item: pytest.Function, name: str, params: Mapping[str, object]) -> bool:
    """Return whether an argument is a parameter's value itself, not what a fixture makes of it."""
    fixtures = item._fixtureinfo.name2fixturedefs.get(name)
    return name in params and (not fixtures or fixtures[-1].func.__name__ == DIRECT_PARAMETER)


def _note(item: pytest.Item, phase: Literal["setup", "call"]) -> None:
    """Tell plugins such as tmp_path's that a phase is over. We make no reports: what failed is not said."""
    item.ihook.pytest_runtest_makereport(item=item, call=pytest.CallInfo.from_call(_nothing, phase))


def _nothing() -> None:
    return


def _tear_down_all(item: pytest.Item) -> None:
    """Undo set-up that was kept for an item which was then left out."""
    item.session._setupstate.teardown_exact(None)
