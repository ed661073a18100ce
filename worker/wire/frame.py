"""Frames: a fixed header with the payload's length, then the payload.

The header is judged before a byte of the payload is read, so a peer can't make us reserve memory
by announcing a length. Layout: 4 bytes magic, 4 bytes little-endian payload length.
A payload that is large may be so by the contents of arrays only; that is judged before it is decoded.
"""

import struct

from worker.wire.errors import TooLarge, WireError
from worker.wire.limits import FRAME_LIMIT_BYTES

MAGIC = b"CRW1"
HEADER = struct.Struct("<4sI")
# How many bytes follow that are no token of their own, for each first byte of msgpack: a fixed number …
_FIXED = {0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_FIXED |= {0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_FIXED |= {first: first & 0x1F for first in range(0xA0, 0xC0)}
# … or one that is told in so many bytes.
_BINARY = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSION = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_TOLD = _BINARY | _EXTENSION | {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BYTES_OBJECT = 32
"""What each piece of binary counts for besides its contents, however small they are."""


def encode_header(payload_bytes: int, limit_bytes: int = FRAME_LIMIT_BYTES) -> bytes:
    """Return the header of a payload; raises TooLarge when the payload is over the limit."""
    if payload_bytes > limit_bytes:
        raise TooLarge(f"a message of {payload_bytes} bytes is over the limit of {limit_bytes}")
    return HEADER.pack(MAGIC, payload_bytes)


def decode_header(header: bytes | bytearray | memoryview, limit_bytes: int = FRAME_LIMIT_BYTES) -> int:
    """Return the payload's length; raises WireError for foreign magic, TooLarge for one over the limit."""
    if len(header) < HEADER.size:
        raise WireError(f"a header has {HEADER.size} bytes, not {len(header)}")
    magic, payload_bytes = HEADER.unpack_from(header)
    if magic != MAGIC:
        raise WireError(f"not a frame of this protocol (magic {magic!r})")
    if payload_bytes > limit_bytes:
        raise TooLarge(f"a message of {payload_bytes} bytes is over the limit of {limit_bytes}")
    return int(payload_bytes)


def check_values(payload: memoryview, limit_bytes: int) -> None:
    """Raise TooLarge when more than so many bytes of a payload are something else than contents of arrays.

    Looks at each token of the msgpack once and builds nothing. What is no msgpack is left to the decoder.
    """
    at, arrays, end = 0, 0, len(payload)
    while at < end:
        first = payload[at]
        told = _TOLD.get(first, 0)
        following = int.from_bytes(payload[at + 1 : at + 1 + told], "big") if told else _FIXED.get(first, 0)
        if first in _BINARY:
            arrays += following - _BYTES_OBJECT
        at += 1 + told + following + (first in _EXTENSION)  # whose kind is a byte of its own
        if at - arrays > limit_bytes:
            raise TooLarge(f"numbers, text and lists of more than {limit_bytes} bytes in one message")
