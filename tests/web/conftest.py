"""A course on a SQLite file, and browsers (test clients) of the people in it."""

import functools
import io
import re
from pathlib import Path

import pytest
from jinja2 import BytecodeCache

from grader.arithmetic.deadlines import Dates
from grader.assignment import reference
from grader.config import Settings
from grader.database import passwords
from grader.database.db import Database
from grader.database.store import people
from grader.database.tables import User
from grader.services.act import Act
from grader.services.courses.courses import Rules
from grader.services.people import accounts
from grader.web import create_app
from tests.classroom import NO_RULES, NOW, open_classroom
from tests.databases import fresh
from tests.web.doubles import PASSWORD, Kept, claim, record

PEOPLE = ("admin", "instructor", "ta", "ada", "bob", "eve", "stranger")


@functools.cache
def _hashed():
    """Return what is kept of the password; making it costs as much as the rest of a world."""
    return passwords.hashed(PASSWORD)


@functools.cache
def _furnished():
    """Databases with the course in them, by its rules, and the course: made once in a run of tests."""
    return {}


class Remembered(BytecodeCache):
    """Templates as they were compiled for the first application of a run: most of the time of a page."""

    def __init__(self):
        self._kept = {}

    def load_bytecode(self, bucket):
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket):
        self._kept[bucket.key] = bucket.bytecode_to_string()


@functools.cache
def _templates():
    return Remembered()


class World:
    """The application, its course, and who is signed in to it."""

    def __init__(self, database, folder, rules=NO_RULES, make_hand_ins=reference.make_hand_ins, **config):
        self.database = database
        self.now = NOW
        self.dispatcher = Kept()
        self.room = self._furnish(rules)
        self.settings = Settings(data=str(folder), secret="s" * 32)
        options = {"TESTING": True, "WTF_CSRF_ENABLED": False, **config}
        self.app = create_app(
            self.settings,
            database,
            self.dispatcher,
            clock=lambda: self.now,
            make_hand_ins=make_hand_ins,
            config=options,
        )
        self.app.jinja_env.bytecode_cache = _templates()

    def _furnish(self, rules):
        """Put the course into the database: as it was made for the first test under these rules."""
        file, known = Path(self.database.url.database), _furnished()
        if rules not in known:
            with self.database.transaction() as session:
                room = open_classroom(session, rules, zone="Europe/Zurich")
                self._set_passwords(session, room)
            self.database.close()
            known[rules] = file.read_bytes(), room
        else:
            self.database.close()
            file.write_bytes(known[rules][0])
        return known[rules][1]

    def _set_passwords(self, session, room):
        kept = _hashed()
        for name in PEOPLE:
            accounts.change_password(Act(session, None, NOW), session.get(User, getattr(room, name).id), kept)

    def browser(self, name=None):
        """Return a client, signed in as that person."""
        client = self.app.test_client()
        if name:
            with self.database.reading() as session:
                user = people.user_by_email(session, f"{name}@example.org")
            # What signing in leaves behind; checking the password would cost each test a tenth of a second.
            with client.session_transaction() as cookie:
                cookie["_user_id"] = f"{user.id}.{user.session_version}"
        return client

    def sign_in(self, client, name, password=PASSWORD, **more):
        """Sign in as people do; return the answer."""
        data = {"email": f"{name}@example.org", "password": password}
        return client.post("/sign-in", data=data | more)

    def hand_in(self, client, files=None, assignment=None):
        """Upload files; return the answer."""
        files = files or {"mlp.py": b"class MLP: ...\n"}
        data = {"files": [(io.BytesIO(content), name) for name, content in files.items()]}
        number = assignment or self.room.assignment.id
        return client.post(f"/assignments/{number}", data=data, content_type="multipart/form-data")

    def submission(self, client, **more):
        """Upload files; return the new submission's number."""
        answer = self.hand_in(client, **more)
        assert answer.status_code == 303, answer.text
        return int(re.search(r"/submissions/(\d+)$", answer.location)[1])

    def grade(self, cases, **more):
        """Grade what was sent last."""
        record(
            self.database, claim(self.database, self.dispatcher.sent[-1], self.now), cases, self.now, **more
        )


@pytest.fixture
def database(request, tmp_path):
    """A SQLite database: what the web does to a database is the services' to try on both."""
    with fresh("sqlite", request, tmp_path) as given:
        yield given


@pytest.fixture
def make_world(database, tmp_path):
    """Makes a world under rules and options of the test."""
    assert isinstance(database, Database)
    return lambda rules=NO_RULES, **config: World(database, tmp_path, rules, **config)


@pytest.fixture
def world(make_world):
    """A world without dates and limits, and without CSRF tokens, which tests of their own try."""
    return make_world(Rules(dates=Dates(), team_size=2))
