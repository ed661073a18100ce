"""Services are tried on one database of either kind: its statements stay compiled from test to test."""

import shutil
from pathlib import Path

import pytest

from grader.database.db import Database
from tests.databases import KINDS, TEMPLATE, fresh


@pytest.fixture(scope="session")
def kept_file(request, tmp_path_factory):
    """A SQLite database that is replaced for each test."""
    with fresh("sqlite", request, tmp_path_factory.mktemp("services")) as given:
        yield given


@pytest.fixture(scope="session")
def kept_name(postgres):
    """A database in PostgreSQL that is replaced for each test."""
    given = Database(postgres.url("services"))
    yield given
    given.close()
    postgres.drop("services")


@pytest.fixture(params=KINDS)
def database(request):
    """A database with the newest tables, of either kind."""
    if request.param == "sqlite":
        given = request.getfixturevalue("kept_file")
        file = Path(given.url.database)
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
    else:
        given = request.getfixturevalue("kept_name")
        server = request.getfixturevalue("postgres")
        server.drop("services")
        server.create(TEMPLATE, name="services")
    yield given
    given.close()
