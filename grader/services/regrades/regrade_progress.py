"""How far regrades are, from the states of their gradings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.database.db import Session
from grader.database.store import regrades as store
from grader.database.tables import AssignmentRow, Regrade, RegradeState
from grader.model import Status

LATELY = timedelta(minutes=1)


@dataclass(frozen=True)
class RegradeProgress:
    """How far a regrade is. ``lost``: not graded, by our fault. ``seconds_left`` is a guess, or None."""

    regrade: Regrade
    state: RegradeState
    graded: int
    lost: int
    running: int
    waiting: int
    seconds_left: float | None = None

    @property
    def total(self) -> int:
        """How many submissions it is of."""
        return self.regrade.chosen

    @property
    def finished(self) -> int:
        """How many are through, one way or the other."""
        return self.graded + self.lost


def progress(session: Session, row: Regrade, *, now: datetime | None = None) -> RegradeProgress:
    """Return how far a regrade is; with `now`, also how long it may still take."""
    return _progress(session, row, store.counts(session, [row.id])[row.id], now)


def all_of(session: Session, assignment: AssignmentRow) -> list[RegradeProgress]:
    """Return an assignment's regrades, newest first."""
    rows = store.of_assignment(session, assignment.id)
    counts = store.counts(session, [each.id for each in rows])
    return [_progress(session, each, counts[each.id], None) for each in rows]


def _progress(
    session: Session, row: Regrade, counts: Mapping[Status, int], now: datetime | None
) -> RegradeProgress:
    running, waiting = counts.get(Status.RUNNING, 0), counts.get(Status.QUEUED, 0)
    left = running + waiting
    state = RegradeState.DONE if row.state in store.OPEN and not left else row.state
    seconds = None
    if now is not None and left and state is RegradeState.RUNNING:
        lately = store.finished_since(session, row.id, now - LATELY)
        since = min(LATELY, now - row.created_at)
        seconds = left * since.total_seconds() / lately if lately else None
    graded, lost = counts.get(Status.GRADED, 0), counts.get(Status.INTERNAL_ERROR, 0)
    return RegradeProgress(row, state, graded, lost, running, waiting, seconds)
