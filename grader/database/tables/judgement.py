"""What people say about submissions besides points: comments, rubric items, excuses, regrade requests."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.database.tables.base import Base, Document, Key, points_to, word
from grader.database.tables.gradings import SubmissionRow
from grader.database.tables.people import User
from grader.database.tables.words import RequestState


class Comment(Base):
    """A remark on one line (from 1) of a submitted file."""

    __tablename__ = "comments"

    id: Mapped[Key]
    submission_id: Mapped[int] = points_to("submissions.id", index=True)
    file: Mapped[str] = mapped_column(Document)
    line: Mapped[int]
    text: Mapped[str] = mapped_column(Document)
    written_by_id: Mapped[int | None] = points_to("users.id")
    written_at: Mapped[datetime]

    written_by: Mapped[User | None] = relationship()


class RubricItem(Base):
    """What staff often says of one manual part, with the points it gives or takes.

    ``retired``: picked no more; where it was picked, it stays.
    """

    __tablename__ = "rubric_items"

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id", index=True)
    part: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Document)
    points: Mapped[float]
    retired: Mapped[bool] = mapped_column(default=False)


class RubricPick(Base):
    """An item that holds for a submission."""

    __tablename__ = "rubric_picks"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("rubric_items.id"), primary_key=True)

    item: Mapped[RubricItem] = relationship()


class Excuse(Base):
    """A student who need not do an assignment."""

    __tablename__ = "excuses"
    __table_args__ = (UniqueConstraint("assignment_id", "user_id"),)

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id")
    user_id: Mapped[int] = points_to("users.id")
    why: Mapped[str] = mapped_column(Document, default="")
    given_by_id: Mapped[int | None] = points_to("users.id")
    given_at: Mapped[datetime]


class RegradeRequest(Base):
    """A student's request that a person look at a result again, and the answer."""

    __tablename__ = "regrade_requests"

    id: Mapped[Key]
    submission_id: Mapped[int] = points_to("submissions.id", index=True)
    asked_by_id: Mapped[int] = points_to("users.id")
    text: Mapped[str] = mapped_column(Document)
    asked_at: Mapped[datetime]
    state: Mapped[RequestState] = mapped_column(word(RequestState), default=RequestState.OPEN)
    answer: Mapped[str] = mapped_column(Document, default="")
    answered_by_id: Mapped[int | None] = points_to("users.id")
    answered_at: Mapped[datetime | None]

    submission: Mapped[SubmissionRow] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
