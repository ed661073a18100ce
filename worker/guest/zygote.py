"""The guest zygote: imports torch once and forks boxes.

    porter          first process in the outer wall: accepts gradings            (sandbox.porter)
    │               a keeper per grading, in a thread                            (sandbox.keeper)
    └── warm process, first of a process namespace of its own: forks boxes       (here)
        └── checkpoint …  first of a process namespace per submission            (guest.checkpoint)

The warm process has one thread, never sees a submission's bytes, and has capabilities only over a
user namespace of its own: enough to make a process namespace, fork once into it, and come back.
So a box costs one fork of a torch-sized process, and its keeper none.
"""

import gc
import json
import os
import resource
import select
import socket
import sys
import traceback
from contextlib import suppress
from dataclasses import dataclass

from worker.guest import checkpoint, warmth
from worker.sandbox import keeper, kernel, lockdown, orders, porter
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Wall
from worker.sandbox.settings import Settings
from worker.sandbox.witness import Witness
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.message import Ready

_FACTS_BYTES = 64 * 1024


def main(listener: socket.socket, lifeline: socket.socket) -> None:
    """Serve gradings until the lifeline ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    channel: Channel[Settings] = Channel(lifeline, Settings)
    settings = channel.receive(seconds=patience.LEAVE)
    walls = frozenset(Wall(name) for name in settings.walls)
    queue, warm_end = orders.pair()
    helper = os.fork()
    if helper == 0:
        _enclose(settings, walls, warm_end, (listener, lifeline, queue))
    warm_end.close()
    os.waitpid(helper, 0)
    facts = queue.recv(_FACTS_BYTES)
    if not facts:
        sys.exit("the warm process ended before it was ready")
    keeper.prepare()
    channel.send(Ready(facts=json.loads(facts)), seconds=patience.LEAVE)
    porter.serve(listener, lifeline, queue, lambda connection: keeper.keep(connection, queue, walls))
    os._exit(0)


def _enclose(
    settings: Settings, walls: frozenset[Wall], queue: socket.socket, others: tuple[socket.socket, ...]
) -> None:
    """Fork the warm process as the first of its own process namespace, and end."""
    status = 1
    try:
        for other in others:
            other.close()
        user, group = os.getuid(), os.getgid()
        if walls:
            kernel.unshare(kernel.CLONE_NEWUSER | (kernel.CLONE_NEWPID if Wall.PROCESSES in walls else 0))
            lockdown.map_identity(user, group)
        if os.fork() == 0:
            Warm(settings, walls, queue).run()
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


@dataclass
class _Running:
    """A box that was forked: its first process and where its end is told."""

    pid: int
    pidfd: int
    report: socket.socket


class Warm:
    """The warm process."""

    def __init__(self, settings: Settings, walls: frozenset[Wall], queue: socket.socket) -> None:
        self._settings = settings
        self._walls = walls
        self._queue = queue
        self._boxes: dict[int, _Running] = {}
        self._poll = select.poll()
        self._witness = Witness()

    def run(self) -> None:
        """Warm up, say so, and fork boxes on order."""
        facts = warmth.warm_up(self._settings, self._walls, self._witness)
        if len(os.listdir("/proc/self/task")) != 1:
            raise SandboxError("the warm process has more than one thread; its forks would hang")
        self._itself = os.pidfd_open(os.getpid())
        self._poll.register(self._queue, select.POLLIN)
        self._queue.send(json.dumps(facts).encode())
        gc.collect()
        gc.freeze()
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._queue.fileno():
                    self._fork_box()
                elif descriptor in self._boxes:
                    self._watch(descriptor)

    def _fork_box(self) -> None:
        try:
            order = orders.accept(self._queue)
        except SandboxError:
            traceback.print_exc()
            return
        if order is None:
            os._exit(0)
        with order.report:
            try:
                pid = self._fork(order)
            except (OSError, SandboxError) as error:
                with suppress(OSError):  # its keeper may be gone
                    orders.tell_failed(order.report, str(error))
            else:
                self._remember(pid, order.report.dup())
            finally:
                for descriptor in (order.control, order.output, *order.cgroup):
                    os.close(descriptor)

    def _fork(self, order: orders.Order) -> int:
        """Fork the first process of a new process namespace, and come back to our own."""
        separate = Wall.PROCESSES in self._walls
        if separate:
            kernel.unshare(kernel.CLONE_NEWPID)
        try:
            pid = os.fork()
            if pid == 0:
                checkpoint.run(self._settings, self._walls, order, self._witness)
        finally:
            if separate:
                kernel.enter_namespace(self._itself, kernel.CLONE_NEWPID)
        return pid

    def _remember(self, pid: int, report: socket.socket) -> None:
        box = _Running(pid, os.pidfd_open(pid), report)
        self._boxes[box.pidfd] = self._boxes[report.fileno()] = box
        self._poll.register(box.pidfd, select.POLLIN)
        self._poll.register(report, 0)
        try:
            orders.tell_started(report, box.pidfd)
        except OSError:
            os.kill(pid, 9)

    def _watch(self, descriptor: int) -> None:
        """A box ended, or its keeper did and the box must."""
        box = self._boxes[descriptor]
        if descriptor == box.report.fileno():
            self._poll.unregister(descriptor)
            os.kill(box.pid, 9)
            return
        _, status, usage = os.wait4(box.pid, 0)
        try:
            orders.tell_ended(box.report, status, usage.ru_maxrss)
        except OSError:
            pass  # its keeper is gone; nobody asks
        if box.report.fileno() in self._boxes:
            self._forget(box)

    def _forget(self, box: _Running) -> None:
        for descriptor in (box.pidfd, box.report.fileno()):
            self._boxes.pop(descriptor, None)
            try:
                self._poll.unregister(descriptor)
            except KeyError:
                pass
        os.close(box.pidfd)
        box.report.close()
