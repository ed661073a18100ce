"""Requests for another look: a student says why, a person answers."""

from collections.abc import Mapping
from datetime import datetime

from grader.database.db import Session
from grader.database.store import audit, judgement, submissions
from grader.database.tables import RegradeRequest, RequestState, SubmissionRow, User
from grader.errors import Conflict, NotFound
from grader.model import Status
from grader.services.judgement.remarks import said
from grader.services.people import access


def obstacle(session: Session, user: User, submission: SubmissionRow) -> str:
    """Return why somebody can't ask for another look at a submission now; nothing when they can."""
    if not access.may_see(session, user, submission):
        raise NotFound("there is no such submission")
    if access.is_staff(session, user, submission.assignment.course_id):
        return "the course's staff judges, and does not ask"
    run = submissions.live_grading(session, submission.id)
    if run is None or run.status is not Status.GRADED:
        return "there is no result yet"
    if any(each.state is RequestState.OPEN for each in judgement.requests_of(session, submission.id)):
        return "an earlier request is still open"
    return ""


def ask(
    session: Session, user: User, submission: SubmissionRow, text: str, *, now: datetime
) -> RegradeRequest:
    """Ask for another look at a result; of one submission one request is open at a time.

    Raises NotFound for who may not see it, Conflict with what stands in the way.
    """
    # Of two who ask at once for a team, the second waits here and is told of the first.
    submissions.lock(session, submission.id)
    reason = obstacle(session, user, submission)
    if reason:
        raise Conflict(
            f"this can't be asked now: {reason}", where="request", cure="Open the result's page again."
        )
    row = RegradeRequest(
        submission_id=submission.id, asked_by_id=user.id, text=said(text, "request"), asked_at=now
    )
    session.add(row)
    session.flush()
    after = {"request": row.id, "text": row.text}
    _note(session, row, "request.made", now, user, after=after)
    return row


def answer(
    session: Session,
    row: RegradeRequest,
    text: str,
    *,
    accepted: bool,
    now: datetime,
    actor: User | None,
) -> None:
    """Answer a request; the student reads the text. Raises Conflict when somebody else has answered."""
    submissions.lock(session, row.submission_id)
    session.refresh(row)
    if row.state is not RequestState.OPEN:
        by = row.answered_by.name if row.answered_by else "somebody"
        raise Conflict(
            f"{by} has answered this request", where=f"request {row.id}", cure="Read the answer below it."
        )
    before = {"state": row.state.value}
    row.answer, row.state = said(text, "answer"), RequestState.ACCEPTED if accepted else RequestState.DECLINED
    row.answered_by_id, row.answered_at = actor.id if actor else None, now
    session.flush()
    after = {"request": row.id, "state": row.state.value, "answer": row.answer}
    _note(session, row, "request.answered", now, actor, before=before, after=after)


def _note(
    session: Session,
    row: RegradeRequest,
    action: str,
    now: datetime,
    actor: User | None,
    **change: Mapping[str, object],
) -> None:
    about, course = f"submission:{row.submission_id}", row.submission.assignment.course_id
    audit.note(session, now, actor, action, about, course_id=course, **change)
