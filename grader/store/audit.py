"""The audit log: added to with every change that somebody makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.tables import AuditEntry, User


def note(
    session: Session,
    at: datetime,
    actor: User | None,
    action: str,
    about: str,
    *,
    course_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add that `actor` (None: the service itself) did `action` to `about`, such as ``assignment:3``."""
    session.add(
        AuditEntry(
            at=at,
            actor_id=actor.id if actor else None,
            action=action,
            object=about,
            course_id=course_id,
            before=before,
            after=after,
        )
    )


def of_course(session: Session, course_id: int, *, limit: int, before_id: int | None) -> Sequence[AuditEntry]:
    """Return a course's entries, newest first."""
    query = select(AuditEntry).where(AuditEntry.course_id == course_id)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    return session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit)).all()


def about(session: Session, what: str) -> Sequence[AuditEntry]:
    """Return all that happened to one thing, oldest first."""
    return session.scalars(select(AuditEntry).where(AuditEntry.object == what).order_by(AuditEntry.id)).all()
