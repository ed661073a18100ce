"""How much a test may do: seconds of processors, for its process and all that it started, not of a clock.

On a busy machine a test waits for a processor, and takes ten times as long without doing more. What hangs
does nothing, so a clock ends it as well, after much longer than anything takes. ``@pytest.mark.work(600)``
gives a test another limit. It holds for each of set-up, call and tear-down: what is over can still clean up.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import processes

CPU_SECONDS = 300.0
"""More than ten times what the costliest test needs."""

SECONDS = 1800.0
"""Only ends what hangs."""

LOOK_SECONDS = 5.0
"""Between two looks. What ends before the first is not looked at, so that limits cost most tests nothing."""


def cpu_seconds() -> float:
    """Return what this process, all below it, and those of them that have ended took of processors."""
    return sum(map(processes.cpu_seconds, processes.below(os.getpid())))


@contextmanager
def limited(
    most: float,
    *,
    seconds: float = SECONDS,
    every: float = LOOK_SECONDS,
    spent: Callable[[], float] = cpu_seconds,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[None]:
    """Fail the test that is in this block when it took more than ``most`` seconds of processors, or hangs.

    By a signal, as pytest-timeout does it: neither a thread nor a process more is there while a test runs.
    What is spent counts from the first look, ``every`` seconds after the beginning.
    """
    begun, base = clock(), None

    def look(*_: object) -> None:
        nonlocal base
        now = spent()
        base = now if base is None else base
        if (worked := now - base) > most:
            pytest.fail(f"the test took {worked:.0f} s of processors; {most:g} s are the most")
        if (elapsed := clock() - begun) > seconds:
            pytest.fail(f"the test hangs: {elapsed:.0f} s went by, and it took {worked:.0f} s of processors")

    before = signal.signal(signal.SIGALRM, look)
    timer = signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *timer)
        signal.signal(signal.SIGALRM, before)


class Work:
    """Limits each phase of each test."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Limit the set-up."""
        with limited(_most(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Limit the test itself."""
        with limited(_most(item)):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Iterator[None]:
        """Limit the tear-down."""
        with limited(_most(item)):
            return (yield)


def _most(item: pytest.Item) -> float:
    marker = item.get_closest_marker("work")
    return float(marker.args[0]) if marker else CPU_SECONDS
