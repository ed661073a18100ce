"""The in-box end of the proxy: answers requests on the student's objects until the examiner hangs up.

The student's code runs in this very process and may do to it whatever it likes; nothing here
defends the answers. The examiner takes them for what a student's file said, no more.
"""

import contextlib
import os
import socket
import types
from pathlib import Path
from typing import NamedTuple

from worker.guest.habits import CALLS, Habits
from worker.guest.installed import libraries
from worker.guest.objects import Objects
from worker.guest.operations import OPERATIONS, pack_few_entries, pack_result
from worker.guest.output import flush
from worker.guest.own_lines import bounded, caught, own_lines
from worker.guest.stepping import Stepping
from worker.sandbox.witness import Place, Witness
from worker.wire.ambient import Ambient
from worker.wire.channel import Channel
from worker.wire.errors import ChannelClosed, WireError
from worker.wire.message import Attribute, Caught, Hello, Line, Raised, Reply, Request
from worker.wire.value import Packed, unpack

TEXT_LIMIT = 4000


def serve(
    connection: socket.socket,
    module: types.ModuleType,
    witness: Witness | None = None,
    *,
    by_hand: bool = False,
) -> None:
    """Say Hello, then answer each Request with one Reply until the other side closes.

    witness  whom the autograd trap tells, where one is laid
    by_hand  whether derivatives are to be written by hand, so that numerical ones are noticed
    """
    session = Session(module, witness or Witness(), by_hand=by_hand)
    channel: Channel[Request] = Channel(connection, Request)
    with channel:
        channel.send(Hello())
        while True:
            try:
                request = channel.receive()
            except ChannelClosed:
                return
            channel.send(session.answer(request))


class Session:
    """The state behind one connection."""

    def __init__(self, module: types.ModuleType, witness: Witness, *, by_hand: bool = False) -> None:
        self._witness = witness
        self._objects = Objects(module)
        self._habits = Habits()
        self._ambient = Ambient()
        self._folder = _folder(module)
        self._stepping = Stepping(self._folder) if by_hand else None

    def answer(self, request: Request) -> Reply:
        """Carry out one request; whatever the student's code raises becomes part of the reply.

        Raises WireError for a request that no examiner sends.
        """
        objects = self._objects
        objects.apply(request.updates)
        objects.release(request.release)
        if request.ambient is not None:
            self._ambient.apply(request.ambient)
        answered = self._run(request)
        updates = objects.changes()
        ambient = None if request.ambient is None else self._ambient.changes()
        flush()
        return Reply(
            number=request.number,
            value=answered.value,
            entries=answered.entries,
            attributes=answered.attributes,
            raised=answered.raised,
            caught=self._caught(),
            updates=updates,
            ambient=ambient,
        )

    def _run(self, request: Request) -> "Answered":
        operation = OPERATIONS.get(request.op)
        if operation is None:
            raise WireError(f"unknown operation {request.op[:40]!r}")
        target = self._objects[request.target]
        # A script's draws have the submission's default dtype already: it travels with them.
        alike = request.ambient is not None
        resolve = self._objects.resolve if alike else self._objects.resolve_as_drawn_here
        match unpack(request.arguments, resolve):
            case (tuple() as args, dict() as kwargs):
                pass
            case _:
                raise WireError("arguments are a pair of tuple and dict")
        try:
            with self._watching(request.op):
                outcome = operation.run(target, *args, **kwargs)
            calls, aliases = request.op in CALLS, request.ambient is not None
            value = pack_result(outcome, operation.result, self._objects, share=aliases or not calls)
            if calls:
                self._habits.called(request.op, target, args, outcome)
                return Answered(value, attributes=self._expected())
            few = pack_few_entries(outcome, self._objects) if operation.result == "place" else None
            if few is not None and request.op == "getattr":
                self._habits.read(target, args[0])
            return Answered(value, few)
        except BaseException as error:
            # SystemExit and KeyboardInterrupt too: what a student's code raises is an answer.
            return Answered(raised=describe(error, self._folder))

    def _watching(self, op: str) -> contextlib.AbstractContextManager[None]:
        """Look for numerical derivatives while a function runs, if they are to be written by hand."""
        if self._stepping is None or op not in CALLS:
            return contextlib.nullcontext()
        return self._stepping.watch()

    def _caught(self) -> tuple[Caught, ...]:
        noticed = self._stepping.take() if self._stepping else ()
        return (*caught(self._witness, self._folder), *noticed)

    def _expected(self) -> tuple[Attribute, ...]:
        """Return the attributes that are likely to be asked for next."""
        found = []
        for name, value in self._habits.expected().items():
            entries = pack_few_entries(value, self._objects)
            if entries is not None:
                owner, held = (self._objects.handle(it) for it in (self._habits.subject, value))
                found.append(Attribute(owner=owner.ref, name=name, value=[held], entries=entries))
        return tuple(found)


class Answered(NamedTuple):
    """What became of an operation: its value and what comes with it, or what was raised."""

    value: Packed | None = None
    entries: Packed | None = None
    attributes: tuple[Attribute, ...] = ()
    raised: Raised | None = None


def describe(error: BaseException, folder: str) -> Raised:
    """Return type, text and the student's own lines; nothing that lies outside ``folder`` is named."""
    name = type.__dict__["__name__"].__get__(type(error))
    try:
        text = str(error)
        lines = _own_lines(error.__traceback__, folder)
    except BaseException:  # __str__ is the student's too
        text, lines = "", ()
    return Raised(
        type=bounded(name, TEXT_LIMIT),
        text=bounded(text, TEXT_LIMIT),
        lines=lines,
        libraries=libraries(error),
    )


def _own_lines(trace: types.TracebackType | None, folder: str) -> tuple[Line, ...]:
    places: list[Place] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(Place(code.co_filename, trace.tb_lineno, code.co_qualname))
        trace = trace.tb_next
    return own_lines(places, folder)


def _folder(module: types.ModuleType) -> str:
    """Return the folder of the submission, with a separator at its end."""
    file = module.__dict__.get("__file__")
    folder = Path(file).parent if isinstance(file, str) else Path.cwd()
    return str(folder).rstrip(os.sep) + os.sep
