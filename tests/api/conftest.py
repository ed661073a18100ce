"""The world of the web tests, and programs that sign in with a token."""

import io
import zipfile

import pytest

from grader.database.tables import User
from grader.services.people import accounts
from tests.classroom import NOW
from tests.web.conftest import database, kept_database, make_world, world

__all__ = ["database", "kept_database", "make_world", "world"]


def token_of(world, name):
    """Return a new token of that person."""
    with world.database.transaction() as session:
        user = session.get(User, getattr(world.room, name).id)
        return accounts.create_token(session, user, "test", now=NOW)[1]


def zipped(files):
    """Return a zip of these files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


class Program:
    """Speaks to the API as one person."""

    def __init__(self, world, name):
        self.client = world.app.test_client()
        self.headers = {"Authorization": f"Bearer {token_of(world, name)}"} if name else {}

    def get(self, path):
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path, **more):
        return self.client.post(f"/api/v1{path}", headers=self.headers, **more)

    def submit(self, number, files=None, *, as_zip=False):
        files = files or {"mlp.py": b"class MLP: ...\n"}
        path = f"/assignments/{number}/submissions"
        if as_zip:
            return self.post(path, data=zipped(files), content_type="application/zip")
        return self.post(path, data={"files": [(io.BytesIO(each), name) for name, each in files.items()]})


@pytest.fixture
def program(world):
    """Makes a program of somebody by name; None is nobody's."""
    return lambda name: Program(world, name)
