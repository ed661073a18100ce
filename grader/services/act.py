"""Who does something, in which transaction, and when: the first thing that a use case is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line starts without the database
    from grader.database.db import Session
    from grader.database.tables import User


@dataclass(frozen=True)
class Act:
    """One unit of work. ``actor`` is None for the service itself, and for who has its shell."""

    session: "Session"
    actor: "User | None"
    now: datetime


@dataclass(frozen=True)
class Visit(Act):
    """One unit of work of somebody who is signed in."""

    actor: "User"
