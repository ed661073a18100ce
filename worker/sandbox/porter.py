"""The first process of a guest zygote: lets gradings in and forks a keeper for each.

It never imports torch, so a keeper costs a fork of a small process. The warm process is its child;
when either ends, or the lifeline does, everything ends.
"""

import os
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable

SHORTAGE_SECONDS = 0.1


def serve(
    listener: socket.socket,
    lifeline: socket.socket,
    queue: socket.socket,
    keep: Callable[[socket.socket], None],
) -> None:
    """Accept connections and fork keepers until the lifeline or the warm process ends."""
    listener.setblocking(False)
    poll = select.poll()
    for watched in (listener, lifeline, queue):
        poll.register(watched, select.POLLIN if watched is listener else 0)
    poll.register(lifeline, select.POLLIN)
    keepers: dict[int, int] = {}
    while True:
        ready = dict(poll.poll())
        if lifeline.fileno() in ready or queue.fileno() in ready:
            return
        for pidfd in [pidfd for pidfd in ready if pidfd in keepers]:
            poll.unregister(pidfd)
            os.close(pidfd)
            os.waitpid(keepers.pop(pidfd), 0)
        if listener.fileno() in ready:
            pidfd, pid = _admit(listener, (listener, lifeline), tuple(keepers), keep)
            if pid:
                keepers[pidfd] = pid
                poll.register(pidfd, select.POLLIN)


def _admit(
    listener: socket.socket,
    private: tuple[socket.socket, ...],
    pidfds: tuple[int, ...],
    keep: Callable[[socket.socket], None],
) -> tuple[int, int]:
    try:
        connection, _ = listener.accept()
        with connection:
            pid = os.fork()
            if pid == 0:
                _become_keeper(connection, private, pidfds, keep)
        return os.pidfd_open(pid), pid
    except OSError:
        # Out of descriptors, memory or processes: the peer sees a closed connection, and others go on.
        traceback.print_exc()
        time.sleep(SHORTAGE_SECONDS)
        return -1, 0


def _become_keeper(
    connection: socket.socket,
    private: tuple[socket.socket, ...],
    pidfds: tuple[int, ...],
    keep: Callable[[socket.socket], None],
) -> None:
    status = 1
    try:
        for other in private:
            other.close()
        for pidfd in pidfds:
            os.close(pidfd)
        keep(connection)
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)
