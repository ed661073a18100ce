"""What people decided about submissions: points, totals, comments, rubric items, excuses, requests."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from grader.database.store.rows import by_key
from grader.database.tables import (
    AssignmentRow,
    Comment,
    Excuse,
    Extension,
    Grading,
    ManualScore,
    RegradeRequest,
    RequestState,
    RubricItem,
    RubricPick,
    SubmissionRow,
    Team,
    User,
)
from grader.model import Given, Status


def given(
    session: Session, assignment_id: int, submission_id: int | None = None
) -> dict[int, tuple[Given, ...]]:
    """Return the points that people gave for parts of an assignment's submissions.

    Of one submission, the items of the rubric that hold are with them.
    """
    query = (
        select(ManualScore, User.name)
        .join(SubmissionRow, SubmissionRow.id == ManualScore.submission_id)
        .outerjoin(User, User.id == ManualScore.given_by_id)
        .where(SubmissionRow.assignment_id == assignment_id)
        .order_by(ManualScore.id)
    )
    if submission_id is not None:
        query = query.where(ManualScore.submission_id == submission_id)
    picked = picks(session, submission_id) if submission_id is not None else ()
    found: dict[int, tuple[Given, ...]] = {}
    for row, name in session.execute(query):
        items = tuple((each.item.points, each.item.text) for each in picked if each.item.part == row.part)
        points = Given(row.part, row.points, row.why, name or "", row.given_at, items)
        found[row.submission_id] = (*found.get(row.submission_id, ()), points)
    return found


def comments(session: Session, submission_id: int) -> Sequence[Comment]:
    """Return the remarks on lines of a submission's files, in the order they were written."""
    query = select(Comment).where(Comment.submission_id == submission_id).order_by(Comment.id)
    return session.scalars(query).all()


def comment(session: Session, comment_id: int) -> Comment | None:
    """Return a remark."""
    return by_key(session, Comment, comment_id)


def rubric(session: Session, assignment_id: int) -> Sequence[RubricItem]:
    """Return an assignment's rubric items, retired ones too, by part in the order they were made."""
    query = select(RubricItem).where(RubricItem.assignment_id == assignment_id)
    return session.scalars(query.order_by(RubricItem.part, RubricItem.id)).all()


def rubric_item(session: Session, item_id: int) -> RubricItem | None:
    """Return a rubric item."""
    return by_key(session, RubricItem, item_id)


def picks(session: Session, submission_id: int) -> Sequence[RubricPick]:
    """Return the items that hold for a submission, in the rubric's order."""
    query = select(RubricPick).where(RubricPick.submission_id == submission_id)
    return session.scalars(query.order_by(RubricPick.item_id)).all()


def picked(session: Session, item_id: int) -> int:
    """Return for how many submissions an item holds."""
    query = select(func.count()).select_from(RubricPick).where(RubricPick.item_id == item_id)
    return session.scalar(query) or 0


def excuse(session: Session, assignment_id: int, user_id: int) -> Excuse | None:
    """Return a student's excuse from an assignment."""
    query = select(Excuse).where(Excuse.assignment_id == assignment_id, Excuse.user_id == user_id)
    return session.scalar(query)


def excused(session: Session, assignment_id: int) -> frozenset[int]:
    """Return the students who need not do an assignment, by number."""
    return frozenset(session.scalars(select(Excuse.user_id).where(Excuse.assignment_id == assignment_id)))


def excuses(session: Session, assignment_id: int) -> Sequence[tuple[Excuse, User]]:
    """Return who is excused from an assignment, by name."""
    query = select(Excuse, User).join(User, User.id == Excuse.user_id)
    query = query.where(Excuse.assignment_id == assignment_id).order_by(User.name, User.id)
    return [(row, user) for row, user in session.execute(query)]


def excuses_of(session: Session, user_id: int) -> Sequence[tuple[Excuse, AssignmentRow]]:
    """Return what somebody is excused from."""
    query = select(Excuse, AssignmentRow).join(AssignmentRow, AssignmentRow.id == Excuse.assignment_id)
    found = session.execute(query.where(Excuse.user_id == user_id).order_by(Excuse.id))
    return [(row, asked) for row, asked in found]


def extension(session: Session, extension_id: int) -> Extension | None:
    """Return an extension."""
    return by_key(session, Extension, extension_id)


def extensions(session: Session, assignment_id: int) -> Sequence[tuple[Extension, str, str]]:
    """Return an assignment's extensions with the student's or team's name, and who gave each."""
    giver = aliased(User)
    query = (
        select(Extension, func.coalesce(User.name, Team.name), func.coalesce(giver.name, ""))
        .outerjoin(User, User.id == Extension.user_id)
        .outerjoin(Team, Team.id == Extension.team_id)
        .outerjoin(giver, giver.id == Extension.created_by_id)
        .where(Extension.assignment_id == assignment_id)
        .order_by(Extension.id.desc())
    )
    return [(row, name, by) for row, name, by in session.execute(query)]


def request(session: Session, request_id: int) -> RegradeRequest | None:
    """Return a regrade request."""
    return by_key(session, RegradeRequest, request_id)


def requests_of(session: Session, submission_id: int) -> Sequence[RegradeRequest]:
    """Return what was asked about a submission, oldest first."""
    query = select(RegradeRequest).where(RegradeRequest.submission_id == submission_id)
    return session.scalars(query.order_by(RegradeRequest.id)).all()


def requests(session: Session, assignment_id: int) -> Sequence[RegradeRequest]:
    """Return what was asked about an assignment's submissions: open ones first, the longest waiting first."""
    query = (
        select(RegradeRequest)
        .join(SubmissionRow, SubmissionRow.id == RegradeRequest.submission_id)
        .where(SubmissionRow.assignment_id == assignment_id)
        .order_by((RegradeRequest.state != RequestState.OPEN), RegradeRequest.id)
    )
    return session.scalars(query).all()


def open_requests(session: Session, course_id: int) -> dict[int, int]:
    """Return how many requests wait for an answer, by assignment; those with none are left out."""
    query = (
        select(SubmissionRow.assignment_id, func.count())
        .join(RegradeRequest, RegradeRequest.submission_id == SubmissionRow.id)
        .join(AssignmentRow, AssignmentRow.id == SubmissionRow.assignment_id)
        .where(AssignmentRow.course_id == course_id, RegradeRequest.state == RequestState.OPEN)
        .group_by(SubmissionRow.assignment_id)
    )
    return dict(session.execute(query).all())


def our_faults(session: Session, course_id: int) -> dict[int, int]:
    """Return how many submissions we failed to grade, by assignment; those with none are left out."""
    query = (
        select(SubmissionRow.assignment_id, func.count())
        .join(Grading, Grading.submission_id == SubmissionRow.id)
        .join(AssignmentRow, AssignmentRow.id == SubmissionRow.assignment_id)
        .where(
            AssignmentRow.course_id == course_id,
            SubmissionRow.draft.is_(False),
            Grading.live.is_(True),
            Grading.status == Status.INTERNAL_ERROR,
        )
        .group_by(SubmissionRow.assignment_id)
    )
    return dict(session.execute(query).all())
