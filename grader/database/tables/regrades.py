"""Regrades: old submissions under another version of the tests, until somebody decides about them."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.database.tables.base import Base, Document, Key, points_to, word
from grader.database.tables.courses import AssignmentRow, SuiteRow
from grader.database.tables.people import User
from grader.database.tables.words import RegradeState, Which
from grader.model import Status, Verdict


class Regrade(Base):
    """A choice of submissions and the suite they are graded under; its runs are gradings that name it.

    ``chosen`` submissions were found by ``which``, ``students`` (addresses; none: everybody) and ``only``
    (a verdict, or a status such as ``internal_error``; empty: any). Whether a regrade is done follows from
    its gradings, so ``state`` never says ``done``.
    """

    __tablename__ = "regrades"

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id", index=True)
    suite_id: Mapped[int] = points_to("suites.id", index=True)
    state: Mapped[RegradeState] = mapped_column(word(RegradeState), default=RegradeState.RUNNING)
    which: Mapped[Which] = mapped_column(word(Which))
    students: Mapped[list[str]] = mapped_column(Document, default=list)
    only: Mapped[str] = mapped_column(Document, default="")
    chosen: Mapped[int]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = points_to("users.id")
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = points_to("users.id")

    assignment: Mapped[AssignmentRow] = relationship()
    suite: Mapped[SuiteRow] = relationship()
    created_by: Mapped[User | None] = relationship(foreign_keys=[created_by_id])
    ended_by: Mapped[User | None] = relationship(foreign_keys=[ended_by_id])


# What a regrade may be confined to: how a case of a submission ended, or that we could not grade it.
ONLY: tuple[str, ...] = (*(each.value for each in Verdict), Status.INTERNAL_ERROR.value)
