"""Frames: a fixed header with the payload's length, then the payload.

The header is judged before a byte of the payload is read, so a peer can't make us reserve memory
by announcing a length. Layout: 4 bytes magic, 4 bytes little-endian payload length.
"""

import struct

from worker.wire.errors import WireError

MAGIC = b"CRW1"
HEADER = struct.Struct("<4sI")
FRAME_LIMIT_BYTES = 256 * 1024 * 1024


def encode_header(payload_bytes: int, limit_bytes: int = FRAME_LIMIT_BYTES) -> bytes:
    """Return the header of a payload; raises WireError when the payload is over the limit."""
    if payload_bytes > limit_bytes:
        raise WireError(f"a message of {payload_bytes} bytes is over the limit of {limit_bytes}")
    return HEADER.pack(MAGIC, payload_bytes)


def decode_header(header: bytes | bytearray | memoryview, limit_bytes: int = FRAME_LIMIT_BYTES) -> int:
    """Return the payload's length; raises WireError for foreign magic or a length over the limit."""
    if len(header) < HEADER.size:
        raise WireError(f"a header has {HEADER.size} bytes, not {len(header)}")
    magic, payload_bytes = HEADER.unpack_from(header)
    if magic != MAGIC:
        raise WireError(f"not a frame of this protocol (magic {magic!r})")
    if payload_bytes > limit_bytes:
        raise WireError(f"a message of {payload_bytes} bytes is over the limit of {limit_bytes}")
    return int(payload_bytes)
