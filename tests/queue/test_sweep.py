"""The sweep and the queue's length; ten thousand waiting gradings are no flood."""

from datetime import timedelta

import pytest

from grader import clock
from grader.database.tables import Grading
from grader.database.tables.words import QUEUES
from grader.model import Status
from grader.queue.sending import CelerySender, Delivery, deliver
from grader.services.grading.gradings import Address
from tests.queue.doubles import RecordingSender
from tests.queue.rig import wait
from worker.service.housekeeping import Ears, Hearing, Sweep, pause

WAITING = 10_000


@pytest.fixture(params=["redis", "file"])
def rig(request, make_rig):
    rig = make_rig(broker=request.param, sweep_limit=200)
    if request.param == "redis":
        rig.redis = rig.start_redis()
    return rig


def test_queue_does_not_grow_with_ten_thousand_waiting(rig):
    rig.backlog(WAITING)
    sender = CelerySender(rig.settings)
    sweep = Sweep(rig.database, sender, rig.settings, "w")
    lengths = []
    for number in range(12):
        # Hours pass: each time all that was sent is due to be sent again.
        at = clock.now() + timedelta(hours=2 * number)
        sweep(QUEUES, now=lambda at=at: at)
        lengths.append(sender.waiting("regrade.cpu"))
    assert lengths == [rig.settings.sweep_limit] * 12
    sender.close()


def test_one_process_sweeps_at_a_time(make_rig):
    rig = make_rig(broker="file")
    rig.submit([1], send=False)
    one = Sweep(rig.database, RecordingSender(), rig.settings, "one")
    other = Sweep(rig.database, RecordingSender(), rig.settings, "other")
    assert one(QUEUES) is not None
    assert other(QUEUES) is None
    later = clock.now() + timedelta(minutes=1)
    assert other(QUEUES, now=lambda: later) is not None
    assert one(QUEUES, now=lambda: later) is None


def test_nothing_is_taken_as_sent_while_the_queue_is_away(make_rig):
    rig = make_rig()  # its Redis is not started
    rig.submit([1], send=False)
    sweep = Sweep(rig.database, CelerySender(rig.settings), rig.settings, "w")
    later = clock.now() + timedelta(minutes=5)
    assert sweep(QUEUES, now=lambda: later) == 0
    [(sends, due)] = rig.rows(Grading.sends, Grading.send_after)
    assert sends == 1
    assert due < later
    rig.start_redis()
    assert sweep(QUEUES, now=lambda: later) == 1


def test_sending_that_fails_is_made_up_for(make_rig):
    rig = make_rig()
    [grading_id] = rig.submit([1], send=False)
    Delivery(rig.database, CelerySender(rig.settings)).send(grading_id)
    [(due,)] = rig.rows(Grading.send_after)
    assert due <= clock.now()


def test_queue_that_refuses_is_not_asked_for_each(make_rig):
    rig = make_rig(broker="file")
    ids = rig.submit(range(5), send=False)
    sender = RecordingSender(away=True)
    assert deliver(rig.database, sender, [Address(each, QUEUES[0]) for each in ids]) == 0
    assert len(sender.asked) == 1


def test_dispatcher_takes_the_grading_s_own_queue(make_rig):
    rig = make_rig(broker="file")
    [grading_id] = rig.submit([1], send=False)
    sender = RecordingSender()
    Delivery(rig.database, sender).send(grading_id)
    Delivery(rig.database, sender).send(grading_id + 1)
    assert sender.sent == [Address(grading_id, "interactive.cpu")]


@pytest.mark.slow
def test_regrades_never_delay_a_student(rig):
    rig.backlog(60)
    rig.settings = rig.settings.__class__(**{**vars(rig.settings), "jobs": 2})
    rig.start_worker()
    wait(lambda: rig.running() > 0 and rig.graded() > 2, 180, rig)
    ids = rig.submit(range(1, 6), 0.1)
    wait(lambda: _graded(rig, ids), 180, rig)
    left = [status for status, live in rig.rows(Grading.status, Grading.live) if not live]
    # At most what ran already was finished before, and a few beside.
    assert left.count(Status.QUEUED) > 30


def _graded(rig, ids):
    found = dict(rig.rows(Grading.id, Grading.status))
    return all(found[each] is Status.GRADED for each in ids)


@pytest.mark.parametrize(("sent", "seconds"), [(None, 15.0), (0, 15.0), (200, 3.0)])
def test_sweep_that_sent_something_is_followed_sooner(sent, seconds):
    assert pause(sent, 15.0) == seconds


class Moment:
    """A worker's ears, by hand."""

    def __init__(self):
        self.received = 5
        self.busy = 0
        self.waiting = 3


def _hearing(moment):
    ears = Ears(lambda: moment.received, lambda: moment.busy, slots=2)
    return Hearing(ears, lambda queue: moment.waiting, ("interactive.cpu",), seconds=0.0)


def test_worker_that_hears_nothing_though_messages_wait_is_deaf():
    hearing = _hearing(Moment())
    assert [hearing.deaf() for _ in range(3)] == [False, True, True]


@pytest.mark.parametrize("change", [{"busy": 2}, {"waiting": 0}, {"waiting": None}])
def test_worker_with_nothing_to_hear_is_not_deaf(change):
    moment = Moment()
    hearing = _hearing(moment)
    hearing.deaf()
    vars(moment).update(change)
    assert not hearing.deaf()


def test_worker_that_receives_is_not_deaf():
    moment = Moment()
    hearing = _hearing(moment)
    hearing.deaf()
    moment.received += 1
    assert not hearing.deaf()
