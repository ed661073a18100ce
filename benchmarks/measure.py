"""Counts what a stretch of work costs: wall clock, CPU of every process involved, memory of a process tree.

The engine's zygotes run on their own: what is done in them is neither this process's time nor its
children's. So their trees are read from /proc: for each living process its own time and that of the
children it has reaped, which the kernel keeps in nanoseconds and shows in clock ticks.
"""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

TICK_SECONDS = 1.0 / os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True)
class Diagnosing:
    """CPU of diagnosing one wrong sample: at the median of the samples, and of the worst of them."""

    samples: int
    median_seconds: float
    worst_seconds: float
    worst: str


@dataclass(frozen=True)
class Packages:
    """What the second warm process costs once: a grading that waits for it, and the memory it takes."""

    first_seconds: float
    held_bytes: int


@dataclass(frozen=True)
class Cost:
    """What `count` submissions cost together, with up to `at_once` of them in flight."""

    name: str
    count: int
    at_once: int
    wall_seconds: float
    cpu_seconds: float

    @property
    def wall_each(self) -> float:
        """Wall-clock seconds per submission."""
        return self.wall_seconds / self.count

    @property
    def cpu_each(self) -> float:
        """CPU seconds per submission, of all processes."""
        return self.cpu_seconds / self.count


class Meter:
    """Measures a `with` block: this process, its children, and the trees under `roots()`."""

    def __init__(self, roots: Callable[[], Iterable[int]] = tuple) -> None:
        self._roots = roots
        self.wall_seconds = 0.0
        self.cpu_seconds = 0.0

    def __enter__(self) -> "Meter":
        self.cpu_seconds = -self._cpu()
        self.wall_seconds = -time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wall_seconds += time.monotonic()
        self.cpu_seconds += self._cpu()

    def cost(self, name: str, count: int, at_once: int) -> Cost:
        """Return what was measured, as the cost of `count` submissions."""
        return Cost(name, count, at_once, self.wall_seconds, self.cpu_seconds)

    def _cpu(self) -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = time.process_time() + children.ru_utime + children.ru_stime
        return own + tree_cpu(self._roots())


class MemoryPeak:
    """Samples the memory of the trees under `roots()` while a `with` block runs."""

    def __init__(self, roots: Callable[[], Iterable[int]], every_seconds: float = 0.2) -> None:
        self._roots = roots
        self._every_seconds = every_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.before_bytes = 0
        self.peak_bytes = 0
        self.processes = 0

    def __enter__(self) -> "MemoryPeak":
        self.before_bytes = self._sample()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(self._every_seconds):
            self._sample()

    def _sample(self) -> int:
        pids = tree(self._roots())
        total = sum(map(proportional_bytes, pids))
        self.processes = max(self.processes, len(pids))
        self.peak_bytes = max(self.peak_bytes, total)
        return total


def held_bytes(roots: Iterable[int]) -> int:
    """Return the memory of the trees under `roots`, what they share counted once."""
    return sum(map(proportional_bytes, tree(roots)))


def tree(roots: Iterable[int]) -> list[int]:
    """Return the pids of `roots` and of everything below them that is alive."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = list(roots)
    for pid in found:  # grows as it is walked
        found.extend(children.get(pid, []))
    return found


def tree_cpu(roots: Iterable[int]) -> float:
    """Return the CPU seconds of the trees under `roots`, with all that has been reaped in them."""
    return sum(process_cpu(pid) for pid in tree(roots))


def process_cpu(pid: int) -> float:
    """Return the CPU seconds of a process and of the children it has reaped; 0 if it is gone."""
    fields = _stat(pid)
    return sum(int(field) for field in fields[11:15]) * TICK_SECONDS if fields else 0.0


def proportional_bytes(pid: int) -> int:
    """Return the memory of a process, what it shares divided among the sharers; 0 if it may not be read."""
    try:
        text = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.split("\n") if line.startswith("Pss:")), 0)


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third (the state) on; [] if the process is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
