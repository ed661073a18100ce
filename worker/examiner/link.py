"""One grading's line to the box: the keeper's channel, the session's channel, the session's output.

Every wait has a deadline. A session that does not answer in time, floods its output or breaks the
protocol is killed; the keeper then says how it ended, the call raises BoxEnded, and the next test
gets a fresh session. Losing the keeper is our fault and raises BoxLost.
"""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from worker.examiner.budget import Budget
from worker.examiner.errors import BoxEnded, BoxLost, BoxStarved, WrongArgument
from worker.examiner.keeper_line import STUDENT, KeeperLine, ended, nobody
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, ChannelTimeout, TooLarge, WireError
from worker.wire.limits import REPLY_ARRAY_LIMIT_BYTES, REPLY_VALUE_LIMIT_BYTES
from worker.wire.message import (
    Caught,
    Ended,
    Ending,
    Kill,
    Loaded,
    Open,
    Opened,
    Reply,
    Request,
    Running,
)
from worker.wire.metering import Breach

READ_BYTES = 4 * 1024
CAUGHT_LIMIT = 20
TOO_LARGE = "too_large"
STARVED = "starved"
ENDINGS = frozenset({"timeout", "output_limit"})
NO_PROCESSOR = "starved: others kept the submission from a processor for most of its time by the clock"
REPLY_LIMIT_BYTES = REPLY_ARRAY_LIMIT_BYTES + REPLY_VALUE_LIMIT_BYTES


class Flood(Exception):
    """The session has printed more than it may."""


@dataclass(frozen=True)
class LinkLimits:
    """CPU seconds for a test, the whole exam and loading; bytes of output per function."""

    test_seconds: float = 5.0
    total_seconds: float = 60.0
    output_bytes: int = 64 * 1024
    import_seconds: float = 10.0


@dataclass
class Session:
    """The open session: its channel, and the read end of its output pipe."""

    channel: Channel[Reply]
    output: int

    def close(self) -> None:
        """Close both."""
        self.channel.close()
        os.close(self.output)


class Link:
    """The examiner's only way to the box.

    ``generation`` counts sessions: an object belongs to the generation it came from.
    ``broke`` is how the session broke in the test that runs now, if it did, and ``answered_bytes`` how
    much it has answered in that.
    """

    def __init__(
        self, keeper: socket.socket, limits: LinkLimits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keeper = KeeperLine(keeper, clock)
        self._limits = limits
        self._budget = Budget(limits.test_seconds, limits.total_seconds, clock)
        self._session: Session | None = None
        self._loaded: Loaded | None = None
        self._lent = False
        self._number = 0
        self._output = bytearray()
        self._function_bytes = 0
        self._caught: list[Caught] = []
        self.generation = 0
        self.broke: BoxEnded | None = None
        self.answered_bytes = 0

    def load(self, running: Callable[[Running], None] = nobody) -> Loaded:
        """Have the file imported and a first session opened; raises LoadRefused, BoxEnded or BoxLost.

        running: called with each cell of a notebook as it begins
        """
        if self._loaded is None:
            # The keeper has the import's own deadline; ours only notices a keeper that is stuck. It may
            # have said that loading failed, and gone, before we were there to ask for anything.
            seconds = patience.examiner_load(self._limits.import_seconds)
            self._loaded = self._keeper.expect(Loaded, seconds, running)
            if self._loaded.metered:
                self._budget.attach(self._keeper.take_meter())
            self._take_session()
        return self._loaded

    def open(self) -> None:
        """Make sure that a session is open; raises as ``load`` does."""
        self.load()
        if self._keeper.gone is not None:
            raise ended(self._keeper.gone)
        if self._session is None:
            self._take_session()

    @property
    def is_open(self) -> bool:
        """Whether a session is open now."""
        return self._session is not None

    @property
    def budget(self) -> Budget:
        """What the submission may still use."""
        return self._budget

    def begin_test(self) -> None:
        """Give the next calls a test's budget."""
        if self._keeper.gone is None:
            self._budget.begin_test()
        self.broke = None
        self.answered_bytes = 0

    def begin_function(self) -> None:
        """Count output from zero again."""
        self._function_bytes = 0

    def take_output(self) -> str:
        """Return what was printed since the last call of this."""
        printed = self._output.decode(errors="replace")
        self._output.clear()
        return printed

    def take_caught(self) -> tuple[Caught, ...]:
        """Return what the autograd trap caught since the last call of this."""
        caught, self._caught = tuple(self._caught), []
        return caught

    def request_number(self) -> int:
        """Return the number for the next request."""
        self._number += 1
        return self._number

    def call(self, request: Request) -> Reply:
        """Send one request and return its reply.

        Raises BoxEnded or BoxLost, and TypeError when the test's own arguments are too large.
        """
        session = self._session
        if session is None:
            raise BoxLost("a call without a session")
        if self._budget.overdrawn():  # an answer may be there before it was asked for
            raise self.break_off("timeout")
        cause = ""
        with self._budget.waiting(of_test=True):
            try:
                self._send(session, request, self._budget.wall_left)
                reply = self._receive(session)
            except ChannelTimeout:
                cause = "timeout"
            except Flood:
                cause = "output_limit"
            except ChannelClosed:
                cause = "closed"
            except (TooLarge, MemoryError):
                cause = TOO_LARGE
            except WireError:
                cause = "protocol"
        if cause:
            raise self.break_off(cause)
        if reply.number != request.number:
            raise self.refuse()
        self._caught += reply.caught[: CAUGHT_LIMIT - len(self._caught)]
        self.answered_bytes += session.channel.message_bytes
        return reply

    def _receive(self, session: Session) -> Reply:
        """Return the reply; raises ChannelTimeout once the budget is used up."""
        while True:
            try:
                return session.channel.receive(seconds=self._budget.look_seconds())
            except ChannelTimeout:
                if self._budget.overdrawn():
                    raise

    def _send(self, session: Session, request: Request, seconds: float) -> None:
        try:
            session.channel.send(request, seconds=seconds)
        except (TooLarge, MemoryError) as error:
            self.end_session()
            raise WrongArgument(f"the arguments can't be given to the submission: {error}") from None

    def taking(self) -> contextlib.AbstractContextManager[None]:
        """Count what is done meanwhile as the box's time: how long an answer takes us is the box's choice."""
        return self._budget.taking()

    def refuse_size(self) -> BoxEnded:
        """Break off with a session whose answer is larger than what can be taken."""
        return self.break_off(TOO_LARGE)

    def refuse(self) -> BoxEnded:
        """Break off with a session that said what no honest session says."""
        return self.break_off("protocol")

    def spend(
        self, seconds: float, output: bytes, caught: tuple[Caught, ...] = (), own_seconds: float = 0.0
    ) -> None:
        """Count what a lent session has used elsewhere, and keep what it printed and what was caught.

        seconds: waited for it by the clock; own_seconds: CPU that its answers cost.
        """
        self._caught += caught[:CAUGHT_LIMIT]
        self._budget.spend(seconds, own_seconds)
        self._output += output
        self._function_bytes += len(output)

    @property
    def printed(self) -> bytes:
        """Output not yet taken."""
        return bytes(self._output)

    def end_session(self) -> None:
        """Close the session in good order, so that the next test gets a fresh one."""
        if self._session is not None:
            self._kill("closed")

    def close(self) -> None:
        """Hang up on both; the keeper then kills the box."""
        if self._session is not None:
            self._session.close()
            self._session = None
        self._keeper.close()

    def break_off(self, cause: str) -> BoxEnded:
        """Kill the session for this cause and return the exception to raise; raises BoxStarved itself."""
        over = self._budget.nearest()
        if cause == "timeout" and over.breach is Breach.STARVED:
            cause = STARVED
        reason = "timeout" if cause == STARVED else cause if cause in ENDINGS else "closed"
        ending = Ending(how=reason) if self._lent else self._kill(reason)
        self.broke = BoxEnded(ending, cause, over)
        if cause == STARVED and not self._lent:
            raise BoxStarved(NO_PROCESSOR)
        return self.broke

    def lend(self) -> None:
        """In a fork that borrows the session: from now on break off without telling the keeper.

        The process that lent it tells, and counts with ``spend`` what was used.
        """
        self._lent = True

    def _kill(self, how: str) -> Ending:
        session = self._session
        self._session = None
        try:
            with self._budget.waiting(of_test=False):
                self._keeper.tell(Kill(how=how))
                ending = self._keeper.expect(Ended, patience.examiner_answer()).ending
        finally:
            if session is not None:
                self._drain_rest(session)
                session.close()
        if ending.blame != STUDENT:
            raise ended(ending)
        return ending

    def _take_session(self) -> None:
        with self._budget.waiting(of_test=False):
            self._keeper.tell(Open())
            self._keeper.expect(Opened, patience.examiner_answer())
        connection, output = self._keeper.take_session()
        os.set_blocking(output, False)
        channel: Channel[Reply] = Channel(
            socket.socket(fileno=connection),
            Reply,
            incoming_bytes=REPLY_LIMIT_BYTES,
            value_bytes=REPLY_VALUE_LIMIT_BYTES,
        )
        self._session = Session(channel, output)
        self._session.channel.watch(output, self._drain)
        self.generation += 1

    def _drain(self) -> None:
        if self._session is not None:
            self._read_all(self._session)

    def _drain_rest(self, session: Session) -> None:
        """Keep what a dead session had printed, up to the limit."""
        with contextlib.suppress(Flood):
            self._read_all(session)

    def _read_all(self, session: Session) -> None:
        while self._read_output(session.output):
            pass

    def _read_output(self, descriptor: int) -> bool:
        """Read once; returns whether there may be more. Raises Flood beyond the limit."""
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return False
        room = self._limits.output_bytes - self._function_bytes
        self._output += data[: max(0, room)]
        self._function_bytes += len(data)
        if len(data) > room:
            raise Flood
        return len(data) == READ_BYTES
