"""The first process of a box: locks itself down, loads the submission once, forks sessions.

Order: control group, namespaces, descriptors, Job, file systems, files, limits, /proc, Landlock,
seccomp. Then the submission's bytes are looked at for the first time: decoded, parsed,
findings sent, imported. From then on this process is the student's as much as ours; nothing it says
is believed without a check (see worker.sandbox.keeper).
"""

import gc
import os
import socket
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import NoReturn

from worker import forking
from worker.guest import loading
from worker.guest.output import flush
from worker.sandbox import cgroup, lockdown
from worker.sandbox.errors import SandboxError
from worker.sandbox.orders import FAILURE, Order
from worker.sandbox.policy import Wall
from worker.sandbox.settings import Settings
from worker.sandbox.witness import Witness
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import WireError
from worker.wire.message import Fork, Hello, ImportFailed, Job, Reaped

NAME_LIMIT = 200
Words = Channel[Fork | Job]
Serve = Callable[[socket.socket, ModuleType], None]


def run(settings: Settings, walls: frozenset[Wall], order: Order, witness: Witness) -> NoReturn:
    """Be the first process of a box; never returns. ``witness``: whom the autograd trap tells."""
    status = FAILURE
    try:
        control = _enter(walls, order, settings.card)
        job = _take_job(control)
        home = settings.home if walls else f"{settings.home}/{os.getpid()}"
        if job is not None and _lock(control, settings, walls, job, home):
            entry = loading.load(control, job, home, witness)
            if entry is not None:
                control.send(loading.imported(entry, home, witness), seconds=patience.SEND)
                _serve(control, entry.module, _session(settings, walls, job.device, witness))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _enter(walls: frozenset[Wall], order: Order, card: bool) -> Words:
    # First of all, so that the keeper reads what goes wrong.
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(order.output, 1)
    os.dup2(order.output, 2)
    cgroup.join(order.cgroup)
    lockdown.enter_namespaces(walls, card=card)
    kept = lockdown.keep_descriptors(walls, order.control)
    return Channel(socket.socket(fileno=kept), Fork | Job, descriptors=True)


def _take_job(control: Words) -> Job | None:
    message = control.receive(seconds=patience.LEAVE)
    return message if isinstance(message, Job) else None


def _lock(control: Words, settings: Settings, walls: frozenset[Wall], job: Job, home: str) -> bool:
    """Stand all walls up; what goes wrong here is our fault and said so."""
    try:
        lockdown.mount_private(walls, job.limits.file_bytes, settings.kept)
        refused = _write_files(job.files, home)
        if refused is not None:
            control.send(refused, seconds=patience.SEND)
            return False
        lockdown.set_limits(walls, job.limits)
        if settings.probe:
            from worker.sandbox import probes

            probes.run_at_threshold(settings.probe)
        lockdown.hide_proc(walls, card=settings.card)
        lockdown.restrict(lockdown.Lock(walls, settings.program))
    except (OSError, RuntimeError, SandboxError, ValueError) as error:
        control.send(ImportFailed(code="box_lost", values={"why": str(error)}), seconds=patience.SEND)
        return False
    return True


def _write_files(files: dict[str, bytes], home: str) -> ImportFailed | None:
    """Write the submission into the box's home, which becomes the working folder.

    Returns what to say of a file that can't be written: names are the submission's, hence its fault.
    """
    Path(home).mkdir(exist_ok=True)
    os.chdir(home)
    for name, data in files.items():
        why = _write(home, PurePosixPath(name), data)
        if why:
            return ImportFailed(code="unwritable", values={"file": name[:NAME_LIMIT], "why": why})
    return None


def _write(home: str, path: PurePosixPath, data: bytes) -> str:
    """Write one file; returns why that can't be done."""
    if path.is_absolute() or ".." in path.parts or not path.name:
        return "the name leads elsewhere"
    target = Path(home, path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        return error.strerror or type(error).__name__
    except ValueError as error:  # a NUL in the name, or half a character
        return str(error)
    return ""


def _session(settings: Settings, walls: frozenset[Wall], device: str, witness: Witness) -> Serve:
    if not settings.warm:
        return _idle
    from worker.guest.session import serve

    by_hand = Wall.AUTOGRAD in walls
    if not settings.card:
        return partial(serve, witness=witness, by_hand=by_hand)
    from worker.guest import card

    def serve_with_card(connection: socket.socket, module: ModuleType) -> None:
        card.initialise(device)
        serve(connection, module, witness, by_hand=by_hand)

    return serve_with_card


def _idle(connection: socket.socket, module: ModuleType) -> None:
    """Stand in for the real session where torch was left out: say Hello, wait for the end."""
    Channel(connection, Hello).send(Hello(), seconds=patience.SEND)
    connection.setblocking(True)
    connection.recv(1)


def _serve(control: Words, module: ModuleType, serve: Serve) -> None:
    """Fork a session per request and report how it ended, until the keeper hangs up."""
    gc.collect()
    gc.freeze()
    while True:
        try:
            message = control.receive()
        except WireError:
            return
        if not isinstance(message, Fork):
            return
        connection, output = control.take_descriptors(2)
        pid = os.fork()
        if pid == 0:
            _become_session(control, connection, output, module, serve)
        os.close(connection)
        os.close(output)
        _reap(control, pid)


def _reap(control: Words, session: int) -> None:
    """Wait for the session, and for whatever it left behind that has ended."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == session:
            break
    control.send(Reaped(status=status), seconds=patience.SEND)


def _become_session(
    control: Words, connection: int, output: int, module: ModuleType, serve: Serve
) -> NoReturn:
    status = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        control.socket.close()
        forking.give_back()
        with socket.socket(fileno=connection) as own:
            serve(own, module)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        flush()
        os._exit(status)
