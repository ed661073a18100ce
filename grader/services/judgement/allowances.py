"""What holds for one student or team only: other dates, and being excused."""

from datetime import datetime
from typing import Any

from grader.database.db import Session
from grader.database.store import audit, judgement, people
from grader.database.tables import AssignmentRow, Excuse, Extension, Role, Team, User
from grader.errors import Conflict, UsageError
from grader.services.courses import courses
from grader.services.judgement.remarks import said


def extend(
    session: Session,
    assignment: AssignmentRow,
    owner: User | Team,
    due_at: datetime | None,
    late_until: datetime | None,
    why: str,
    *,
    now: datetime,
    actor: User | None,
) -> Extension:
    """Give later dates, with a reason. Raises UsageError where they are none."""
    if due_at is None and late_until is None:
        raise UsageError("there is no date", where="extension", cure="Fill in the new due date.")
    if assignment.due_at is None and assignment.late_until is None:
        raise UsageError("the assignment never closes, so nobody needs more time", where="extension")
    _check_later(assignment.due_at, due_at, "due date")
    _check_later(assignment.late_until, late_until, "last moment for late hand-ins")
    if due_at is not None and late_until is not None and late_until < due_at:
        raise UsageError("late hand-ins would end before the due date", where="extension")
    reason = said(why, "reason")
    return courses.extend(
        session, assignment, owner, due_at=due_at, late_until=late_until, why=reason, now=now, actor=actor
    )


def _check_later(ordinary: datetime | None, given: datetime | None, name: str) -> None:
    """An earlier date would be kept and do nothing: an extension never shortens anything."""
    if ordinary is not None and given is not None and given <= ordinary:
        raise UsageError(
            f"the new {name} is not after the assignment's", where="extension", cure="Choose a later one."
        )


def take_back(
    session: Session, assignment: AssignmentRow, row: Extension, *, now: datetime, actor: User | None
) -> None:
    """Let the assignment's own dates hold again, also for what was handed in under the others."""
    kind = "user" if row.user_id is not None else "team"
    before = {
        kind: row.user_id if row.user_id is not None else row.team_id,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "late_until": row.late_until.isoformat() if row.late_until else None,
        "why": row.why,
    }
    session.delete(row)
    session.flush()
    _note(session, assignment, "extension.taken_back", now, actor, before=before)


def excuse(
    session: Session, assignment: AssignmentRow, user: User, why: str, *, now: datetime, actor: User | None
) -> Excuse:
    """Excuse a student of the course from an assignment, with a reason. Raises Conflict for others."""
    place = people.enrolment(session, assignment.course_id, user.id, lock=True)
    if place is None or place.role is not Role.STUDENT:
        raise Conflict("only a student of the course can be excused", where=user.email)
    row = judgement.excuse(session, assignment.id, user.id)
    before = {"user": user.id, "why": row.why} if row else None
    if row is None:
        row = Excuse(assignment_id=assignment.id, user_id=user.id)
        session.add(row)
    row.why, row.given_at, row.given_by_id = said(why, "reason"), now, actor.id if actor else None
    session.flush()
    after = {"user": user.id, "why": row.why}
    _note(session, assignment, "student.excused", now, actor, before=before, after=after)
    return row


def withdraw_excuse(
    session: Session, assignment: AssignmentRow, user: User, *, now: datetime, actor: User | None
) -> None:
    """Let a student's score count again."""
    row = judgement.excuse(session, assignment.id, user.id)
    if row is not None:
        session.delete(row)
        session.flush()
        before = {"user": user.id, "why": row.why}
        _note(session, assignment, "student.excuse_withdrawn", now, actor, before=before)


def _note(
    session: Session, assignment: AssignmentRow, action: str, now: datetime, actor: User | None, **change: Any
) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(session, now, actor, action, about, course_id=assignment.course_id, **change)
