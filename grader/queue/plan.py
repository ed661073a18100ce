"""What one worker takes from the queue."""

import os
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.config import Settings
from grader.database.tables.words import QUEUES
from grader.errors import UsageError
from grader.model.language import _
from grader.model.schema import did_you_mean
from grader.queue import stop_limits

# The queues' word for what torch calls cuda.
DEVICES: Mapping[str, str] = {"cpu": "cpu", "cuda": "gpu"}
# A worker is well while its last sign of life is younger than so many of its beats.
BEATS = 3


@dataclass(frozen=True)
class WorkPlan:
    """A worker's name, its queues (the urgent first) and how many gradings it runs at a time.

    ``patience_seconds``: how long QUIT waits for what runs, before it returns to the queue.
    """

    name: str
    queues: tuple[str, ...]
    slots: int
    device: str
    patience_seconds: float = stop_limits.GRADINGS.seconds


def plan(settings: Settings, queues: Iterable[str] = (), slots: int = 0, name: str = "") -> WorkPlan:
    """Return the plan of a worker on this machine. Raises UsageError for a queue that there isn't.

    Without `queues` it takes all of its device.
    """
    device = DEVICES[settings.device]
    wanted = tuple(queues) or tuple(queue for queue in QUEUES if queue.endswith(f".{device}"))
    for queue in wanted:
        if queue not in QUEUES:
            raise UsageError(
                _("no queue is called “%(queue)s”", queue=queue),
                where="--queues",
                cure=did_you_mean(queue, QUEUES),
            )
    return WorkPlan(
        name=name or f"{socket.gethostname()}-{os.getpid()}",
        queues=tuple(sorted(wanted, key=QUEUES.index)),
        slots=slots or settings.parallel,
        device=settings.device,
    )


def is_well(settings: Settings) -> bool:
    """Say whether the worker with this health file gave a sign of life lately."""
    try:
        age = time.time() - settings.health.stat().st_mtime
    except OSError:
        return False
    return age < BEATS * settings.heartbeat_seconds + settings.sweep_seconds
