"""Notes from where something was called that the autograd trap has closed.

The trap calls ``note`` before it raises, so a call counts although its exception is caught, whatever
it is hidden behind, in whichever thread. It is a witness for a verdict and no wall: it lives in the
box, where a determined student could silence it, and would have no gradient for the trouble.
"""

import sys
from typing import NamedTuple

CALL_LIMIT = 20
DEPTH_LIMIT = 1000


class Place(NamedTuple):
    """A line that was running: its file, its number from 1, and the qualified name of its function."""

    file: str
    line: int
    function: str


class Witness:
    """What was called in this process, or in the one that it was forked from, since the last ``take``."""

    def __init__(self) -> None:
        self._calls: list[tuple[Place, ...]] = []

    def note(self) -> None:
        """Note who calls, the innermost first; never raises, for its caller may be machine code."""
        frame = sys._getframe(1) if len(self._calls) < CALL_LIMIT else None
        places: list[Place] = []
        while frame is not None and len(places) < DEPTH_LIMIT:
            places.append(Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname))
            frame = frame.f_back
        if places and tuple(places) not in self._calls:
            self._calls.append(tuple(places))

    def take(self) -> tuple[tuple[Place, ...], ...]:
        """Return the calls that were noted, at most CALL_LIMIT different ones, and forget them."""
        calls, self._calls = tuple(self._calls), []
        return calls
