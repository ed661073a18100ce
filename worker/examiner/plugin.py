"""The pytest plugin: collects a suite once, gives hidden tests their fixtures, runs items bare.

Pytest is used for what instructors know of it (collection, fixtures, parametrization, assert
rewriting). Its reporting is not: each item goes through the three run-test hooks, and what was raised on
the way is the result, which keeps the cost of a test near that of a function call. What a call raises
itself is not all: a method of a TestCase and a subtest keep it to themselves until a report is made.
"""

import os
import re
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from worker.examiner.check import Check, Rng
from worker.examiner.errors import BoxLost, TestsHung
from worker.examiner.meaning import RETURNS
from worker.examiner.plan import MARKERS, PlanError, PlannedTest, plan_test
from worker.examiner.proxy import Remote
from worker.examiner.verdicts import TEXT_LIMIT, place_of
from worker.wire.exam import SuiteBroken

UNUSED_PLUGINS = (
    "cacheprovider", "capture", "doctest", "faulthandler", "junitxml", "legacypath", "logging",
    "pastebin", "recwarn", "setuponly", "setupplan", "stepwise", "terminal", "threadexception",
    "unraisableexception", "warnings",
)  # fmt: skip


AT_LINE = re.compile(r"\bat line (\d+)")
"""Where pytest says it in its words alone, as of a parametrization without values."""

OUR_FIXTURES = ("submission", "check", "rng", "device")
HOOKS = ("pytest_runtest_setup", "pytest_runtest_call", "pytest_runtest_teardown", "pytest_pyfunc_call")
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
        self._raised: list[BaseException] = []
        self._hooked = False
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

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]
    ) -> None:
        """Keep the first error of collection."""
        if call.excinfo is not None and call.when == "collect":
            self._break(call.excinfo.value, node.path)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Refuse a file that leaves itself out: its function would lose its tests without a word."""
        if report.skipped:
            file, line, why = (
                report.longrepr if isinstance(report.longrepr, tuple) else (report.nodeid, 0, "")
            )
            self._refuse(Path(file), line, f"the file leaves itself out: {why}")

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, Any, Any]:
        """Refuse what pytest leaves out with no more than a warning."""
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", pytest.PytestCollectionWarning)
            found = yield
        for each in said:
            if issubclass(each.category, pytest.PytestCollectionWarning):
                self._refuse(Path(each.filename), each.lineno, str(each.message))
        return found

    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Keep what was raised; the report itself is for plugins of pytest's, and says no more than that."""
        if call.excinfo is not None:
            self._raised.append(call.excinfo.value)
        outcome: Literal["passed", "failed"] = "passed" if call.excinfo is None else "failed"
        when = "call" if call.when == "collect" else call.when
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep what broke pytest itself."""
        self._break(excinfo.value)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Plan what was collected and hand over; this is where the session stays frozen."""
        self._hooked = any(_is_hooked(session.config, name, self._folder) for name in HOOKS)
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
        plain = None if self._hooked else _plain_arguments(item)
        if plain is not None and isinstance(item, pytest.Function):
            return self._call(item, plain)
        if following is not None and (self._hooked or _plain_arguments(following) is None):
            self._ahead = following
        return self._run_fully(item, self._ahead)

    def _call(self, item: pytest.Function, arguments: dict[str, Any]) -> BaseException | None:
        """Call a test that needs nothing of pytest but its parameters: a tenth of the cost."""
        given = {name: getattr(self._bench(), name) for name in item.fixturenames if name not in arguments}
        try:
            returned = item.obj(**arguments, **given)
        except BaseException as raised:  # whatever a test raises is its result
            return raised
        return None if returned is None else TypeError(RETURNS)

    def _run_fully(self, item: pytest.Item, following: pytest.Item | None) -> BaseException | None:
        """Run an item with every fixture it asks for."""
        self._hand_out(item)
        self._raised.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("error", pytest.PytestReturnNotNoneWarning)
            self._phase(item, "setup", lambda: item.ihook.pytest_runtest_setup(item=item))
            if not self._raised:
                self._phase(item, "call", lambda: item.ihook.pytest_runtest_call(item=item))
            teardown = item.ihook.pytest_runtest_teardown
            self._phase(item, "teardown", lambda: teardown(item=item, nextitem=following))
        ending = (each for each in self._raised if isinstance(each, TestsHung | BoxLost))
        return next(ending, self._raised[0] if self._raised else None)

    def _phase(
        self, item: pytest.Item, when: Literal["setup", "call", "teardown"], run: Callable[[], None]
    ) -> None:
        """Carry out a phase of a test, and have reports made: whatever is raised is the test's result."""
        call = pytest.CallInfo.from_call(run, when)
        try:
            item.ihook.pytest_runtest_makereport(item=item, call=call)
        except BaseException as raised:
            self._raised.append(raised)

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

    def _refuse(self, file: Path, line: int, text: str) -> None:
        place = str(file.relative_to(self._folder)) if file.is_relative_to(self._folder) else ""
        self.broken = self.broken or SuiteBroken(file=place, line=line, text=text[:TEXT_LIMIT])

    def _break(self, error: BaseException, within: Path | None = None) -> None:
        """Keep why the suite can't be used; ``within``: the file, where the error is nowhere in it."""
        # Pytest wraps what a module raised on import.
        original = error.__cause__ if isinstance(error, pytest.Collector.CollectError) else error
        file, line = place_of(original or error, self._folder)
        text = f"{type(original or error).__name__}: {original or error}"
        if within is not None and not file:
            said = AT_LINE.search(text)
            file, line = str(within), int(said[1]) if said else 0
        self._refuse(self._folder / file if file else Path(), line, text)


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
        "--override-ini=empty_parameter_set_mark=fail_at_collect",
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


def _is_hooked(config: pytest.Config, name: str, folder: Path) -> bool:
    """Return whether a conftest.py of the suite wants to know when tests run."""
    impls = getattr(config.hook, name).get_hookimpls()
    return any(Path(str(getattr(each.plugin, "__file__", ""))).is_relative_to(folder) for each in impls)


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


def _tear_down_all(item: pytest.Item) -> None:
    """Undo set-up that was kept for an item which was then left out."""
    item.session._setupstate.teardown_exact(None)
