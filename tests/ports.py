"""Ports for servers of tests that can't choose one themselves."""

import contextlib
import socket

HOST = "127.0.0.1"


@contextlib.contextmanager
def reserved():
    """Give a port that nobody else is given meanwhile; a server that may reuse addresses can listen there.

    Between a port that was only looked up and the server's start, any other program may be given the same.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((HOST, 0))
        yield holder.getsockname()[1]
