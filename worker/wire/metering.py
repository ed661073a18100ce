"""What a box has used, as its keeper measures it, and when that is too much.

A limit counts CPU seconds, so that a machine that is busy with others costs nobody points. What sleeps uses
none: behind each limit is a net of wall clock. Time in which others kept a box from a processor is no part of
that, up to a stretch of the net: then the box was starved, which is our fault.
"""

import os
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum

from worker.wire import patience
from worker.wire.errors import WireError

_ASK = b"?"
_USED = struct.Struct("2d")
PROCESSORS = len(os.sched_getaffinity(0))


class Breach(StrEnum):
    """Why a limit is over."""

    CPU = "cpu"
    WALL = "wall"
    STARVED = "starved"


@dataclass(frozen=True)
class Used:
    """CPU seconds of all processes of a box, and seconds that the one which serves waited for a processor."""

    cpu_seconds: float = 0.0
    waited_seconds: float = 0.0

    def __sub__(self, other: "Used") -> "Used":
        cpu, waited = self.cpu_seconds - other.cpu_seconds, self.waited_seconds - other.waited_seconds
        return Used(max(0.0, cpu), max(0.0, waited))


@dataclass(frozen=True)
class Limit:
    """CPU seconds, and the wall clock behind them; ``metered`` is false where that alone is known."""

    seconds: float
    net_seconds: float
    metered: bool = True

    @property
    def most_seconds(self) -> float:
        """How long it may take by the clock, however busy the machine is."""
        return patience.STRETCH * self.net_seconds if self.metered else self.net_seconds

    def breach(self, used: Used, wall_seconds: float) -> Breach | None:
        """Return why this much is too much, None if it is not."""
        if self.metered and used.cpu_seconds >= self.seconds:
            return Breach.CPU
        excused = _kept_from_processors(used, wall_seconds) if self.metered else 0.0
        if wall_seconds - excused >= self.net_seconds:
            return Breach.WALL
        return Breach.STARVED if wall_seconds >= self.most_seconds else None

    def look_seconds(self, used: Used, wall_seconds: float) -> float:
        """Return for how long nothing can be over: as if every processor worked for the box."""
        if not self.metered:
            return max(patience.LEAST, self.net_seconds - wall_seconds)
        left = min(self.net_seconds - wall_seconds, (self.seconds - used.cpu_seconds) / PROCESSORS)
        return max(patience.LOOK, left)


def _kept_from_processors(used: Used, wall_seconds: float) -> float:
    """Return how long others kept a box from calculating.

    The waiting that its own threads cause each other does not count. Whenever one waits for another, that one
    uses a processor, so such waiting is at most what the box has used, and is taken off. Nor does the waiting
    of what would have slept: where it did not wait, it must have calculated longer than it slept.
    """
    slept = wall_seconds - used.waited_seconds - used.cpu_seconds
    return max(0.0, used.waited_seconds - used.cpu_seconds) if used.cpu_seconds > slept else 0.0


def limit(seconds: float, net_seconds: float, *, metered: bool) -> Limit:
    """Return the limit of so many CPU seconds; of so many of wall clock where nothing is metered."""
    return Limit(seconds, net_seconds if metered else seconds, metered)


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the keeper's end of a meter, and the end of who asks."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def ask(meter: socket.socket) -> Used:
    """Return what the box has used so far; raises WireError when the keeper does not say it."""
    try:
        meter.settimeout(patience.examiner_answer())
        meter.send(_ASK, socket.MSG_NOSIGNAL)
        said = meter.recv(_USED.size)
        return Used(*_USED.unpack(said))
    except (OSError, struct.error) as error:
        raise WireError(f"the box is not measured any more: {error}") from None


def packed(used: Used) -> bytes:
    """Return an answer as it is sent."""
    return _USED.pack(used.cpu_seconds, used.waited_seconds)


def answer(meter: socket.socket, used: Used) -> bool:
    """Answer one question; returns whether there may be more."""
    try:
        asked = meter.recv(len(_ASK), socket.MSG_DONTWAIT)
        if asked:
            meter.send(packed(used), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        return bool(asked)
    except OSError:
        return False
