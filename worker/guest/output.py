"""The student's standard output and error, which they may have put anything in the place of."""

import contextlib
import sys


def flush() -> None:
    """Push out what was printed, so that it arrives before our next word, whatever a stream raises.

    ``sys.stdout`` may be gone altogether, and its ``flush`` may end with an exit or an interrupt.
    """
    for name in ("stdout", "stderr"):
        with contextlib.suppress(BaseException):
            getattr(sys, name).flush()
