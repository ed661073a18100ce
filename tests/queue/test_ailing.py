"""A Redis that is ill holds nobody up: what people hand in is taken, and goes out when it is well again."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from grader.database import passwords
from grader.database.tables import User
from grader.database.tables.words import QUEUES
from grader.model import Status
from grader.queue.breaker import Breaker
from grader.queue.sending import Background, CelerySender, Delivery, Resting
from grader.services.act import Act
from grader.services.people import accounts
from grader.web import create_app
from grader.web.frame import counting
from grader.web.frame.counting import SharedStorage
from tests.queue.ailing import WAYS, Ailing
from tests.queue.doubles import RecordingDispatcher, RecordingSender
from tests.queue.rig import hand_in, wait
from worker.service.housekeeping import Sweep

NUMBER = 17
# Far more than it takes: who hangs is found out, and nobody is measured.
GUARD_SECONDS = 180
PASSWORD = "right horse battery"


@pytest.fixture
def ill(make_rig):
    """A service whose queue and counts of sign-ins are in a Redis that can fall ill."""
    rig = make_rig()
    redis = Ailing(rig)
    rig.settings = replace(rig.settings, broker_url=redis.url, limiter_url=redis.url)
    try:
        yield rig, redis
    finally:
        redis.close()


@pytest.fixture
def web(ill):
    """The web application, with its sending as it is served."""
    rig, _ = ill
    sender = CelerySender(rig.settings)
    dispatcher = Background(Delivery(rig.database, Resting(sender, Breaker())))
    options = {"TESTING": True, "WTF_CSRF_ENABLED": False}
    with dispatcher:
        yield create_app(rig.settings, rig.database, dispatcher, config=options)
    sender.close()


def _browser(app, rig):
    with rig.database.transaction() as session:
        user = session.get(User, rig.user)
        if not user.password_hash:
            accounts.change_password(Act(session, None, user.created_at), user, passwords.hashed(PASSWORD))
        kept = f"{user.id}.{user.session_version}"
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = kept
    return client


def _upload(app, rig, number):
    [(name, text)] = hand_in(number, 0).items()
    data = {"files": [(io.BytesIO(text), name)]}
    url = f"/assignments/{rig.assignment}"
    return _browser(app, rig).post(url, data=data, content_type="multipart/form-data").status_code


def _all_at_once(calls):
    """Do these in as many threads as the web server has; fails where one hangs."""
    pool = ThreadPoolExecutor(16)
    try:
        return [each.result(GUARD_SECONDS) for each in [pool.submit(call) for call in calls]]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@pytest.mark.parametrize("way", WAYS)
def test_uploads_pages_and_sign_ins_go_on_and_gradings_go_out_afterwards(ill, web, way):
    rig, redis = ill
    assert _upload(web, rig, 0) == 303
    sender = CelerySender(rig.settings)
    wait(lambda: sender.waiting(QUEUES[0]) == 1, 10)
    redis.fall_ill(way)
    try:
        uploads = [partial(_upload, web, rig, number) for number in range(1, NUMBER)]
        assert _all_at_once(uploads) == [303] * (NUMBER - 1)
        pages = ["/", "/healthz", "/metrics", f"/assignments/{rig.assignment}", "/static/style.css"]
        asked = [partial(_status, web, rig, page) for page in pages]
        assert _all_at_once(asked) == [200] * len(pages)
        assert _all_at_once([partial(_status, web, rig, "/readyz")]) == [503]
        assert _all_at_once([partial(_sign_in, web, "wrong")]) == [403]
        counts = SharedStorage(counting.address(rig.settings.limiter))
        assert _all_at_once([partial(_count, counts)]) == [[1, 2, 3]]
        assert rig.statuses() == {Status.QUEUED: NUMBER}
    finally:
        redis.recover()
    sweep = Sweep(rig.database, sender, rig.settings, "w")
    wait(lambda: sweep(QUEUES) is not None and (sender.waiting(QUEUES[0]) or 0) >= NUMBER - 1, 60)
    sender.close()


def _status(app, rig, page):
    with _browser(app, rig).get(page) as answer:
        return answer.status_code


def _count(counts):
    return [counts.incr("who", 60) for _ in range(3)]


def _sign_in(app, password):
    data = {"email": "ada@example.org", "password": password}
    return app.test_client().post("/sign-in", data=data).status_code


def test_failed_sign_ins_are_counted_by_all_servers_together(ill, web):
    rig, _ = ill
    other = create_app(rig.settings, rig.database, RecordingDispatcher(), config={"WTF_CSRF_ENABLED": False})
    storages = [next(iter(app.extensions["limiter"])).storage for app in (web, other)]
    assert [storages[number % 2].incr("who", 60) for number in range(4)] == [1, 2, 3, 4]
    assert [storage.get("who") for storage in storages] == [4, 4]


def test_sender_that_was_ill_sends_at_once_when_it_is_well(ill):
    rig, redis = ill
    sender = CelerySender(rig.settings)
    ids = rig.submit(range(2), send=False)
    Delivery(rig.database, sender).send(ids[0])
    for way in ("frozen", "dead"):
        redis.fall_ill(way)
        Delivery(rig.database, sender).send(ids[1])
        redis.recover()
        Delivery(rig.database, sender).send(ids[1])
        assert sender.waiting(QUEUES[0])
    sender.close()


class Time:
    """A clock by hand."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_queue_that_was_away_is_asked_again_after_a_rest_by_one():
    time, away = Time(), RecordingSender(away=True)
    resting = Resting(away, Breaker(5.0, time))
    assert [resting.send(number) for number in range(3)] == [False] * 3
    assert resting.waiting(QUEUES[0]) is None
    assert away.asked == [0]
    time.now = 5.0
    assert not resting.send(3)
    assert away.asked == [0, 3]
    time.now, away.away = 10.0, False
    assert [resting.send(number) for number in (4, 5)] == [True, True]
    assert resting.waiting(QUEUES[0]) == 0


def test_while_one_tries_after_a_rest_the_others_go_on_without():
    time = Time()
    breaker = Breaker(5.0, time)
    breaker.told(well=False)
    time.now = 6.0
    assert [breaker.may_try() for _ in range(3)] == [True, False, False]


class Stuck:
    """A dispatcher that takes as long as it is held, and breaks once."""

    def __init__(self):
        self.let_go = threading.Event()
        self.sent = []

    def send(self, grading_id):
        self.let_go.wait(GUARD_SECONDS)
        if grading_id == 1:
            raise ZeroDivisionError
        self.sent.append(grading_id)


def test_who_sends_waits_for_nobody_and_a_bug_stops_nothing():
    stuck = Stuck()
    with Background(stuck, line=3) as background:
        for number in range(10):  # what doesn't fit is left to the sweep
            background.send(number)
        assert stuck.sent == []
        stuck.let_go.set()
    assert stuck.sent
    assert stuck.sent == sorted(set(stuck.sent) - {1})
