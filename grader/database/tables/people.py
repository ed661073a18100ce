"""Who there is: accounts, tokens, invitations."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from grader.database.tables.base import DIGEST_LENGTH, Base, Key, points_to, word
from grader.database.tables.words import Role


class User(Base):
    """A person. ``email`` is in small letters; raising ``session_version`` signs out everywhere."""

    __tablename__ = "users"

    id: Mapped[Key]
    email: Mapped[str] = mapped_column(String(320), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_version: Mapped[int] = mapped_column(default=1)
    is_admin: Mapped[bool] = mapped_column(default=False)
    matriculation: Mapped[str | None] = mapped_column(String(64))
    programme: Mapped[str | None] = mapped_column(String(200))
    degree: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Token(Base):
    """What a program signs in with. Only the digest is kept."""

    __tablename__ = "tokens"

    id: Mapped[Key]
    user_id: Mapped[int] = points_to("users.id", index=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class Invitation(Base):
    """A link that lets somebody set a password and join a course, once. Without a course: a reset.

    ``teams``: JSON, the names of the teams that they join with the course by number of the assignment.
    """

    __tablename__ = "invitations"

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(DIGEST_LENGTH), unique=True)
    course_id: Mapped[int | None] = points_to("courses.id", index=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    matriculation: Mapped[str | None] = mapped_column(String(64))
    programme: Mapped[str | None] = mapped_column(String(200))
    degree: Mapped[str | None] = mapped_column(String(64))
    teams: Mapped[str | None] = mapped_column(Text)
    role: Mapped[Role] = mapped_column(word(Role))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Enrolment(Base):
    """A person's role in a course."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("course_id", "user_id"),)

    id: Mapped[Key]
    course_id: Mapped[int] = points_to("courses.id")
    user_id: Mapped[int] = points_to("users.id", index=True)
    role: Mapped[Role] = mapped_column(word(Role))
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship()
