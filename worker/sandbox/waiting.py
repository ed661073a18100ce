"""How a keeper waits: for a box and for the examiner at once."""

import select
import time
from typing import Any

from worker.wire.channel import Channel


class HungUp(Exception):
    """The examiner ended the connection."""


def wait(examiner: Channel[Any], until: float | None, watched: dict[int, int]) -> dict[int, int]:
    """Return which of the watched are ready for what, none at the deadline; raises HungUp."""
    poll = select.poll()
    poll.register(examiner.fileno(), 0)
    for descriptor, events in watched.items():
        poll.register(descriptor, events)
    seconds = None if until is None else max(0.0, until - time.monotonic())
    ready = dict(poll.poll(None if seconds is None else int(seconds * 1000) + 1))
    if ready.get(examiner.fileno(), 0) & (select.POLLHUP | select.POLLERR):
        raise HungUp
    return ready
