"""The audit log: added to with every change that somebody makes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, literal, or_, select
from sqlalchemy.orm import Session

from grader.database.tables import AuditEntry, Grading, Regrade, SubmissionRow, Trial, User


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


def of_assignment(
    session: Session,
    assignment_id: int,
    *,
    limit: int,
    before_id: int | None,
    leaving_out: Sequence[str] = (),
) -> Sequence[tuple[AuditEntry, str | None]]:
    """Return what happened to an assignment and all that belongs to it, newest first, with the actors' names.

    ``before_id``: only what is older than that entry; ``leaving_out``: actions that are not wanted.
    """
    theirs = or_(
        AuditEntry.object == f"assignment:{assignment_id}",
        *(AuditEntry.object.in_(each) for each in _belonging(assignment_id)),
    )
    query = select(AuditEntry, User.name).outerjoin(User, User.id == AuditEntry.actor_id).where(theirs)
    if leaving_out:
        query = query.where(AuditEntry.action.not_in(leaving_out))
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    found = session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [(entry, name) for entry, name in found]


def _belonging(assignment_id: int) -> Sequence[Select[str]]:
    """Return queries for the names, in the log, of what belongs to an assignment."""
    graded = (
        select(literal("grading:") + cast(Grading.id, String))
        .join(SubmissionRow, SubmissionRow.id == Grading.submission_id)
        .where(SubmissionRow.assignment_id == assignment_id)
    )
    return [
        graded,
        *(
            select(literal(f"{word}:") + cast(table.id, String)).where(table.assignment_id == assignment_id)
            for word, table in (("submission", SubmissionRow), ("regrade", Regrade), ("trial", Trial))
        ),
    ]
