"""Hosts whose clocks are wrong: leases and dates go by the database's, and such a worker takes nothing."""

import signal
import sys
from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from grader import clock
from grader.database import db
from grader.database.tables import Grading, SubmissionRow
from grader.errors import DatabaseUnavailable
from grader.model import Status
from grader.queue import clocks
from grader.queue.plan import is_well
from grader.services.grading import gradings
from grader.web import create_app
from grader.web.frame.site import RECEIVED
from tests.classroom import NOW
from tests.databases import TEMPLATE, fresh
from tests.queue import wrong_clock
from tests.queue.rig import wait
from tests.web.conftest import World
from tests.web.doubles import Kept
from worker.service.housekeeping import sweep_in_time

WRONG = (90, -90)


@pytest.fixture
def shared(make_rig, postgres):
    """A service on a PostgreSQL, as several hosts share it."""
    name = postgres.create(TEMPLATE)
    rig = make_rig(broker="file", database_url=postgres.url(name))
    yield rig
    rig.close()
    postgres.drop(name)


@pytest.mark.slow
def test_worker_with_a_wrong_clock_takes_nothing_and_leaves_it_to_others(shared):
    ids = shared.submit(range(2))
    before = wrong_clock.words(90)
    words = [sys.executable, "-m", "tests.queue.a_worker", "late", "5", str(shared.host)]
    late = shared.run(*before, *words, log="worker.log")
    wait(lambda: "90 s ahead of the database's" in shared.log(), 180, shared)
    assert late.poll() is None
    assert shared.statuses() == {Status.QUEUED: 2}
    assert not is_well(shared.settings)
    asked = shared.run(*before, sys.executable, "-m", "grader", "worker", "--health", log="health.log")
    assert asked.wait(180) == 1
    said = (shared.settings.data_folder / "health.log").read_text()
    assert "no sign of life: the clock of this host is 90 s ahead of the database's" in said
    shared.start_worker("right")
    wait(lambda: shared.graded() == 2, 180, shared)
    shared.assert_each_graded_once(ids)
    assert {name for (name,) in shared.rows(Grading.worker)} == {"right"}
    late.terminate()
    assert late.wait(180) == -signal.SIGTERM


def test_worker_takes_something_when_its_clock_is_right_again(caplog):
    looks, pauses = iter(["late", DatabaseUnavailable("away"), "late", None]), []

    def look():
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    clocks.wait_until_right(look, lambda: pauses.append(1))
    assert (len(pauses), list(looks)) == (3, [])
    assert caplog.text.count("until this is fixed: late") == 1


@pytest.mark.parametrize(("wrong", "done"), [(None, ["swept"]), ("late", ["ended"])])
def test_worker_whose_clock_goes_wrong_ends_instead_of_sweeping(wrong, done):
    did = []
    sweep_in_time(lambda: wrong, lambda: did.append("swept"), lambda: did.append("ended"))
    assert did == done


ELSEWHERE = """
import sys
from grader.database.tables.words import QUEUES
from tests.queue.doubles import RecordingSender
from tests.queue.rig import open_again
from worker.service import queued_grading as grading
from worker.service.housekeeping import Sweep
rig = open_again(sys.argv[1])
held, free = map(int, sys.argv[2:])
sender = RecordingSender()
swept = Sweep(rig.database, sender, rig.settings, "late")(QUEUES)
print(swept, [each.grading_id for each in sender.sent])
print(grading.run(held, rig.database, None, "late", rig.settings))
grading._Held(rig.database, rig.settings, None).claim(free, "late")
rig.close()
"""


@pytest.mark.parametrize("seconds", WRONG)
def test_host_with_a_wrong_clock_takes_no_lease_away_and_makes_none_that_is_over(shared, seconds):
    shared.settings = replace(shared.settings, lease_seconds=60.0, resend_seconds=60.0)
    held, free, sent = shared.submit(range(3), send=False)
    pace = gradings.Pace()
    with shared.database.transaction() as session:
        assert gradings.claim(session, held, "right", now=db.now(session), pace=pace)
        session.get(Grading, sent).send_after = db.now(session) + timedelta(seconds=45)
    told = shared.settings.data_folder / "told"
    process = shared.run(
        *wrong_clock.words(seconds),
        sys.executable, "-c", ELSEWHERE, str(shared.settings.data_folder), str(held), str(free),
        log="told",
    )  # fmt: skip
    assert process.wait(180) == 0, told.read_text()
    assert told.read_text().splitlines() == ["0 []", "nothing to do"]
    with shared.database.reading() as session:
        now = db.now(session)
        assert (session.get(Grading, held).worker, session.get(Grading, held).attempt) == ("right", 1)
        mine = session.get(Grading, free)
        assert now < mine.lease_until <= now + timedelta(seconds=60)
        assert mine.started_at <= now


@pytest.mark.parametrize(("seconds", "said"), [(90, "90 s ahead of"), (-90, "behind"), (0, None)])
def test_how_wrong_a_clock_is_is_told_from_the_databases(database, seconds, said):
    found = clocks.complaint(database, lambda: clock.now() + timedelta(seconds=seconds))
    assert (found is None) if said is None else (said in found)


def test_clock_that_is_hardly_wrong_is_right(database):
    with database.reading() as session:
        there = db.now(session)
    # At a moment that the database's clock has passed, nothing can be told to be ahead.
    assert clocks.off_by(database, lambda: there) <= 0


def test_moment_of_the_database_goes_on_within_a_transaction(database):
    with database.transaction() as session:
        moments = [db.now(session) for _ in range(100)]
    assert moments == sorted(moments)
    assert moments[0] < moments[-1]
    assert {moment.tzinfo for moment in moments} == {UTC}


def test_submission_came_in_as_long_ago_as_the_host_measured_by_the_databases_clock(request, tmp_path):
    """However wrong the web server's own clock is: due dates go by the same clock on each of them."""
    with fresh("sqlite", request, tmp_path) as database:
        _hand_in_on_a_wrong_clock(database, tmp_path)


def _hand_in_on_a_wrong_clock(database, tmp_path):
    world = World(database, tmp_path)
    own = NOW + timedelta(minutes=7)
    app = create_app(world.settings, database, Kept(), config={"WTF_CSRF_ENABLED": False, "TESTING": True})
    parts = replace(app.extensions["chainrule"], clock=lambda: own, moment=lambda session: NOW)
    app.extensions["chainrule"] = parts
    world.app = app
    client = world.browser("ada")
    client.environ_base[RECEIVED] = own - timedelta(seconds=3)
    number = world.submission(client)
    with database.reading() as session:
        row = session.get(SubmissionRow, number)
        assert row.received_at == NOW - timedelta(seconds=3)
