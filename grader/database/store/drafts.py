"""Drafts and their files, the trials they are put to, and the runs of these."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.orm import Session

from grader.database.store import files, forgetting
from grader.database.store.rows import by_key
from grader.database.tables import (
    Blob,
    CaseResultRow,
    Draft,
    DraftFile,
    Grading,
    SubmissionRow,
    SuiteFile,
    SuiteRow,
    Trial,
    TrialKind,
    TrialState,
)
from grader.model import Status

_AT_ONCE = 500


def draft(session: Session, assignment_id: int, *, lock: bool = False) -> Draft | None:
    """Return an assignment's draft; with `lock`, others who want it locked wait."""
    query = select(Draft).where(Draft.assignment_id == assignment_id)
    return session.scalar(
        query.with_for_update().execution_options(populate_existing=True) if lock else query
    )


def remove(session: Session, draft_id: int) -> int:
    """Remove a draft and what no version has of its files; return how many bytes are free."""
    theirs = digests(session, draft_id).values()
    session.execute(delete(DraftFile).where(DraftFile.draft_id == draft_id))
    session.execute(delete(Draft).where(Draft.id == draft_id))
    return files.drop_unused(session, theirs)


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


def put(session: Session, draft_id: int, changes: Mapping[str, bytes | None]) -> tuple[int, int]:
    """Put contents in the place of what had their names, None: nothing.

    What was there before stays for as long as a version has it. Return how many bytes are new, and free.
    """
    before = digests(session, draft_id)
    _forget(session, draft_id, changes)
    freed = files.drop_unused(session, {before[name] for name in changes if name in before})
    kept = {name: content for name, content in changes.items() if content is not None}
    new = files.keep(session, {files.digest(content): content for content in kept.values()})
    _name(session, draft_id, {name: files.digest(content) for name, content in kept.items()})
    return new, freed


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


def forget_trials(session: Session, trial_ids: Sequence[int]) -> int:
    """Remove trials with the suites that were kept for them; return how many bytes are free."""
    freed = forget_runs(session, trial_ids)
    kept_for = set(session.scalars(select(Trial.suite_id).where(Trial.id.in_(trial_ids))))
    session.execute(delete(Trial).where(Trial.id.in_(trial_ids)).execution_options(synchronize_session=False))
    needed = set(session.scalars(select(Trial.suite_id).where(Trial.suite_id.in_(kept_for))))
    gone = list(kept_for - needed)
    contents = session.scalars(select(SuiteFile.blob_digest).where(SuiteFile.suite_id.in_(gone))).all()
    for table, where in ((SuiteFile, SuiteFile.suite_id.in_(gone)), (SuiteRow, SuiteRow.id.in_(gone))):
        session.execute(delete(table).where(where).execution_options(synchronize_session=False))
    return freed + files.drop_unused(session, contents)


def newest_tried(session: Session, assignment_id: int) -> SuiteRow | None:
    """Return the suite that a draft of the assignment was last kept as for a trial."""
    query = select(SuiteRow).where(SuiteRow.assignment_id == assignment_id, SuiteRow.draft.is_(True))
    return session.scalar(query.order_by(SuiteRow.id.desc()).limit(1))


def trial(session: Session, trial_id: int) -> Trial | None:
    """Return a trial."""
    return by_key(session, Trial, trial_id)


def trials(session: Session, assignment_id: int) -> Sequence[Trial]:
    """Return an assignment's trials, newest first."""
    query = select(Trial).where(Trial.assignment_id == assignment_id)
    return session.scalars(query.order_by(Trial.id.desc())).all()


def verifications(
    session: Session, assignment_id: int, digest: str, kind: TrialKind = TrialKind.VERIFY
) -> Sequence[Trial]:
    """Return the verifications of tests with that digest that were not cancelled, newest first."""
    query = select(Trial).join(SuiteRow, SuiteRow.id == Trial.suite_id)
    found = query.where(
        Trial.assignment_id == assignment_id,
        Trial.kind == kind,
        Trial.state != TrialState.CANCELLED,
        SuiteRow.digest == digest,
    )
    return session.scalars(found.order_by(Trial.id.desc())).all()


def counts(session: Session, trial_id: int) -> dict[Status, int]:
    """Return how many of a trial's gradings are in each status."""
    query = select(Grading.status, func.count()).where(Grading.trial_id == trial_id).group_by(Grading.status)
    return dict(session.execute(query).all())


def runs(session: Session, trial_id: int) -> Sequence[Grading]:
    """Return a trial's gradings in the order of its submissions."""
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


def cases(session: Session, trial_id: int) -> dict[int, list[CaseResultRow]]:
    """Return the cases of a trial's gradings, by the grading, in the order of the suite."""
    query = select(CaseResultRow).join(Grading, Grading.id == CaseResultRow.grading_id)
    found: dict[int, list[CaseResultRow]] = {}
    for each in session.scalars(query.where(Grading.trial_id == trial_id).order_by(CaseResultRow.ordinal)):
        found.setdefault(each.grading_id, []).append(each)
    return found


def cases_of(session: Session, grading_ids: Sequence[int]) -> dict[int, list[CaseResultRow]]:
    """Return the cases of some gradings, by the grading, in the order of the suite."""
    query = select(CaseResultRow).where(CaseResultRow.grading_id.in_(grading_ids))
    found: dict[int, list[CaseResultRow]] = {}
    for each in session.scalars(query.order_by(CaseResultRow.ordinal)):
        found.setdefault(each.grading_id, []).append(each)
    return found


def stop(session: Session, trial_id: int) -> None:
    """Remove what still waits of a trial."""
    waiting = and_(Grading.trial_id == trial_id, Grading.status == Status.QUEUED)
    session.execute(delete(Grading).where(waiting).execution_options(synchronize_session=False))


def forget_runs(session: Session, trial_ids: Sequence[int]) -> int:
    """Remove trials' gradings, and submissions made for nothing else; return how many bytes are free."""
    theirs = Grading.trial_id.in_(trial_ids)
    handed_in = select(Grading.submission_id).where(theirs)
    made = session.scalars(
        select(SubmissionRow.id).where(SubmissionRow.id.in_(handed_in), SubmissionRow.draft.is_(True))
    ).all()
    session.execute(delete(Grading).where(theirs).execution_options(synchronize_session=False))
    freed = forgetting.drop_files(session, made)
    for start in range(0, len(made), _AT_ONCE):
        gone = delete(SubmissionRow).where(SubmissionRow.id.in_(made[start : start + _AT_ONCE]))
        session.execute(gone.execution_options(synchronize_session=False))
    return freed
