"""A keeper without walls: the same messages, a forked session, no sandbox.

It runs in a forked process, loads a module from source text, and forks a session from itself for each Open.
"""

import array
import os
import select
import signal
import socket
import sys
import time
import types
from contextlib import contextmanager
from pathlib import Path

import torch

from tests.processes import tell
from worker.guest.session import serve
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed
from worker.wire.message import Ended, Ending, Hello, Kill, Loaded, LoadFailed, Open, Opened


class KeeperDouble:
    """Serves one connection. ``module`` is what sessions serve, or a LoadFailed to refuse with."""

    def __init__(self, connection, module, loaded=None):
        self.channel = Channel(connection, Open | Kill)
        self.module = module
        self.loaded = loaded or Loaded()
        self.pid = 0
        KEEPER[:] = [self]

    def run(self):
        if isinstance(self.module, LoadFailed):
            self.channel.send(self.module)
            return
        self.channel.send(self.loaded)
        try:
            while True:
                self.step()
        except ChannelClosed:
            self.reap("closed")

    def step(self):
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        if self.pid:
            pidfd = os.pidfd_open(self.pid)
            poll.register(pidfd, select.POLLIN)
            ready = dict(poll.poll())
            os.close(pidfd)
            if self.channel.fileno() not in ready:
                self.channel.send(Ended(ending=self.reap("closed")))
                return
        match self.channel.receive():
            case Open():
                self.open()
            case Kill(how=how):
                if self.pid:
                    self.channel.send(Ended(ending=self.reap(how)))

    def open(self):
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            os.close(reading)
            self.channel.close()
            run_session(theirs, writing, self.module)
        theirs.close()
        os.close(writing)
        greet(ours)
        self.channel.send(Opened(), descriptors=(ours.fileno(), reading))
        ours.close()
        os.close(reading)

    def reap(self, how):
        if not self.pid:
            return Ending(how="closed")
        finished, status = wait_briefly(self.pid)
        if not finished:
            tell([self.pid], signal.SIGKILL)
            _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        # It may have been about to end by itself, and does as it was about to.
        if not finished and os.waitstatus_to_exitcode(status) == -signal.SIGKILL:
            return Ending(how=how)
        number = os.waitstatus_to_exitcode(status)
        return Ending(how="exited" if number >= 0 else "signalled", number=abs(number))


def die_with_session(*_):
    """End this process; its session reads the end of its socket or is killed as an orphan of ours."""
    if KEEPER:
        KEEPER[0].reap("closed")
    os._exit(0)


KEEPER = []


def wait_briefly(pid, seconds=0.05):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        finished, status = os.waitpid(pid, os.WNOHANG)
        if finished:
            return True, status
        time.sleep(0.002)
    return False, 0


def greet(connection):
    """Read exactly the Hello, as the real keeper does."""
    channel = Channel(connection.dup(), Hello)
    channel.receive(seconds=180)
    connection.setblocking(False)


def run_session(connection, writing, module):
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    sys.stdout = open(1, "w", closefd=False)
    sys.stderr = open(2, "w", closefd=False)
    code = 1
    try:
        serve(connection, module)
        code = 0
    finally:
        os._exit(code)


def module_from(source, name="mlp", folder="/home/student"):
    """Run source text as the module a submission would be."""
    import linecache

    file = f"{folder}/{name}.py"
    module = types.ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(source), None, [f"{line}\n" for line in source.split("\n")], file)
    sys.modules[name] = module
    exec(compile(source, file, "exec"), module.__dict__)
    return module


@contextmanager
def keeper_for(source, loaded=None):
    """Yield the examiner's end of a keeper for a submission given as text, path, or LoadFailed."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            # The threads of the tests' process stay behind, and torch would wait for them without end.
            torch.set_num_threads(1)
            signal.signal(signal.SIGUSR1, die_with_session)
            if isinstance(source, Path):
                source = source.read_text()
            module = source if isinstance(source, LoadFailed) else module_from(source)
            KeeperDouble(theirs, module, loaded).run()
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        tell([pid], signal.SIGUSR1)
        os.waitpid(pid, 0)


def attach(connection, payload, descriptors):
    """Send bytes with descriptors, for protocol tests."""
    connection.sendmsg([payload], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))])
