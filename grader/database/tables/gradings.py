"""Submissions and their results: submissions, gradings, case results, overrides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.database.tables.base import DIGEST_LENGTH, Base, Document, Key, points_to, word
from grader.database.tables.courses import AssignmentRow, SuiteRow, Team
from grader.database.tables.people import User
from grader.database.tables.words import GradingKind, Queue
from grader.model import Status, Verdict, Visibility


class SubmissionRow(Base):
    """A submission; its files never change.

    ``received_at`` is the first byte of the upload. ``counted``: it uses up an attempt (false once we
    lost it by our fault). ``chosen``: the student wants this one to count. ``draft``: staff trying tests.
    """

    __tablename__ = "submissions"
    __table_args__ = (
        Index(None, "assignment_id", "user_id"),
        Index(None, "assignment_id", "team_id"),
    )

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id")
    user_id: Mapped[int] = points_to("users.id", index=True)
    team_id: Mapped[int | None] = points_to("teams.id")
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), index=True)
    received_at: Mapped[datetime]
    late_seconds: Mapped[int] = mapped_column(default=0)
    counted: Mapped[bool] = mapped_column(default=True)
    chosen: Mapped[bool] = mapped_column(default=False)
    draft: Mapped[bool] = mapped_column(default=False)
    size_bytes: Mapped[int] = mapped_column(BigInteger)

    assignment: Mapped[AssignmentRow] = relationship()
    user: Mapped[User] = relationship()
    team: Mapped[Team | None] = relationship()


class SubmissionFile(Base):
    """A file of a submission."""

    __tablename__ = "submission_files"

    submission_id: Mapped[int] = mapped_column(
        ForeignKey("submissions.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(Document, primary_key=True)
    blob_digest: Mapped[str] = points_to("blobs.digest", index=True)


class Grading(Base):
    """One run of one suite version on one submission.

    ``attempt`` counts the claims and fences them: only the last claimer may write. ``allowed`` claims
    end in ``internal_error``. ``send_after``: when the sweep may send it (again), if still queued.
    ``live``: its score is the submission's. ``regrade_id``: the regrade it is part of;
    ``replaced_id``: the grading whose place it took when that was made live. ``trial_id``: the trial it is
    part of, as its submission number ``place``; ``only``: the functions whose tests are run, none: all.
    """

    __tablename__ = "gradings"
    __table_args__ = (
        Index(None, "status", "send_after"),
        Index(None, "status", "lease_until"),
    )

    id: Mapped[Key]
    submission_id: Mapped[int] = points_to("submissions.id", index=True)
    suite_id: Mapped[int] = points_to("suites.id", index=True)
    regrade_id: Mapped[int | None] = points_to("regrades.id", index=True)
    # No foreign key: a restored backup brings gradings in the order of their numbers, either may be first.
    replaced_id: Mapped[int | None]
    trial_id: Mapped[int | None] = points_to("trials.id", index=True)
    place: Mapped[int | None]
    only: Mapped[list[str]] = mapped_column(Document, default=list)
    kind: Mapped[GradingKind] = mapped_column(word(GradingKind))
    live: Mapped[bool]
    queue: Mapped[Queue] = mapped_column(word(Queue))
    device: Mapped[str] = mapped_column(String(32))
    seed: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[Status] = mapped_column(word(Status), default=Status.QUEUED)
    attempt: Mapped[int] = mapped_column(default=0)
    allowed: Mapped[int]
    worker: Mapped[str | None] = mapped_column(String(200))
    lease_until: Mapped[datetime | None]
    queued_at: Mapped[datetime]
    send_after: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    sends: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    score: Mapped[float | None]
    max_score: Mapped[float | None]
    ran_on: Mapped[str] = mapped_column(String(32), default="")
    load_code: Mapped[str] = mapped_column(String(64), default="ok")
    load_values: Mapped[Mapping[str, Any]] = mapped_column(Document, default=dict)
    findings: Mapped[list[Any]] = mapped_column(Document, default=list)
    diagnoses: Mapped[list[Any]] = mapped_column(Document, default=list)
    notes: Mapped[list[Any]] = mapped_column(Document, default=list)
    output: Mapped[str] = mapped_column(Document, default="")
    versions: Mapped[Mapping[str, str]] = mapped_column(Document, default=dict)
    limits: Mapped[Mapping[str, Any]] = mapped_column(Document, default=dict)
    timing: Mapped[Mapping[str, Any]] = mapped_column(Document, default=dict)
    why: Mapped[str] = mapped_column(Document, default="")

    submission: Mapped[SubmissionRow] = relationship()
    suite: Mapped[SuiteRow] = relationship()


class CaseResultRow(Base):
    """How one case ended, in the order of the suite; while the grading runs, the cases so far."""

    __tablename__ = "case_results"
    __table_args__ = (UniqueConstraint("grading_id", "ordinal"),)

    id: Mapped[Key]
    grading_id: Mapped[int] = points_to("gradings.id", cascade=True)
    ordinal: Mapped[int]
    case: Mapped[str] = mapped_column(Document)
    function: Mapped[str] = mapped_column(Document)
    name: Mapped[str] = mapped_column(Document)
    verdict: Mapped[Verdict] = mapped_column(word(Verdict))
    code: Mapped[str] = mapped_column(String(64))
    values: Mapped[Mapping[str, Any]] = mapped_column(Document)
    parts: Mapped[list[str]] = mapped_column(Document)
    weight: Mapped[float]
    visibility: Mapped[Visibility | None] = mapped_column(word(Visibility))
    description: Mapped[str] = mapped_column(Document)
    output: Mapped[str] = mapped_column(Document)
    seconds: Mapped[float]
    deviation: Mapped[float | None]


class ManualScore(Base):
    """Points that a person gave for one part of a submission."""

    __tablename__ = "manual_scores"
    __table_args__ = (UniqueConstraint("submission_id", "part"),)

    id: Mapped[Key]
    submission_id: Mapped[int] = points_to("submissions.id")
    part: Mapped[str] = mapped_column(String(200))
    points: Mapped[float]
    max_points: Mapped[float]
    why: Mapped[str] = mapped_column(Document, default="")
    given_by_id: Mapped[int | None] = points_to("users.id")
    given_at: Mapped[datetime]


class Override(Base):
    """A total that a person set for a submission. It wins; ``at_score`` is what it replaced."""

    __tablename__ = "overrides"

    id: Mapped[Key]
    submission_id: Mapped[int] = mapped_column(ForeignKey("submissions.id"), unique=True)
    score: Mapped[float]
    at_score: Mapped[float | None]
    why: Mapped[str] = mapped_column(Document, default="")
    set_by_id: Mapped[int | None] = points_to("users.id")
    set_at: Mapped[datetime]

    set_by: Mapped[User | None] = relationship()
