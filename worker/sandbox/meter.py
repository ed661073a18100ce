"""How much CPU time a box has used, and how long it waited for a processor: read from outside.

The control group of a box counts all that ever ran in it. Where there is none, the processes that live in it
are added up with the children they waited for. That count can miss a child that ends between two readings
and that nobody waits for. What such children used is bounded by the net of wall clock alone; and since they
can make a process wait without anybody seeing it, no waiting is told where there is no group: a submission
could look starved by others and would be started again.

How long a process waited is the second number of its schedstat (Linux, Documentation/scheduler/sched-stats,
"time spent waiting on a runqueue", in nanoseconds).
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from worker.sandbox import cgroup
from worker.sandbox.enclosure import namespace_of
from worker.wire.metering import Breach, Limit, Used

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_TIMES = slice(11, 15)
"""utime, stime, cutime and cstime, counted from behind the name in /proc/<pid>/stat (proc(5))."""
_NANOSECONDS = 1e9


class Meter(Protocol):
    """What a keeper asks."""

    def follow(self, pid: int) -> None:
        """From now on this process serves, and it is the one whose waiting counts."""

    def used(self) -> Used:
        """Return what the box has used since it began."""


class BoxMeter:
    """Measures one box.

    pid      of its first process, as this process namespace knows it
    group    descriptors of its control group, none where there is none
    process_seconds, proc  what living processes have used, where the kernel tells of them: else in tests
    """

    def __init__(
        self,
        pid: int,
        group: tuple[int, ...],
        process_seconds: Callable[[int], float] | None = None,
        proc: Path = _PROC,
    ) -> None:
        self._first = self._served = pid
        self._group = group
        self._process_seconds = process_seconds or seconds_of_processes
        self._proc = proc
        self._waited = _Growing()
        self._living = _Growing()

    def follow(self, pid: int) -> None:
        """From now on count how long this process waits, on top of what the one before waited."""
        self._waited.see(self._seconds_waited())
        self._waited.begin()
        self._served = pid

    def used(self) -> Used:
        """Return what the box has used since it began; what can't be read any more stays as it was."""
        cpu = cgroup.read_cpu_seconds(self._group)
        if cpu is None:
            return Used(self._living.see(self._process_seconds(self._first)))
        return Used(cpu, self._waited.see(self._seconds_waited()))

    def _seconds_waited(self) -> float:
        with suppress(OSError, ValueError, IndexError):
            return int((self._proc / str(self._served) / "schedstat").read_text().split()[1]) / _NANOSECONDS
        return 0.0


class Unmetered:
    """Stands for a meter where only the wall clock counts, as on a card."""

    def follow(self, pid: int) -> None:
        """Do nothing."""

    def used(self) -> Used:
        """Return nothing."""
        return Used()


class Watch:
    """Looks whether a box is over a limit, no more often than needed; ``until`` is when to look next.

    began  when the box began, by the same clock
    """

    def __init__(
        self, limit: Limit, meter: Meter, began: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self._meter = meter
        self._began = began
        self._clock = clock
        self.until = began + limit.look_seconds(Used(), 0.0)

    def look(self) -> Breach | None:
        """Return why the limit is over, None if it is not or if it is too early to look."""
        now = self._clock()
        if now < self.until:
            return None
        used, wall_seconds = self._meter.used(), now - self._began
        self.until = now + self.limit.look_seconds(used, wall_seconds)
        return self.limit.breach(used, wall_seconds)


class _Growing:
    """A sum that only grows: when what is seen of it drops, those whose share is gone keep it."""

    def __init__(self) -> None:
        self._gone = self._seen = 0.0

    def begin(self) -> None:
        """Keep what was seen, and see something else from now on."""
        self._gone, self._seen = self._gone + self._seen, 0.0

    def see(self, seconds: float) -> float:
        """Return the sum with what is seen now."""
        self._gone += max(0.0, self._seen - seconds)
        self._seen = seconds
        return self._gone + self._seen


def seconds_of_processes(first: int) -> float:
    """Return the CPU seconds of all living processes of a box and of the children they waited for."""
    return sum(times_of(pid) for pid in _inhabitants(first))


def _inhabitants(first: int) -> Iterator[int]:
    with suppress(OSError):
        home = namespace_of(first)
        for entry in _PROC.iterdir():
            with suppress(OSError, ValueError):
                if namespace_of(int(entry.name)) == home:
                    yield int(entry.name)


def times_of(pid: int) -> float:
    """Return the CPU seconds of a process, its threads and the children it waited for; 0 when it is gone."""
    with suppress(OSError, ValueError):
        # The name may hold anything, brackets and spaces too; the last bracket ends it.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return sum(map(int, fields[_TIMES])) / _TICKS
    return 0.0
