"""Tests are limited by what they do, and not by how long a busy machine takes for it."""

import signal
import sys

import pytest

from tests import work
from tests.processes import started

SPINS = "while True: pass"
SOON = 0.02


def over(text):
    return pytest.raises(pytest.fail.Exception, match=text)


def test_what_spins_is_ended():
    with over("s of processors; 0.1 s are the most"), work.limited(0.1, every=SOON):
        while True:
            pass


def test_what_is_started_counts():
    with (
        started([sys.executable, "-c", SPINS]) as process,
        over("s of processors; 0.1 s are the most"),
        work.limited(0.1, every=SOON),
    ):
        process.wait()


def test_what_has_ended_counts():
    with started([sys.executable, "-c", "for _ in range(10**6): pass"]) as process:
        before = work.cpu_seconds()
        process.wait()
    assert work.cpu_seconds() >= before > 0


def test_what_waits_is_left_alone_however_long():
    looks = []
    with work.limited(0.1, every=SOON, spent=lambda: looks.append(None) or 7.0):
        while len(looks) < 4:
            signal.pause()


def test_what_hangs_is_ended_by_the_clock():
    now = iter(range(0, 10_000, 1000))
    with (
        over("hangs: 2000 s went by, and it took 0 s of processors"),
        work.limited(0.1, every=SOON, spent=lambda: 7.0, clock=lambda: next(now)),
    ):
        while True:
            signal.pause()


def test_limits_can_be_nested():
    before = signal.getsignal(signal.SIGALRM)
    with work.limited(0.1, every=60.0):
        assert signal.getitimer(signal.ITIMER_REAL)[1] == 60.0
    assert signal.getitimer(signal.ITIMER_REAL)[1] == work.LOOK_SECONDS  # this test's own
    assert signal.getsignal(signal.SIGALRM) is before
