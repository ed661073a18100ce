"""Regrades, their gradings, and what these are compared with."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, delete, exists, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session, aliased

from grader.database.store.rows import by_key
from grader.database.tables import (
    AssignmentRow,
    CaseResultRow,
    Grading,
    ManualScore,
    Regrade,
    RegradeState,
    SubmissionRow,
    SuiteFile,
    SuiteRow,
    Team,
    Trial,
    TrialState,
    User,
)
from grader.model import Status, Verdict

# Parameters in one statement: SQLite takes 32,766, PostgreSQL's protocol 65,535.
_AT_ONCE = 1_000
OPEN = (RegradeState.RUNNING, RegradeState.PAUSED)


def regrade(session: Session, regrade_id: int) -> Regrade | None:
    """Return a regrade."""
    return by_key(session, Regrade, regrade_id)


def of_assignment(session: Session, assignment_id: int) -> Sequence[Regrade]:
    """Return an assignment's regrades, newest first."""
    query = select(Regrade).where(Regrade.assignment_id == assignment_id)
    return session.scalars(query.order_by(Regrade.id.desc())).all()


def lock_assignment(session: Session, assignment_id: int) -> None:
    """Let others who want this assignment locked wait until the transaction is over."""
    session.execute(select(AssignmentRow.id).where(AssignmentRow.id == assignment_id).with_for_update())


def change_state(
    session: Session,
    regrade_id: int,
    before: Iterable[RegradeState],
    after: RegradeState,
    **columns: Any,
) -> bool:
    """Change a regrade's state by compare-and-set; false when it was in none of the states before."""
    statement = (
        update(Regrade)
        .where(Regrade.id == regrade_id, Regrade.state.in_(list(before)))
        .values(state=after, **columns)
        .returning(Regrade.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def may_run() -> ColumnElement[bool]:
    """Select gradings that nobody has stopped: their regrade or trial, if they have one, runs."""
    regraded = exists().where(Regrade.id == Grading.regrade_id, Regrade.state == RegradeState.RUNNING)
    tried = exists().where(Trial.id == Grading.trial_id, Trial.state == TrialState.RUNNING)
    return and_(or_(Grading.regrade_id.is_(None), regraded), or_(Grading.trial_id.is_(None), tried))


def counts(session: Session, regrade_ids: Sequence[int]) -> dict[int, dict[Status, int]]:
    """Return how many gradings of each regrade are in each status."""
    query = (
        select(Grading.regrade_id, Grading.status, func.count())
        .where(Grading.regrade_id.in_(regrade_ids))
        .group_by(Grading.regrade_id, Grading.status)
    )
    found: dict[int, dict[Status, int]] = {each: {} for each in regrade_ids}
    for regrade_id, status, number in session.execute(query):
        if regrade_id is not None:
            found[regrade_id][status] = number
    return found


def finished_since(session: Session, regrade_id: int, since: datetime) -> int:
    """Return how many gradings of a regrade were finished since a moment."""
    query = select(func.count()).where(Grading.regrade_id == regrade_id, Grading.finished_at > since)
    return session.scalar(query) or 0


def to_do(session: Session, regrade_id: int, now: datetime) -> Sequence[int]:
    """Return the gradings that can be claimed: waiting, or held by who has fallen silent."""
    silent = and_(Grading.status == Status.RUNNING, Grading.lease_until < now)
    query = select(Grading.id).where(
        Grading.regrade_id == regrade_id,
        or_(Grading.status == Status.QUEUED, silent),
        Grading.attempt < Grading.allowed,
    )
    return session.scalars(query.order_by(Grading.id)).all()


def lost(session: Session, regrade_id: int) -> Sequence[Grading]:
    """Return the gradings of a regrade that we gave up."""
    query = select(Grading).where(Grading.regrade_id == regrade_id, Grading.status == Status.INTERNAL_ERROR)
    return session.scalars(query.order_by(Grading.id)).all()


def device(session: Session, regrade_id: int) -> str:
    """Return what a regrade's gradings are to run on."""
    query = select(Grading.device).where(Grading.regrade_id == regrade_id).limit(1)
    return session.scalar(query) or ""


def send_all_now(session: Session, regrade_id: int, now: datetime) -> None:
    """Let the next sweep send what waits of a regrade."""
    statement = update(Grading).where(Grading.regrade_id == regrade_id, Grading.status == Status.QUEUED)
    session.execute(statement.values(send_after=now, sends=0).execution_options(synchronize_session=False))


def first(session: Session, regrade_id: int, number: int) -> Sequence[int]:
    """Return the first of a regrade's gradings."""
    query = select(Grading.id).where(Grading.regrade_id == regrade_id).order_by(Grading.id).limit(number)
    return session.scalars(query).all()


def forget_ended(session: Session) -> None:
    """Remove gradings that still wait though their regrade was cancelled or dropped: they never ran."""
    ended = select(Regrade.id).where(Regrade.state.in_([RegradeState.CANCELLED, RegradeState.DROPPED]))
    statement = delete(Grading).where(Grading.regrade_id.in_(ended), Grading.status == Status.QUEUED)
    session.execute(statement.execution_options(synchronize_session=False))


def make_live(session: Session, regrade_id: int) -> None:
    """Let the graded runs of a regrade be their submissions' own, in place of those that were."""
    graded = and_(Grading.regrade_id == regrade_id, Grading.status == Status.GRADED)
    old = aliased(Grading)
    replaced = select(func.max(old.id)).where(old.submission_id == Grading.submission_id, old.live.is_(True))
    theirs = select(Grading.submission_id).where(graded)
    for statement in (
        update(Grading).where(graded).values(replaced_id=replaced.scalar_subquery()),
        update(Grading).where(Grading.live.is_(True), Grading.submission_id.in_(theirs)).values(live=False),
        update(Grading).where(graded).values(live=True),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()


def runs(session: Session, row: Regrade) -> Sequence[Any]:
    """Return a row per submission of a regrade: it, who submitted it, and both gradings' figures.

    Columns: submission_id, name, team, email, and of each grading, ``new`` and ``old``, number, status,
    score, max. ``old`` is the grading that is live now; of a regrade that was made live, the one it replaced.
    """
    new, old = aliased(Grading), aliased(Grading)
    is_old = and_(old.submission_id == new.submission_id, old.live.is_(True))
    if row.state is RegradeState.LIVE:
        is_old = old.id == new.replaced_id
    query = (
        select(
            SubmissionRow.id.label("submission_id"),
            User.name,
            User.email,
            Team.name.label("team"),
            new.id.label("new"),
            new.status.label("new_status"),
            new.score.label("new_score"),
            new.max_score.label("new_max"),
            old.id.label("old"),
            old.status.label("old_status"),
            old.score.label("old_score"),
            old.max_score.label("old_max"),
        )
        .select_from(new)
        .join(SubmissionRow, SubmissionRow.id == new.submission_id)
        .join(User, User.id == SubmissionRow.user_id)
        .outerjoin(Team, Team.id == SubmissionRow.team_id)
        .outerjoin(old, is_old)
        .where(new.regrade_id == row.id)
        .order_by(new.id)
    )
    return session.execute(query).all()


def verdicts(session: Session, grading_ids: Sequence[int]) -> dict[int, list[tuple[str, str, str, Verdict]]]:
    """Return of each grading its cases: id, function, name (all three as they are kept, in JSON), verdict.

    As they are kept: a class's runs have the same few names a hundred thousand times over.
    """
    found: dict[int, list[tuple[str, str, str, Verdict]]] = {each: [] for each in grading_ids}
    case, function, name = (
        type_coerce(each, Text) for each in (CaseResultRow.case, CaseResultRow.function, CaseResultRow.name)
    )
    for start in range(0, len(grading_ids), _AT_ONCE):
        part = grading_ids[start : start + _AT_ONCE]
        query = (
            select(CaseResultRow.grading_id, case, function, name, CaseResultRow.verdict)
            .where(CaseResultRow.grading_id.in_(part))
            .order_by(CaseResultRow.grading_id, CaseResultRow.ordinal)
        )
        for row in session.execute(query):
            found[row[0]].append((row[1], row[2], row[3], row[4]))
    return found


def ended_with(session: Session, assignment_id: int, verdict: Verdict) -> set[int]:
    """Return the submissions to an assignment whose live grading has a case that ended so."""
    query = (
        select(Grading.submission_id)
        .join(SubmissionRow, SubmissionRow.id == Grading.submission_id)
        .join(CaseResultRow, CaseResultRow.grading_id == Grading.id)
        .where(
            SubmissionRow.assignment_id == assignment_id,
            Grading.live.is_(True),
            CaseResultRow.verdict == verdict,
        )
        .distinct()
    )
    return set(session.scalars(query))


def with_points(session: Session, assignment_id: int) -> set[int]:
    """Return the submissions to an assignment for which a person gave points."""
    query = select(ManualScore.submission_id).join(
        SubmissionRow, SubmissionRow.id == ManualScore.submission_id
    )
    return set(session.scalars(query.where(SubmissionRow.assignment_id == assignment_id)))


def handed_in_since(session: Session, assignment_id: int, since: datetime) -> int:
    """Return how many submissions to an assignment came in after a moment."""
    query = select(func.count()).where(
        SubmissionRow.assignment_id == assignment_id,
        SubmissionRow.draft.is_(False),
        SubmissionRow.received_at > since,
    )
    return session.scalar(query) or 0


def last_live(session: Session, assignment_id: int) -> int:
    """Return the regrade of an assignment that was made live last, or 0."""
    query = (
        select(Regrade.id)
        .where(Regrade.assignment_id == assignment_id, Regrade.state == RegradeState.LIVE)
        .order_by(Regrade.ended_at.desc(), Regrade.id.desc())
        .limit(1)
    )
    return session.scalar(query) or 0


def using(session: Session, suite_id: int) -> Sequence[Regrade]:
    """Return the regrades under a version of the tests, oldest first."""
    return session.scalars(select(Regrade).where(Regrade.suite_id == suite_id).order_by(Regrade.id)).all()


def gradings_under(session: Session, suite_id: int) -> int:
    """Return how many gradings ran, or are to run, under a version of the tests."""
    return session.scalar(select(func.count()).where(Grading.suite_id == suite_id)) or 0


def remove_suite(session: Session, suite_id: int) -> None:
    """Remove a version of the tests that nothing refers to; contents are kept, others may have the same."""
    session.execute(delete(SuiteFile).where(SuiteFile.suite_id == suite_id))
    session.execute(delete(SuiteRow).where(SuiteRow.id == suite_id))
