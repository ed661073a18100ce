"""A service in a folder: its database, a Redis and workers that can be killed, and hand-ins to put in."""

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from grader import clock, config
from grader.assignment import assignment_folder
from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database
from grader.database.tables import AssignmentRow, CaseResultRow, Grading, GradingKind, Queue, User
from grader.model import Status
from grader.queue.sending import CelerySender, Delivery
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.grading import submitting
from grader.services.people import accounts
from grader.serving import redis
from tests.processes import started

ROOT = Path(__file__).resolve().parents[2]
SECRET = b"s" * 32
# A minute of the service in two seconds.
PACE = {
    "lease_seconds": 2.0,
    "heartbeat_seconds": 0.4,
    "sweep_seconds": 0.5,
    "resend_seconds": 2.0,
    "verify_seeds": 1,
}
TOML = b"""title = "Sums"
entry = "sums.py"
[[functions]]
name = "one"
points = 1
[[functions]]
name = "two"
points = 1
"""
TESTS = b'''import pytest


@pytest.mark.function("one")
def test_one(submission, check):
    """One more."""
    check.true(submission.one(1) == 2, "wrong_value", name="one")


@pytest.mark.function("two")
def test_two(submission, check):
    """Two more."""
    check.true(submission.two(1) == 3, "wrong_value", name="two")
'''
SUITE = assignment_folder.from_files(
    {"assignment.toml": TOML, "test_sums.py": TESTS}, slug="sums", where="sums"
)


def hand_in(number, seconds):
    """Return a right hand-in of its own that takes so long."""
    text = (
        f"import time  # {number}\n"
        f"def one(x):\n    time.sleep({seconds})\n    return x + 1\n"
        "def two(x):\n    return x + 2\n"
    )
    return {"sums.py": text.encode()}


@dataclass
class Rig:
    """The parts, and what became of the gradings."""

    settings: Settings
    database: Database
    user: int
    assignment: int
    redis_path: Path | None = None
    host: Path | None = None

    def __post_init__(self):
        self._delivery = None
        self._running = contextlib.ExitStack()
        self._running.callback(self.database.close)

    @property
    def environment(self):
        """The settings as variables."""
        given = {each.name: getattr(self.settings, each.name) for each in fields(Settings)}
        texts = {f"CHAINRULE_{name.upper()}": str(value) for name, value in given.items() if value}
        return {**os.environ, **{name: text for name, text in texts.items() if text != "()"}}

    def run(self, *words, log):
        """Start a process that ends with the test at the latest."""
        with (self.settings.data_folder / log).open("ab") as stream:
            return self.start(words, stdout=stream, stderr=stream, start_new_session=True)

    def start(self, words, **options):
        """Start a process with pipes or files of the caller's choice, which ends with the test too."""
        options = {"cwd": ROOT, "env": self.environment} | options
        return self._running.enter_context(started(["setpriv", "--pdeathsig", "KILL", *words], **options))

    def start_redis(self):
        path = self.redis_path
        process = self.run(*redis.command(path, Path()).words, log="redis.log")
        wait(path.exists, 180)
        return process

    def start_worker(self, name="w", patience=20.0, *, alone=False):
        """Start a worker; ``alone``: with zygotes of its own, which end with it."""
        host = [] if alone or self.host is None else [str(self.host)]
        words = ["-m", "tests.queue.a_worker", name, str(patience), *host]
        return self.run(sys.executable, *words, log="worker.log")

    def submit(self, numbers, seconds=0.0, send=True):
        """Hand in, one transaction each, and send after the commit; returns the gradings."""
        ids = []
        for number in numbers:
            ids.append(self.put(hand_in(number, seconds)))
            if send:
                self.send(ids[-1])
        return ids

    def put(self, files):
        """Hand in these files without sending; returns the grading."""
        now = clock.now()
        with self.database.transaction() as session:
            made = submitting.submit(
                Visit(session, session.get(User, self.user), now),
                session.get(AssignmentRow, self.assignment),
                files,
                received_at=now,
                secret=SECRET,
            )
            made.grading.send_after = now + timedelta(seconds=self.settings.resend_seconds)
            return made.grading.id

    def backlog(self, number):
        """Queue many regrades of one submission, unsent as regrades are."""
        [first] = self.submit([0], send=False)
        now = clock.now()
        with self.database.transaction() as session:
            row = session.get(Grading, first)
            shared = {name: getattr(row, name) for name in ("submission_id", "suite_id", "device", "allowed")}
            session.add_all(
                Grading(
                    kind=GradingKind.REGRADE,
                    live=False,
                    queue=Queue.REGRADE,
                    seed=each,
                    queued_at=now,
                    send_after=now,
                    **shared,
                )
                for each in range(number)
            )
        return first

    def send(self, grading_id):
        if self._delivery is None:
            self._delivery = Delivery(self.database, CelerySender(self.settings))
        self._delivery.send(grading_id)

    def statuses(self):
        with self.database.reading() as session:
            rows = session.execute(select(Grading.status, func.count()).group_by(Grading.status))
            return dict(rows.all())

    def running(self):
        return self.statuses().get(Status.RUNNING, 0)

    def graded(self):
        return self.statuses().get(Status.GRADED, 0)

    def rows(self, *columns):
        with self.database.reading() as session:
            return session.execute(select(*columns).order_by(Grading.id)).all()

    def assert_each_graded_once(self, ids):
        """Every grading is there with its full score and each of its cases once."""
        rows = self.rows(Grading.id, Grading.status, Grading.score, Grading.why)
        assert [tuple(row) for row in rows] == [(number, Status.GRADED, 2.0, "") for number in ids]
        with self.database.reading() as session:
            query = select(CaseResultRow.grading_id, func.count()).group_by(CaseResultRow.grading_id)
            assert dict(session.execute(query).all()) == dict.fromkeys(ids, 2)

    def running_ids(self):
        rows = self.rows(Grading.id, Grading.status)
        return {number for number, status in rows if status is Status.RUNNING}

    def tried_again_ids(self):
        return {number for number, attempt in self.rows(Grading.id, Grading.attempt) if attempt > 1}

    def log(self):
        with contextlib.suppress(OSError):
            return (self.settings.data_folder / "worker.log").read_text(errors="replace")
        return ""

    def close(self):
        """End all that still runs, the newest first."""
        self._running.close()


def wait(condition, seconds, rig=None):
    """Wait until it holds; fails with what the workers said."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s\n{rig.log()[-6000:] if rig else ''}")
        time.sleep(0.05)


def open_rig(folder, broker="redis", **settings):
    """Make the folder, the database and an assignment; nothing runs yet."""
    given = Settings(data=str(folder), secret=SECRET.decode(), jobs=4, **(PACE | settings))
    path = None
    if broker == "redis":
        path = folder / "r.sock"
        given = replace(given, broker_url=redis.url(path))
    database = Database(given.database)
    migrations.migrate(database)
    now = clock.now()
    with database.transaction() as session:
        user = accounts.create_user(Act(session, None, now), "ada@example.org", "Ada", is_admin=True)
        course = courses.create_course(Act(session, user, now), "sums", "Sums")
        made = courses.add_assignment(Act(session, user, now), course, SUITE, courses.Rules())
        session.flush()
        ids = user.id, made.id
    return Rig(given, database, *ids, path)


def kill_tree(process):
    """Kill a worker as the kernel would: all of it at once, and none may clean up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def open_again(folder):
    """Open a rig that another process made."""
    given = config.load()
    assert given.data == folder
    database = Database(given.database)
    with database.reading() as session:
        user, made = session.scalar(select(User.id)), session.scalar(select(AssignmentRow.id))
    return Rig(given, database, user, made)
