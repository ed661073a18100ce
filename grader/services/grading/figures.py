"""How the service is doing: queues, workers, what became of gradings, how long they take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.database.db import Session
from grader.database.store import figures as store
from grader.database.store import gradings as grading_store
from grader.database.tables import Grading, GradingKind
from grader.database.tables.words import QUEUES
from grader.model import Status, Verdict

# Times and verdicts are those of lately: what was slow last week says nothing of now.
WINDOW = timedelta(minutes=15)
MOST = 1_000
QUANTILES = (0.5, 0.95)


@dataclass(frozen=True)
class WaitingQueue:
    """A queue: how many gradings wait in it, and for how long the oldest has."""

    waiting: int = 0
    oldest_seconds: float = 0.0


@dataclass(frozen=True)
class Figures:
    """One look at the service. ``seconds``: by stage of a grading, by quantile, of the last gradings."""

    queues: Mapping[str, WaitingQueue]
    gradings: Mapping[tuple[GradingKind, Status], int]
    verdicts: Mapping[Verdict, int]
    workers: int
    seconds: Mapping[str, Mapping[float, float]]
    lately: int


def look(session: Session, *, now: datetime, worker_silence: timedelta) -> Figures:
    """Return the figures of this moment; a worker silent for longer than that is none."""
    recent = store.last_graded(session, now - WINDOW, MOST)
    waiting = {
        f"{queue.value}.{device}": WaitingQueue(number, max(0.0, (now - oldest).total_seconds()))
        for queue, device, number, oldest in grading_store.waiting(session)
    }
    return Figures(
        queues={name: waiting.get(name, WaitingQueue()) for name in QUEUES},
        gradings=store.finished(session),
        verdicts=store.verdicts(session, now - WINDOW),
        workers=len(grading_store.workers(session, now - worker_silence)),
        seconds={stage: _quantiles(values) for stage, values in _stages(recent).items()},
        lately=len(recent),
    )


def _stages(recent: Sequence[Grading]) -> Mapping[str, list[float]]:
    """Return the seconds of each stage: in the queue, starting the box and importing, grading, in all."""
    return {
        "queue": [(each.started_at - each.queued_at).total_seconds() for each in recent if each.started_at],
        "box": [float(each.timing.get("import_seconds", 0.0)) for each in recent],
        "grade": [float(each.timing.get("total_seconds", 0.0)) for each in recent],
        "whole": [(each.finished_at - each.queued_at).total_seconds() for each in recent if each.finished_at],
    }


def _quantiles(values: Iterable[float]) -> Mapping[float, float]:
    ordered = sorted(values)
    if not ordered:
        return {}
    return {share: ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in QUANTILES}
