"""Brings a database's tables up to date, and says whether they are what the code expects.

Alembic's revisions lie in ``versions``. Foreign keys are off meanwhile in SQLite, where changing a table
means copying and dropping it, which would take the rows that point to it along; they are checked after.
"""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from grader.database.db import Database
from grader.database.tables import Base
from grader.errors import ChainruleError
from grader.model.language import _

HEAD = "head"
_FOLDER = Path(__file__).resolve().parent
# Any number will do that nobody else uses as an advisory lock in this database.
_LOCK = 0x6368_6169_6E


def migrate(database: Database, revision: str = HEAD, *, folder: Path = _FOLDER) -> None:
    """Bring the tables to a revision, the newest unless another is named. Does nothing when they are there.

    A database that isn't there is made.

    Raises DatabaseUnavailable, and ChainruleError when the tables are of a version that this one does not
    know, or when rows would point nowhere afterwards; nothing is changed then.
    """
    database.make()
    _check_known(current(database), folder)
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
                _run(connection, revision, folder)
                if sqlite:
                    _check_foreign_keys(connection)
        finally:
            if sqlite:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def _run(connection: Connection, revision: str, folder: Path) -> None:
    config = _config(folder)
    config.attributes["connection"] = connection
    here = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(config)
    if revision == "base" or _is_older(script, revision, here):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _check_known(found: str | None, folder: Path) -> None:
    if found is not None and found not in revisions(folder):
        raise ChainruleError(
            _(
                "the database was made by a version of Chainrule that this one does not know (%(found)s)",
                found=found,
            ),
            where="database",
            cure=_(
                "Nothing was changed. Install the version of Chainrule that made them, or a newer one;\n"
                "or correct CHAINRULE_DATA or CHAINRULE_DATABASE_URL if they point to the wrong database."
            ),
        )


def _is_older(script: ScriptDirectory, revision: str, here: str | None) -> bool:
    if here is None or revision == HEAD:
        return False
    below = {each.revision for each in script.iterate_revisions(here, "base")}
    return revision != here and revision in below


def _config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _check_foreign_keys(connection: Connection) -> None:
    astray = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if astray:
        tables = ", ".join(sorted({str(row[0]) for row in astray}))
        raise ChainruleError(
            _(
                "after the migration %(astray)s rows would point to rows that are not there",
                astray=len(astray),
            ),
            where=tables,
            cure=_("Nothing was changed. Keep a copy of the database and report this."),
        )


def revisions(folder: Path = _FOLDER) -> tuple[str, ...]:
    """Return all revisions, oldest first."""
    script = ScriptDirectory.from_config(_config(folder))
    return tuple(reversed([each.revision for each in script.walk_revisions()]))


def current(database: Database) -> str | None:
    """Return the revision that the database is at, or None before the first."""
    with database.reading() as session:
        return MigrationContext.configure(session.connection()).get_current_revision()


def is_current(database: Database) -> bool:
    """Say whether the database is at the newest revision: what a process asks before it starts work."""
    return current(database) == revisions()[-1]


def check(database: Database) -> None:
    """Raise ChainruleError when the database's tables are not what this version expects."""
    found = current(database)
    if found is None:
        raise ChainruleError(
            _("the database has no tables yet"),
            where="database",
            cure=_(
                "Run chainrule migrate (chainrule serve does it automatically), or correct "
                "CHAINRULE_DATA or CHAINRULE_DATABASE_URL if they point to the wrong database."
            ),
        )
    _check_known(found, _FOLDER)
    if found != revisions()[-1]:
        raise ChainruleError(
            _("the database has tables of another version"),
            where="database",
            cure=_("Back it up, stop everything that uses it, and run chainrule migrate."),
        )


def differences(database: Database) -> list[str]:
    """Return how the database's tables differ from the code's; nothing when they agree."""
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        return [str(each) for each in compare_metadata(context, Base.metadata)]
