"""A control group per box: memory, processes and CPU time of everything in it, together.

Made by the trusted side before the student's file runs, and removed afterwards. Descriptors of the
group's files travel with the Job, so that the box's first process can move itself in before it is
locked down, without ever seeing the file system they come from:

    cgroup.procs of each hierarchy …, then the count of out-of-memory kills, the peak, and the CPU time

Version 1 (memory and pids, and cpuacct if it is there) and version 2 are served. Where neither is writable,
``Groups.find`` says why, and a box has per-process limits only.
"""

import contextlib
import errno
import itertools
import os
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path("/sys/fs/cgroup")
# What the group's own counters (page tables, kernel stacks, pages copied after a fork) take on top.
MEMORY_SLACK_BYTES = 64 * 1024 * 1024
_TRIAL_BYTES = 1 << 28
_PREFIX = "chainrule"
# The hierarchies of version 1 that a group must have.
_FIRST = ("memory", "pids")
_REMOVE_SECONDS = 2.0
_RESULT_FILES = 3
_NANOSECONDS = 1e9
_MICROSECONDS = 1e6


@dataclass(frozen=True)
class Usage:
    """What a group used: greatest memory in bytes, and how many of its processes memory killed."""

    peak_bytes: int
    out_of_memory_kills: int


@dataclass
class Group:
    """One box's group. ``descriptors`` belong to it until ``close``; ``left`` gets what has to wait."""

    folders: tuple[Path, ...]
    descriptors: tuple[int, ...] = field(default=())
    left: deque[Path] = field(default_factory=deque)

    def usage(self) -> Usage:
        """Read the counters."""
        return read_usage(self.descriptors)

    def close(self) -> None:
        """Remove the group once its last process is gone; raises OSError if that takes too long."""
        self._close_descriptors()
        for folder in self.folders:
            _remove(folder)

    def _close_descriptors(self) -> None:
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except OSError:
            # A box may take its time to end. That is no fault of the grading, which has its report already.
            self.left.extend(self.folders)


class Groups:
    """Where groups are made: one hierarchy (version 2) or several (version 1)."""

    def __init__(self, parents: tuple[Path, ...], version: int) -> None:
        self._parents = parents
        self._version = version
        self._numbers = itertools.count()
        self._left: deque[Path] = deque()

    @classmethod
    def find(cls, root: Path = ROOT) -> "Groups | str":
        """Return where groups can be made, or one line that says why they can't."""
        why = f"no memory controller is mounted under {root}"
        for version, parents in ((2, _second_version(root)), (1, _first_version(root))):
            if not parents:
                continue
            groups = cls(parents, version)
            try:
                groups.make(_TRIAL_BYTES, 1).close()
            except OSError as error:
                why = f"{error.filename or parents[0]}: {error.strerror}"
                continue
            groups.sweep()
            return groups
        return why

    def sweep(self) -> None:
        """Remove groups of engines that were killed and could not."""
        for parent in self._parents:
            for folder in parent.glob(f"{_PREFIX}-*-*"):
                owner = folder.name.split("-")[1]
                if owner.isdigit() and not Path("/proc", owner).exists():
                    with contextlib.suppress(OSError):
                        folder.rmdir()

    def make(self, memory_bytes: int, processes: int) -> Group:
        """Make a group with these limits; raises OSError when the kernel refuses."""
        self._remove_left()
        name = f"{_PREFIX}-{os.getpid()}-{next(self._numbers)}"
        folders = tuple(parent / name for parent in self._parents)
        group = Group(folders, left=self._left)
        try:
            for folder in folders:
                folder.mkdir()
            for folder, file, value in self._limits(folders, memory_bytes + MEMORY_SLACK_BYTES, processes):
                _write(folder / file, value)
            group.descriptors = self._open(folders)
        except OSError:
            group.close()
            raise
        return group

    def _remove_left(self) -> None:
        """Remove groups whose box was still ending when its grading was over."""
        for _ in range(len(self._left)):
            with contextlib.suppress(IndexError):  # another thread was faster
                folder = self._left.popleft()
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    continue
                except OSError:
                    self._left.append(folder)

    def _limits(
        self, folders: tuple[Path, ...], memory_bytes: int, processes: int
    ) -> list[tuple[Path, str, int]]:
        if self._version == 1:
            memory, pids, *_ = folders
            return [(memory, "memory.limit_in_bytes", memory_bytes), (pids, "pids.max", processes)]
        return [(folders[0], "memory.max", memory_bytes), (folders[0], "pids.max", processes)]

    def _open(self, folders: tuple[Path, ...]) -> tuple[int, ...]:
        kills, peak = (
            ("memory.oom_control", "memory.max_usage_in_bytes")
            if self._version == 1
            else ("memory.events", "memory.peak")
        )
        if not (folders[0] / peak).exists():  # Linux before 5.19
            peak = "memory.current"
        opened = [os.open(folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for folder in folders]
        counters = (folders[0] / kills, folders[0] / peak, self._cpu_time(folders))
        return (*opened, *(os.open(each, os.O_RDONLY | os.O_CLOEXEC) for each in counters))

    def _cpu_time(self, folders: tuple[Path, ...]) -> Path:
        """Return where the kernel counts CPU time: version 2 always does. An empty file where it does not."""
        if self._version == 2:
            return folders[0] / "cpu.stat"
        return folders[-1] / "cpuacct.usage" if len(folders) > len(_FIRST) else Path(os.devnull)


def join(descriptors: tuple[int, ...]) -> None:
    """Move the calling process into the group whose descriptors came with the Job."""
    for descriptor in descriptors[: len(descriptors) - _RESULT_FILES]:
        os.write(descriptor, b"0\n")


def read_usage(descriptors: tuple[int, ...]) -> Usage:
    """Read the counters through the last two descriptors; zeros where there is no group."""
    if len(descriptors) < _RESULT_FILES:
        return Usage(0, 0)
    kills, peak = (os.pread(descriptor, 4096, 0).decode() for descriptor in descriptors[-_RESULT_FILES:-1])
    counters = dict(line.split() for line in kills.split("\n") if len(line.split()) == 2)
    return Usage(int(peak or 0), int(counters.get("oom_kill", 0)))


def read_cpu_seconds(descriptors: tuple[int, ...]) -> float | None:
    """Return the CPU seconds of all processes that were ever in the group; None where nothing counts them."""
    if len(descriptors) < _RESULT_FILES:
        return None
    words = os.pread(descriptors[-1], 4096, 0).decode().split()
    if "usage_usec" in words:
        return int(words[words.index("usage_usec") + 1]) / _MICROSECONDS
    return int(words[0]) / _NANOSECONDS if words else None


def _first_version(root: Path) -> tuple[Path, ...]:
    parents = tuple(root / each for each in _FIRST)
    if not all((parent / "cgroup.procs").exists() for parent in parents):
        return ()
    counting = root / "cpuacct"
    return (*parents, counting) if os.access(counting, os.W_OK) else parents


def _second_version(root: Path) -> tuple[Path, ...]:
    try:
        own = _own_folder(root)
        enabled = (own / "cgroup.subtree_control").read_text().split()
    except OSError:
        return ()
    return (own,) if {"memory", "pids"} <= set(enabled) else ()


def _own_folder(root: Path) -> Path:
    """Return the nearest group above our own that hands memory and pids on to its children."""
    line = next(line for line in Path("/proc/self/cgroup").read_text().split("\n") if line.startswith("0::"))
    folder = root / line.removeprefix("0::").lstrip("/")
    return folder.parent if folder != root else folder


def _write(path: Path, value: int) -> None:
    with path.open("w") as file:
        file.write(str(value))


def _remove(folder: Path) -> None:
    """Remove a group; its last process may still be on its way out."""
    until = time.monotonic() + _REMOVE_SECONDS
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError as error:
            if error.errno != errno.EBUSY or time.monotonic() > until:
                raise
            time.sleep(0.001)
        else:
            return
