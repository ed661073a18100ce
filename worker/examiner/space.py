"""The objects of one session as seen from here: packs requests, validates and unpacks replies.

``policy`` says what becomes of arguments. A suite's are copies: what the box does to them is noted and
never written back. A script's are aliases, and random generators and default dtype travel with each
call, as if both sides were one process.
"""

import re
import sys
import weakref
from enum import Enum
from typing import Any

import numpy as np
import torch

from worker.examiner.answers import Answer, answer_of
from worker.examiner.errors import (
    Missing,
    MissingEntry,
    MissingName,
    SessionGone,
    WrongArgument,
    remote_error,
)
from worker.examiner.lengths import Lengths
from worker.examiner.link import Link
from worker.examiner.proxy import Container, Remote, RemoteDict, RemoteMethod, stand_in
from worker.examiner.shared import Outgoing, Shared
from worker.examiner.verdicts import ran_out_of_memory
from worker.wire.ambient import Ambient
from worker.wire.array import from_numpy
from worker.wire.errors import TooLarge, WireError
from worker.wire.limits import METHOD_LIMIT, NAME_LIMIT
from worker.wire.message import Raised, Reply, Request
from worker.wire.value import Array, Foreign, Handle, Known, Packed, pack, unpack

COUNT_LIMIT = 1 << 48
LOCAL_MODULES = frozenset({"torch", "numpy", "math", "random"})
# Classes whose method names are kept, so that all objects of one share them.
CLASS_LIMIT = 1_000
DTYPES = {
    str(each).removeprefix("torch."): each for each in vars(torch).values() if isinstance(each, torch.dtype)
}
DEVICE = re.compile(r"(?:cpu|meta|cuda(?::\d{1,3})?)")
CALLS = frozenset({"call", "call_attribute"})
NAMED_IN_BOX = {"getattr": "AttributeError", "call_attribute": "AttributeError", "getitem": "KeyError"}


class Policy(Enum):
    """What becomes of the arguments of a call."""

    COPIES = "suite"
    ALIASES = "script"


class Space:
    """Requests to one session, and what came of them; ``last``: what the last call of a function gave."""

    def __init__(self, link: Link, policy: Policy) -> None:
        self._link = link
        self._generation = link.generation
        self._shared = Shared(copies=policy is Policy.COPIES)
        self.lengths = Lengths()
        self._ambient = Ambient() if policy is Policy.ALIASES else None
        self._remotes: weakref.WeakValueDictionary[int, Remote] = weakref.WeakValueDictionary()
        self._released: set[int] = set()
        self._methods: dict[tuple[str, ...], frozenset[str]] = {}
        self._entries: dict[int, dict[Any, Any]] = {}
        self._attributes: dict[tuple[int, str], Remote] = {}
        self.last = Answer()
        self.module: Remote = self.request("root", 0, (), {})

    @property
    def is_alive(self) -> bool:
        """Whether the session of these objects still serves."""
        return self._link.is_open and self._link.generation == self._generation

    def request(self, op: str, target: int, args: tuple[object, ...], kwargs: dict[str, Any]) -> Any:
        """Have one operation carried out in the box and return its result.

        Raises RemoteError for what the student's code raised, BoxEnded when the session ended under the
        call, SessionGone when it had ended before, TypeError for arguments that can't cross.
        """
        if not self.is_alive:
            raise SessionGone("this object belongs to a session that has ended")
        self._entries.clear()  # before looking who still uses what
        self._attributes.clear()
        with self._link.taking():
            outgoing = self._shared.outgoing()
        request = self._packed(op, target, (args, kwargs), outgoing)
        reply = self._link.call(request)
        try:
            with self._link.taking():
                result = self._taken(reply)
        except TooLarge:
            raise self._link.refuse_size() from None
        except WireError:
            raise self._link.refuse() from None
        except (MemoryError, RuntimeError) as error:
            if ran_out_of_memory(error):
                raise self._link.refuse_size() from None
            raise
        if reply.raised is not None:
            raise self._error(reply.raised, op, target, args)
        if op in CALLS:
            self.last = answer_of(result)
        return result

    def changed(self, value: object) -> bool:
        """Return whether the box has changed its copy of an argument."""
        return self._shared.changed(value)

    def count(self, answer: object) -> int:
        """Return a length; ends the session if it is none."""
        if type(answer) is int and 0 <= answer <= COUNT_LIMIT:
            return answer
        raise self._link.refuse()

    def known_entries(self, ref: int) -> dict[Any, Any] | None:
        """Return the entries of a dict that came with the very last reply, None if they did not."""
        return self._entries.get(ref)

    def known_attribute(self, ref: int, name: str) -> Remote | None:
        """Return the dict that came with the very last reply as this attribute, None if none did."""
        return self._attributes.get((ref, name))

    def entries(self, answer: object, kind: type[Container]) -> Container:
        """Return a container of entries; ends the session if it is none."""
        if type(answer) is kind:
            return answer
        raise self._link.refuse()

    def _packed(self, op: str, target: int, arguments: object, outgoing: Outgoing) -> Request:
        ambient = None if self._ambient is None else self._ambient.changes()
        try:
            packed = pack(arguments, self._export)
        except WireError as error:
            self._shared.abandon()
            raise WrongArgument(str(error)) from None
        numbers = (*outgoing.release, *self._released)
        self._released.clear()
        return Request(
            number=self._link.request_number(),
            op=op,
            target=target,
            arguments=packed,
            updates=tuple(outgoing.updates),
            release=numbers,
            ambient=ambient,
        )

    def _export(self, value: object) -> Foreign:
        if isinstance(value, torch.Tensor | np.ndarray):
            self.lengths.give(value.shape)
            return self._shared.export(value)
        if isinstance(value, np.generic):
            return from_numpy(value)
        if isinstance(value, torch.dtype):
            return Handle(0, "dtype", str(value).removeprefix("torch."))
        if isinstance(value, torch.device):
            return Handle(0, "device", str(value))
        return self._export_remote(value)

    def _export_remote(self, value: object) -> Foreign:
        remote = value._itself() if isinstance(value, RemoteMethod) else value
        if not isinstance(remote, Remote):
            raise WireError(f"a {type(value).__name__} can't be given to the submission")
        if remote._space is not self:
            raise SessionGone("this object belongs to a session that has ended")
        return Known(remote._ref)

    def _taken(self, reply: Reply) -> Any:
        """Take over a reply: new contents first, then the value and what came with it."""
        self._shared.apply(reply.updates)
        if self._ambient is not None and reply.ambient is not None:
            self._ambient.apply(reply.ambient)
        value = None if reply.value is None else unpack(reply.value, self._resolve)
        if reply.entries is not None:
            self._take_entries(value, reply.entries)
        for attribute in reply.attributes:
            held = self._take_entries(unpack(attribute.value, self._resolve), attribute.entries)
            self._attributes[attribute.owner, attribute.name] = held
        return value

    def _take_entries(self, holder: object, packed: Packed) -> RemoteDict:
        """Keep the entries of a dict until the next request, and return the dict."""
        entries = unpack(packed, self._resolve)
        if not isinstance(holder, RemoteDict) or type(entries) is not dict:
            raise WireError("entries without a dict")
        self._entries[holder._ref] = entries
        return holder

    def _resolve(self, node: Foreign) -> object:
        match node:
            case Handle(kind="dtype" | "device"):
                return _constant(node)
            case Handle(kind="module", type_name=name) if self._ambient is not None and _is_local(name):
                return sys.modules[name]
            case Handle():
                return self._remote(node)
            case Known(ref=ref) if ref in self._remotes:
                return self._remotes[ref]
            case Array() | Known():
                shared = self._shared.resolve(node)
                self.lengths.answer(shared.shape)
                return shared

    def _remote(self, node: Handle) -> Remote:
        if node.ref > 0:
            raise WireError("a number of ours for an object of theirs")
        remote = self._remotes.get(node.ref)
        if remote is None:
            name = node.type_name[:NAME_LIMIT]
            remote = stand_in(self, node.ref, node.kind, name, self._names(node.methods))
            self._remotes[node.ref] = remote
            self._released.discard(node.ref)
        return remote

    def release(self, ref: int) -> None:
        """Let the box forget an object whose stand-in is gone."""
        self._released.add(ref)

    def _names(self, methods: tuple[str, ...]) -> frozenset[str]:
        """Return the names as a set, the same one for every object of a class."""
        if len(methods) > METHOD_LIMIT or any(len(name) > NAME_LIMIT for name in methods):
            raise WireError("more or longer names of methods than an object has")
        names = self._methods.get(methods)
        if names is None and len(self._methods) >= CLASS_LIMIT:
            self._methods.clear()
        if names is None:
            names = self._methods[methods] = frozenset(methods)
        return names

    def _error(self, raised: Raised, op: str, target: int, args: tuple[object, ...]) -> Exception:
        """Return what to raise; a name that isn't there is told from an error inside the student's code."""
        named = args[0] if args and type(args[0]) is str else ""
        missing: type[Missing]
        if named and not raised.lines and NAMED_IN_BOX.get(op) == raised.type:
            missing = MissingEntry if op == "getitem" else MissingName
            return missing(raised, named, self._owner(target))
        return remote_error(raised)

    def _owner(self, target: int) -> str:
        remote = self._remotes.get(target)
        return "" if remote is None or target == 0 else remote._type_name


def _constant(node: Handle) -> object:
    """Return the dtype or device of that name; none but those that are listed are looked up."""
    if node.kind == "dtype" and node.type_name in DTYPES:
        return DTYPES[node.type_name]
    if node.kind == "device" and DEVICE.fullmatch(node.type_name):
        return torch.device(node.type_name)
    raise WireError(f"not a {node.kind[:NAME_LIMIT]}")


def _is_local(name: str) -> bool:
    return name.partition(".")[0] in LOCAL_MODULES and name in sys.modules
