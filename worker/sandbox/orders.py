"""How a keeper asks the warm process for a box, and hears of its end.

The warm process (worker.guest.zygote) forks boxes and is their parent; keepers live in the porter
beside it. A keeper sends one datagram with descriptors over a socket that all keepers share, and
gets the answers over a socket of its own:

    keeper → warm process   ORDER + [control, output, report, cgroup …]
    warm process → keeper   STARTED + [pidfd of the box's first process], or FAILED and why
    warm process → keeper   ENDED, wait status, peak resident memory in KiB

When the keeper's end of the report closes, the warm process kills the box.
"""

import array
import os
import socket
from dataclasses import dataclass

from worker.sandbox.errors import SandboxError
from worker.wire import patience

ORDER = b"box"
STARTED = b"started"
FAILED = b"failed "
ENDED = b"ended "
# Exit status of a box's first process when something of ours went wrong in it.
FAILURE = 70
DESCRIPTOR_LIMIT = 16
_DATAGRAM_BYTES = 1024
_FIXED_DESCRIPTORS = 3


@dataclass(frozen=True)
class Order:
    """An order as the warm process receives it; it owns the descriptors."""

    control: int
    output: int
    report: socket.socket
    cgroup: tuple[int, ...]


@dataclass(frozen=True)
class End:
    """How the first process of a box ended, from its parent."""

    status: int
    peak_bytes: int


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a datagram connection."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def place(
    orders: socket.socket, control: int, output: int, cgroup: tuple[int, ...]
) -> tuple[int, socket.socket]:
    """Order a box; returns the pidfd of its first process and the socket that will tell its end.

    Raises SandboxError when the warm process does not deliver.
    """
    report, theirs = pair()
    report.settimeout(patience.ORDER)
    try:
        with theirs:
            orders.settimeout(patience.ORDER)
            _send(orders, ORDER, (control, output, theirs.fileno(), *cgroup))
        data, descriptors = _receive(report)
        if data != STARTED or len(descriptors) != 1:
            raise SandboxError(f"no box was forked: {data.decode(errors='replace') or 'no answer'}")
    except OSError as error:
        report.close()
        raise SandboxError(f"the warm process does not answer: {error}") from error
    except SandboxError:
        report.close()
        raise
    return descriptors[0], report


def accept(orders: socket.socket) -> Order | None:
    """Return the next order, or None when the porter is gone."""
    data, descriptors = _receive(orders)
    if not data:
        return None
    if data != ORDER or len(descriptors) < _FIXED_DESCRIPTORS:
        for descriptor in descriptors:
            os.close(descriptor)
        raise SandboxError(f"not an order: {data[:40]!r} with {len(descriptors)} descriptors")
    control, output, report, *cgroup = descriptors
    return Order(control, output, socket.socket(fileno=report), tuple(cgroup))


def tell_started(report: socket.socket, pidfd: int) -> None:
    """Hand the box's first process over to the keeper."""
    _send(report, STARTED, (pidfd,))


def tell_failed(report: socket.socket, why: str) -> None:
    """Say that there is no box."""
    _send(report, FAILED + why.encode()[:500], ())


def tell_ended(report: socket.socket, status: int, peak_kib: int) -> None:
    """Say how the box's first process ended."""
    _send(report, ENDED + f"{status} {peak_kib}".encode(), ())


def read_end(report: socket.socket, seconds: float) -> End | None:
    """Return how the box ended, or None when that was not said in time."""
    report.settimeout(max(seconds, patience.LEAST))
    try:
        data, descriptors = _receive(report)
    except OSError:
        return None
    for descriptor in descriptors:
        os.close(descriptor)
    if not data.startswith(ENDED):
        return None
    status, peak_kib = data.removeprefix(ENDED).split()
    return End(int(status), int(peak_kib) * 1024)


def _send(connection: socket.socket, data: bytes, descriptors: tuple[int, ...]) -> None:
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    connection.sendmsg([data], ancillary, socket.MSG_NOSIGNAL)


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    size = array.array("i").itemsize
    data, ancillary, _, _ = connection.recvmsg(
        _DATAGRAM_BYTES, socket.CMSG_SPACE(size * DESCRIPTOR_LIMIT), socket.MSG_CMSG_CLOEXEC
    )
    received = array.array("i")
    for level, kind, content in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            received.frombytes(content[: len(content) // size * size])
    return data, list(received)
