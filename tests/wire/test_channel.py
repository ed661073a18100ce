"""Messages over a real socket: any bytes give a message or a WireError, and nobody waits for ever."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, ChannelTimeout, WireError
from worker.wire.frame import FRAME_LIMIT_BYTES, HEADER, MAGIC, decode_header, encode_header
from worker.wire.message import Hello, Kill, Message, Open, Reply, Request, ToKeeper
from worker.wire.value import Array

SOON = 0.05
ENOUGH = 5.0


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two connected sockets."""
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def reply_from(data: bytes) -> Message:
    """Return the reply that a peer who sends these bytes and hangs up has sent."""
    left, right = socket.socketpair()
    with closing(Channel[Reply](right, Reply)) as channel:
        with left:
            left.sendall(data)
        return channel.receive(seconds=ENOUGH)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_message_or_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError):
        reply_from(data)


@given(st.binary(max_size=200))
def test_any_payload_gives_a_message_or_a_wire_error(payload: bytes) -> None:
    try:
        message = reply_from(encode_header(len(payload)) + payload)
    except WireError:
        return
    assert isinstance(message, Reply)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(), st.text(), st.binary()
    ),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)
FIELDS = st.sampled_from(["type", "number", "value", "raised", "updates", "ambient", "other"])


@given(st.dictionaries(FIELDS, st.one_of(JSON, st.sampled_from(["Reply", "Request", 0, 1]))))
def test_any_well_formed_payload_gives_a_message_or_a_wire_error(content: dict[str, object]) -> None:
    try:
        payload = msgspec.msgpack.encode(content)
    except UnicodeEncodeError:
        return
    try:
        message = reply_from(encode_header(len(payload)) + payload)
    except WireError:
        return
    assert isinstance(message, Reply)


def test_deep_nesting_is_refused() -> None:
    payload = msgspec.msgpack.encode({"type": "Reply", "number": 1})[:-1] + b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(WireError):
        reply_from(encode_header(len(payload)) + payload)


def test_a_length_over_the_limit_is_refused_from_the_header_alone() -> None:
    with pytest.raises(WireError, match="over the limit"):
        reply_from(HEADER.pack(MAGIC, FRAME_LIMIT_BYTES + 1))
    with pytest.raises(WireError, match="over the limit"):
        encode_header(FRAME_LIMIT_BYTES + 1)
    with pytest.raises(WireError, match="header has 8 bytes"):
        decode_header(b"CRW1")


def test_messages_arrive_in_order_and_whole(ends: tuple[socket.socket, socket.socket]) -> None:
    sender, receiver = Channel[Reply](ends[0], Reply), Channel[Request](ends[1], Request)
    large = Array("tensor", "uint8", (3_000_000,), bytes(3_000_000))
    requests = [Request(number=n, op="call", target=n, arguments=[large, n, "x"]) for n in range(3)]

    def send() -> None:
        for request in requests:
            sender.send(request, seconds=ENOUGH)

    thread = threading.Thread(target=send)
    thread.start()
    received = [receiver.receive(seconds=ENOUGH) for _ in requests]
    thread.join()
    assert received == requests


def test_a_message_of_another_type_is_refused(ends: tuple[socket.socket, socket.socket]) -> None:
    Channel[Reply](ends[0], Reply).send(Hello())
    with pytest.raises(WireError, match="decoded"):
        Channel[ToKeeper](ends[1], ToKeeper).receive(seconds=ENOUGH)


def test_silence_ends_at_the_deadline(ends: tuple[socket.socket, socket.socket]) -> None:
    with pytest.raises(ChannelTimeout):
        Channel[Reply](ends[0], Reply).receive(seconds=SOON)


def test_a_peer_that_sends_half_a_message_is_not_waited_for(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    ends[0].sendall(HEADER.pack(MAGIC, 100) + b"half")
    with pytest.raises(ChannelTimeout):
        Channel[Reply](ends[1], Reply).receive(seconds=SOON)


def test_a_peer_that_does_not_read_is_not_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    channel = Channel[Reply](ends[0], Reply)
    flood = Request(number=1, op="x", target=1, arguments=[Array("tensor", "uint8", (1,), bytes(9_000_000))])
    with pytest.raises(ChannelTimeout):
        channel.send(flood, seconds=SOON)


def test_a_peer_that_hung_up_is_named_so(ends: tuple[socket.socket, socket.socket]) -> None:
    ends[1].close()
    channel = Channel[Reply](ends[0], Reply)
    with pytest.raises(ChannelClosed):
        channel.receive(seconds=ENOUGH)
    with pytest.raises(ChannelClosed):
        channel.send(Hello(), seconds=ENOUGH)


def test_descriptors_travel_with_their_message(ends: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = os.pipe()
    Channel[Reply](ends[0], Reply).send(Kill(how="closed"), descriptors=(writer,))
    os.close(writer)
    with closing(Channel[ToKeeper](ends[1], ToKeeper, descriptors=True)) as channel:
        assert channel.receive(seconds=ENOUGH) == Kill(how="closed")
        (passed,) = channel.take_descriptors(1)
        os.write(passed, b"through")
        os.close(passed)
        with pytest.raises(WireError, match="1 descriptors"):
            channel.take_descriptors(1)
    assert os.read(reader, 20) == b"through"
    os.close(reader)


def test_descriptors_that_nobody_asked_for_are_dropped(ends: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = os.pipe()
    Channel[Reply](ends[0], Reply).send(Open(), descriptors=(writer,))
    os.close(writer)
    assert Channel[ToKeeper](ends[1], ToKeeper).receive(seconds=ENOUGH) == Open()
    assert os.read(reader, 20) == b"", "the other end is still open somewhere"
    os.close(reader)


def test_descriptors_that_were_not_taken_are_closed_with_the_channel(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    reader, writer = os.pipe()
    Channel[Reply](ends[0], Reply).send(Open(), descriptors=(writer,))
    os.close(writer)
    with closing(Channel[ToKeeper](ends[1], ToKeeper, descriptors=True)) as channel:
        channel.receive(seconds=ENOUGH)
    assert os.read(reader, 20) == b""
    os.close(reader)


def test_a_message_that_was_read_along_with_another_is_known_to_be_there(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    sender, receiver = Channel[Reply](ends[0], Reply), Channel[ToKeeper](ends[1], ToKeeper)
    assert not receiver.buffered
    sender.send(Open())
    sender.send(Kill())
    assert receiver.receive(seconds=ENOUGH) == Open()
    assert receiver.buffered
    assert receiver.receive(seconds=ENOUGH) == Kill()
    assert not receiver.buffered


def test_others_are_served_while_waiting(ends: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"printed")
    os.close(writer)
    drained = bytearray()
    channel = Channel[Reply](ends[0], Reply)
    with pytest.raises(ChannelTimeout):
        channel.receive(seconds=SOON, watch={reader: lambda: drained.extend(os.read(reader, 100))})
    os.close(reader)
    assert drained == b"printed"
