"""Deletes people's data: submissions, texts in results, names. Nothing else deletes submissions.

Statements go past the guard of ``grader.database.tables.frozen``, which is for what people do to single rows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from grader.database.store import files
from grader.database.tables import (
    AssignmentRow,
    AuditEntry,
    CaseResultRow,
    Comment,
    Course,
    Enrolment,
    Excuse,
    Extension,
    Grading,
    Invitation,
    ManualScore,
    Override,
    Regrade,
    RegradeRequest,
    RubricPick,
    SubmissionFile,
    SubmissionRow,
    Team,
    TeamMember,
    Token,
    User,
)
from grader.model import Status

UNFINISHED = (Status.QUEUED, Status.RUNNING)
_AT_ONCE = 500
_QUIET = {"synchronize_session": False}
# What of a case's values is a text of the student's; measured numbers stay.
TEXTS = frozenset({"text", "file"})
# What of an entry in the audit log somebody has written themselves.
_SAID = frozenset({"name", "why", "text", "answer"})


def handed_in(session: Session, user_id: int) -> Sequence[tuple[SubmissionRow, AssignmentRow]]:
    """Return all that somebody uploaded, drafts too, oldest first."""
    query = (
        select(SubmissionRow, AssignmentRow)
        .join(AssignmentRow, AssignmentRow.id == SubmissionRow.assignment_id)
        .where(SubmissionRow.user_id == user_id)
        .order_by(SubmissionRow.id)
    )
    return [(handed, asked) for handed, asked in session.execute(query)]


def shared(session: Session, user_id: int) -> set[int]:
    """Return the submissions that somebody uploaded for a team with other members."""
    others = exists().where(TeamMember.team_id == SubmissionRow.team_id, TeamMember.user_id != user_id)
    query = select(SubmissionRow.id).where(
        SubmissionRow.user_id == user_id, SubmissionRow.team_id.is_not(None), others
    )
    return set(session.scalars(query))


def being_graded(session: Session, ids: Sequence[int]) -> bool:
    """Say whether a worker has one of these submissions now."""
    for some in _parts(ids):
        running = Grading.submission_id.in_(some), Grading.status == Status.RUNNING
        if session.scalar(select(Grading.id).where(*running).limit(1)) is not None:
            return True
    return False


def older_than(session: Session, course_id: int, moment: datetime) -> Sequence[int]:
    """Return a course's submissions of before a moment that still have files, and wait for no result."""
    waiting = exists().where(Grading.submission_id == SubmissionRow.id, Grading.status.in_(UNFINISHED))
    query = (
        select(SubmissionRow.id)
        .join(AssignmentRow, AssignmentRow.id == SubmissionRow.assignment_id)
        .where(AssignmentRow.course_id == course_id, SubmissionRow.received_at < moment)
        .where(exists().where(SubmissionFile.submission_id == SubmissionRow.id), ~waiting)
    )
    return session.scalars(query.order_by(SubmissionRow.id)).all()


def without_files(session: Session, assignment_id: int) -> set[int]:
    """Return the submissions whose files were taken away: they can't be graded again."""
    query = select(SubmissionRow.id).where(
        SubmissionRow.assignment_id == assignment_id,
        ~exists().where(SubmissionFile.submission_id == SubmissionRow.id),
    )
    return set(session.scalars(query))


def strip(session: Session, ids: Sequence[int]) -> int:
    """Take files and texts off submissions; scores stay. Returns how many bytes nobody has now.

    Runs that are not done go: without files they would end in a score of zero.
    """
    freed = drop_files(session, ids)
    for some in _parts(ids):
        unfinished = delete(Grading).where(Grading.submission_id.in_(some), Grading.status.in_(UNFINISHED))
        session.execute(unfinished, execution_options=_QUIET)
        runs = select(Grading.id).where(Grading.submission_id.in_(some))
        for run in session.scalars(select(CaseResultRow).where(CaseResultRow.grading_id.in_(runs))):
            run.output, run.values = "", _without_texts(run.values)
        for grading in session.scalars(select(Grading).where(Grading.submission_id.in_(some))):
            grading.output, grading.load_values = "", _without_texts(grading.load_values)
            grading.findings = []
        _drop_remarks(session, some)
        session.flush()
    return freed


def _drop_remarks(session: Session, ids: Sequence[int]) -> None:
    """Take away what was written about lines that are gone, and the texts of requests."""
    session.execute(delete(Comment).where(Comment.submission_id.in_(ids)), execution_options=_QUIET)
    asked = update(RegradeRequest).where(RegradeRequest.submission_id.in_(ids))
    session.execute(asked.values(text="", answer=""), execution_options=_QUIET)


def drop_reasons(session: Session, ids: Sequence[int]) -> None:
    """Take the reasons off totals and points that people gave: they may tell of the student."""
    for some in _parts(ids):
        for table in (ManualScore, Override):
            statement = update(table).where(table.submission_id.in_(some)).values(why="")
            session.execute(statement, execution_options=_QUIET)


def remove(session: Session, ids: Sequence[int]) -> int:
    """Remove submissions with all that came of them. Returns how many bytes nobody has now."""
    freed = drop_files(session, ids)
    for some in _parts(ids):
        runs = select(Grading.id).where(Grading.submission_id.in_(some))
        session.execute(
            delete(CaseResultRow).where(CaseResultRow.grading_id.in_(runs)), execution_options=_QUIET
        )
        for table in (Grading, ManualScore, Override, Comment, RubricPick, RegradeRequest):
            session.execute(delete(table).where(table.submission_id.in_(some)), execution_options=_QUIET)
        session.execute(delete(SubmissionRow).where(SubmissionRow.id.in_(some)), execution_options=_QUIET)
    session.expire_all()
    return freed


def _without_texts(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if name in TEXTS and isinstance(each, str) else each for name, each in values.items()}


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def drop_files(session: Session, ids: Sequence[int]) -> int:
    """Take files off submissions, and contents away that nobody else has."""
    digests: set[str] = set()
    for some in _parts(ids):
        theirs = SubmissionFile.submission_id.in_(some)
        digests |= set(session.scalars(select(SubmissionFile.blob_digest).where(theirs)))
        session.execute(delete(SubmissionFile).where(theirs), execution_options=_QUIET)
    return files.drop_unused(session, digests)


def give_back_storage(session: Session, course_id: int, size: int) -> None:
    """Count contents that are gone off a course's use, which never gets below nothing."""
    less = Course.storage_used_bytes - size
    left = case((less > 0, less), else_=0)
    statement = update(Course).where(Course.id == course_id).values(storage_used_bytes=left)
    session.execute(statement, execution_options=_QUIET)


def leave_everything(session: Session, user: User) -> None:
    """Take somebody out of courses and teams, and their tokens, extensions, excuses, invitations away."""
    for table in (Enrolment, TeamMember, Token, Extension, Excuse):
        session.execute(delete(table).where(table.user_id == user.id), execution_options=_QUIET)
    session.execute(delete(Invitation).where(Invitation.email == user.email), execution_options=_QUIET)
    asked = update(RegradeRequest).where(RegradeRequest.asked_by_id == user.id)
    session.execute(asked.values(text="", answer=""), execution_options=_QUIET)
    empty = ~exists().where(TeamMember.team_id == Team.id) & ~exists().where(SubmissionRow.team_id == Team.id)
    session.execute(delete(Team).where(empty), execution_options=_QUIET)


def blot_out(session: Session, user: User, email: str, name: str, about: Collection[str]) -> None:
    """Write another address and name in place of somebody's, in the audit log and in regrades.

    Names and numbers only in what is about this person: others may be called the same. What was given as a
    reason, a name or a text goes from entries ``about`` their submissions and tokens, from their
    extensions and excuses, and from what they asked.
    """
    own = {user.email: email, user.name: name, user.matriculation or "": ""}
    own |= {user.programme or "": "", user.degree or "": ""}
    told = or_(AuditEntry.before.is_not(None), AuditEntry.after.is_not(None))
    for entry in session.scalars(select(AuditEntry).where(told)).all():
        words = own if entry.object == f"user:{user.id}" else {user.email: email}
        asked = entry.actor_id == user.id and entry.action == "request.made"
        named = user.id in ((entry.before or {}).get("user"), (entry.after or {}).get("user"))
        theirs = entry.object in about or asked or named
        before, after = (_blotted(each, words, theirs) for each in (entry.before, entry.after))
        if (before, after) != (entry.before, entry.after):
            statement = update(AuditEntry).where(AuditEntry.id == entry.id)
            session.execute(statement.values(before=before, after=after), execution_options=_QUIET)
    for row in session.scalars(select(Regrade)).all():
        row.students = [email if each == user.email else each for each in row.students]


def _blotted(
    values: Mapping[str, Any] | None, words: Mapping[str, str], theirs: bool
) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        name: "" if theirs and name in _SAID else words.get(each, each) if isinstance(each, str) else each
        for name, each in values.items()
    }
