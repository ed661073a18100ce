import os
import sys

import pytest

from tests.processes import started
from worker.sandbox import meter
from worker.sandbox.cgroup import ROOT, join, read_cpu_seconds
from worker.sandbox.meter import BoxMeter, Unmetered, Watch
from worker.wire.metering import Breach, Limit, Used

SPIN = "import time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\ninput()"
SLEEP = "import time\ntime.sleep(0.3)\nprint('done', flush=True)\ninput()"
CHILDREN = (
    "import os, time\n"
    "for _ in range(3):\n"
    "    if os.fork() == 0:\n"
    "        while time.process_time() < 0.1: pass\n"
    "        os._exit(0)\n"
    "    os.wait()\n"
    "print('done', flush=True)\ninput()"
)


def run(source, measure):
    """Return what is measured of a process once it has done its work and only waits."""
    with started([sys.executable, "-c", source], stdin=-1, stdout=-1) as process:
        assert process.stdout.readline().strip() in (b"done", "done")
        return measure(process.pid)


@pytest.mark.parametrize(("source", "spins"), [(SPIN, True), (SLEEP, False), (CHILDREN, True)])
def test_a_spinner_uses_cpu_and_a_sleeper_does_not(source, spins):
    assert (run(source, meter.times_of) >= 0.25) == spins


def test_a_group_counts_all_that_ever_ran_in_it(groups):
    with groups.make(1 << 28, 8) as group:
        before = read_cpu_seconds(group.descriptors)
        if before is None:  # version 1 of control groups, without the hierarchy that counts
            assert not os.access(ROOT / "cpuacct", os.W_OK)
            return
        pid = os.fork()
        if pid == 0:
            join(group.descriptors)
            until = os.times().user + 0.3
            while os.times().user < until:
                pass
            os._exit(0)
        os.waitpid(pid, 0)
        assert read_cpu_seconds(group.descriptors) - before >= 0.25
        assert BoxMeter(pid, group.descriptors).used().cpu_seconds >= 0.25


def test_no_group_counts_no_time():
    assert read_cpu_seconds(()) is None


def test_without_a_group_no_waiting_is_told_since_unseen_children_could_be_the_reason():
    used = BoxMeter(os.getpid(), (), lambda first: 2.5).used()
    assert used == Used(2.5, 0.0)


@pytest.fixture
def counting(tmp_path):
    """Descriptors as those of a group of version 2, whose processes have used a second and a half."""
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    with (tmp_path / "cpu.stat").open("rb") as file:
        yield (file.fileno(),) * 3


def test_what_ended_unseen_keeps_its_share():
    seen = iter([1.0, 4.0, 0.5, 2.0])
    box = BoxMeter(-1, (), lambda first: next(seen))
    assert [box.used().cpu_seconds for _ in range(4)] == [1.0, 4.0, 4.0, 5.5]


def test_waiting_is_that_of_the_process_that_serves_on_top_of_the_one_before(tmp_path, counting):
    for number, nanoseconds in ((1, 3_000_000_000), (2, 500_000_000)):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "schedstat").write_text(f"7 {nanoseconds} 9\n")
    box = BoxMeter(1, counting, proc=tmp_path)
    assert box.used() == Used(1.5, 3.0)
    box.follow(2)
    assert box.used().waited_seconds == 3.5
    (tmp_path / "2" / "schedstat").unlink()  # it has ended
    assert box.used().waited_seconds == 3.5


def test_names_of_processes_are_no_numbers():
    assert run("import ctypes\nctypes.CDLL(None).prctl(15, b') R 1 2 3')\n" + SPIN, meter.times_of) < 5


class Counted:
    """A meter that says what a test says, and how often it was asked."""

    def __init__(self):
        self.said, self.asked = Used(), 0

    def follow(self, pid):
        raise AssertionError(pid)

    def used(self):
        self.asked += 1
        return self.said


def test_a_watch_looks_when_something_may_be_over_and_not_before():
    now, counted = [100.0], Counted()
    watch = Watch(Limit(10.0, 40.0), counted, 100.0, lambda: now[0])
    assert (watch.look(), counted.asked) == (None, 0)
    while watch.until < 139:
        now[0], counted.said = watch.until, Used((watch.until - 100) / 8)
        assert watch.look() is None
    assert counted.asked < 60
    now[0], counted.said = 140.0, Used(6.0, 34.0)
    assert watch.look() is None
    now[0], counted.said = 180.0, Used(6.0, 74.0)
    assert watch.look() is Breach.STARVED


def test_a_watch_without_a_meter_goes_by_the_clock():
    now = [0.0]
    watch = Watch(Limit(10.0, 10.0, metered=False), Unmetered(), 0.0, lambda: now[0])
    now[0] = 9.9
    assert watch.look() is None
    now[0] = 10.0
    assert watch.look() is Breach.WALL
