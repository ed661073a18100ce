"""`chainrule serve` as a process of its own, in a data folder that is gone afterwards."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.service.course import Class, fill
from grader import config
from grader.database.db import Database

STOP_SECONDS = 60.0
_ADDRESS = re.compile(r"http://[\d.]+:\d+")


@dataclass(frozen=True)
class Service:
    """A service that runs: where it is, its database and who may hand in."""

    address: str
    database: Database
    people: Class


@contextmanager
def service(students: int, *, transport: str) -> Iterator[Service]:
    """Start the service with this many students. ``transport`` of the queue: redis or sqlite.

    Raises RuntimeError with what the service said if it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="chainrule-load-") as folder:
        Path(folder).chmod(0o755)
        environment = variables(Path(folder), transport)
        words = [sys.executable, "-m", "grader", "serve", "--port", "0"]
        with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
            database = Database(config.load(environment).database)
            try:
                address = _address(process)
                yield Service(address, database, fill(database, students))
            finally:
                database.close()
                process.send_signal(signal.SIGTERM)
                process.wait(STOP_SECONDS)


def variables(folder: Path, transport: str) -> dict[str, str]:
    """Return the environment: settings of our own in place of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(config.PREFIX)}
    ours = {"CHAINRULE_DATA": str(folder / "data"), "XDG_CONFIG_HOME": str(folder)}
    if transport == "sqlite":
        ours["CHAINRULE_BROKER_URL"] = f"sqlite:///{folder}/queue.db"
    return kept | ours


def _address(process: "subprocess.Popen[str]") -> str:
    said = process.stdout.readline() if process.stdout else ""
    found = _ADDRESS.search(said)
    if found is None:
        raise RuntimeError(f"the service did not start: {said}")
    return found[0]
