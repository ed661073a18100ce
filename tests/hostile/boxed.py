"""Runs one submission in a real box and tells what became of it."""

import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests import processes
from worker.sandbox.box import Zygote
from worker.sandbox.cgroup import Groups
from worker.wire.channel import Channel
from worker.wire.message import (
    Ban,
    BoxLimits,
    Ended,
    Ending,
    FromKeeper,
    Job,
    Kill,
    Loaded,
    LoadFailed,
    Open,
    Opened,
    Reply,
    Request,
    Running,
)
from worker.wire.value import no_foreign, pack

# Limits that no test is about are far away: a busy machine is no reason to fail.
SECONDS = 180.0
QUICK = BoxLimits(
    import_seconds=60.0,
    total_seconds=120.0,
    memory_bytes=256 << 20,
    processes=16,
    output_bytes=16 * 1024,
    file_bytes=4 << 20,
)


@dataclass
class Boxed:
    """A submission in a box: how it loaded, and its session if one was opened."""

    keeper: Channel[FromKeeper]
    loaded: Loaded | LoadFailed
    ended: Ending | None = None
    session: Channel[Reply] | None = None
    output: int = -1
    running: tuple[Running, ...] = ()

    def open(self) -> bool:
        """Ask for a session; returns whether there is one, else ``ended`` says why not."""
        self.keeper.send(Open(), seconds=SECONDS)
        answer = self.keeper.receive(seconds=SECONDS)
        if isinstance(answer, Ended):
            self.ended = answer.ending
            return False
        assert isinstance(answer, Opened), answer
        connection, self.output = self.keeper.take_descriptors(2)
        self.session = Channel(socket.socket(fileno=connection), Reply)
        return True

    def ask(self, op: str, target: int, *args: object, seconds: float = SECONDS) -> Reply:
        """Send one request to the session and return its reply."""
        assert self.session is not None
        arguments = pack((args, {}), no_foreign)
        self.session.send(Request(number=1, op=op, target=target, arguments=arguments), seconds=SECONDS)
        return self.session.receive(seconds=seconds)

    def kill(self, how: str = "closed") -> Ending:
        """End the session and return how it ended."""
        self.keeper.send(Kill(how=how), seconds=SECONDS)
        return self.ending()

    def ending(self) -> Ending:
        """Wait for the word that the session is gone."""
        answer = self.keeper.receive(seconds=SECONDS)
        assert isinstance(answer, Ended), answer
        self.ended = answer.ending
        self.forget_session()
        return answer.ending

    def printed(self) -> str:
        """Return what the session has printed so far."""
        if self.output < 0 or not select.select([self.output], [], [], 1)[0]:
            return ""
        return os.read(self.output, 1 << 16).decode()

    def forget_session(self) -> None:
        if self.session is not None:
            self.session.close()
            os.close(self.output)
            self.session, self.output = None, -1


@contextmanager
def boxed(
    zygote: Zygote,
    source: str | bytes | dict[str, bytes],
    *,
    limits: BoxLimits = QUICK,
    ban: Ban | None = None,
    groups: Groups | None = None,
    seed: int = 1,
    entry: str = "mlp.py",
) -> Iterator[Boxed]:
    """Box a submission; ``source`` is mlp.py, or all files by path."""
    files = source if isinstance(source, dict) else {"mlp.py": _bytes(source)}
    with ExitStack() as stack:
        group = stack.enter_context(groups.make(limits.memory_bytes, limits.processes)) if groups else None
        descriptors = group.descriptors if group else ()
        job = Job(
            files=files,
            entry=entry,
            seed=seed,
            limits=limits,
            ban=ban or Ban(),
            cgroup_descriptors=len(descriptors),
        )
        keeper: Channel[FromKeeper] = Channel(zygote.connect(), FromKeeper, descriptors=True)
        stack.callback(keeper.close)
        keeper.send(job, seconds=SECONDS, descriptors=descriptors)
        running = []
        while isinstance(answer := keeper.receive(seconds=SECONDS), Running):
            running.append(answer)
        assert isinstance(answer, Loaded | LoadFailed), answer
        if isinstance(answer, Loaded) and answer.metered:
            stack.callback(os.close, *keeper.take_descriptors(1))
        box = Boxed(keeper, answer, running=tuple(running))
        stack.callback(box.forget_session)
        yield box


def printed_by(zygote: Zygote, source: str, **options: object) -> str:
    """Import a file that must load and return what it printed."""
    with boxed(zygote, source, **options) as box:  # type: ignore[arg-type]
        assert isinstance(box.loaded, Loaded), box.loaded
        return box.loaded.output


def wait_until(holds, seconds: float = 180.0) -> bool:
    """Wait until a condition holds; returns whether it did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return bool(holds())


def processes_of(zygote: Zygote) -> list[int]:
    """Return the processes of a zygote."""
    return processes.below(zygote.pid)


def _bytes(source: str | bytes) -> bytes:
    return source.encode() if isinstance(source, str) else source
