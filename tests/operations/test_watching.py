"""What machines that watch over the service get: health, readiness, figures, logs."""

import io
import json
import logging
from datetime import timedelta

import pytest

from grader import logs
from grader.config import origin
from grader.database.store import gradings as store
from grader.database.tables import Grading
from grader.model import Status
from grader.services.grading import figures, gradings
from grader.web.frame import health
from tests.classroom import NOW, open_classroom, report, submit
from tests.web.conftest import make_world, world

__all__ = ["make_world", "world"]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(database):
    """Three hand-ins a minute ago: one is graded, one given up, one waits."""
    with database.transaction() as session:
        room = open_classroom(session)
        numbers = [submit(session, room, room.ada, at=NOW - MINUTE).grading.id for _ in range(3)]
    with database.transaction() as session:
        claimed = gradings.claim(session, numbers[0], "w", now=NOW - MINUTE / 2)
        whole = report(claimed, right=False)
        assert gradings.record(session, numbers[0], claimed.attempt, whole, now=NOW)
        claimed = gradings.claim(session, numbers[1], "w", now=NOW)
        session.get(Grading, numbers[1]).allowed = 1
        gradings.give_up(session, numbers[1], claimed.attempt, "lost", now=NOW)
    return numbers


def test_figures_are_those_of_the_rows_on_either_database(database, two):
    with database.reading() as session:
        found = figures.look(session, now=NOW, worker_silence=MINUTE)
    assert found.queues["interactive.cpu"] == figures.WaitingQueue(1, 60.0)
    assert found.queues["regrade.gpu"] == figures.WaitingQueue()
    assert {status: number for (_, status), number in found.gradings.items()} == {
        Status.GRADED: 1,
        Status.INTERNAL_ERROR: 1,
        Status.QUEUED: 1,
    }
    assert found.verdicts == {"passed": 1, "failed": 1}
    assert found.seconds["queue"][0.5] == 30.0
    assert found.seconds["whole"][0.95] == 60.0
    assert (found.workers, found.lately) == (0, 1)


class Queue:
    """The queue's entrance, there or away."""

    def __init__(self, waiting):
        self._waiting = waiting

    def waiting(self, queue):
        return self._waiting


def _ready(world, waiting=0, worker=True):
    world.app.extensions["chainrule.probe"].__dict__["sender"] = Queue(waiting)
    if worker:
        with world.database.transaction() as session:
            columns = {"name": "w", "seen_at": world.now, "queues": [], "device": "cpu", "facts": {}}
            store.note_worker(session, columns)
    return world.app.test_client().get("/readyz")


class TestWeb:
    """The addresses, on SQLite."""

    @pytest.fixture
    def database(self, request, tmp_path):
        from tests.databases import fresh

        with fresh("sqlite", request, tmp_path) as given:
            yield given

    def test_process_is_well_whatever_else_is_not(self, world):
        world.database.engine.dispose()
        assert world.app.test_client().get("/healthz").status_code == 200

    def test_service_is_ready_when_all_of_it_is_there(self, world):
        answer = _ready(world)
        assert (answer.status_code, answer.json) == (200, {"database": True, "queue": True, "worker": True})

    def test_service_is_not_ready_without_queue_worker_or_database(self, world):
        assert _ready(world, worker=False).json["worker"] is False
        answer = _ready(world, waiting=None)
        assert (answer.status_code, answer.json["queue"]) == (503, False)
        world.now += timedelta(hours=1)
        assert _ready(world, worker=False).json["worker"] is False
        with world.database.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE alembic_version")
        assert _ready(world, worker=False).json["database"] is False

    def test_metrics_have_what_operators_look_for(self, world):
        world.submission(world.browser("ada"))
        text = world.app.test_client().get("/metrics").text
        assert 'chainrule_queue_length{queue="interactive.cpu"} 1.0' in text
        assert 'chainrule_queue_length{queue="regrade.gpu"} 0.0' in text
        assert 'chainrule_gradings{kind="submission",status="queued"} 1.0' in text
        assert "chainrule_workers 0.0" in text
        assert f'chainrule_release{{version="{origin.release()}"}} 1.0' in text

    @pytest.mark.parametrize(
        ("address", "header", "status"),
        [
            ("127.0.0.1", {}, 200),
            ("::1", {}, 200),
            ("192.0.2.7", {}, 404),
            ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ],
    )
    def test_metrics_are_for_this_machine(self, world, address, header, status):
        answer = world.app.test_client().get(
            "/metrics", headers=header, environ_overrides={"REMOTE_ADDR": address}
        )
        assert answer.status_code == status

    def test_metrics_are_for_who_has_the_token(self, world):
        site = world.app.extensions["chainrule"]
        settings = type(world.settings)(data=world.settings.data, secret="s" * 32, metrics_token="m" * 20)
        object.__setattr__(site, "settings", settings)
        client = world.app.test_client()
        assert client.get("/metrics").status_code == 404
        wrong, right = ({"Authorization": f"Bearer {each}"} for each in ("wrong", "m" * 20))
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        assert client.get("/metrics", headers=wrong).status_code == 404
        assert client.get("/metrics", headers=right, environ_overrides=elsewhere).status_code == 200

    def test_probe_asks_the_real_queue(self, tmp_path, world):
        probe = health.Probe(type(world.settings)(data=str(tmp_path)))
        assert probe.queue_answers()
        probe.sender.close()


@pytest.fixture
def stream():
    """Where logs go meanwhile."""
    root = logging.getLogger()
    before = (root.handlers, root.level)
    given = io.StringIO()
    logs.configure(given)
    yield given
    root.handlers, root.level = before


def test_log_lines_are_json_with_the_ids_they_are_about(stream):
    with logs.about(grading=9, submission=5):
        logging.getLogger("chainrule.worker").info("grading %d: started", 9)
    logging.getLogger("chainrule.worker").warning("done")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert (
        first.items()
        >= {
            "event": "grading 9: started",
            "grading": 9,
            "submission": 5,
            "level": "info",
            "logger": "chainrule.worker",
        }.items()
    )
    assert first["process"] > 0
    assert first["timestamp"].endswith("Z")
    assert "grading" not in second


def test_exception_is_one_line_with_its_traceback(stream):
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("x").exception("failed")
    [line] = stream.getvalue().splitlines()
    assert "ValueError: a\nb" in json.loads(line)["exception"]
