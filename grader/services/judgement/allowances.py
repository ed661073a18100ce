"""What holds for one student or team only: other dates, and being excused."""

from datetime import datetime
from typing import Any

from grader.database.store import audit, judgement, people
from grader.database.tables import AssignmentRow, Excuse, Extension, Role, Team, User
from grader.errors import Conflict, UsageError
from grader.model.language import _
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.judgement.remarks import said


def extend(
    act: Act,
    assignment: AssignmentRow,
    owner: User | Team,
    due_at: datetime | None,
    late_until: datetime | None,
    why: str,
) -> Extension:
    """Give later dates, with a reason. Raises UsageError where they are none."""
    if due_at is None and late_until is None:
        raise UsageError(
            _("the new due date is missing"), where="extension", cure=_("Fill in the new due date.")
        )
    if assignment.due_at is None and assignment.late_until is None:
        raise UsageError(_("the assignment never closes, so nobody needs an extension"), where="extension")
    _check_later(assignment.due_at, due_at, _("due date"))
    _check_later(assignment.late_until, late_until, _("deadline for late submissions"))
    if due_at is not None and late_until is not None and late_until < due_at:
        raise UsageError(_("late submissions would end before the due date"), where="extension")
    reason = said(why, "reason")
    return courses.extend(act, assignment, owner, due_at=due_at, late_until=late_until, why=reason)


def _check_later(ordinary: datetime | None, given: datetime | None, name: str) -> None:
    """An earlier date would be kept and do nothing: an extension never shortens anything."""
    if ordinary is not None and given is not None and given <= ordinary:
        raise UsageError(
            _("the new %(name)s is not after the assignment's", name=name),
            where="extension",
            cure=_("Choose a later one."),
        )


def take_back(act: Act, assignment: AssignmentRow, row: Extension) -> None:
    """Let the assignment's own dates hold again, also for what was handed in under the others."""
    kind = "user" if row.user_id is not None else "team"
    before = {
        kind: row.user_id if row.user_id is not None else row.team_id,
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "late_until": row.late_until.isoformat() if row.late_until else None,
        "why": row.why,
    }
    act.session.delete(row)
    act.session.flush()
    _note(act, assignment, "extension.taken_back", before=before)


def excuse(act: Act, assignment: AssignmentRow, user: User, why: str) -> Excuse:
    """Excuse a student of the course from an assignment, with a reason. Raises Conflict for others."""
    place = people.enrolment(act.session, assignment.course_id, user.id, lock=True)
    if place is None or place.role is not Role.STUDENT:
        raise Conflict(_("only a student of the course can be excused"), where=user.email)
    row = judgement.excuse(act.session, assignment.id, user.id)
    before = {"user": user.id, "why": row.why} if row else None
    if row is None:
        row = Excuse(assignment_id=assignment.id, user_id=user.id)
        act.session.add(row)
    row.why, row.given_at, row.given_by_id = said(why, "reason"), act.now, act.actor.id if act.actor else None
    act.session.flush()
    after = {"user": user.id, "why": row.why}
    _note(act, assignment, "student.excused", before=before, after=after)
    return row


def withdraw_excuse(act: Act, assignment: AssignmentRow, user: User) -> None:
    """Let a student's score count again."""
    row = judgement.excuse(act.session, assignment.id, user.id)
    if row is not None:
        act.session.delete(row)
        act.session.flush()
        before = {"user": user.id, "why": row.why}
        _note(act, assignment, "student.excuse_withdrawn", before=before)


def _note(act: Act, assignment: AssignmentRow, action: str, **change: Any) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(act.session, act.now, act.actor, action, about, course_id=assignment.course_id, **change)
