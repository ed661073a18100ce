"""The link against keepers and sessions that do what they should not."""

import os
import socket
import threading
import time
from contextlib import suppress
from itertools import count

import pytest

from tests.examiner.conftest import SAMPLE
from worker.examiner.budget import Overdrawn
from worker.examiner.errors import BoxEnded, BoxLost, BoxStarved, LoadRefused
from worker.examiner.link import Link, LinkLimits
from worker.examiner.space import Policy, Space
from worker.wire import metering
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, WireError
from worker.wire.frame import encode_header
from worker.wire.message import Ended, Ending, Kill, Loaded, LoadFailed, Open, Opened, Reply, Request, Update
from worker.wire.metering import Breach, Used
from worker.wire.value import Array, Handle, Items, Known

ROOT = Handle(0, "module", "mlp", ("f",))
CLOSED = Ending(how="closed")


class Acting:
    """A keeper and a session in threads: ``answer`` gives what the session sends for a request."""

    def __init__(
        self, answer, ending=CLOSED, opening=None, test_seconds=180.0, clock=time.monotonic, used=None
    ):
        self.answer = answer
        self.ending = ending
        self.opening = opening
        self.kills = []
        ours, theirs = socket.socketpair()
        self.link = Link(ours, LinkLimits(test_seconds, 600.0, output_bytes=100), clock)
        self.keeper = Channel(theirs, Open | Kill)
        self.used = used
        self.printing = -1
        self.threads = []
        self.start(self.keep)

    def start(self, run, *args):
        thread = threading.Thread(target=run, args=args)
        self.threads.append(thread)
        thread.start()

    def close(self):
        self.link.close()
        for thread in self.threads:
            thread.join()
        self.keeper.close()
        if self.printing >= 0:
            os.close(self.printing)

    def keep(self):
        self.load()
        try:
            while True:
                match self.keeper.receive():
                    case Open():
                        self.open()
                    case Kill(how=how):
                        self.kills.append(how)
                        self.keeper.send(Ended(ending=self.ending))
        except WireError:
            return

    def load(self):
        if self.used is None:
            self.keeper.send(Loaded())
            return
        ours, theirs = metering.pair()
        self.keeper.send(Loaded(metered=True), descriptors=(theirs.fileno(),))
        theirs.close()
        self.start(self.measure, ours)

    def measure(self, meter):
        with meter:
            meter.setblocking(True)
            while meter.recv(1, socket.MSG_PEEK):
                metering.answer(meter, self.used())

    def open(self):
        if self.opening is not None:
            self.keeper.send(self.opening)
            return
        ours, theirs = socket.socketpair()
        if self.printing >= 0:
            os.close(self.printing)
        reading, self.printing = os.pipe()
        self.keeper.send(Opened(), descriptors=(theirs.fileno(), reading))
        theirs.close()
        os.close(reading)
        self.start(self.serve, ours)

    def serve(self, connection):
        with Channel(connection, Request) as channel, suppress(ChannelClosed):
            while True:
                request = channel.receive()
                if request.op == "root":
                    channel.send(Reply(number=request.number, value=[ROOT]))
                else:
                    self.answer(channel, request)

    def space(self):
        self.link.open()
        return Space(self.link, Policy.COPIES)


@pytest.fixture
def act():
    """Return a function that makes an acting box, closed in the end."""
    made = []
    yield lambda *args, **options: made.append(Acting(*args, **options)) or made[-1]
    for acting in made:
        acting.close()


def replying(**reply):
    return lambda channel, request: channel.send(Reply(**{"number": request.number, **reply}))


def shut(channel, request):
    channel.socket.shutdown(socket.SHUT_RDWR)


def garbage(channel, request):
    channel.socket.send(b"HTTP/1.1 200 OK\r\n\r\n")


def huge(channel, request):
    channel.socket.send(encode_header(200 * 1024 * 1024)[:4] + b"\xff\xff\xff\xff")


def twice(channel, request):
    reply = Reply(number=request.number, value=[1])
    channel.send_all([reply, reply])


TENSOR = Array("tensor", "float32", (1,), b"0000", -1)


@pytest.mark.parametrize(
    "answer",
    [
        replying(number=99, value=[1]),
        replying(value=[1, 2]),
        replying(value=[Items("list", 3), 1]),
        replying(value=[Known(5)]),
        replying(value=[Known(-5)]),
        replying(value=[Handle(4, "object", "X")]),
        replying(value=[Handle(0, "dtype", "Tensor")]),
        replying(value=[Handle(0, "device", "nowhere")]),
        replying(value=[Array("tensor", "float32", (2,), b"0000", -1)]),
        replying(value=[Array("tensor", "float32", (1,), b"0000", 7)]),
        replying(value=[Array("tensor", "float32", (1,), b"0000", -1, "cuda:0")]),
        replying(value=[Items("list", 2), TENSOR, TENSOR]),
        replying(value=[1], updates=(Update(ref=-3, array=TENSOR),)),
        replying(value=[1], entries=[1]),
        replying(value=[Handle(-2, "mapping", "dict")], entries=[1]),
        shut,
        garbage,
        huge,
    ],
)
def test_what_no_honest_session_says_ends_it(act, answer):
    acting = act(answer)
    space = acting.space()
    with pytest.raises(BoxEnded) as caught:
        space.module.f(1)
    assert caught.value.ending is not None
    assert acting.kills == ["closed"]
    assert not space.is_alive
    assert acting.link.broke is caught.value


def test_a_surplus_reply_is_caught_at_the_next_call(act):
    acting = act(twice)
    module = acting.space().module
    assert module.f() == 1
    with pytest.raises(BoxEnded):
        module.f()


def test_silence_costs_the_tests_budget_and_no_more(act):
    acting = act(lambda channel, request: None, test_seconds=0.3)
    module = acting.space().module
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert (caught.value.cause, caught.value.over) == ("timeout", Overdrawn(Breach.WALL, 0.3, "test"))
    assert acting.kills == ["timeout"]


def test_what_taking_answers_costs_us_is_the_submissions_time(act):
    now = [0.0]
    acting = act(replying(value=[1]), clock=lambda: now[0])
    module = acting.space().module
    acting.link.begin_test()
    with acting.link.taking():
        now[0] = 180.1
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert (caught.value.cause, caught.value.over.where) == ("timeout", "test")


def test_an_answer_that_is_there_before_it_was_asked_for_needs_time_as_well(act):
    def ahead(channel, request):
        channel.send_all([Reply(number=request.number + more, value=[1]) for more in range(3)])

    acting = act(ahead)
    module = acting.space().module
    acting.link.begin_test()
    assert module.f() == 1
    acting.link.spend(180.0, b"")
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert caught.value.cause == "timeout"


def test_a_session_that_stops_reading_is_a_timeout_too(act):
    acting = act(lambda channel, request: time.sleep(1), test_seconds=0.3)
    module = acting.space().module
    with pytest.raises(BoxEnded) as caught:
        module.f(["x" * 3_000_000] * 3)
    assert caught.value.cause == "timeout"


def growing(cpu, waited=0.0):
    """Return a meter that says so much more each time it is asked."""
    asked = count()
    return lambda: Used(cpu * (number := next(asked)), waited * number)


def test_a_silent_session_that_uses_cpu_ends_when_its_cpu_seconds_are_used_up(act):
    acting = act(lambda channel, request: None, test_seconds=0.5, used=growing(cpu=0.2))
    module = acting.space().module
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert (caught.value.cause, caught.value.over) == ("timeout", Overdrawn(Breach.CPU, 0.5, "test"))
    assert acting.kills == ["timeout"]


def test_a_silent_session_that_uses_none_ends_at_the_net(act):
    acting = act(lambda channel, request: None, test_seconds=0.1, used=growing(cpu=0.0))
    module = acting.space().module
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert (caught.value.cause, caught.value.over) == ("timeout", Overdrawn(Breach.WALL, 0.4, "test"))


def test_a_session_that_was_starved_is_no_fault_of_the_submission(act):
    acting = act(lambda channel, request: None, test_seconds=0.1, used=growing(cpu=1e-6, waited=10.0))
    module = acting.space().module
    with pytest.raises(BoxStarved, match="starved"):
        module.f()
    assert acting.kills == ["timeout"]


def test_a_meter_that_falls_silent_is_our_fault(act):
    acting = act(replying(value=[1]), used=growing(cpu=0.0))
    acting.space()
    acting.link.close()
    with pytest.raises(BoxLost):
        acting.link.begin_test()


def test_output_beyond_the_limit_is_a_flood(act):
    acting = act(lambda channel, request: os.write(acting.printing, b"x" * 101))
    module = acting.space().module
    with pytest.raises(BoxEnded) as caught:
        module.f()
    assert caught.value.cause == "output_limit"
    assert acting.link.take_output() == "x" * 100


def test_output_counts_per_function(act):
    def speak(channel, request):
        os.write(acting.printing, b"x" * 60)
        channel.send(Reply(number=request.number))

    acting = act(speak)
    module = acting.space().module
    module.f()
    acting.link.begin_function()
    module.f()
    with pytest.raises(BoxEnded):
        module.f()


def test_a_fresh_session_serves_after_a_break(act):
    acting = act(shut)
    with pytest.raises(BoxEnded):
        acting.space().module.f()
    acting.answer = replying(value=[7])
    assert acting.space().module.f() == 7


@pytest.mark.parametrize(
    ("opening", "error"),
    [
        (LoadFailed(code="syntax_error"), LoadRefused),
        (Ended(ending=Ending(how="signalled", number=9)), BoxEnded),
        (Ended(ending=Ending(how="lost", blame="us")), BoxLost),
        (Loaded(), BoxLost),
    ],
)
def test_no_session_can_be_had(act, opening, error):
    acting = act(shut, opening=opening)
    with pytest.raises(error):
        acting.link.open()


def test_a_box_that_is_gone_stays_gone(act):
    acting = act(shut, opening=Ended(ending=Ending(how="signalled", number=9)))
    for _ in range(2):
        with pytest.raises(BoxEnded) as caught:
            acting.link.open()
        assert caught.value.ending.number == 9


def test_losing_the_keeper_is_our_fault(act):
    acting = act(shut)
    module = acting.space().module
    acting.keeper.socket.shutdown(socket.SHUT_RDWR)
    with pytest.raises(BoxLost):
        module.f()


def test_an_ending_that_is_our_fault_is_not_the_students(act):
    acting = act(shut, ending=Ending(how="lost", blame="us", why="the node is full"))
    with pytest.raises(BoxLost, match="the node is full"):
        acting.space().module.f()


def test_a_dead_sessions_last_words_are_kept(connect):
    link, space = connect(SAMPLE)
    with pytest.raises(BoxEnded) as caught:
        space.module.die(7)
    assert (caught.value.ending.how, caught.value.ending.number) == ("exited", 7)
    link.open()
    assert Space(link, Policy.COPIES).module.echo(3) == 3
