"""A box as its keeper holds it: handles to its first process, and what can be done from outside."""

import os
import re
import select
import signal
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from worker.sandbox import cgroup, orders
from worker.sandbox.errors import SandboxError
from worker.sandbox.orders import End
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, ChannelTimeout
from worker.wire.limits import WORD_LIMIT_BYTES
from worker.wire.message import Ending, FromCheckpoint, Job

_TO_GROUP = 4
_PEAK = re.compile(rb"^VmHWM:\s*(\d+) kB$", re.MULTILINE)


@dataclass
class Box:
    """A box: its first process, the channel to it, what it prints, and the word of its parent.

    first    pidfd of the checkpoint, the first process of the namespace
    pid      its number as the keeper sees it
    control  channel to the checkpoint
    output   read end of what the import prints
    report   where the warm process tells the end
    group    descriptors of its control group, none where there is none
    """

    first: int
    pid: int
    control: Channel[FromCheckpoint]
    output: int
    report: socket.socket
    group: tuple[int, ...]
    began: float
    end: End | None = None

    @classmethod
    def order(cls, queue: socket.socket, job: Job, groups: tuple[int, ...]) -> "Box":
        """Have a box forked and hand the Job to it; raises SandboxError when there is none.

        The descriptors of ``groups`` are the box's from here on, and closed where there is none.
        """
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe2(os.O_CLOEXEC)
        try:
            first, report = orders.place(queue, theirs.fileno(), writing, groups)
        except SandboxError:
            ours.close()
            for descriptor in (reading, *groups):
                os.close(descriptor)
            raise
        finally:
            theirs.close()
            os.close(writing)
        control: Channel[FromCheckpoint] = Channel(ours, FromCheckpoint, limit_bytes=WORD_LIMIT_BYTES)
        box = cls(first, process_of(first), control, reading, report, groups, time.monotonic())
        try:
            # Where it has ended already, why is heard from it as from any box that ends.
            with suppress(ChannelClosed):
                Channel[FromCheckpoint](ours, FromCheckpoint).send(job, seconds=patience.JOB)
        except ChannelTimeout as error:
            box.destroy()
            raise SandboxError(f"the box did not take its job: {error}") from error
        return box

    def usage(self) -> cgroup.Usage:
        """Return what the box's control group counted."""
        return cgroup.read_usage(self.group)

    def destroy(self) -> End | None:
        """Kill every process of the box and wait until its first is reaped; may be called again."""
        if self.first >= 0:
            kill(self.first)
            self.wait()
            self.control.close()
            self.report.close()
            for descriptor in (self.first, self.output, *self.group):
                os.close(descriptor)
            self.first = -1
        return self.end

    def wait(self) -> End | None:
        """Wait for the word of the box's parent on how it ended; None when it does not come."""
        if self.end is None:
            self.end = orders.read_end(self.report, patience.DEATH)
        return self.end

    def ending(self, how: str = "") -> Ending:
        """Kill the box if it still lives, and say how it ended; ``how`` is why we did, if we did."""
        if not how and not is_over(self.first, patience.EXIT):
            how = "closed"
        kill(self.first)
        end, usage = self.wait(), self.usage()
        if end is None and is_over(self.first):
            return Ending(how="lost", blame="us", why="the warm process did not tell how the box ended")
        if end is None:
            # Killed and still not gone: what holds it up is the box's own, such as memory without end.
            end = End(signal.SIGKILL, 0)
            how = how if how in ("", "out_of_memory", "output_limit") else "timeout"
        number, signalled = describe(end.status)
        # Whoever waits for a child that memory killed seems to hang: memory is what ended it.
        if how in ("", "timeout") and usage.out_of_memory_kills and number == signal.SIGKILL:
            how = "out_of_memory"
        return Ending(
            how=how or ("signalled" if signalled else "exited"),
            number=number,
            peak_memory_bytes=usage.peak_bytes or end.peak_bytes,
            wall_seconds=time.monotonic() - self.began,
        )


def kill(pidfd: int, *, group: bool = False) -> None:
    """Send SIGKILL; before, to the process group it leads where the kernel can (Linux 6.9)."""
    if group:
        # It may lead none, or have left it: a session can have become one by a fork of its own.
        with suppress(OSError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL, None, _TO_GROUP)
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def is_over(pidfd: int, seconds: float = 0.0) -> bool:
    """Say whether the process has ended, or does so within ``seconds``."""
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(int(seconds * 1000)))


def describe(status: int) -> tuple[int, bool]:
    """Return exit status or signal of a wait status, and whether it was a signal."""
    code = os.waitstatus_to_exitcode(status)
    return abs(code), code < 0


def name_of(number: int) -> str:
    """Return the name of a signal, empty for one that has none, such as most real-time signals."""
    return signal.Signals(number).name if number in set(signal.Signals) else ""


def process_of(pidfd: int) -> int:
    """Return the number of the process as this process namespace knows it, -1 when it is over."""
    for line in Path(f"/proc/self/fdinfo/{pidfd}").read_text().split("\n"):
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1


def namespace_of(pid: int) -> str:
    """Return the identity of the process namespace that ``pid`` lives in."""
    return str(Path(f"/proc/{pid}/ns/pid").readlink())


def peak_of(pid: int) -> int:
    """Return the peak resident memory in bytes of a process that still runs, else 0."""
    try:
        status = Path(f"/proc/{pid}/status").read_bytes()
    except OSError:
        return 0
    return peak_in(status)


def peak_in(status: bytes) -> int:
    """Return the peak in what the kernel says of a process, 0 where it says none.

    The process's name stands there as well, in whatever bytes the process chose but a line feed.
    """
    found = _PEAK.search(status)
    return int(found[1]) * 1024 if found else 0
