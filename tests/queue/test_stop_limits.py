"""Whatever children and signals do, quitting ends: at its limits, and at once when asked twice."""

import contextlib
import re
import signal
import subprocess
import sys
import threading
from configparser import RawConfigParser

import pytest
import yaml

from grader.queue import stop_limits
from grader.queue.stop_limits import WAITS, total_seconds
from grader.serving.one_machine import Interrupt, watch
from tests.processes import started
from tests.queue.rig import ROOT

LONG = 300


def _interrupted_at(step):
    """Watch nothing; a signal comes at that step of the watching thread. Say whether it ended."""
    stop, steps = Interrupt(), iter(range(step + 1))

    def come(frame, event, argument):
        if next(steps, None) == step:
            stop(signal.SIGINT, None)
        return come

    def run():
        sys.settrace(come)
        watch((), stop, tick_seconds=0.001)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LONG)
    return not thread.is_alive()


@pytest.mark.parametrize("step", range(40))
def test_a_signal_at_any_step_of_the_watching_thread_ends_it(step):
    assert _interrupted_at(step)


WORKER = """
import os, signal, sys, threading, time
from worker.service.quitting import Watch
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, lambda *_: print("told", flush=True) or time.sleep(300))  # as Celery may
Watch(float(sys.argv[1]), lambda: os._exit(7))
print("ready", flush=True)
while True:
    time.sleep(300)
"""


@pytest.fixture
def stuck():
    """Starts a process that answers no signal, but for the watch; it has so many seconds to quit."""
    with contextlib.ExitStack() as stack:

        def start(seconds):
            words = [sys.executable, "-c", WORKER, str(seconds)]
            process = stack.enter_context(started(words, stdout=subprocess.PIPE, text=True, cwd=ROOT))
            assert process.stdout.readline() == "ready\n"
            return process

        yield start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_worker_that_is_stuck_ends_at_its_limit(stuck, number):
    process = stuck(0.1)
    process.send_signal(number)
    assert process.wait(LONG) == 7


def test_worker_that_is_told_twice_ends_at_once(stuck):
    process = stuck(10 * LONG)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "told\n"
    process.send_signal(signal.SIGQUIT)
    assert process.wait(LONG) == 7


def test_worker_that_may_finish_is_not_ended(stuck):
    process = stuck(0.0)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "told\n"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)


def test_who_waits_for_others_waits_longer_than_they_do():
    assert stop_limits.WORKER.seconds > total_seconds("worker")
    assert stop_limits.SERVICE.seconds > total_seconds("serve")


def test_whoever_stops_a_worker_gives_it_its_time():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    worker = compose["services"]["worker"]
    assert worker["stop_signal"] == "SIGQUIT"
    assert int(worker["stop_grace_period"].removesuffix("s")) > total_seconds("worker")
    unit = RawConfigParser(strict=False)
    unit.optionxform = str
    unit.read(ROOT / "deploy/chainrule-worker.service")
    assert unit["Service"]["KillSignal"] == "SIGQUIT"
    assert unit.getint("Service", "TimeoutStopSec") > total_seconds("worker")


def test_demo_waits_as_long_as_the_table_says():
    script = (ROOT / "deploy/demo.sh").read_text()
    assert re.findall(r"^quit_seconds=(\d+)$", script, re.MULTILINE) == [f"{stop_limits.SERVICE.seconds:.0f}"]


@pytest.mark.parametrize("wait", WAITS, ids=lambda wait: f"{wait.who}: {wait.what}")
def test_operators_are_told_of_every_wait(wait):
    row = f"| {wait.who} | {wait.what} | {wait.seconds:.0f} | {wait.then} |"
    assert row in (ROOT / "docs/operator.md").read_text().split("\n")
