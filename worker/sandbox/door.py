"""Connections to the sockets that zygotes and their hosts listen on."""

import socket
from collections.abc import Callable

from worker.sandbox.errors import SandboxError, ZygoteGone
from worker.wire import patience


def connect(path: str, whom: str, log: Callable[[], str] = str) -> socket.socket:
    """Return a new connection; ``whom`` and the end of a ``log`` are for the error.

    Raises ZygoteGone when nobody listens there any more, SandboxError when somebody does and takes nothing.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(patience.CONNECT)
    try:
        connection.connect(path)
    except (ConnectionError, FileNotFoundError) as error:
        connection.close()
        raise ZygoteGone(f"{whom} is gone: {error}", log()) from error
    except OSError as error:
        connection.close()
        raise SandboxError(f"{whom} does not answer: {error}", log()) from error
    return connection


def is_open(path: str) -> bool:
    """Say whether somebody listens there. Who takes the connection sees it hung up."""
    try:
        connect(path, "").close()
    except ZygoteGone:
        return False
    except SandboxError:
        return True
    return True
