"""The meters see what is done in other processes; the floor calls what pytest would run."""

import os
import re
import subprocess
import sys

import pytest

from benchmarks import floor
from benchmarks.measure import Cost, Diagnosing, MemoryPeak, Meter, Packages, held_bytes, tree
from benchmarks.table import PACKAGES, Figures, render
from tests.processes import started

BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\n"


@pytest.fixture
def sleeper():
    code = (
        BUSY + "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    )
    words = [sys.executable, "-c", code]
    with started(words, stdout=subprocess.PIPE, start_new_session=True) as process:
        yield process
        os.killpg(process.pid, 9)


def test_meter_counts_a_process_that_still_runs(sleeper):
    with Meter(lambda: [sleeper.pid]) as meter:
        sleeper.stdout.readline()
    assert 0.2 < meter.cpu_seconds < 5


def test_meter_counts_children_that_ended():
    with Meter() as meter:
        subprocess.run([sys.executable, "-c", BUSY], check=True, stdout=subprocess.DEVNULL)
    assert 0.3 <= meter.cpu_seconds < 5


def test_tree_holds_what_is_below(sleeper):
    sleeper.stdout.readline()
    while len(found := tree([sleeper.pid])) < 2:
        assert sleeper.poll() is None
    assert found[0] == sleeper.pid
    assert sleeper.pid in tree([os.getpid()])


def test_memory_peak_sees_growth():
    with MemoryPeak(lambda: [os.getpid()], every_seconds=0.01) as peak:
        block = bytearray(64 << 20)
        for place in range(0, len(block), 4096):
            block[place] = 1
        while peak.peak_bytes < peak.before_bytes + len(block) // 2:
            pass
    assert peak.processes >= 1
    assert held_bytes([os.getpid()]) >= len(block)


def test_floor_calls_each_test_with_each_of_its_parameters(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('a', [1, pytest.param(2, marks=pytest.mark.slow)])\n"
        "@pytest.mark.parametrize(('b', 'c'), [(3, 4), pytest.param(5, 6, id='x')])\n"
        "def test_grid(submission, a, b, c): pass\n"
        "def test_plain(check, rng): pass\n"
        "def helper(): pass\n"
    )
    calls = list(floor.collect(tmp_path / "test_it.py"))
    grid = {(c.parameters["a"], c.parameters["b"], c.parameters["c"]) for c in calls if c.parameters}
    assert grid == {(1, 3, 4), (1, 5, 6), (2, 3, 4), (2, 5, 6)}
    assert {c.fixtures for c in calls} == {("submission",), ("check", "rng")}


def test_floor_refuses_to_time_a_wrong_submission(tmp_path):
    (tmp_path / "test_it.py").write_text(
        "def test_it(submission, check):\n"
        "    with check.case('x'): check.close(submission.x, 2.0, name='x')\n"
    )
    (tmp_path / "mlp.py").write_text("x = 1.0\n")
    calls = list(floor.collect(tmp_path / "test_it.py"))
    with pytest.raises(SystemExit, match="not_close"):
        floor.run(tmp_path / "mlp.py", calls)


def test_page_states_the_ratios():
    cpu = {"engine": 0.1, PACKAGES: 0.125, "floor": 0.05, "six scripts": 8.0}
    costs = tuple(Cost(name, 50, 2, 1.0, each * 50) for name, each in cpu.items())
    named = Diagnosing(3, 0.021, 0.3, "odd.py")
    packages = Packages(6.5, 250 << 20)
    page = render(
        Figures({"CPU": "two cores"}, costs, costs, costs[0], MemoryPeak(list), 50, 60, named, packages)
    )
    assert "engine ÷ floor: 2.00" in page
    assert "six scripts ÷ engine: 80" in page
    assert "engine, with packages ÷ engine: 1.25" in page
    assert "waits 6.50 s for a second warm\nprocess, which takes 250 MiB" in page
    assert re.search(r"\| six scripts \| 20 ms \| 8.00 s \|", page)
