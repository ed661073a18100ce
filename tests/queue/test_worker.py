"""A worker by itself: what it needs to start, its signs of life, how it ends, and the zygotes it shares."""

import contextlib
import os
import signal
import socket
import sqlite3
import threading
import time
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from grader.config import Settings
from grader.database.db import Database
from grader.database.tables import Grading, Worker
from grader.database.tables.words import QUEUES
from grader.errors import ChainruleError, SandboxUnavailable, UsageError
from grader.model import Status
from grader.model.walls import Wall
from grader.queue.plan import is_well, plan
from grader.serving.ready import check_tables, check_walls
from tests import processes
from tests.queue.rig import wait
from worker.engine.sharing import Attached, Host
from worker.sandbox.errors import SandboxError
from worker.service.celery_app import work


def _wall(name, *, holds=True, needed=False):
    return Wall(name, "guards", holds, "measured", lost="something", cure=f"mend {name}", needed=needed)


def test_worker_starts_where_all_walls_hold():
    assert check_walls([_wall("network", needed=True)], Settings()) == {"weaker_walls": []}


def test_worker_refuses_to_start_without_a_needed_wall():
    with pytest.raises(SandboxUnavailable, match="network") as caught:
        check_walls([_wall("network", holds=False, needed=True)], Settings())
    assert "mend network" in caught.value.cure


def test_weaker_wall_is_said(caplog):
    assert check_walls([_wall("memory", holds=False)], Settings()) == {"weaker_walls": ["memory"]}
    assert "memory" in caplog.text


def test_weaker_wall_is_refused_where_the_settings_say_so():
    with pytest.raises(SandboxUnavailable, match="memory"):
        check_walls([_wall("memory", holds=False)], Settings(weaker_walls=False))


def test_worker_refuses_tables_of_another_version(tmp_path):
    settings = Settings(data=str(tmp_path))
    with pytest.raises(ChainruleError, match="no database") as caught:
        check_tables(settings)
    assert "chainrule migrate" in caught.value.cure
    sqlite3.connect(tmp_path / "chainrule.db").close()
    with pytest.raises(ChainruleError, match="no tables") as caught:
        check_tables(settings)
    assert "chainrule migrate" in caught.value.cure
    with contextlib.closing(Database(settings.database)) as database, database.transaction() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES ('0000')"))
    with pytest.raises(ChainruleError, match="does not know") as caught:
        check_tables(settings)
    assert "Install the version" in caught.value.cure


def test_worker_whose_zygotes_do_not_start_takes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    settings = Settings(data=str(tmp_path))
    with pytest.raises(ChainruleError, match="bubblewrap") as caught:
        work(settings, plan(settings), dict)
    assert "install" in caught.value.cure
    assert list(tmp_path.iterdir()) == []


def test_plan_takes_the_queues_of_its_device():
    assert plan(Settings(device="cpu", jobs=3)).queues == ("interactive.cpu", "regrade.cpu")
    assert plan(Settings(device="cuda")).queues == ("interactive.gpu", "regrade.gpu")
    assert plan(Settings(jobs=3)).slots == 3


def test_plan_puts_the_urgent_first():
    assert plan(Settings(), ("regrade.cpu", "interactive.cpu")).queues == ("interactive.cpu", "regrade.cpu")


def test_plan_knows_its_queues():
    with pytest.raises(UsageError, match="regrades"):
        plan(Settings(), ("regrades.cpu",))


def test_health_is_a_sign_of_life_that_is_young(tmp_path):
    settings = Settings(data=str(tmp_path), heartbeat_seconds=1.0, sweep_seconds=1.0)
    assert not is_well(settings)
    settings.health.touch()
    assert is_well(settings)
    old = time.time() - 60
    os.utime(settings.health, (old, old))
    assert not is_well(settings)


@pytest.mark.slow
def test_worker_says_that_it_is_well_and_ends_what_it_started(make_rig):
    rig = make_rig(broker="file")
    worker = rig.start_worker("ann", alone=True)
    wait(lambda: is_well(rig.settings), 180, rig)
    ids = rig.submit(range(3))
    wait(lambda: rig.graded() == 3, 180, rig)
    rig.assert_each_graded_once(ids)
    with rig.database.reading() as session:
        row = session.get(Worker, "ann")
        assert row.queues == [QUEUES[0], QUEUES[2]]
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(180) == 0
    assert not rig.settings.health.exists()
    wait(lambda: processes.gone_group(worker.pid), 180, rig)


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["redis", "file"])
def test_worker_told_to_quit_hands_back_what_it_can_t_finish(make_rig, broker):
    rig = make_rig(broker=broker, lease_seconds=60.0)
    if broker == "redis":
        rig.start_redis()
    worker = rig.start_worker("first", patience=0.5)
    ids = rig.submit(range(2), 3.0)
    wait(lambda: rig.running() == 2, 180, rig)
    worker.send_signal(signal.SIGQUIT)
    worker.wait(180)
    assert rig.statuses() == {Status.QUEUED: 2}
    rig.start_worker("second")
    wait(lambda: rig.graded() == 2, 180, rig)
    rig.assert_each_graded_once(ids)
    # It was nobody's fault, so as many tries are left as there were.
    tries = [tuple(row) for row in rig.rows(Grading.attempt, Grading.allowed, Grading.why)]
    assert tries == [(2, 4, ""), (2, 4, "")], rig.log()[-6000:]


@pytest.mark.slow
def test_worker_told_to_quit_ends_although_its_pool_does_not(make_rig):
    rig = make_rig(broker="file", lease_seconds=60.0)
    worker = rig.start_worker(patience=0.5)
    rig.submit(range(2), 3.0)
    wait(lambda: rig.running() == 2, 180, rig)
    children = processes.pause(lambda: processes.below(worker.pid)[1:])
    worker.send_signal(signal.SIGQUIT)
    assert worker.wait(180) == 0
    assert rig.statuses() == {Status.QUEUED: 2}
    assert [tuple(row) for row in rig.rows(Grading.attempt, Grading.allowed)] == [(1, 4), (1, 4)]
    wait(lambda: processes.gone(children), 180, rig)


class ZygotesDouble:
    """Zygotes that listen at the paths that the test gives."""

    def __init__(self, **paths):
        self.paths = paths
        self.closed = False

    def get(self, *names, gone=()):
        for name in names:
            if name not in self.paths:
                raise SandboxError(f"{name} did not start", "Mend it.")
        return tuple(SimpleNamespace(path=self.paths[name]) for name in names)

    def close(self):
        self.closed = True


@pytest.fixture
def listening(tmp_path):
    """Listening sockets by name."""
    sockets = {}
    for name in ("examiner", "trapped"):
        sockets[name] = socket.socket(socket.AF_UNIX)
        sockets[name].bind(str(tmp_path / name))
        sockets[name].listen(8)
    yield {name: each.getsockname() for name, each in sockets.items()}
    for each in sockets.values():
        each.close()


def test_zygotes_of_another_process_can_be_connected_to(listening):
    with Host(ZygotesDouble(**listening)) as host:
        doors = Attached(str(host.path)).get("examiner", "trapped")
        for door, name in zip(doors, ("examiner", "trapped"), strict=True):
            with door.connect() as connection:
                assert connection.getpeername() == listening[name]


def test_many_may_ask_at_a_time(listening):
    with Host(ZygotesDouble(**listening)) as host:
        found = []
        asking = [
            threading.Thread(target=lambda: found.extend(Attached(str(host.path)).get("trapped")))
            for _ in range(20)
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
    assert len(found) == 20


def test_zygote_that_can_t_start_is_told_with_its_cure(listening):
    with Host(ZygotesDouble(**listening)) as host, pytest.raises(SandboxError) as caught:
        Attached(str(host.path)).get("examiner", "plain")
    assert (caught.value.problem, caught.value.cure) == ("plain did not start", "Mend it.")


def test_host_that_has_gone_is_told(listening):
    zygotes = ZygotesDouble(**listening)
    with Host(zygotes) as host:
        path = host.path
    assert zygotes.closed
    assert not path.parent.exists()
    with pytest.raises(SandboxError, match="the host of the zygotes is gone"):
        Attached(str(path)).get("examiner")
