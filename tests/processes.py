"""Processes of tests: they end with their test however that ends, and are signalled while they are there."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

STOPPED = frozenset("tTZX")  # as /proc names it; who has ended will do nothing either


@contextlib.contextmanager
def started(words, *, ends=signal.SIGKILL, **options):
    """Start a process; after the block it has ended and its pipes are closed, whatever happened in it."""
    with subprocess.Popen(words, **options) as process:
        try:
            yield process
        finally:
            process.send_signal(ends)


def tell(pids, number):
    """Send a signal to those that are still there: who was listed may have ended since."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def pause(listed):
    """Pause all that a function lists, and what they started meanwhile; returns whom."""
    paused = set()
    while new := set(listed()) - paused:
        tell(new, signal.SIGSTOP)
        paused |= new
        # Until it has stopped, it may start another.
        while any(state(pid) not in STOPPED for pid in new):
            time.sleep(0.01)
    return paused


def below(pid):
    """Return a process and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if fields := _fields(folder.name):
            parents[int(folder.name)] = int(fields[1])
    found = [pid]
    for each in found:  # grows as it is walked
        found += [child for child, parent in parents.items() if parent == each]
    return found


def state(pid):
    """Return the letter of what a process does; X when there is none."""
    return (_fields(pid) or ["X"])[0]


def cpu_seconds(pid):
    """Return what a process and those of its children that have ended took of processors; 0 without one."""
    return sum(map(int, _fields(pid)[11:15])) / os.sysconf("SC_CLK_TCK")


def gone(pids):
    """Say whether all have ended; whether somebody has asked how does not matter."""
    return all(state(pid) in "ZX" for pid in pids)


def gone_group(number):
    """Say whether all of a process group have ended."""
    names = [folder.name for folder in Path("/proc").glob("[0-9]*")]
    members = [name for name in names if (_fields(name) or [""] * 3)[2] == str(number)]
    return gone(members)


def _fields(pid):
    """Return what /proc says of a process after its name; nothing when there is none."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return []
