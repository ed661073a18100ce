"""Counts for operators, asked of the database so that all processes say the same."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader.database.tables import CaseResultRow, Grading, GradingKind
from grader.model import Status, Verdict


def finished(session: Session) -> dict[tuple[GradingKind, Status], int]:
    """Return how many gradings there are by kind and status."""
    query = select(Grading.kind, Grading.status, func.count()).group_by(Grading.kind, Grading.status)
    return {(kind, status): number for kind, status, number in session.execute(query)}


def last_graded(session: Session, since: datetime, limit: int) -> Sequence[Grading]:
    """Return the gradings that were graded since a moment, newest first, at most so many."""
    query = (
        select(Grading)
        .where(Grading.status == Status.GRADED, Grading.finished_at >= since)
        .order_by(Grading.finished_at.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def verdicts(session: Session, since: datetime) -> dict[Verdict, int]:
    """Return how many gradings since a moment have a case of each verdict."""
    query = (
        select(CaseResultRow.verdict, func.count(func.distinct(CaseResultRow.grading_id)))
        .join(Grading, Grading.id == CaseResultRow.grading_id)
        .where(Grading.status == Status.GRADED, Grading.finished_at >= since)
        .group_by(CaseResultRow.verdict)
    )
    return dict(session.execute(query).all())
