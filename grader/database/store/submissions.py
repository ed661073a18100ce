"""Submissions, and the gradings as people look them up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from grader.database.store.rows import by_key
from grader.database.tables import CaseResultRow, Grading, ManualScore, Override, SubmissionRow
from grader.model import Status


def submission(session: Session, submission_id: int) -> SubmissionRow | None:
    """Return a submission."""
    return by_key(session, SubmissionRow, submission_id)


def lock(session: Session, submission_id: int) -> None:
    """Let others who decide on a submission wait until this transaction is through."""
    session.execute(select(SubmissionRow.id).where(SubmissionRow.id == submission_id).with_for_update())


def grading(session: Session, grading_id: int) -> Grading | None:
    """Return a grading."""
    return by_key(session, Grading, grading_id)


def _owned(assignment_id: int, user_id: int, team_id: int | None) -> ColumnElement[bool]:
    """Select what somebody submitted, alone or through anybody in the team."""
    owners = [and_(SubmissionRow.user_id == user_id, SubmissionRow.team_id.is_(None))]
    if team_id is not None:
        owners.append(SubmissionRow.team_id == team_id)
    return and_(SubmissionRow.assignment_id == assignment_id, SubmissionRow.draft.is_(False), or_(*owners))


def of_owner(
    session: Session, assignment_id: int, user_id: int, team_id: int | None
) -> Sequence[tuple[SubmissionRow, Grading | None]]:
    """Return somebody's submissions, newest first, each with the grading whose score is its own."""
    query = (
        select(SubmissionRow, Grading)
        .outerjoin(Grading, and_(Grading.submission_id == SubmissionRow.id, Grading.live.is_(True)))
        .where(_owned(assignment_id, user_id, team_id))
        .order_by(SubmissionRow.received_at.desc(), SubmissionRow.id.desc())
    )
    return [(handed, run) for handed, run in session.execute(query)]


def attempts_since(
    session: Session, assignment_id: int, user_id: int, team_id: int | None, since: datetime
) -> Sequence[datetime]:
    """Return when somebody's attempts were made that count, those after a moment."""
    query = select(SubmissionRow.received_at).where(
        _owned(assignment_id, user_id, team_id),
        SubmissionRow.counted.is_(True),
        SubmissionRow.received_at > since,
    )
    return session.scalars(query).all()


def of_assignment(session: Session, assignment_id: int) -> Sequence[tuple[SubmissionRow, Grading | None]]:
    """Return all submissions to an assignment, newest first, each with the grading that is live."""
    query = (
        select(SubmissionRow, Grading)
        .outerjoin(Grading, and_(Grading.submission_id == SubmissionRow.id, Grading.live.is_(True)))
        .where(SubmissionRow.assignment_id == assignment_id, SubmissionRow.draft.is_(False))
        .order_by(SubmissionRow.received_at.desc(), SubmissionRow.id.desc())
    )
    return [(handed, run) for handed, run in session.execute(query)]


def live_grading(session: Session, submission_id: int) -> Grading | None:
    """Return the grading whose score is the submission's."""
    query = select(Grading).where(Grading.submission_id == submission_id, Grading.live.is_(True))
    return session.scalar(query)


def newest_graded(session: Session, assignment_id: int) -> Grading | None:
    """Return the grading of the submission that came last and has a score of its own."""
    query = (
        select(Grading)
        .join(SubmissionRow, SubmissionRow.id == Grading.submission_id)
        .where(
            SubmissionRow.assignment_id == assignment_id,
            SubmissionRow.draft.is_(False),
            Grading.live.is_(True),
            Grading.status == Status.GRADED,
        )
    )
    return session.scalar(query.order_by(SubmissionRow.id.desc()).limit(1))


def case_results(session: Session, grading_id: int) -> Sequence[CaseResultRow]:
    """Return a grading's cases in the order of the suite; of one that runs, the cases so far."""
    query = (
        select(CaseResultRow).where(CaseResultRow.grading_id == grading_id).order_by(CaseResultRow.ordinal)
    )
    return session.scalars(query).all()


def ahead_of(session: Session, run: Grading) -> int:
    """Return how many gradings wait before this one in its queue."""
    query = (
        select(func.count())
        .select_from(Grading)
        .where(
            Grading.status == Status.QUEUED,
            Grading.queue == run.queue,
            Grading.device == run.device,
            or_(
                Grading.queued_at < run.queued_at,
                and_(Grading.queued_at == run.queued_at, Grading.id < run.id),
            ),
        )
    )
    return session.scalar(query) or 0


def override(session: Session, submission_id: int) -> Override | None:
    """Return the total that a person set for a submission."""
    return session.scalar(select(Override).where(Override.submission_id == submission_id))


def overrides(session: Session, assignment_id: int) -> dict[int, Override]:
    """Return the totals that people set, by submission."""
    query = select(Override).join(SubmissionRow, SubmissionRow.id == Override.submission_id)
    found = session.scalars(query.where(SubmissionRow.assignment_id == assignment_id))
    return {each.submission_id: each for each in found}


def manual_scores(session: Session, submission_id: int) -> Sequence[ManualScore]:
    """Return the points that people gave for parts of a submission."""
    query = select(ManualScore).where(ManualScore.submission_id == submission_id).order_by(ManualScore.part)
    return session.scalars(query).all()
