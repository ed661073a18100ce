"""A session as its keeper holds it: forked in the box, known by the kernel's word only."""

import os
import signal
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from worker.sandbox.enclosure import Box, describe, is_over, kill, namespace_of, peak_of
from worker.sandbox.errors import SandboxError
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelTimeout, WireError
from worker.wire.frame import encode_header
from worker.wire.message import Ending, Fork, FromCheckpoint, Hello, Reaped

_CREDENTIALS = struct.Struct("3i")
_HELLO_PAYLOAD = msgspec.msgpack.encode(Hello())
HELLO = encode_header(len(_HELLO_PAYLOAD)) + _HELLO_PAYLOAD


class SessionLate(SandboxError):
    """The checkpoint forked no session in the time it has for that."""


@dataclass
class Session:
    """One session of a box. Socket and output are passed on and closed here once they were sent."""

    pidfd: int
    pid: int
    socket: socket.socket
    output: int
    began: float
    kills_before: int

    @classmethod
    def open(cls, box: Box, seconds: float) -> "Session":
        """Have the checkpoint fork a session; raises SandboxError when none comes to life.

        SessionLate says that none did within ``seconds``, or within what a fork may take.
        """
        until = time.monotonic() + min(seconds, patience.FORK)
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe2(os.O_CLOEXEC)
        try:
            # Before the other end can be written to: credentials are attached when bytes are sent.
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            left = until - time.monotonic()
            box.control.send(Fork(), seconds=left, descriptors=(theirs.fileno(), writing))
            theirs.close()
            pidfd, pid = _identify(box, ours, until)
        except (OSError, WireError) as error:
            ours.close()
            os.close(reading)
            late = isinstance(error, TimeoutError | ChannelTimeout)
            raise (SessionLate if late else SandboxError)(f"no session was forked: {error}") from error
        finally:
            theirs.close()
            os.close(writing)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        _prefer_as_victim(pid)
        return cls(pidfd, pid, ours, reading, time.monotonic(), box.usage().out_of_memory_kills)

    def release(self) -> None:
        """Close our copies of what was passed on."""
        self.socket.close()
        if self.output >= 0:
            os.close(self.output)
            self.output = -1

    def close(self) -> None:
        """Kill it if it lives, and forget it."""
        self.release()
        if self.pidfd >= 0:
            kill(self.pidfd, group=True)
            os.close(self.pidfd)
            self.pidfd = -1

    def end(self, box: Box, how: str = "") -> Ending:
        """Kill it and say how it ended: ``how`` if it still lived, else what its status says."""
        alive = not is_over(self.pidfd)
        peak = peak_of(self.pid) if alive else 0
        if alive and not peak:
            # It gave up its memory and so is ending by itself; its sockets are closed a little earlier.
            alive = not is_over(self.pidfd, patience.EXIT)
        kill(self.pidfd, group=True)
        seconds = time.monotonic() - self.began
        number, signalled = _status(box.control)
        usage = box.usage()
        if usage.out_of_memory_kills > self.kills_before and (signalled or not alive):
            how = "out_of_memory"
        elif not alive or not how:
            how = "signalled" if signalled else "exited"
        return Ending(
            how=how, number=number, peak_memory_bytes=usage.peak_bytes or peak, wall_seconds=seconds
        )


def _identify(box: Box, connection: socket.socket, until: float) -> tuple[int, int]:
    """Return pidfd and number of the process that said Hello; raises SandboxError for anyone else."""
    # Zero would mean not to wait at all, with an error of its own.
    connection.settimeout(max(patience.LEAST, until - time.monotonic()))
    data, ancillary, _, _ = connection.recvmsg(len(HELLO) + 1, socket.CMSG_SPACE(_CREDENTIALS.size))
    if data != HELLO or not ancillary or ancillary[0][1] != socket.SCM_CREDENTIALS:
        raise WireError("the session did not introduce itself")
    pid = int(_CREDENTIALS.unpack(ancillary[0][2][: _CREDENTIALS.size])[0])
    pidfd = os.pidfd_open(pid)
    # The number could have been given to another process since: it must live in this very box.
    try:
        if namespace_of(pid) != namespace_of(box.pid):
            raise WireError("the session is not in this box")
    except BaseException:
        os.close(pidfd)
        raise
    return pidfd, pid


def _prefer_as_victim(pid: int) -> None:
    """When the box's memory runs out, the session goes and the checkpoint stays."""
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
    except OSError:
        return


def _status(control: Channel[FromCheckpoint]) -> tuple[int, bool]:
    """Return the checkpoint's word on how its session ended; unknown counts as killed."""
    try:
        word = control.receive(seconds=patience.STATUS)
        if isinstance(word, Reaped):
            return describe(word.status)
    except (WireError, ValueError, OverflowError):
        pass  # a number that is no wait status at all
    return signal.SIGKILL, True
