"""The base of all tables, and the column types that SQLite and PostgreSQL keep alike."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from sqlalchemy import DateTime, Dialect, Enum, ForeignKey, Integer, MetaData, Text, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

WORD_LENGTH = 32
DIGEST_LENGTH = 64
# Names that follow from the columns, so that a migration can drop a constraint by name on any database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its zone, kept in UTC. SQLite has no zones, so naive moments are refused, not guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment with its zone."""
        if value is None:
            return None
        kept: datetime = value
        return kept.replace(tzinfo=UTC) if kept.tzinfo is None else kept.astimezone(UTC)


class Document(TypeDecorator[Any]):
    r"""Plain data as JSON in ASCII.

    Text of strangers may hold NUL and lone surrogates, and measured values NaN; a text column or a JSON
    column of PostgreSQL refuses them. Escaped (``\u0000``, ``\ud800``, ``NaN``), all of it comes back
    exactly as it was.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Return the JSON text; None is NULL."""
        return None if value is None else json.dumps(value, ensure_ascii=True, separators=(",", ":"))

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Return the data."""
        return None if value is None else json.loads(value)


E = TypeVar("E", bound=StrEnum)


def word(kind: type[E]) -> Enum:
    """Return the type of a column that holds one of an enumeration's values, as text."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=WORD_LENGTH,
        values_callable=lambda members: [each.value for each in members],
    )


class Base(DeclarativeBase):
    """What every table's class inherits."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 (declared so by SQLAlchemy)


Key = Annotated[int, mapped_column(Integer, primary_key=True)]


def points_to(column: str, *, index: bool = False, cascade: bool = False) -> Mapped[Any]:
    """Return a column that names a row of another table; with `cascade` it goes when that row goes."""
    rule = "CASCADE" if cascade else None
    return mapped_column(ForeignKey(column, ondelete=rule), index=index)
