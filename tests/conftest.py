"""What all tests share: fixtures that live as long as a test process are imported here, and so made once."""

import os
import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.boxes import HOST, cold, engine, groups, host, plain, share, staff, trapped
from tests.databases import database, empty_database, postgres, sqlite_template
from tests.purity import Purity
from tests.shipped import written
from tests.web.browsing import chromium
from tests.work import Work

__all__ = [
    "chromium", "cold", "database", "empty_database", "engine", "groups", "host", "plain",
    "postgres", "sqlite_template", "staff", "trapped", "written",
]  # fmt: skip

# Tests share few cores, and their tensors are small: threads would spend most of their time on each other.
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# No test is timed: how long an example takes says more of the machine than of the code.
settings.register_profile("chainrule", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chainrule")


def pytest_configure(config: pytest.Config) -> None:
    """Let torch, which nobody has imported yet, and what tests start have one thread; take signals.

    As in a terminal: a shell that starts tests in the background has them ignore Ctrl-C. What ignores it
    hands that on to its children, and bash traps no signal that was ignored when it began.
    """
    config.pluginmanager.register(Purity())
    config.pluginmanager.register(Work())
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    for number, usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give the processes of a run zygotes in common: each starts them when one is first asked for."""
    node.workerinput[HOST] = share(node.config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the files with slow tests over the first two thirds of a run.

    Side by side they would starve each other, and one that is begun last keeps everybody waiting.
    """
    known = {item.path for item in items if _is_slow(item)}
    files = list(dict.fromkeys(item.path for item in items))
    slow, quick = ([path for path in files if (path in known) is wanted] for wanted in (True, False))
    step = 2 / 3 * len(quick) / max(len(slow), 1)
    places = {path: float(place) for place, path in enumerate(quick)}
    places |= {path: place * step for place, path in enumerate(slow)}
    items.sort(key=lambda item: places[item.path])


def _is_slow(item: pytest.Item) -> bool:
    return "browser" in item.path.name or item.get_closest_marker("slow") is not None
