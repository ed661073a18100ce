"""A stream socket that sends and receives messages.

Every wait has a deadline, on the writing side too: a peer that stops reading can't hold us.
Descriptors are taken only where the caller says so; from a session none ever is (a plain ``recv``
makes the kernel drop what is attached).
"""

import array
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from functools import cache
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import msgspec

from worker.wire.errors import ChannelClosed, ChannelTimeout, WireError
from worker.wire.frame import HEADER, check_values, decode_header, encode_header
from worker.wire.limits import FRAME_LIMIT_BYTES
from worker.wire.message import Message

Incoming = TypeVar("Incoming")
READ_BYTES = 16 * 1024
"""Most messages fit; a buffer that malloc maps again for each read costs more than reading twice."""

LARGE_READ_BYTES = 1024 * 1024
DESCRIPTORS_PER_READ = 16


@cache
def decoder_of(incoming: Hashable) -> msgspec.msgpack.Decoder[Any]:
    """Return the decoder of a struct or union of structs, the same for every channel.

    Making one looks at every type in it: a process that forks makes it before, for all its children.
    """
    return msgspec.msgpack.Decoder(incoming)


class Channel(Generic[Incoming]):
    """Messages over a connected stream socket, which the channel owns.

    incoming        the struct or union of structs that may be received
    descriptors     whether passed descriptors are accepted
    limit_bytes     of a message, in either direction
    incoming_bytes  of a received message, if that is less
    value_bytes     of a received message without the contents of arrays, if that is less

    ``message_bytes`` is the size of the last message received.
    """

    def __init__(
        self,
        connection: socket.socket,
        incoming: Hashable,
        *,
        descriptors: bool = False,
        limit_bytes: int = FRAME_LIMIT_BYTES,
        incoming_bytes: int | None = None,
        value_bytes: int | None = None,
    ) -> None:
        connection.setblocking(False)
        self.socket = connection
        self._decoder = decoder_of(incoming)
        self._encoder = msgspec.msgpack.Encoder()
        self._descriptors = descriptors
        self._limit_bytes = limit_bytes
        self._incoming_bytes = limit_bytes if incoming_bytes is None else incoming_bytes
        self._value_bytes = self._incoming_bytes if value_bytes is None else value_bytes
        self.message_bytes = 0
        self._buffer = bytearray()
        self._received: deque[int] = deque()
        self._watched: dict[int, Callable[[], None]] = {}
        self._incoming = self._poll(select.POLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fileno(self) -> int:
        """Return the socket's descriptor, for poll."""
        return self.socket.fileno()

    @property
    def buffered(self) -> bool:
        """Whether a whole message has been read already, which no poll of the socket would tell."""
        return 0 < self._message_end() <= len(self._buffer)

    def watch(self, descriptor: int, serve: Callable[[], None]) -> None:
        """From now on call ``serve`` whenever this descriptor is readable while a message is waited for.

        What was written there before the message was sent is always served before the message is returned.
        """
        self._watched[descriptor] = serve
        self._incoming.register(descriptor, select.POLLIN)

    def close(self) -> None:
        """Close the socket and every descriptor that was passed and not taken."""
        self.socket.close()
        while self._received:
            os.close(self._received.popleft())

    def send(
        self, message: Message, *, seconds: float | None = None, descriptors: tuple[int, ...] = ()
    ) -> None:
        """Send one message; raises ChannelTimeout or ChannelClosed when the peer does not take it."""
        self._send(self._framed(message), seconds, descriptors)

    def send_all(self, messages: Sequence[Message], *, seconds: float | None = None) -> None:
        """Send several messages at once; raises as ``send`` does."""
        self._send(b"".join(map(self._framed, messages)), seconds, ())

    def _framed(self, message: Message) -> bytes:
        payload = self._encoder.encode(message)
        return encode_header(len(payload), self._limit_bytes) + payload

    def _send(self, frames: bytes, seconds: float | None, descriptors: tuple[int, ...]) -> None:
        data = memoryview(frames)
        until = _deadline(seconds)
        ancillary = (
            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
        )
        while data:
            try:
                sent = self.socket.sendmsg([data], ancillary, socket.MSG_NOSIGNAL)
            except BlockingIOError:
                if _is_over(until):
                    raise ChannelTimeout("not all was taken before the deadline") from None
                self._wait(self._poll(select.POLLOUT), until)
            except OSError as error:
                raise ChannelClosed(f"the other side is gone ({error.strerror})") from None
            else:
                data, ancillary = data[sent:], []

    def receive(self, *, seconds: float | None = None) -> Incoming:
        """Return the next message.

        Raises ChannelTimeout at the deadline, ChannelClosed at the end of the stream, TooLarge beyond the
        limits, WireError for what can't be decoded. A message that trickles in has no more time than one that
        doesn't come: after the deadline only what is there already is read.
        """
        until = _deadline(seconds)
        more = True
        while not 0 < (end := self._message_end()) <= len(self._buffer):
            if not more and _is_over(until):
                raise ChannelTimeout("no whole message came before the deadline")
            self._wait(self._incoming, until)
            more = self._read()
        try:
            message = self._decoded(end)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise WireError(f"a message could not be decoded: {error}") from None
        except UnicodeDecodeError:
            raise WireError("a message holds text that is not UTF-8") from None
        return message

    def take_descriptors(self, count: int) -> list[int]:
        """Return the first ``count`` descriptors passed so far; raises WireError if there are fewer."""
        if len(self._received) < count:
            raise WireError(f"{count} descriptors were announced, {len(self._received)} came")
        return [self._received.popleft() for _ in range(count)]

    def _message_end(self) -> int:
        """Return where in the buffer the next message ends, 0 before its header is there."""
        if len(self._buffer) < HEADER.size:
            return 0
        return HEADER.size + decode_header(self._buffer, self._incoming_bytes)

    def _decoded(self, end: int) -> Incoming:
        """Return the message that ends there in the buffer, and forget its bytes."""
        with memoryview(self._buffer) as buffer, buffer[HEADER.size : end] as payload:
            if len(payload) > self._value_bytes:
                check_values(payload, self._value_bytes)
            message: Incoming = self._decoder.decode(payload)
        del self._buffer[:end]
        self.message_bytes = end
        return message

    def _poll(self, events: int) -> select.poll:
        poll = select.poll()
        poll.register(self.socket, events)
        return poll

    def _wait(self, poll: select.poll, until: float | None) -> None:
        own = self.socket.fileno()
        while True:
            ready = poll.poll(_milliseconds_left(until))
            for descriptor, events in ready:
                if descriptor != own:
                    self._serve(descriptor, events)
            if any(descriptor == own for descriptor, _ in ready):
                return
            if until is not None and time.monotonic() >= until:
                raise ChannelTimeout("nothing came before the deadline")

    def _serve(self, descriptor: int, events: int) -> None:
        """Serve what is watched; at its end, which poll would tell again and again, for the last time."""
        if not events & select.POLLIN:
            self._incoming.unregister(descriptor)
        self._watched[descriptor]()

    def _read(self) -> bool:
        """Read once; returns whether more is likely to be there."""
        wanted = self._read_bytes()
        try:
            data = self._receive_some(wanted)
        except BlockingIOError:
            return False
        except OSError as error:
            raise ChannelClosed(f"the other side is gone ({error.strerror})") from None
        if not data:
            raise ChannelClosed("the other side closed the connection")
        self._buffer += data
        return len(data) == wanted

    def _read_bytes(self) -> int:
        # Within a large message more is sure to come.
        large = not self._descriptors and len(self._buffer) >= READ_BYTES
        return LARGE_READ_BYTES if large else READ_BYTES

    def _receive_some(self, most: int) -> bytes:
        if not self._descriptors:
            return self.socket.recv(most)
        size = array.array("i").itemsize * DESCRIPTORS_PER_READ
        data, ancillary, _, _ = self.socket.recvmsg(most, socket.CMSG_SPACE(size), socket.MSG_CMSG_CLOEXEC)
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                whole = len(content) // array.array("i").itemsize * array.array("i").itemsize
                self._received.extend(array.array("i", content[:whole]))
        return data


def _deadline(seconds: float | None) -> float | None:
    return None if seconds is None else time.monotonic() + seconds


def _is_over(until: float | None) -> bool:
    return until is not None and time.monotonic() >= until


def _milliseconds_left(until: float | None) -> int | None:
    if until is None:
        return None
    return max(0, int((until - time.monotonic()) * 1000) + 1)
