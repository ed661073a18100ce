"""What is taught and asked: courses, assignments with their suites, teams, extensions."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.arithmetic.deadlines import Counts
from grader.database.tables.base import DIGEST_LENGTH, Base, Document, Key, points_to, word
from grader.database.tables.people import User
from grader.database.tables.words import Forgetting


class Course(Base):
    """A course. ``zone`` is the time zone its dates are shown in; storage counts new contents only.

    ``retention_days``: how long files and texts of submissions are kept; None: for ever. ``forgetting``: what
    goes when a student is forgotten.
    """

    __tablename__ = "courses"

    id: Mapped[Key]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    zone: Mapped[str] = mapped_column(String(64))
    storage_limit_bytes: Mapped[int] = mapped_column(BigInteger)
    storage_used_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    retention_days: Mapped[int | None]
    forgetting: Mapped[Forgetting] = mapped_column(word(Forgetting), default=Forgetting.EVERYTHING)
    created_at: Mapped[datetime]


class AssignmentRow(Base):
    """One assignment of a course, with its dates and rules; what is asked stands in its live suite."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("course_id", "slug"),)

    id: Mapped[Key]
    course_id: Mapped[int] = points_to("courses.id")
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    # The suites point back here, so this constraint is added once both tables are there.
    live_suite_id: Mapped[int | None] = mapped_column(ForeignKey("suites.id", use_alter=True))
    opens_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    grace_seconds: Mapped[int] = mapped_column(default=0)
    late_percent_per_day: Mapped[float] = mapped_column(default=0.0)
    attempts_per_hour: Mapped[int] = mapped_column(default=0)
    team_size: Mapped[int] = mapped_column(default=1)
    counts: Mapped[Counts] = mapped_column(word(Counts), default=Counts.LATEST)
    results_published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    course: Mapped[Course] = relationship()


class SuiteRow(Base):
    """One version of the hidden tests; never changed. ``digest`` covers the files that are in the suite.

    ``draft``: it was put to a trial and never published, so nothing that counts is graded by it.
    """

    __tablename__ = "suites"

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id", index=True)
    slug: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), index=True)
    note: Mapped[str] = mapped_column(Document, default="")
    draft: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = points_to("users.id")


class Blob(Base):
    """Contents, kept once however often they are submitted."""

    __tablename__ = "blobs"

    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), primary_key=True)
    size: Mapped[int]
    data: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class SuiteFile(Base):
    """A file of an assignment. Handout, text and samples travel with it but are not ``in_suite``."""

    __tablename__ = "suite_files"

    suite_id: Mapped[int] = mapped_column(ForeignKey("suites.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(Document, primary_key=True)
    blob_digest: Mapped[str] = points_to("blobs.digest", index=True)
    in_suite: Mapped[bool]


class Team(Base):
    """Students who submit together. ``code``: with it a student joins; None: only staff changes it."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("assignment_id", "name"),)

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id")
    name: Mapped[str] = mapped_column(String(200))
    code: Mapped[str | None] = mapped_column(String(32), unique=True)
    created_at: Mapped[datetime]


class TeamMember(Base):
    """A student's place in a team: one for each assignment."""

    __tablename__ = "team_members"
    __table_args__ = (UniqueConstraint("assignment_id", "user_id"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    assignment_id: Mapped[int] = points_to("assignments.id")

    user: Mapped[User] = relationship()


class Extension(Base):
    """Other dates for one student or one team."""

    __tablename__ = "extensions"

    id: Mapped[Key]
    assignment_id: Mapped[int] = points_to("assignments.id", index=True)
    user_id: Mapped[int | None] = points_to("users.id")
    team_id: Mapped[int | None] = points_to("teams.id", cascade=True)
    due_at: Mapped[datetime | None]
    late_until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Document, default="")
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = points_to("users.id")
