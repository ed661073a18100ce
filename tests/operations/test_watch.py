"""What the web server says of itself: asked in a thread of its own, so that the answer never waits."""

import threading

import pytest

from grader.serving.watch import STUCK_SECONDS, Watch
from grader.web import create_app
from tests.databases import fresh
from tests.web.conftest import make_world, world

__all__ = ["make_world", "world"]


@pytest.fixture
def database(request, tmp_path):
    with fresh("sqlite", request, tmp_path) as given:
        yield given


def test_health_is_an_answer_and_says_what_is_wrong(world):
    wrong = []
    app = create_app(
        world.settings, world.database, world.dispatcher, complaints=lambda: tuple(wrong)
    ).test_client()
    assert (app.get("/healthz").status_code, app.get("/healthz").text) == (200, "well\n")
    wrong[:] = ["queue: it can't be reached", "clock: 90 s ahead"]
    answer = app.get("/healthz")
    assert answer.status_code == 200
    assert answer.text == "degraded\nqueue: it can't be reached\nclock: 90 s ahead\n"


def test_change_is_said_once_in_the_log(caplog):
    wrong = ["away"]
    watch = Watch({"queue": lambda: wrong[0] if wrong else None, "clock": lambda: None})
    watch.look()
    watch.look()
    assert watch.complaints() == ("queue: away",)
    assert caplog.text.count("queue: away") == 1
    wrong.clear()
    watch.look()
    assert watch.complaints() == ()
    assert "well again" in caplog.text


def test_look_that_breaks_is_said_and_hides_no_other(caplog):
    watch = Watch({"first": lambda: 1 / 0, "queue": lambda: "away"})
    watch.look()
    assert watch.complaints() == ("first: can't be checked: ZeroDivisionError", "queue: away")


def test_look_that_hangs_is_said():
    held, now = threading.Event(), [0.0]
    with Watch({"queue": lambda: held.wait(180) and None}, clock=lambda: now[0]) as watch:
        assert watch.complaints() == ()
        now[0] = STUCK_SECONDS
        [said] = watch.complaints()
        held.set()
    assert "has not ended" in said
