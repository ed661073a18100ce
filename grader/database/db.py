"""The database: one engine, and units of work on it.

``with database.transaction() as session:`` commits at the end or rolls everything back; in SQLite it
takes the write lock at once, since a reader that turns into a writer is refused without waiting.
``with database.reading() as session:`` sees one state, never waits for a writer and can't write.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from grader import clock
from grader.database import postgres
from grader.errors import DatabaseUnavailable, SettingsError
from grader.model.language import _

__all__ = ["Database", "DatabaseError", "Session", "now"]

# Whatever else can go wrong in a query: a mistake of ours, or a row that somebody else was faster with.
DatabaseError = SQLAlchemyError

BUSY_SECONDS = 15.0
_NO_DATABASE = "file is not a database"
_READING: Mapping[str, Any] = {"reading": True}
# In SQLite a transaction sees one state anyway, and is kept from writing when it begins.
_ONE_STATE: Mapping[str, Mapping[str, Any]] = {
    "postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
}
_JOURNAL_SECONDS = 0.02
_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=NORMAL",
)


class Database:
    """A database by URL: ``sqlite:///file`` or ``postgresql+psycopg://…``. Safe to share by threads."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = 10,
        busy_seconds: float = BUSY_SECONDS,
        answer_seconds: float | None = None,
    ) -> None:
        """Open nothing yet: connections are made when needed, at most `connections` and some at peaks.

        A locked SQLite file is waited for `busy_seconds`, an answer of PostgreSQL for `answer_seconds`, or
        without end where that is None. A missing file is made by `make` alone, so that a mistyped path ends
        in an error and not in a database that nobody wanted.
        """
        self.url = _checked(url)
        self.engine = _engine(self.url, connections, busy_seconds, answer_seconds)
        self._one_state: Mapping[str, Any] = _ONE_STATE.get(self.engine.dialect.name, {})

    def make(self) -> None:
        """Make the file of a SQLite database if it isn't there: a database without tables.

        Raises SettingsError when it can't be made.
        """
        if self.engine.dialect.name == "sqlite":
            _make_file(Path(self.url.database or ""))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a session whose changes are committed together, or not at all when anything is raised."""
        with self._session({}) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give a session that can only read."""
        with self._session({**_READING, **self._one_state}) as session:
            yield session

    @contextmanager
    def _session(self, options: dict[str, Any]) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                session.connection(execution_options=options)
                yield session
            except (OperationalError, InterfaceError, NoConnectionFree) as error:
                raise _unavailable(error, self.url) from error
            except DBAPIError as error:
                if isinstance(error.orig, sqlite3.DatabaseError) and _NO_DATABASE in str(error.orig):
                    raise _not_ours(self.url) from None
                raise

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def now(session: Session) -> datetime:
    """Return this moment by the clock that everybody shares who uses this database, in UTC.

    In PostgreSQL its server's, and not that of the transaction's begin. A SQLite file is used by processes of
    one host, which have one clock.
    """
    if session.get_bind().dialect.name == "sqlite":
        return clock.now()
    moment: datetime = session.scalars(select(func.clock_timestamp())).one()
    return moment.astimezone(UTC)


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number
        raise _no_address() from None
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "sqlite+pysqlite", "postgresql+psycopg"):
        raise _no_address()
    if parsed.drivername.startswith("sqlite") and parsed.database in (None, "", ":memory:"):
        raise _no_address()
    return parsed


def _no_address(why: str = "") -> SettingsError:
    return SettingsError(
        _("this is not a usable database address") + (why and f": {why}"),
        where="database_url",
        cure=_("Write sqlite:////path/to/file or postgresql://user@host/name."),
    )


def _engine(url: URL, connections: int, busy_seconds: float, answer_seconds: float | None) -> Engine:
    engine = create_engine(url, pool_size=connections, max_overflow=2 * connections, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", partial(_find_file, Path(url.database or "")))
        event.listen(engine, "connect", partial(_prepare_sqlite, busy_seconds))
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "do_connect", partial(_connect_postgres, answer_seconds))
    return engine


def _connect_postgres(
    seconds: float | None, _dialect: Any, _record: Any, words: Any, options: dict[str, Any]
) -> Any:
    try:
        return postgres.connect(seconds, *words, **options)
    except psycopg.ProgrammingError as error:  # an option that there is not
        raise _no_address(str(error).strip()) from None
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(
            _("the database can't be reached: %(first_line)s", first_line=_first_line(error)),
            where=f"{options.get('host', 'PostgreSQL')}",
            cure=_(
                "Check that PostgreSQL is running, and correct CHAINRULE_DATABASE_URL or "
                "CHAINRULE_DATABASE_PASSWORD\nif host, port, user, password or the database name are "
                "incorrect."
            ),
        ) from error


def _find_file(path: Path, *rest: Any) -> None:
    """Raise DatabaseUnavailable where there is no file: SQLite would make one."""
    if not path.exists():
        raise DatabaseUnavailable(
            _("no database found"),
            where=str(path),
            cure=_(
                "Correct CHAINRULE_DATA or CHAINRULE_DATABASE_URL if they point to the wrong place.\nFor "
                "a new database run chainrule serve or chainrule migrate."
            ),
        )


def _make_file(path: Path) -> None:
    """Make an empty file, which is a database without tables, that nobody else can read."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            # Not opened: closing it again would drop the locks that this process has on it by then.
            with suppress(FileExistsError):  # another process was faster
                os.mknod(path, 0o600)
    except OSError as error:
        raise SettingsError(
            _("the database file can't be created: %(strerror)s", strerror=error.strerror),
            where=str(path),
            cure=_(
                "Make its folder writable, or choose another with CHAINRULE_DATA or CHAINRULE_DATABASE_URL."
            ),
        ) from None


def _prepare_sqlite(busy_seconds: float, connection: Any, entry: ConnectionPoolEntry) -> None:
    # The driver would begin transactions by itself, late and without the write lock.
    connection.isolation_level = None
    for pragma in (f"PRAGMA busy_timeout={int(busy_seconds * 1000)}", *_PRAGMAS):
        connection.execute(pragma)
    _keep_journal(connection, time.monotonic() + busy_seconds)


def _keep_journal(connection: Any, until: float) -> None:
    """Have the file keep a write-ahead log: its first users race for that, and SQLite makes none wait."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(_JOURNAL_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql(f"PRAGMA query_only={int(reading)}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _first_line(error: object) -> str:
    return str(error).strip().partition("\n")[0]


def _not_ours(url: URL) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        _("this file is not a database"),
        where=url.database or "",
        cure=_(
            "Correct CHAINRULE_DATA or CHAINRULE_DATABASE_URL if they point to the wrong file,\nor "
            "restore a backup into a new one."
        ),
    )


def _unavailable(error: SQLAlchemyError, url: URL) -> DatabaseUnavailable:
    said = _first_line(getattr(error, "orig", error))
    return DatabaseUnavailable(
        _("the database is unavailable: %(said)s", said=said),
        where=url.render_as_string(hide_password=True),
        cure=_("Nothing is lost. Try again; if the problem stays, check its disk and its log."),
    )
