"""Forks that allocate side by side, and no more than they may.

What imports and collection have freed leaves thousands of holes all over malloc's heap. A fork that is
given memory out of them copies a whole page for each: a thousand pages in a grading, some three
milliseconds. With the holes taken, a fork gets its memory from the heap's end, piece beside piece.
"""

import ctypes
import resource
from pathlib import Path

LARGE_BYTES = (64 * 1024, 32 * 1024, 16 * 1024, 8 * 1024, 4 * 1024, 2 * 1024)
SMALL_BYTES = range(1032, 8, -16)
"""Up to here malloc keeps holes by their exact size."""


def fill_holes() -> None:
    """Take every hole in malloc's heap, for good; does nothing where the C library isn't glibc."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return
    malloc, free, sbrk = libc.malloc, libc.free, libc.sbrk
    malloc.argtypes, malloc.restype = (ctypes.c_size_t,), ctypes.c_size_t
    free.argtypes, free.restype = (ctypes.c_size_t,), None
    sbrk.argtypes, sbrk.restype = (ctypes.c_ssize_t,), ctypes.c_size_t
    libc.malloc_trim(0)  # from now on the heap ends where the last piece in use ends, to a page
    end = sbrk(0)
    for size in (*LARGE_BYTES, *SMALL_BYTES):
        while 0 < (piece := malloc(size)) < end:
            continue
        free(piece)


def limit(room_bytes: int) -> None:
    """Let this process and its children take so much memory on top of what they have."""
    most = _data_bytes() + room_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _data_bytes() -> int:
    """Return how much private memory this process could write to, which is what the limit counts."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    (line,) = (line for line in status.split("\n") if line.startswith("VmData:"))
    return int(line.split()[1]) * 1024
