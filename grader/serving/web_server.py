"""The web server's process of `chainrule serve`: waitress on a socket that the parent listens on.

    python -m grader.serving.web_server DESCRIPTOR

The parent keeps the socket open, so uploads wait instead of being refused while it restarts.
"""

import resource
import signal
import socket
import sys
from functools import partial
from typing import Any

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.task import WSGITask

from grader import clock, config, logs
from grader.config import Settings
from grader.database.db import Database
from grader.database.postgres import ANSWER_SECONDS
from grader.database.tables.words import QUEUES
from grader.errors import DatabaseUnavailable
from grader.queue import clocks
from grader.queue.breaker import Breaker
from grader.queue.sending import Background, CelerySender, Delivery, Resting, Sender
from grader.serving.watch import Look, Watch
from grader.web import create_app
from grader.web.frame.site import RECEIVED

THREADS = 16
UPLOAD_BYTES = 256 << 20
# A browser keeps several connections open, and a class waits for its results together.
CONNECTIONS = 2_000
IDLE_SECONDS = 30


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Made when the first byte of a request comes in, which is when a submission was received."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.received_at = clock.now()


class _Task(WSGITask):  # type: ignore[misc]
    def get_environment(self) -> dict[str, Any]:
        environment: dict[str, Any] = super().get_environment()
        environment[RECEIVED] = self.request.received_at
        return environment


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = _Parser
    task_class = _Task


def run(settings: Settings, listener: socket.socket) -> None:
    """Serve the application on a listening socket until a signal ends it."""
    allow_connections()
    database = Database(settings.database, connections=THREADS, answer_seconds=ANSWER_SECONDS)
    sender = Resting(CelerySender(settings), Breaker())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with (
        Background(Delivery(database, sender)) as dispatcher,
        Watch(_looks(database, sender)) as watch,
    ):
        app = create_app(settings, database, dispatcher, complaints=watch.complaints)
        _server(app, settings, listener).run()


def _looks(database: Database, sender: Sender) -> dict[str, Look]:
    return {"queue": partial(_queue, sender), "clock": partial(_clock, database)}


def _clock(database: Database) -> str | None:
    try:
        return clocks.complaint(database)
    except DatabaseUnavailable as error:
        return f"it can't be compared with the database clock: {error.what}"


def _queue(sender: Sender) -> str | None:
    if sender.waiting(QUEUES[0]) is not None:
        return None
    return (
        "it can't be reached; submissions are accepted and graded when it is back (check Redis and its log)"
    )


def _server(app: Flask, settings: Settings, listener: socket.socket) -> Any:
    server = create_server(
        app,
        sockets=[listener],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        asyncore_use_poll=True,  # select knows 1,024 descriptors
        max_request_body_size=UPLOAD_BYTES,
        # Behind a proxy of ours its headers must arrive; the application believes as many as are set.
        clear_untrusted_proxy_headers=not settings.proxies,
        ident=None,
    )
    server.channel_class = _Channel
    return server


def allow_connections() -> None:
    """Let this process have a descriptor for each connection, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def main() -> None:
    """Serve on the descriptor in ``sys.argv[1]``."""
    logs.configure()
    run(config.load(), socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
