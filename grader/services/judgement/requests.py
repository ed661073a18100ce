"""Requests for another look: a student says why, a person answers."""

from collections.abc import Mapping

from grader.database.db import Session
from grader.database.store import audit, judgement, submissions
from grader.database.tables import RegradeRequest, RequestState, SubmissionRow, User
from grader.errors import Conflict, NotFound
from grader.model import Status
from grader.model.language import _
from grader.services.act import Act, Visit
from grader.services.judgement.remarks import said
from grader.services.people import access


def obstacle(session: Session, user: User, submission: SubmissionRow) -> str:
    """Return why somebody can't ask for another look at a submission now; nothing when they can."""
    if not access.may_see(session, user, submission):
        raise NotFound(_("there is no such submission"))
    if access.is_staff(session, user, submission.assignment.course_id):
        return _("staff can't request regrades")
    run = submissions.live_grading(session, submission.id)
    if run is None or run.status is not Status.GRADED:
        return _("there is no result yet")
    if any(each.state is RequestState.OPEN for each in judgement.requests_of(session, submission.id)):
        return _("an earlier request is still open")
    return ""


def ask(act: Visit, submission: SubmissionRow, text: str) -> RegradeRequest:
    """Ask for another look at a result; of one submission one request is open at a time.

    Raises NotFound for who may not see it, Conflict with what stands in the way.
    """
    # Of two who ask at once for a team, the second waits here and is told of the first.
    submissions.lock(act.session, submission.id)
    reason = obstacle(act.session, act.actor, submission)
    if reason:
        raise Conflict(
            _("you can't request a regrade now: %(reason)s", reason=reason),
            where="request",
            cure=_("Open the result page again."),
        )
    row = RegradeRequest(
        submission_id=submission.id, asked_by_id=act.actor.id, text=said(text, "request"), asked_at=act.now
    )
    act.session.add(row)
    act.session.flush()
    after = {"request": row.id, "text": row.text}
    _note(act, row, "request.made", after=after)
    return row


def answer(act: Act, row: RegradeRequest, text: str, *, accepted: bool) -> None:
    """Answer a request; the student reads the text. Raises Conflict when somebody else has answered."""
    submissions.lock(act.session, row.submission_id)
    act.session.refresh(row)
    if row.state is not RequestState.OPEN:
        by = row.answered_by.name if row.answered_by else _("somebody")
        raise Conflict(
            _("%(by)s has already answered this request", by=by),
            where=_("request %(number)s", number=row.id),
            cure=_("Read the answer below it."),
        )
    before = {"state": row.state.value}
    row.answer, row.state = said(text, "answer"), RequestState.ACCEPTED if accepted else RequestState.DECLINED
    row.answered_by_id, row.answered_at = act.actor.id if act.actor else None, act.now
    act.session.flush()
    after = {"request": row.id, "state": row.state.value, "answer": row.answer}
    _note(act, row, "request.answered", before=before, after=after)


def _note(act: Act, row: RegradeRequest, action: str, **change: Mapping[str, object]) -> None:
    about, course = f"submission:{row.submission_id}", row.submission.assignment.course_id
    audit.note(act.session, act.now, act.actor, action, about, course_id=course, **change)
