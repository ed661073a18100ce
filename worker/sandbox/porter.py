"""The first process of a guest zygote: lets gradings in and gives each a keeper.

Keepers are threads of this process: it holds no torch, runs nothing of a submission and is never
forked once it serves, so they cost a fiftieth of a fork and share nothing a box could see. The warm
process is its child; when that ends, or the lifeline does, everything ends.
"""

import select
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable

SHORTAGE_SECONDS = 0.1
Keep = Callable[[socket.socket], None]


def serve(listener: socket.socket, lifeline: socket.socket, queue: socket.socket, keep: Keep) -> None:
    """Accept connections and start keepers until the lifeline or the warm process ends."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(lifeline, select.POLLIN)
    poll.register(queue, 0)
    while True:
        ready = dict(poll.poll())
        if lifeline.fileno() in ready or queue.fileno() in ready:
            return
        _admit(listener, keep)


def _admit(listener: socket.socket, keep: Keep) -> None:
    try:
        connection, _ = listener.accept()
        threading.Thread(target=_run, args=(connection, keep), daemon=True).start()
    except (OSError, RuntimeError):
        # Out of descriptors, memory or threads: the peer sees a closed connection, and others go on.
        _report()
        time.sleep(SHORTAGE_SECONDS)


def _run(connection: socket.socket, keep: Keep) -> None:
    with connection:
        try:
            keep(connection)
        except Exception:  # a fault of ours in one grading is no reason to end the others
            _report()


def _report() -> None:
    traceback.print_exc()
    sys.stderr.flush()
