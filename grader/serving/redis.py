"""A Redis of our own: on a unix socket that only we can open, keeping nothing. The database is what lasts."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.queue import stop_limits
from grader.serving.programs import Command

PROGRAM = "redis-server"
# The kernel takes no longer path for a socket (108 bytes).
LONGEST_PATH = 100
MEMORY = "256mb"


def installed() -> bool:
    """Say whether there is a Redis server on this machine."""
    return shutil.which(PROGRAM) is not None


@contextmanager
def socket_path(folder: Path) -> Iterator[Path]:
    """Give a path for the socket: below the folder, or in a temporary one where that path is too long."""
    run = folder / "run"
    if len(str(run / "redis.sock")) < LONGEST_PATH:
        run.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield run / "redis.sock"
        return
    with tempfile.TemporaryDirectory(prefix="chainrule-run-") as short:
        yield Path(short, "redis.sock")


def command(path: Path, log: Path) -> Command:
    """Return the command of a server on that socket."""
    words = [PROGRAM, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    words += ["--save", "", "--appendonly", "no", "--dir", str(path.parent)]
    words += ["--maxmemory", MEMORY, "--maxmemory-policy", "noeviction", "--daemonize", "no"]
    return Command("redis", words, log, patience_seconds=stop_limits.REDIS.seconds)


def url(path: Path) -> str:
    """Return the broker's address."""
    return f"redis+socket://{path}"
