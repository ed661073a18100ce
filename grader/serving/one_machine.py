"""The whole service on one machine: Redis, a worker and the web server, watched and ended together.

A child that ends is started again; only a worker that finds no sandbox ends everything, since a service
that accepts submissions and never grades them helps nobody. On the way out the web server goes first, then
the worker, which may finish what it grades, then Redis. The next start finds what was still queued.
"""

import http.client
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from grader.config import Settings
from grader.database import db
from grader.database.db import Database
from grader.errors import ChainruleError, Conflict, SandboxUnavailable, UsageError
from grader.model.language import _
from grader.queue import stop_limits
from grader.services.people import first_account
from grader.serving import folder, redis
from grader.serving.programs import Command, Program

BACKLOG = 512
READY_SECONDS = 60.0
TICK_SECONDS = 0.2
# A signal that is handled here is at its default again in the children, even if our own parent ignored it.
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


@dataclass(frozen=True)
class Endpoint:
    """Where the service listens. Port 0: any that is free."""

    host: str = "127.0.0.1"
    port: int = 8000


def serve(settings: Settings, address: Endpoint, slots: int, say: Callable[[str], None]) -> int:
    """Run the service until it is interrupted; returns the exit code.

    Raises Conflict, SettingsError and UsageError when it can't start, SandboxUnavailable when nothing
    can be graded here.
    """
    with ExitStack() as stack:
        stop = stack.enter_context(_interrupts())
        stack.enter_context(folder.opened(settings))
        listener = stack.enter_context(listening(address))
        programs = _programs(settings, slots, listener, stack)
        stack.callback(_end, programs, stop)
        for each in programs:
            each.start()
        host, port = listener.getsockname()[:2]
        if _await_answer(host, port, programs, stop):
            _announce(settings, f"http://{host}:{port}/", say)
        watch(programs, stop)
        say(_("Stopping. Running gradings get a little time; press Ctrl-C again to stop at once."))
    return 0


def _announce(settings: Settings, place: str, say: Callable[[str], None]) -> None:
    say(_("chainrule serves on %(place)s", place=place))
    say(_("Data and logs are in %(data_folder)s. Press Ctrl-C to stop.", data_folder=settings.data_folder))
    link = _first_link(settings)
    if link:
        say(_("There is no administrator yet. Open this link in a browser to create the first account:"))
        say(f"  {place.rstrip('/')}{link}")
        say(_("It works once, within two days. The next start prints a new one."))


def _first_link(settings: Settings) -> str:
    """Return the path of a link to the first account; nothing when there is an administrator."""
    database = Database(settings.database, connections=1)
    try:
        with database.transaction() as session:
            return first_account.PATH + first_account.link(session, now=db.now(session))
    except Conflict:
        return ""
    finally:
        database.close()


class Interrupt:
    """How often somebody asked us to stop; from the second time on there is no waiting any more.

    It takes no lock: a signal comes between any two steps of this very thread, which may hold it. With a
    threading.Event the thread would wait for itself, without end.
    """

    def __init__(self) -> None:
        self._times = 0

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._times += 1

    def asked(self) -> bool:
        """Say whether we are to stop."""
        return self._times > 0

    def urgent(self) -> bool:
        """Say whether we are to stop at once."""
        return self._times > 1


@contextmanager
def _interrupts() -> Iterator[Interrupt]:
    stop = Interrupt()
    before = {each: signal.signal(each, stop) for each in INTERRUPTS}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def listening(address: Endpoint) -> Iterator[socket.socket]:
    """Give a listening socket. Raises UsageError when the place is taken."""
    try:
        listener = socket.create_server((address.host, address.port), backlog=BACKLOG)
    except OSError as error:
        raise UsageError(
            _("can't listen there: %(strerror)s", strerror=error.strerror),
            where=f"{address.host}:{address.port}",
            cure=_("Choose another port with --port; 0 picks a free one."),
        ) from None
    with listener:
        yield listener


def _programs(
    settings: Settings, slots: int, listener: socket.socket, stack: ExitStack
) -> tuple[Program, ...]:
    logs = settings.data_folder / "log"
    environment = {"CHAINRULE_DATA": str(settings.data_folder)}
    commands = []
    if not settings.broker_url and redis.installed():
        path = stack.enter_context(redis.socket_path(settings.data_folder))
        environment["CHAINRULE_BROKER_URL"] = redis.url(path)
        commands.append(redis.command(path, logs / "redis.log"))
    # -P: what lies in the folder that somebody started this in is not ours.
    work = [sys.executable, "-P", "-m", "grader", "worker", *(["--jobs", str(slots)] if slots else [])]
    commands.append(
        Command(
            "worker", work, logs / "worker.log", environment, (), signal.SIGQUIT, stop_limits.WORKER.seconds
        )
    )
    web = [sys.executable, "-P", "-m", "grader.serving.web_server", str(listener.fileno())]
    commands.append(Command("web", web, logs / "web.log", environment, (listener.fileno(),)))
    return tuple(Program(command) for command in commands)


def _await_answer(host: str, port: int, programs: tuple[Program, ...], stop: Interrupt) -> bool:
    """Wait until the web server answers; false when interrupted. Raises ChainruleError when it ends."""
    until = time.monotonic() + READY_SECONDS
    web = programs[-1]
    while not stop.asked():
        if web.returncode is not None or time.monotonic() > until:
            raise ChainruleError(
                _("the web server did not start"), where=str(web.command.log), cure=web.log_tail()
            )
        connection = http.client.HTTPConnection(host, port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse()
            return True
        except OSError:
            time.sleep(TICK_SECONDS / 2)
        finally:
            connection.close()
    return False


def watch(programs: tuple[Program, ...], stop: Interrupt, tick_seconds: float = TICK_SECONDS) -> None:
    """Keep the children running until we are to stop. Raises SandboxUnavailable for a worker without one."""
    while not stop.asked():
        for each in programs:
            if each.command.name == "worker" and each.returncode == SandboxUnavailable.exit_code:
                raise SandboxUnavailable(
                    _("the worker finds no sandbox on this machine"),
                    where=str(each.command.log),
                    cure=each.log_tail(),
                )
            each.keep_running()
        time.sleep(tick_seconds)


def _end(programs: tuple[Program, ...], stop: Interrupt) -> None:
    """End the children, last started first; asked once more, kill those that are left."""
    for each in reversed(programs):
        each.end(stop.urgent)
