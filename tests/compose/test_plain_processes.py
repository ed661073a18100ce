"""The services of docker-compose.yml as plain processes: a hand-in through the web gets its score back."""

import contextlib
import re
import tempfile
from pathlib import Path

import pytest
import redis
from sqlalchemy import select

from grader.config import Settings
from grader.database.db import Database
from grader.database.tables import Grading
from tests import databases
from tests.compose.composition import in_order, services
from tests.compose.plain import Machine
from tests.web.browsing import SHIPPED, Windows, total
from tests.web.doubles import PASSWORD

RIGHT = SHIPPED / "submissions/accepted/solution.py"
WRONG = SHIPPED / "submissions/wrong_answer/sigmoid_slope_at_output.py"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def machine():
    """All services up, each after what it depends on and healthy by its own check."""
    assert databases.installed(), "PostgreSQL is not installed: run `make setup`"
    with tempfile.TemporaryDirectory(prefix="chainrule-compose-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL runs as another user where the tests run as root
        machine = Machine(Path(folder))
        try:
            for each in in_order(services()):
                machine.start(each)
            yield machine
        finally:
            machine.close()


@pytest.fixture(scope="module")
def database(machine):
    url = machine.here(services()["web"].environment["CHAINRULE_DATABASE_URL"])
    complete = Settings(database_url=url, database_password=machine.secret("postgres_password"))
    with contextlib.closing(Database(complete.database)) as database:
        yield database


@pytest.fixture(scope="module")
def people(machine):
    """A course with two students, made by commands in the web's container."""

    def admin(*words, said=""):
        machine.inside(services()["web"], "chainrule", "admin", *words, said=said)

    admin("course", "backprop", "--title", "Backpropagation")
    admin("assignment", "backprop", "nyu-hw1")
    for name in ("ada", "bob"):
        admin("account", f"{name}@example.org", "--name", name, "--password-stdin", said=f"{PASSWORD}\n")
        admin("enrol", "backprop", f"{name}@example.org")
    return "ada", "bob"


@pytest.fixture(scope="module")
def windows(machine, chromium):
    """Windows of people who sign in and hand in."""
    windows = Windows(chromium, machine.address.rstrip("/"))
    yield windows
    windows.close()


def _score(windows, student, file):
    page = windows.open(student)
    page.get_by_role("link", name="Two-layer net with a manual backward pass").click()
    page.get_by_label("Drop mlp.py here").set_input_files([str(file)])
    page.get_by_role("button", name="Submit", exact=True).click()
    page.wait_for_url(re.compile(r"/submissions/\d+$"))
    page.locator(".total:not(.waiting)").wait_for()
    return total(page)


def test_right_and_wrong_hand_in_get_their_scores_through_the_web(windows, people, database):
    ada, bob = people
    assert _score(windows, ada, RIGHT) == "50.00 / 50"
    points, _, most = _score(windows, bob, WRONG).partition(" / ")
    assert most == "50"
    assert 0 < float(points) < 50
    with database.reading() as session:
        rows = session.execute(select(Grading.worker, Grading.attempt)).all()
    assert len(rows) == 2
    assert all(worker and attempt == 1 for worker, attempt in rows)
    assert windows.complaints == []
    assert windows.strangers == []


def test_service_says_that_all_of_it_is_well(machine):
    answer = machine.inside(
        services()["web"], "python", "-c",
        f"from urllib.request import urlopen; print(urlopen('{machine.address}readyz').read().decode())",
    )  # fmt: skip
    assert "false" not in answer
    assert "true" in answer


def test_redis_keeps_others_out_and_drops_nothing(machine):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=machine.ports["redis"]).ping()
    password = machine.secret("redis_password")
    with contextlib.closing(redis.Redis(port=machine.ports["redis"], password=password)) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_secrets_stand_in_no_command_line_and_no_environment(machine):
    secrets = {machine.secret(name) for name in ("postgres_password", "redis_password", "chainrule_secret")}
    looked_at = 0
    for process in machine.processes.values():
        for file in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{process.pid}/{file}").read_bytes().decode(errors="replace")
                looked_at += bool(text)
                assert not any(secret in text for secret in secrets)
    assert looked_at >= len(machine.processes)


def test_every_service_stops_when_it_is_asked_to(machine, people):
    found = services()
    for each in reversed(in_order(found)):
        if each.name != "migrate":
            machine.stop(each)
    assert machine.processes["web"].returncode == 0
    assert machine.processes["worker"].returncode == 0
    assert machine.processes["postgres"].returncode == 0
