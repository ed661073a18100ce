"""What a box prints, drained from outside and capped."""

import os

_READ_BYTES = 64 * 1024


class Capture:
    """Collects from the read end of a pipe up to a limit; the pipe belongs to someone else."""

    def __init__(self, descriptor: int, limit_bytes: int, capped: bool = True) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._limit_bytes = limit_bytes
        self._capped = capped
        self._data = bytearray()
        self._count_bytes = 0

    def drain(self) -> bool:
        """Read what is there; returns False once more than the limit was printed."""
        while True:
            try:
                data = os.read(self._descriptor, _READ_BYTES)
            except BlockingIOError:
                return True
            if not data:
                return True
            self._count_bytes += len(data)
            self._data += data[: max(0, self._limit_bytes - len(self._data))]
            if self._capped and self._count_bytes > self._limit_bytes:
                return False

    def text(self) -> str:
        """Return what was printed, bytes that are not UTF-8 replaced."""
        return self._data.decode(errors="replace")
