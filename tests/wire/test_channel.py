import os
import socket
import threading
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, ChannelTimeout, WireError
from worker.wire.exam import CaseDone, FromExaminer, ToExaminer
from worker.wire.frame import HEADER, MAGIC, decode_header, encode_header
from worker.wire.message import Ended, FromKeeper, Kill, Loaded, Open, Opened, Reply, Request, ToKeeper


@pytest.fixture
def ends():
    a, b = socket.socketpair()
    with a, b:
        yield a, b


def pair(ends, incoming=ToKeeper, **options):
    return Channel(ends[0], FromKeeper, descriptors=True), Channel(ends[1], incoming, **options)


def test_messages_arrive_in_order(ends):
    examiner, keeper = pair(ends)
    examiner.send(Open())
    examiner.send(Kill(how="timeout"))
    assert keeper.receive(seconds=60) == Open()
    assert keeper.receive(seconds=60) == Kill(how="timeout")


def test_a_message_in_pieces(ends):
    payload = msgspec.msgpack.encode(Open())
    keeper = Channel(ends[1], ToKeeper)
    for byte in encode_header(len(payload)) + payload:
        ends[0].send(bytes([byte]))
        assert byte is not None
    assert keeper.receive(seconds=60) == Open()


def test_large_messages_both_ways(ends):
    examiner, keeper = pair(ends)
    big = Loaded(output="x" * 3_000_000)
    sender = threading.Thread(target=lambda: keeper.send(big, seconds=180))
    sender.start()
    assert examiner.receive(seconds=180) == big
    sender.join()


def test_silence_is_a_timeout(ends):
    _, keeper = pair(ends)
    with pytest.raises(ChannelTimeout):
        keeper.receive(seconds=0.02)


def test_a_peer_that_does_not_read_cannot_hold_the_sender(ends):
    _, keeper = pair(ends)
    with pytest.raises(ChannelTimeout):
        keeper.send(Loaded(output="x" * 5_000_000), seconds=0.05)


def test_the_end_of_the_stream(ends):
    examiner, keeper = pair(ends)
    examiner.close()
    with pytest.raises(ChannelClosed):
        keeper.receive(seconds=60)
    with pytest.raises(ChannelClosed):
        keeper.send(Loaded())


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        HEADER.pack(MAGIC, 2**32 - 1),
        HEADER.pack(b"CRW2", 1) + b"\x80",
        HEADER.pack(MAGIC, 1) + b"\xc1",
        encode_header(7) + b"\x81\xa4type",
        encode_header(19) + b"\x81\xa4type\xaaLoadFailedX"[:19].ljust(19, b"\0"),
    ],
)
def test_foreign_bytes_are_wire_errors(ends, data):
    _, keeper = pair(ends)
    ends[0].sendall(data)
    with pytest.raises(WireError):
        keeper.receive(seconds=0.1)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "Kill", "how": "x", "more": 1},
        {"type": "Kill", "how": 3},
        {"type": "Reply", "number": 1},
        {"type": "Nothing"},
        {"how": "x"},
        [1, 2],
        None,
    ],
)
def test_what_is_not_exactly_a_message_is_refused(ends, message):
    _, keeper = pair(ends)
    payload = msgspec.msgpack.encode(message)
    ends[0].sendall(encode_header(len(payload)) + payload)
    with pytest.raises(WireError):
        keeper.receive(seconds=60)


@pytest.mark.parametrize("incoming", [ToKeeper, FromKeeper, ToExaminer, FromExaminer, Request, Reply])
@given(data=st.binary(max_size=300))
def test_any_payload_gives_a_message_or_a_wire_error(incoming, data):
    a, b = socket.socketpair()
    with a, Channel(b, incoming) as channel:
        a.sendall(encode_header(len(data)) + data)
        try:
            channel.receive(seconds=0.5)
        except WireError:
            return


@given(st.binary(max_size=40))
def test_any_header_is_a_length_or_a_wire_error(data):
    try:
        assert 0 <= decode_header(data, 1000) <= 1000
    except WireError:
        return


def test_a_frame_over_the_limit_is_not_sent(ends):
    keeper = Channel(ends[1], ToKeeper, limit_bytes=100)
    with pytest.raises(WireError):
        keeper.send(Loaded(output="x" * 200))


def test_deeply_nested_payloads_do_not_exhaust_the_stack(ends):
    _, keeper = pair(ends)
    payload = b"\x91" * 200_000 + b"\x01"
    ends[0].sendall(encode_header(len(payload)) + payload)
    with pytest.raises(WireError):
        keeper.receive(seconds=60)


def test_descriptors_travel_with_their_message(ends):
    examiner, keeper = pair(ends)
    reading, writing = os.pipe()
    keeper.send(Opened(), descriptors=(reading,))
    os.close(reading)
    assert examiner.receive(seconds=60) == Opened()
    (taken,) = examiner.take_descriptors(1)
    os.write(writing, b"x")
    assert os.read(taken, 1) == b"x"
    os.close(taken)
    os.close(writing)
    with pytest.raises(WireError):
        examiner.take_descriptors(1)


def test_descriptors_are_dropped_where_none_are_wanted(ends):
    session = Channel(ends[1], ToKeeper)
    reading, writing = os.pipe()
    Channel(ends[0], FromKeeper).send(Open(), descriptors=(writing,))
    os.close(writing)
    assert session.receive(seconds=60) == Open()
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_untaken_descriptors_are_closed_with_the_channel(ends):
    examiner, keeper = pair(ends)
    reading, writing = os.pipe()
    keeper.send(Opened(), descriptors=(writing,))
    examiner.receive(seconds=60)
    os.close(writing)
    examiner.close()
    assert os.read(reading, 1) == b""
    os.close(reading)


def test_what_is_watched_is_served_while_waiting(ends):
    examiner, _ = pair(ends)
    reading, writing = os.pipe()
    os.write(writing, b"ab")
    seen = []
    examiner.watch(reading, lambda: seen.append(os.read(reading, 1)))
    with pytest.raises(ChannelTimeout):
        examiner.receive(seconds=1.0)
    assert seen == [b"a", b"b"]
    os.close(reading)
    os.close(writing)


def test_every_field_of_a_case_travels(ends):
    done = CaseDone(
        id="a",
        name="b",
        function="c",
        verdict="passed",
        code="ok",
        values={"index": [1, 2], "x": None},
        output="σ",
    )
    Channel(ends[0], ToExaminer).send(done)
    assert Channel(ends[1], FromExaminer).receive(seconds=60) == done
    assert Ended is not None


class Trickling:
    """A socket with always one more byte to read, up to a second and more."""

    def __init__(self, readable):
        self._readable = readable
        self._bytes = iter((encode_header(4096), *[b"x"] * 1500))

    def setblocking(self, flag):
        assert not flag

    def fileno(self):
        return self._readable.fileno()

    def recv(self, most):
        time.sleep(0.001)
        return next(self._bytes, b"")

    def close(self):
        self._readable.close()


def test_message_that_trickles_has_no_more_time_than_one_that_does_not_come(ends):
    ends[1].send(b"x")  # and is never read, so that poll finds something each time
    with Channel(Trickling(ends[0]), Kill) as channel, pytest.raises(ChannelTimeout):
        channel.receive(seconds=0.1)
