"""What the service keeps about itself: the audit log, leases, workers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from grader.database.tables.base import Base, Document, Key, points_to


class AuditEntry(Base):
    """Who changed what, when. Without an actor: the service itself. Only ever added to."""

    __tablename__ = "audit_log"

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = points_to("users.id", index=True)
    action: Mapped[str] = mapped_column(String(64))
    object: Mapped[str] = mapped_column(String(64), index=True)
    course_id: Mapped[int | None] = points_to("courses.id", index=True)
    before: Mapped[Mapping[str, Any] | None] = mapped_column(Document)
    after: Mapped[Mapping[str, Any] | None] = mapped_column(Document)


class Lease(Base):
    """Who may do something that one process at a time may do."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]


class Worker(Base):
    """A worker as it last spoke of itself."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    seen_at: Mapped[datetime]
    queues: Mapped[list[str]] = mapped_column(Document)
    device: Mapped[str] = mapped_column(String(64))
    facts: Mapped[Mapping[str, Any]] = mapped_column(Document)
