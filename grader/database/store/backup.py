"""A copy of everything in one file: a SQLite database, whatever the original is.

So a backup of PostgreSQL can be restored into SQLite and the reverse, and a backup of an older version is
brought up to date before it is restored. It is taken from one state while the service runs.
"""

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select, text, update

from grader.database import migrations
from grader.database.db import Database
from grader.database.tables import AssignmentRow, Base
from grader.errors import Conflict, UsageError
from grader.model.language import _

_ROWS = 200
_HEADER = b"SQLite format 3\0"
# Suites and assignments point at each other: assignments come first, and learn of their suites at the end.
_LATER = AssignmentRow.__table__.c.live_suite_id


def write(database: Database, file: Path) -> int:
    """Copy everything into a new file, readable by its owner alone; return how many rows.

    Raises Conflict when the file is there, ChainruleError for a database of another version.
    """
    if file.exists():
        raise Conflict(_("this file already exists"), where=str(file), cure=_("Name another."))
    migrations.check(database)
    with _beside(file) as fresh:
        if database.engine.dialect.name == "sqlite":
            _copy_file(database, fresh)
        else:
            copy = Database(f"sqlite:///{fresh}")
            migrations.migrate(copy)
            _copy_rows(database, copy)
            _close_sqlite(copy)
        fresh.replace(file)
    copied = Database(f"sqlite:///{file}")
    try:
        return number_of_rows(copied)
    finally:
        copied.close()


def read(file: Path, database: Database) -> int:
    """Copy everything from a backup into an empty database; return how many rows.

    Raises Conflict when the database is not empty, UsageError when the file is no backup of ours.
    """
    _check(file)
    migrations.migrate(database)
    rows = _tables_with_rows(database)
    if rows:
        raise Conflict(
            _("the database is not empty: there are rows in %(rows)s", rows=", ".join(rows)),
            where="database",
            cure=_("Restore into a new one: set CHAINRULE_DATABASE_URL to it, or move the old one away."),
        )
    with tempfile.TemporaryDirectory(prefix="chainrule-restore-") as folder:
        copy = Path(folder) / "backup.db"
        with contextlib.closing(_read_only(file)) as source:
            with contextlib.closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        source_database = Database(f"sqlite:///{copy}")
        migrations.migrate(source_database)
        _copy_rows(source_database, database)
        source_database.close()
    return number_of_rows(database)


def number_of_rows(database: Database) -> int:
    """Return how many rows all tables have together."""
    with database.reading() as session:
        connection = session.connection()
        return sum(_count(connection, table) for table in Base.metadata.sorted_tables)


def _tables_with_rows(database: Database) -> list[str]:
    with database.reading() as session:
        connection = session.connection()
        return [each.name for each in Base.metadata.sorted_tables if _count(connection, each)]


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


@contextlib.contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """Give a file of our own in the same folder, so that a backup is there as a whole or not at all."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    except OSError as error:
        raise UsageError(
            _("it can't be written: %(strerror)s", strerror=error.strerror), where=str(file)
        ) from None
    os.close(descriptor)
    try:
        yield Path(name)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(
            _("it can't be written: %(error)s", error=error), where=str(file), cure=_("Is the disk full?")
        ) from None
    finally:
        for each in (name, f"{name}-wal", f"{name}-shm"):
            Path(each).unlink(missing_ok=True)


def _copy_file(database: Database, file: Path) -> None:
    with contextlib.closing(_read_only(Path(database.url.database or ""))) as connection:
        with contextlib.closing(sqlite3.connect(file)) as target:
            connection.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")


def _close_sqlite(database: Database) -> None:
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        connection.rollback()
        raw.execute("PRAGMA journal_mode=DELETE")
    database.close()


def _copy_rows(source: Database, target: Database) -> None:
    tables = Base.metadata.sorted_tables
    with source.reading() as reader, target.transaction() as writer:
        origin, there = reader.connection(), writer.connection()
        for table in tables:
            _copy_table(origin, there, table)
        _point_at_suites(origin, there)
        if there.dialect.name == "postgresql":
            for table in tables:
                _continue_numbers(there, table)


def _copy_table(origin: Connection, there: Connection, table: Table) -> None:
    rows = origin.execution_options(yield_per=_ROWS).execute(select(table))
    for some in rows.mappings().partitions(_ROWS):
        values = [dict(row) for row in some]
        if table is _LATER.table:
            values = [row | {_LATER.name: None} for row in values]
        there.execute(insert(table), values)


def _point_at_suites(origin: Connection, there: Connection) -> None:
    table = AssignmentRow.__table__
    for number, suite in origin.execute(select(table.c.id, _LATER)).all():
        there.execute(update(AssignmentRow).where(table.c.id == number).values({_LATER.name: suite}))


def _continue_numbers(there: Connection, table: Table) -> None:
    """Let PostgreSQL go on counting after the keys that were copied."""
    if "id" in table.c:
        greatest = select(func.coalesce(func.max(table.c.id), 0) + 1)
        sequence = func.pg_get_serial_sequence(table.name, "id")
        there.execute(select(func.setval(sequence, greatest.scalar_subquery(), text("false"))))


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _check(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            ours = stream.read(len(_HEADER)) == _HEADER
    except OSError as error:
        raise UsageError(
            _("it can't be read: %(strerror)s", strerror=error.strerror), where=str(file)
        ) from None
    if ours:
        with contextlib.closing(
            sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        ) as connection:
            try:
                sound = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            except sqlite3.DatabaseError:
                sound, tables = False, set()
            ours = sound and {"alembic_version", "users"} <= tables
    if not ours:
        raise UsageError(
            _("this is not a valid Chainrule backup"),
            where=str(file),
            cure=_("Give a file made by chainrule backup."),
        )
