"""The line to the keeper of a box: what it is told, and what it must say to that and when.

Whatever it says out of turn, and its silence, is a fault of ours and raises BoxLost.
"""

import socket
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from worker.examiner.errors import BoxEnded, BoxLost, BoxStarved, LoadRefused
from worker.wire import metering, patience
from worker.wire.channel import Channel
from worker.wire.errors import WireError
from worker.wire.message import Ended, Ending, FromKeeper, Kill, LoadFailed, Open, Running
from worker.wire.metering import Used

SESSION_DESCRIPTORS = 2
STUDENT = "student"
Expected = TypeVar("Expected")


def nobody(running: Running) -> None:
    """Tell nobody of a cell that begins."""


class KeeperLine:
    """The keeper's channel. ``gone`` is how the box as a whole has ended, once it has."""

    def __init__(self, keeper: socket.socket, clock: Callable[[], float]) -> None:
        self._channel: Channel[FromKeeper] = Channel(keeper, FromKeeper, descriptors=True)
        self._clock = clock
        self._meter: socket.socket | None = None
        self.gone: Ending | None = None

    def close(self) -> None:
        """Hang up; the keeper then kills the box."""
        self._channel.close()
        if self._meter is not None:
            self._meter.close()

    def tell(self, message: Open | Kill) -> None:
        """Send one message; raises BoxLost when the keeper does not take it."""
        try:
            self._channel.send(message, seconds=patience.SEND)
        except WireError as error:
            raise BoxLost(f"the keeper does not listen: {error}") from None

    def expect(
        self, kind: type[Expected], seconds: float, running: Callable[[Running], None] = nobody
    ) -> Expected:
        """Return the next message, which must be of this kind.

        running: called with each cell of a notebook that begins meanwhile

        Raises LoadRefused and BoxEnded when it says these instead, BoxLost for anything else.
        """
        until = self._clock() + seconds
        while True:
            try:
                answer = self._channel.receive(seconds=until - self._clock())
            except WireError as error:
                raise BoxLost(f"the keeper does not answer: {error}") from None
            if not isinstance(answer, Running):
                break
            running(answer)
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, LoadFailed):
            raise LoadRefused(answer)
        if isinstance(answer, Ended):
            # In place of a session: the box as a whole is gone, and no session will come any more.
            self.gone = answer.ending
            raise ended(answer.ending)
        raise BoxLost(f"the keeper said {type(answer).__name__} out of turn")

    def take_meter(self) -> Callable[[], Used]:
        """Return what tells how much the box has used; raises BoxLost when it came without one."""
        try:
            (descriptor,) = self._channel.take_descriptors(1)
        except WireError as error:
            raise BoxLost(str(error)) from None
        self._meter = socket.socket(fileno=descriptor)
        return partial(_ask, self._meter)

    def take_session(self) -> tuple[int, int]:
        """Return the descriptors that came with a session: its connection and its output."""
        try:
            connection, output = self._channel.take_descriptors(SESSION_DESCRIPTORS)
        except WireError as error:
            raise BoxLost(str(error)) from None
        return connection, output


def _ask(meter: socket.socket) -> Used:
    try:
        return metering.ask(meter)
    except WireError as error:
        raise BoxLost(str(error)) from None


def ended(ending: Ending) -> BoxEnded | BoxLost:
    """Return the exception that says whose fault an ending is."""
    if ending.blame != STUDENT:
        return lost(ending, f"{ending.how}: {ending.why}")
    return BoxEnded(ending, "closed")


def lost(ending: Ending, otherwise: str) -> BoxLost:
    """Return the exception for an ending that is our fault."""
    if ending.how == "starved":
        return BoxStarved(f"starved: {ending.why}")
    return BoxLost(ending.why or otherwise)
