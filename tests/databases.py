"""Real databases for tests: SQLite in a file, and PostgreSQL in a server of the test's own.

A conftest takes the fixtures in by importing them. The server lives in a temporary folder, speaks on a
unix socket only, runs as another user where the tests run as root, and ends with the tests.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from grader.database import migrations
from grader.database.db import Database
from tests.processes import started

USER = "chainrule"
KINDS = ("sqlite", "postgresql")
TEMPLATE = "migrated"


class Server:
    """A PostgreSQL server in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None
        self._running = contextlib.ExitStack()
        self._numbers = count(1)

    def start(self):
        """Make the cluster, start it and wait until it answers."""
        runner = owner()
        if runner:
            shutil.chown(self.folder, runner.pw_uid, runner.pw_gid)
        data = self.folder / "data"
        make = [binary("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run([*run_as(runner), *make], check=True, capture_output=True, cwd="/")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "fsync": "off",
            "full_page_writes": "off",
            "autovacuum": "off",
            "max_connections": 200,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        words = [*run_as(runner), binary("postgres"), "-D", data, *settings]
        with (self.folder / "log").open("wb") as log:
            # Nobody needs what it keeps, so it may end at once.
            server = started(words, ends=signal.SIGQUIT, stdout=log, stderr=log, cwd="/")
            self.process = self._running.enter_context(server)
        self._wait()

    def _wait(self):
        end = time.monotonic() + 180
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")) from None
                time.sleep(0.02)

    def connect(self, name):
        """Return a plain connection to a database, outside any transaction."""
        return psycopg.connect(host=str(self.folder), user=USER, dbname=name, autocommit=True)

    def url(self, name):
        """Return the address of a database."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def create(self, template="template0", name=""):
        """Return the name of a new database, a copy of another.

        Its files are copied, as before version 15: with every block in the log it takes six times the work.
        """
        name = name or f"test_{next(self._numbers)}"
        with contextlib.closing(self.connect("postgres")) as connection:
            strategy = "STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
        return name

    def drop(self, name):
        """Remove a database, whoever is still connected."""
        with contextlib.closing(self.connect("postgres")) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def stop(self):
        """End the server."""
        self._running.close()


def owner():
    """Return who the server runs as: itself refuses to be root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("there is no user to run PostgreSQL as")


def run_as(runner):
    """Return the words before a command that is to run as that user (None: us), and never outlive us."""
    dying = ["setpriv", "--pdeathsig", "INT"]
    if runner is None:
        return dying
    return [*dying, "--reuid", str(runner.pw_uid), "--regid", str(runner.pw_gid), "--clear-groups"]


def binary(name):
    """Return the path of one of PostgreSQL's programs, which Debian keeps off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")) or [shutil.which(name)]
    return found[-1]


def installed():
    """Say whether PostgreSQL's server is on this machine."""
    return binary("postgres") is not None


@pytest.fixture(scope="session")
def postgres():
    """A running server, with a database that has the newest tables to copy from."""
    if not installed() and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed: run `make setup`")
    folder = Path(tempfile.mkdtemp(prefix="chainrule-postgres-"))
    server = Server(folder)
    try:
        server.start()
        with contextlib.closing(server.connect("postgres")) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE} TEMPLATE template0")
        database = Database(server.url(TEMPLATE))
        migrations.migrate(database)
        database.close()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A SQLite file that has the newest tables."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = Database(f"sqlite:///{path}")
    migrations.migrate(database)
    database.close()
    return path


@contextlib.contextmanager
def fresh(kind, request, folder, *, migrated=True):
    """Give a database of that kind, with tables or empty."""
    if kind == "sqlite":
        path = folder / "chainrule.db"
        if migrated:
            shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()
        return
    server = request.getfixturevalue("postgres")
    name = server.create(TEMPLATE if migrated else "template0")
    database = Database(server.url(name))
    yield database
    database.close()
    server.drop(name)


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    """A database with the newest tables, of either kind."""
    with fresh(request.param, request, tmp_path) as given:
        yield given


@pytest.fixture(params=KINDS)
def empty_database(request, tmp_path):
    """A database without tables, of either kind."""
    with fresh(request.param, request, tmp_path, migrated=False) as given:
        yield given


def columns(database):
    """Return the names of the columns of all tables."""
    metadata = sa.MetaData()
    metadata.reflect(database.engine)
    return {
        name: list(table.columns.keys())
        for name, table in metadata.tables.items()
        if name != "alembic_version"
    }


def contents(database, chosen=None):
    """Return all rows of all tables as text, of the chosen tables and columns only where some are."""
    with database.engine.connect() as connection:
        return {
            table: sorted(
                str(dict(row._mapping))
                for row in connection.execute(sa.select(*map(sa.column, names)).select_from(sa.table(table)))
            )
            for table, names in (chosen or columns(database)).items()
        }
