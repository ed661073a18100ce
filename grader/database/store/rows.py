"""Rows by their keys."""

from typing import TypeVar

from sqlalchemy.orm import Session

from grader.database.tables import Base

GREATEST_KEY = 2**31 - 1
R = TypeVar("R", bound=Base)


def by_key(session: Session, table: type[R], key: int) -> R | None:
    """Return the row of that key. A number from an address may be greater than any key can be."""
    return session.get(table, key) if 0 < key <= GREATEST_KEY else None
