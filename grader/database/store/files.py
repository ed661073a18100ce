"""Contents by digest, and which files a suite or a submission is made of."""

import hashlib
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from grader.database.tables import Blob, DraftFile, SubmissionFile, SuiteFile


def digest(content: bytes) -> str:
    """Return under which name contents are kept."""
    return hashlib.sha256(content).hexdigest()


def keep(session: Session, contents: Mapping[str, bytes]) -> int:
    """Keep contents by their digests; return how many bytes of them are new.

    In the order of their digests, so that two who keep the same contents can't wait for each other.
    """
    return sum(_keep(session, name, contents[name]) for name in sorted(contents))


def _keep(session: Session, name: str, content: bytes) -> int:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(Blob)
        .values(digest=name, size=len(content), data=content)
        .on_conflict_do_nothing()
        .returning(Blob.digest)
    )
    return len(content) if session.scalar(statement) is not None else 0


def drop_unused(session: Session, digests: Iterable[str]) -> int:
    """Remove those of these contents that nothing refers to; return how many bytes are free."""
    used = or_(
        exists().where(SubmissionFile.blob_digest == Blob.digest),
        exists().where(SuiteFile.blob_digest == Blob.digest),
        exists().where(DraftFile.blob_digest == Blob.digest),
    )
    freed = 0
    for each in sorted(set(digests)):
        gone = delete(Blob).where(Blob.digest == each, ~used).returning(Blob.size)
        freed += session.scalar(gone, execution_options={"synchronize_session": False}) or 0
    return freed


def add_submission_files(session: Session, submission_id: int, files: Mapping[str, bytes]) -> int:
    """Give a submission its files; return how many bytes of them nobody had before."""
    new = keep(session, {digest(content): content for content in files.values()})
    session.add_all(
        SubmissionFile(submission_id=submission_id, name=name, blob_digest=digest(content))
        for name, content in files.items()
    )
    return new


def add_suite_files(
    session: Session, suite_id: int, files: Mapping[str, bytes], others: Mapping[str, bytes]
) -> int:
    """Give a suite its files, and the others that travel with it; return how many bytes are new."""
    everything = {**others, **files}
    new = keep(session, {digest(content): content for content in everything.values()})
    session.add_all(
        SuiteFile(suite_id=suite_id, name=name, blob_digest=digest(content), in_suite=name in files)
        for name, content in everything.items()
    )
    return new


def of_submission(session: Session, submission_id: int) -> dict[str, bytes]:
    """Return a submission's files."""
    query = (
        select(SubmissionFile.name, Blob.data)
        .join(Blob, Blob.digest == SubmissionFile.blob_digest)
        .where(SubmissionFile.submission_id == submission_id)
    )
    return {name: bytes(data) for name, data in session.execute(query)}


def of_suite(session: Session, suite_id: int, *, in_suite: bool) -> dict[str, bytes]:
    """Return the files that influence verdicts, or else those that only travel with them."""
    query = (
        select(SuiteFile.name, Blob.data)
        .join(Blob, Blob.digest == SuiteFile.blob_digest)
        .where(SuiteFile.suite_id == suite_id, SuiteFile.in_suite.is_(in_suite))
    )
    return {name: bytes(data) for name, data in session.execute(query)}


def names_of_submission(session: Session, submission_id: int) -> dict[str, int]:
    """Return the names of a submission's files and their sizes."""
    query = (
        select(SubmissionFile.name, Blob.size)
        .join(Blob, Blob.digest == SubmissionFile.blob_digest)
        .where(SubmissionFile.submission_id == submission_id)
    )
    return dict(session.execute(query).all())


def one_of_suite(session: Session, suite_id: int, name: str) -> bytes | None:
    """Return one file of a suite, or of what travels with it."""
    query = (
        select(Blob.data)
        .join(SuiteFile, Blob.digest == SuiteFile.blob_digest)
        .where(SuiteFile.suite_id == suite_id, SuiteFile.name == name)
    )
    data = session.scalar(query)
    return None if data is None else bytes(data)
