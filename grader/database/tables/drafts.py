"""Drafts of an assignment's tests, and the trials that they are put to before they are published."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.database.tables.base import Base, Document, Key, points_to, word
from grader.database.tables.courses import AssignmentRow, SuiteRow
from grader.database.tables.people import User
from grader.database.tables.words import TrialKind, TrialState


class Draft(Base):
    """An assignment's files as they are being worked on, one draft for all of its staff.

    ``revision`` rises with each change. ``based_on_id``: the version it began as; another one that is
    live by now was published meanwhile.
    """

    __tablename__ = "drafts"

    id: Mapped[Key]
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), unique=True)
    based_on_id: Mapped[int | None] = points_to("suites.id")
    revision: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = points_to("users.id")

    assignment: Mapped[AssignmentRow] = relationship()
    changed_by: Mapped[User | None] = relationship()


class DraftFile(Base):
    """A file of a draft."""

    __tablename__ = "draft_files"

    draft_id: Mapped[int] = mapped_column(ForeignKey("drafts.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Document, primary_key=True)
    blob_digest: Mapped[str] = points_to("blobs.digest", index=True)


class Trial(Base):
    """One time that a draft, kept as a suite, is tried on submissions; its runs are gradings that name it.

    ``hand_ins`` says of each what it is and what it must show, in the order of the gradings' ``place``.
    ``finding``: what all of them showed, once they are through; the gradings may go then.
    """

    __tablename__ = "trials"

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id", index=True)
    suite_id: Mapped[int] = points_to("suites.id", index=True)
    kind: Mapped[TrialKind] = mapped_column(word(TrialKind))
    state: Mapped[TrialState] = mapped_column(word(TrialState), default=TrialState.RUNNING)
    hand_ins: Mapped[list[Any]] = mapped_column(Document, default=list)
    finding: Mapped[Mapping[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = points_to("users.id")
    ended_at: Mapped[datetime | None]

    assignment: Mapped[AssignmentRow] = relationship()
    suite: Mapped[SuiteRow] = relationship()
    created_by: Mapped[User | None] = relationship()
