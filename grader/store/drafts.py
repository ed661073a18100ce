"""Drafts and their files, the trials they are put to, and the runs of these."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from grader.model import Status
from grader.store import files
from grader.store.rows import by_key
from grader.tables import (
    Blob,
    Draft,
    DraftFile,
    Grading,
    Submission,
    SubmissionFile,
    Suite,
    SuiteFile,
    Trial,
    TrialKind,
    TrialState,
)

ENDED = (Status.GRADED, Status.INTERNAL_ERROR)


def draft(session: Session, assignment_id: int, *, lock: bool = False) -> Draft | None:
    """Return an assignment's draft; with `lock`, others who want it locked wait."""
    query = select(Draft).where(Draft.assignment_id == assignment_id)
    return session.scalar(
        query.with_for_update().execution_options(populate_existing=True) if lock else query
    )


def remove(session: Session, draft_id: int) -> None:
    """Remove a draft and what it says of its files."""
    session.execute(delete(DraftFile).where(DraftFile.draft_id == draft_id))
    session.execute(delete(Draft).where(Draft.id == draft_id))


def contents(session: Session, draft_id: int) -> dict[str, bytes]:
    """Return a draft's files."""
    query = (
        select(DraftFile.name, Blob.data)
        .join(Blob, Blob.digest == DraftFile.blob_digest)
        .where(DraftFile.draft_id == draft_id)
    )
    return {name: bytes(data) for name, data in session.execute(query)}


def digests(session: Session, draft_id: int) -> dict[str, str]:
    """Return the names of a draft's files with the digests of their contents."""
    query = select(DraftFile.name, DraftFile.blob_digest).where(DraftFile.draft_id == draft_id)
    return dict(session.execute(query).all())


def digests_of_suite(session: Session, suite_id: int) -> dict[str, str]:
    """Return the names of all files of a version, those that only travel with it too, with their digests."""
    query = select(SuiteFile.name, SuiteFile.blob_digest).where(SuiteFile.suite_id == suite_id)
    return dict(session.execute(query).all())


def put(session: Session, draft_id: int, changes: Mapping[str, bytes | None]) -> int:
    """Put contents in the place of what had their names, None: nothing; return how many bytes are new."""
    _forget(session, draft_id, changes)
    kept = {name: content for name, content in changes.items() if content is not None}
    new = files.keep(session, {files.digest(content): content for content in kept.values()})
    _name(session, draft_id, {name: files.digest(content) for name, content in kept.items()})
    return new


def copy_suite(session: Session, draft_id: int, suite_id: int) -> None:
    """Give a draft the files of a version."""
    _name(session, draft_id, digests_of_suite(session, suite_id))


def _forget(session: Session, draft_id: int, names: Iterable[str]) -> None:
    statement = delete(DraftFile).where(DraftFile.draft_id == draft_id, DraftFile.name.in_(list(names)))
    session.execute(statement.execution_options(synchronize_session=False))


def _name(session: Session, draft_id: int, digests: Mapping[str, str]) -> None:
    rows = [{"draft_id": draft_id, "name": name, "blob_digest": each} for name, each in digests.items()]
    if rows:
        session.execute(insert(DraftFile), rows)


def newest_tried(session: Session, assignment_id: int) -> Suite | None:
    """Return the suite that a draft of the assignment was last kept as for a trial."""
    query = select(Suite).where(Suite.assignment_id == assignment_id, Suite.draft.is_(True))
    return session.scalar(query.order_by(Suite.id.desc()).limit(1))


def trial(session: Session, trial_id: int) -> Trial | None:
    """Return a trial."""
    return by_key(session, Trial, trial_id)


def trials(session: Session, assignment_id: int, *, limit: int) -> Sequence[Trial]:
    """Return an assignment's trials, newest first."""
    query = select(Trial).where(Trial.assignment_id == assignment_id)
    return session.scalars(query.order_by(Trial.id.desc()).limit(limit)).all()


def last_finding(session: Session, digest: str, assignment_id: int, kind: TrialKind) -> Trial | None:
    """Return the last trial of a kind that is through and was of tests with that digest."""
    query = (
        select(Trial)
        .join(Suite, Suite.id == Trial.suite_id)
        .where(
            Trial.assignment_id == assignment_id,
            Trial.kind == kind,
            Trial.state == TrialState.DONE,
            Suite.digest == digest,
        )
    )
    return session.scalar(query.order_by(Trial.id.desc()).limit(1))


def counts(session: Session, trial_id: int) -> dict[Status, int]:
    """Return how many of a trial's gradings are in each status."""
    query = select(Grading.status, func.count()).where(Grading.trial_id == trial_id).group_by(Grading.status)
    return dict(session.execute(query).all())


def runs(session: Session, trial_id: int) -> Sequence[Grading]:
    """Return a trial's gradings in the order of its hand-ins."""
    query = select(Grading).where(Grading.trial_id == trial_id).order_by(Grading.place)
    return session.scalars(query).all()


def end(session: Session, trial_id: int, state: TrialState, at: datetime, **columns: Any) -> bool:
    """End a trial that runs; false when it had ended."""
    statement = (
        update(Trial)
        .where(Trial.id == trial_id, Trial.state == TrialState.RUNNING)
        .values(state=state, ended_at=at, **columns)
        .returning(Trial.id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(statement) is not None


def forget_runs(session: Session, trial_id: int) -> None:
    """Remove a trial's gradings, and what was handed in for nothing else than it."""
    submissions = select(Grading.submission_id).where(Grading.trial_id == trial_id)
    made = session.scalars(
        select(Submission.id).where(Submission.id.in_(submissions), Submission.draft.is_(True))
    ).all()
    _delete(session, Grading, Grading.trial_id == trial_id)
    for start in range(0, len(made), 1_000):
        some = made[start : start + 1_000]
        _delete(session, SubmissionFile, SubmissionFile.submission_id.in_(some))
        _delete(session, Submission, Submission.id.in_(some))


def _delete(session: Session, table: type[Any], where: Any) -> None:
    session.execute(delete(table).where(where).execution_options(synchronize_session=False))
