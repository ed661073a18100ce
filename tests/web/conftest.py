"""A course on a SQLite file, and browsers (test clients) of the people in it."""

import functools
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from jinja2 import BytecodeCache

from grader.arithmetic.deadlines import Dates
from grader.assignment import reference_calls
from grader.config import Settings
from grader.config.languages import FOLDER
from grader.database.db import Database
from grader.database.passwords import PasswordHash
from grader.database.store import people
from grader.database.tables import User
from grader.services.act import Act
from grader.services.courses.courses import Rules
from grader.services.people import accounts
from grader.web import create_app
from grader.web.frame.health import Probe
from grader.web.frame.sheet import Sheets
from tests.classroom import NO_RULES, NOW, open_classroom
from tests.databases import fresh
from tests.web.doubles import PASSWORD, Kept, claim, record

OPTIONS = {"TESTING": True, "WTF_CSRF_ENABLED": False}
PEOPLE = ("admin", "instructor", "ta", "ada", "bob", "eve", "stranger")


@functools.cache
def _hashed():
    """Return what is kept of the password, made so that checking it takes no tenth of a second."""
    return PasswordHash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))


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


def _application(settings, world, **more):
    """Put an application together, on the clock of whatever world it is used in."""
    app = create_app(
        settings,
        world.database,
        world.dispatcher,
        clock=lambda: app.extensions["chainrule"].clock(),
        **more,
    )
    app.jinja_env.bytecode_cache = _templates()
    return app


@functools.cache
def _applications():
    """The application with the usual options: its routes take several times as long as a page."""
    return []


def _usual(settings, world):
    """Return the application with the usual options, as if nobody had used it before."""
    known = _applications()
    if not known:
        known.append(_application(settings, world, config=OPTIONS))
    [app] = known
    app.config.update(OPTIONS)
    app.extensions["chainrule.probe"] = Probe(settings)
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    return app


class World:
    """The application, its course, and who is signed in to it.

    With options or languages of its own it has an application of its own; else one world at a time is open.
    """

    def __init__(
        self,
        database,
        folder,
        rules=NO_RULES,
        make_hand_ins=reference_calls.make_hand_ins,
        locale=FOLDER,
        **config,
    ):
        self.database = database
        self.now = NOW
        self.dispatcher = Kept()
        self.room = self._furnish(rules)
        self.settings = Settings(data=str(folder), secret="s" * 32, verify_seeds=1)
        self.app = (
            _application(self.settings, self, config=OPTIONS | config, locale=locale)
            if config or locale != FOLDER
            else _usual(self.settings, self)
        )
        self.app.extensions["chainrule"] = replace(
            self.app.extensions["chainrule"],
            settings=self.settings,
            database=database,
            dispatcher=self.dispatcher,
            clock=lambda: self.now,
            moment=lambda session: self.now,
            make_hand_ins=make_hand_ins,
            complaints=tuple,
            sheets=Sheets(),
        )

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


@pytest.fixture(scope="session")
def kept_database(request, tmp_path_factory):
    """One database for all tests of a process: statements stay compiled, which take longer than they run."""
    with fresh("sqlite", request, tmp_path_factory.mktemp("web")) as given:
        yield given


@pytest.fixture
def database(kept_database, sqlite_template):
    """A SQLite database: what the web does to a database is the services' to try on both."""
    file = Path(kept_database.url.database)
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    shutil.copy(sqlite_template, file)
    yield kept_database
    kept_database.close()


@pytest.fixture
def make_world(database, tmp_path):
    """Makes a world under rules and options of the test."""
    assert isinstance(database, Database)
    return lambda rules=NO_RULES, **config: World(database, tmp_path, rules, **config)


@pytest.fixture
def world(make_world):
    """A world without dates and limits, and without CSRF tokens, which tests of their own try."""
    return make_world(Rules(dates=Dates(), team_size=2))
