"""Marks that people give: totals set by hand and points for manual parts. They win over the tests."""

from datetime import datetime

from grader.db import Session
from grader.errors import UsageError
from grader.store import audit
from grader.store import submissions as store
from grader.tables import ManualScore, Override, Submission, User


def override(
    session: Session, submission: Submission, score: float, why: str, *, now: datetime, actor: User | None
) -> Override:
    """Set a submission's total by hand; it says who, when and why, and lateness takes nothing off it."""
    if not 0 <= score < float("inf") or not why.strip():
        raise UsageError("a total is 0 or more, and needs a reason", where="override")
    run = store.live_grading(session, submission.id)
    row = store.override(session, submission.id)
    before = {"score": row.score, "why": row.why} if row else None
    if row is None:
        row = Override(submission_id=submission.id)
        session.add(row)
    row.score, row.why, row.set_at = score, why, now
    row.at_score = run.score if run else None
    row.set_by_id = actor.id if actor else None
    _note(session, submission, "submission.overridden", now, actor, before, {"score": score, "why": why})
    session.flush()
    return row


def withdraw_override(session: Session, submission: Submission, *, now: datetime, actor: User | None) -> None:
    """Let the tests' score hold again."""
    row = store.override(session, submission.id)
    if row is not None:
        session.delete(row)
        before = {"score": row.score, "why": row.why}
        _note(session, submission, "submission.override_withdrawn", now, actor, before, None)


def give_points(
    session: Session,
    submission: Submission,
    part: str,
    points: float,
    max_points: float,
    why: str,
    *,
    now: datetime,
    actor: User | None,
) -> ManualScore:
    """Give points for one manual part of a submission."""
    if not 0 <= points <= max_points < float("inf"):
        raise UsageError(f"points go from 0 to {max_points:g}", where=part)
    found = [each for each in store.manual_scores(session, submission.id) if each.part == part]
    row = found[0] if found else ManualScore(submission_id=submission.id, part=part)
    before = {"part": part, "points": row.points} if found else None
    row.points, row.max_points, row.why, row.given_at = points, max_points, why, now
    row.given_by_id = actor.id if actor else None
    session.add(row)
    _note(
        session, submission, "submission.points_given", now, actor, before, {"part": part, "points": points}
    )
    session.flush()
    return row


def _note(
    session: Session,
    submission: Submission,
    action: str,
    now: datetime,
    actor: User | None,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
) -> None:
    about, course = f"submission:{submission.id}", submission.assignment.course_id
    audit.note(session, now, actor, action, about, course_id=course, before=before, after=after)
