"""Watches one box from outside: the only one who says how a process in it ended.

Theory of operation
-------------------
One keeper per connection, which is one grading. It is a thread of the porter, a small process
without torch in the zygote's outer wall that the box's processes can't see and are not forked from.

    1. Job: order a box (orders.py); its first process, the checkpoint, is pid 1 of a process
       namespace, so killing it ends everything in the box. Hand the Job on to it.
    2. Loading: wait for Findings and for Imported or ImportFailed, under the limit of the import, while
       the output of the import is drained up to the cap; pass on Running, which tells of a notebook's
       cells. Answer Loaded, with a meter, or LoadFailed, once.
    3. Serving: Open makes the checkpoint fork a session. Its process id is the kernel's word
       (SCM_CREDENTIALS on its first message). Answer Opened with the session's socket and its
       output's read end, or Ended when no session can be had any more. Every Opened is followed by
       exactly one Ended: when the session ends, when Kill asks for it, or with the whole box. Who holds the
       meter may ask at any time what the box has used; on a card nothing is metered.
    4. The other side hangs up, or the clock of the whole box runs out: kill the box, wait for its
       end, return. If the porter itself is lost, everything in the zygote ends.

What the checkpoint says after the student's code has run is a claim: frames are bounded, every wait
has a deadline, and a wrong word ends the box. The wait status of a session comes from the checkpoint
(its parent) and only serves to name a crash; that the session is gone is seen through its pidfd.
"""

import math
import select
import socket
import time

from worker.sandbox.enclosure import Box, name_of
from worker.sandbox.errors import SandboxError
from worker.sandbox.meter import BoxMeter, Meter, Unmetered, Watch
from worker.sandbox.orders import FAILURE
from worker.sandbox.output import Capture
from worker.sandbox.policy import Wall
from worker.sandbox.session import Session, SessionLate
from worker.sandbox.waiting import HungUp, wait
from worker.wire import metering, patience
from worker.wire.channel import Channel, decoder_of
from worker.wire.errors import ChannelTimeout, WireError
from worker.wire.message import (
    Ended,
    Ending,
    Findings,
    FromCheckpoint,
    Imported,
    ImportFailed,
    Job,
    Kill,
    Loaded,
    LoadFailed,
    Open,
    Opened,
    Running,
    ToKeeper,
    Values,
)
from worker.wire.metering import Breach, Limit

NO_WAIT = -1.0
LOST = "box_lost"
STARVED = "others kept the submission from a processor for most of the time that it had by the clock"
# A notebook has fewer; what says more of them is no checkpoint of ours.
CELL_LIMIT = 2_000
NOTEBOOK = ".ipynb"
# What a checkpoint may say of a file that it can't import; the rest is said from outside, or a wrong word.
REFUSALS = frozenset(
    "encoding entry_missing import_crashed import_raised no_notebook out_of_memory syntax_error too_large "
    "unwritable".split()
)
_CRASHES = {"exited": "exit", "signalled": "signal"}


def prepare() -> None:
    """Build once what every keeper needs: msgspec reads the annotations of a struct only once."""
    for incoming in (ToKeeper, FromCheckpoint):
        decoder_of(incoming)


def keep(connection: socket.socket, queue: socket.socket, walls: frozenset[Wall]) -> None:
    """Serve one grading over ``connection``, with boxes ordered over ``queue``; leave nothing behind."""
    with Channel[ToKeeper](connection, ToKeeper, descriptors=True) as examiner:
        try:
            job = examiner.receive(seconds=patience.LEAVE)
            if isinstance(job, Job):
                _grade(examiner, queue, job, walls)
        except (WireError, HungUp):
            return


def _grade(examiner: Channel[ToKeeper], queue: socket.socket, job: Job, walls: frozenset[Wall]) -> None:
    groups = tuple(examiner.take_descriptors(job.cgroup_descriptors))
    try:
        box = Box.order(queue, job, groups)
    except SandboxError as error:
        ending = Ending(how="lost", blame="us", why=str(error))
        lost = LoadFailed(code=LOST, values={"why": str(error)}, ending=ending)
        examiner.send(lost, seconds=patience.SEND)
        return
    meter = BoxMeter(box.pid, groups) if job.device == "cpu" else None
    keeper = Keeper(examiner, box, job, walls, meter)
    try:
        if keeper.load():
            keeper.serve()
    finally:
        keeper.close()


class Keeper:
    """One box and the connection it serves."""

    def __init__(
        self,
        examiner: Channel[ToKeeper],
        box: Box,
        job: Job,
        walls: frozenset[Wall],
        meter: Meter | None = None,
    ) -> None:
        self._examiner = examiner
        self._box = box
        self._limits = job.limits
        self._late = "cells_timeout" if job.entry.endswith(NOTEBOOK) else "import_timeout"
        self._box_until = box.began + job.limits.total_seconds
        self._metered, self._meter = meter is not None, meter or Unmetered()
        self._asked, self._asking = metering.pair()
        self._life = Watch(Limit(math.inf, job.limits.total_seconds, self._metered), self._meter, box.began)
        self._importing = self._watch_import() if Wall.IMPORT_CLOCK in walls else self._life
        self._output = Capture(box.output, job.limits.output_bytes, Wall.OUTPUT_CAP in walls)
        self._seen: Findings | None = None
        self._session: Session | None = None
        self._over: Ending | None = None
        self._cell = 0

    def _watch_import(self) -> Watch:
        seconds = self._limits.import_seconds
        limit = metering.limit(seconds, patience.step_net(seconds), metered=self._metered)
        return Watch(limit, self._meter, self._box.began)

    def close(self) -> None:
        """End the session and the box."""
        self._asked.close()
        self._asking.close()
        if self._session is not None:
            self._session.close()
        self._box.destroy()

    def load(self) -> bool:
        """Wait for the import and tell how it went; returns whether sessions can be had."""
        word = self._import()
        self._output.drain()
        seen = self._seen or Findings()
        notes, output = seen.notes + word.notes, self._output.text()
        answer: Loaded | LoadFailed
        if isinstance(word, Imported):
            seconds = time.monotonic() - self._box.began
            answer = Loaded(
                findings=seen.findings,
                notes=notes,
                output=output,
                import_seconds=seconds,
                caught=word.caught,
                metered=self._metered,
            )
        else:
            ending = word.ending if isinstance(word, LoadFailed) else None
            answer = LoadFailed(
                code=word.code,
                values=word.values,
                findings=seen.findings,
                notes=notes,
                output=output,
                ending=ending,
                caught=word.caught,
            )
        metered = isinstance(answer, Loaded) and answer.metered
        descriptors = (self._asking.fileno(),) if metered else ()
        self._examiner.send(answer, seconds=patience.SEND, descriptors=descriptors)
        self._asking.close()
        return isinstance(word, Imported)

    def serve(self) -> None:
        """Fork and end sessions as asked, until the examiner hangs up."""
        while True:
            if self._examiner.buffered:
                self._obey()
                continue
            ready = wait(self._examiner, None if self._over else self._box_until, self._watched())
            if not ready:
                self._end_box("timeout" if self._life.look() is Breach.WALL else "starved")
            elif self._asked.fileno() in ready:
                self._tell_used()
            elif self._examiner.fileno() in ready:
                self._obey()
            elif self._box.first in ready:
                self._end_box("")
            else:
                self._end_session("")

    def _watched(self) -> dict[int, int]:
        watched = {self._examiner.fileno(): select.POLLIN}
        if self._asked.fileno() >= 0:
            watched[self._asked.fileno()] = select.POLLIN
        if self._over is None:
            watched[self._box.first] = select.POLLIN
            if self._session is not None:
                watched[self._session.pidfd] = select.POLLIN
        return watched

    def _tell_used(self) -> None:
        if not metering.answer(self._asked, self._meter.used()):
            self._asked.close()

    def _obey(self) -> None:
        try:
            message = self._examiner.receive(seconds=NO_WAIT)
        except ChannelTimeout:
            return
        if isinstance(message, Open):
            self._open()
        elif isinstance(message, Kill) and self._session is not None:
            self._end_session(message.how)

    def _open(self) -> None:
        if self._over is not None:
            self._examiner.send(Ended(ending=self._over), seconds=patience.SEND)
            return
        if self._session is not None:
            raise WireError("a session is open already")
        try:
            session = Session.open(self._box, max(0.0, self._box_until - time.monotonic()))
        except SandboxError as error:
            # The box no longer does what it is told; without a session there is nothing to end.
            self._over = self._box.ending("timeout" if isinstance(error, SessionLate) else "")
            self._examiner.send(Ended(ending=self._over), seconds=patience.SEND)
            return
        self._session = session
        self._meter.follow(session.pid)
        descriptors = (session.socket.fileno(), session.output)
        self._examiner.send(Opened(), seconds=patience.SEND, descriptors=descriptors)
        session.release()

    def _end_session(self, how: str) -> None:
        if self._session is not None:
            ending = self._session.end(self._box, how)
            self._session.close()
            self._session = None
            self._examiner.send(Ended(ending=ending), seconds=patience.SEND)

    def _end_box(self, how: str) -> None:
        """The box ended, or has to: with it the session that serves, if any."""
        self._over = self._box.ending("timeout" if how == "starved" else how)
        if how == "starved":
            self._over = Ending(how=how, blame="us", why=STARVED)
        if self._session is not None:
            self._session.close()
            self._session = None
            self._examiner.send(Ended(ending=self._over), seconds=patience.SEND)

    def _import(self) -> Imported | ImportFailed | LoadFailed:
        limits = self._limits
        output, control = self._box.output, self._box.control.fileno()
        watched = {output: select.POLLIN, control: select.POLLIN}
        while True:
            ready = wait(self._examiner, self._importing.until, watched)
            if not self._output.drain():
                return self._cut("output_limit", "output_limit", {"limit_bytes": limits.output_bytes})
            word = self._hear()
            if word is not None:
                return word
            # Something may be ready all the time, such as a word that trickles.
            breach = self._importing.look()
            if breach is not None:
                return self._overdue(breach)
            if ready.get(output) == select.POLLHUP:
                del watched[output]

    def _hear(self) -> Imported | ImportFailed | LoadFailed | None:
        """Return what the checkpoint says of the import, None when it has not said it yet."""
        try:
            while True:
                word = self._box.control.receive(seconds=NO_WAIT)
                if isinstance(word, Findings) and self._seen is None:
                    self._seen = word
                elif isinstance(word, Running) and self._seen is not None and self._is_next(word):
                    self._examiner.send(word, seconds=patience.SEND)
                elif isinstance(word, ImportFailed) and word.code == LOST and self._seen is None:
                    return self._lost(str(word.values.get("why", "")))
                elif (isinstance(word, Imported) and self._seen is not None) or (
                    isinstance(word, ImportFailed) and word.code in REFUSALS
                ):
                    return word
                else:
                    return self._crashed()
        except ChannelTimeout:
            return None
        except WireError:
            return self._crashed()

    def _is_next(self, word: Running) -> bool:
        """Whether cells are told one by one, so that nobody is flooded with them."""
        self._cell += 1
        return word.cell == self._cell <= word.total <= CELL_LIMIT

    def _lost(self, why: str, how: str = "lost") -> LoadFailed:
        ending = Ending(how=how, blame="us", why=why)
        return LoadFailed(code=LOST, values={"why": why}, ending=ending)

    def _overdue(self, breach: Breach) -> LoadFailed:
        if breach is Breach.STARVED:
            self._box.ending("timeout")
            return self._lost(STARVED, how="starved")
        limit = self._importing.limit
        seconds = limit.seconds if breach is Breach.CPU else limit.net_seconds
        return self._cut("timeout", self._late, {"seconds": seconds, "clock": breach.value})

    def _cut(self, how: str, code: str, values: Values) -> LoadFailed:
        ending = self._box.ending(how)
        if ending.how == "out_of_memory":
            return self._out_of_memory(ending)
        return LoadFailed(code=code, values=values, ending=ending)

    def _out_of_memory(self, ending: Ending) -> LoadFailed:
        values: Values = {"limit_bytes": self._limits.memory_bytes}
        return LoadFailed(code="out_of_memory", values=values, ending=ending)

    def _crashed(self) -> LoadFailed:
        """The checkpoint ended, or says what no checkpoint of ours says."""
        ending = self._box.ending()
        if ending.blame == "us":
            return LoadFailed(code=LOST, values={"why": ending.why}, ending=ending)
        if ending.how == "out_of_memory":
            return self._out_of_memory(ending)
        if self._seen is None and (ending.how, ending.number) == ("exited", FAILURE):
            self._output.drain()
            return self._lost(self._output.text())
        how = _CRASHES.get(ending.how, "exit")
        name = name_of(ending.number) if how == "signal" else ""
        values: Values = {"how": how, "number": ending.number, "name": name}
        return LoadFailed(code="import_crashed", values=values, ending=ending)
