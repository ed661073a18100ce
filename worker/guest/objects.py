"""The objects that both sides know by number, and what crosses as data.

Negative numbers are ours, positive ones the examiner's. Only exact built-in types, tensors, arrays
and NumPy scalars are data; a tensor of a subclass crosses as the plain tensor it holds. Everything
else stays here and crosses as a handle.

A tensor or array that crossed is shared: after each request its contents are compared with what the
examiner was last told, since any code here may have written to it.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeGuard

import numpy as np
import torch

from worker.guest.habits import own_attributes
from worker.wire import array
from worker.wire.errors import WireError
from worker.wire.limits import METHOD_LIMIT, NAME_LIMIT
from worker.wire.message import Update
from worker.wire.value import Array, Foreign, Handle, Known

EXACT_NUMBERS = frozenset({Decimal, Fraction})

SMALL_BYTES = 16 * 1024
LARGE = 1 << 62
SHARED_KINDS = frozenset({torch.Tensor, torch.nn.Parameter, np.ndarray})
HANDLE_KINDS: Mapping[type, str] = types.MappingProxyType(
    {
        types.ModuleType: "module",
        dict: "mapping",
        list: "sequence",
        tuple: "sequence",
        type: "class",
        types.FunctionType: "function",
        types.BuiltinFunctionType: "function",
        types.MethodType: "function",
    }
)
BUILT_IN = frozenset({dict, list, tuple})
"""Their stand-ins have the methods already."""

CALLED_ONLY = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, staticmethod)


@dataclass(slots=True)
class Shared:
    """A tensor or array and its contents as the examiner knows them.

    refined  whether it is in float64 here and in float32 there
    """

    value: Any
    contents: bytes
    refined: bool = False

    def refine(self) -> None:
        """Have it in float64 here; the examiner is told nothing, for the numbers are the same."""
        self.value.data = self.value.to(torch.float64)
        self.contents, self.refined = array.contents(self.value), True


class Objects:
    """Number ↔ object, for one session."""

    def __init__(self, module: types.ModuleType) -> None:
        self._objects: dict[int, object] = {0: module}
        self._numbers: dict[int, int] = {id(module): 0}
        self._shared: dict[int, Shared] = {}
        self._methods: dict[int, tuple[type, tuple[str, ...]]] = {}
        self._next = -1

    def __getitem__(self, ref: int) -> object:
        """Return the object of that number; raises WireError if there is none."""
        try:
            return self._objects[ref]
        except KeyError:
            raise WireError(f"there is no object {ref}") from None

    def export(self, value: object) -> Foreign:
        """Return the node for anything that is not built-in data."""
        known = self._numbers.get(id(value))
        if known is not None:
            return self._known(known, value)
        try:
            exported = self._export_array(value)
        except WireError:
            exported = None  # sparse tensors, arrays of objects: they stay here
        return exported or _constant(value) or self.handle(value)

    def copy(self, value: object) -> Foreign:
        """Return the node for anything that is not built-in data; a tensor or array as a copy."""
        if id(value) not in self._numbers and issubclass(type(value), torch.Tensor | np.ndarray):
            try:
                return _encode(value, 0)
            except WireError:
                return self.handle(value)
        return self.export(value)

    def handle(self, value: object) -> Foreign:
        """Return the node for an object that stays here."""
        ref = self._numbers.get(id(value))
        if ref is None:
            ref = self._register(value)
        elif ref > 0:
            return Known(ref)
        kind = type(value)
        return Handle(ref, _kind(kind), _named(value, kind), self._method_names(value, kind))

    def resolve(self, node: Foreign) -> object:
        """Return the object that a node of a request stands for."""
        match node:
            case Known(ref=ref):
                return self[ref]
            case Array(ref=ref):
                value = array.to_object(node, _device(node))
                if ref > 0:
                    self._objects[ref] = value
                    self._numbers[id(value)] = ref
                    self._shared[ref] = Shared(value, node.data)
                return value
            case Handle(kind="dtype", type_name=name):
                return getattr(torch, name)
            case Handle(kind="device", type_name=name):
                return torch.device(name)
        raise WireError(f"a {node.kind} can't cross here")

    def resolve_as_drawn_here(self, node: Foreign) -> object:
        """Return the same, with float32 as float64 where that is the submission's default dtype.

        Beside its own file a student's test draws in that dtype, too, and its weights have it.
        """
        value = self.resolve(node)
        if not (isinstance(node, Array) and _is_coarser(value)):
            return value
        if node.ref <= 0:
            return value.to(torch.float64)
        self._shared[node.ref].refine()
        return value

    def release(self, refs: tuple[int, ...]) -> None:
        """Forget objects that the examiner no longer holds."""
        for ref in refs:
            value = self._objects.pop(ref, None)
            self._shared.pop(ref, None)
            self._numbers.pop(id(value), None)

    def apply(self, updates: tuple[Update, ...]) -> None:
        """Write new contents into shared tensors and arrays."""
        for update in updates:
            shared = self._shared[update.ref]
            array.overwrite(shared.value, update.array, _device(update.array))
            shared.contents = update.array.data
            if shared.refined:
                shared.refine()

    def changes(self) -> tuple[Update, ...]:
        """Return the new contents of what has changed since the examiner was last told."""
        changes = (self._change(ref, shared) for ref, shared in tuple(self._shared.items()))
        return tuple(change for change in changes if change is not None)

    def _change(self, ref: int, shared: Shared) -> Update | None:
        try:
            contents = array.contents(shared.value)
            if contents == shared.contents:
                return None
            update = Update(ref=ref, array=_encode(shared.value, ref))
        except BaseException:  # a tensor of the student's own class may do anything
            del self._shared[ref]
            return None
        shared.contents = update.array.data
        return update

    def _known(self, ref: int, value: object) -> Foreign:
        return Known(ref) if ref in self._shared else self.handle(value)

    def _export_array(self, value: object) -> Foreign | None:
        kind = type(value)
        if issubclass(kind, np.generic):
            return array.from_numpy(value)
        if kind in EXACT_NUMBERS:
            return _as_float(value)
        if not issubclass(kind, torch.Tensor | np.ndarray):
            return None
        exported = _encode(value, self._next)
        self._shared[self._register(value)] = Shared(value, exported.data)
        return exported

    def _register(self, value: object) -> int:
        ref, self._next = self._next, self._next - 1
        self._objects[ref] = value
        self._numbers[id(value)] = ref
        return ref

    def _method_names(self, value: object, kind: type) -> tuple[str, ...]:
        if kind in BUILT_IN:
            return ()
        if kind is types.ModuleType:
            names = vars(value).items()
            return _text(name for name, entry in names if isinstance(entry, types.FunctionType | type))
        cached = self._methods.get(id(kind))
        if cached is None:
            cached = self._methods[id(kind)] = (kind, _called_only(kind))
        own = own_attributes(value)
        return tuple(name for name in cached[1] if name not in own)


def is_name(key: object) -> bool:
    """Return whether a key of a dict is a short plain string."""
    return type(key) is str and len(key) <= NAME_LIMIT and key.isascii()


def is_small(entry: object) -> bool:
    """Return whether an entry of a dict costs next to nothing to send, and can be sent."""
    kind = type(entry)
    if kind in SHARED_KINDS:
        return int(entry.nbytes) <= SMALL_BYTES  # type: ignore[attr-defined]
    if isinstance(entry, int):
        return kind in (bool, int) and abs(entry) < LARGE
    return entry is None or kind is float


def _called_only(kind: type) -> tuple[str, ...]:
    """Return the attributes of a student's class that are plain functions."""
    entries: dict[str, object] = {}
    for base in reversed(kind.__mro__[:-1]):
        entries.update(vars(base))
    if "__getattribute__" in entries:
        return ()
    return _text(name for name, entry in entries.items() if type(entry) in CALLED_ONLY)


def _text(names: Any) -> tuple[str, ...]:
    plain = [name for name in names if type(name) is str and not name.startswith("__")]
    return tuple(name for name in plain if name.isidentifier() and len(name) <= NAME_LIMIT)[:METHOD_LIMIT]


def _kind(kind: type) -> str:
    return next((word for base, word in HANDLE_KINDS.items() if issubclass(kind, base)), "object")


def _named(value: object, kind: type) -> str:
    """Return the name that the examiner may show: of a module itself, of anything else its class's."""
    name = (
        value.__dict__.get("__name__")
        if kind is types.ModuleType
        else type.__dict__["__name__"].__get__(kind)
    )
    return str(name)[:NAME_LIMIT].encode(errors="replace").decode()


def _constant(value: object) -> Handle | None:
    """Return the node of a dtype or device: values that both sides can name."""
    if type(value) is torch.dtype:
        return Handle(0, "dtype", str(value).removeprefix("torch."))
    return Handle(0, "device", str(value)) if type(value) is torch.device else None


def _as_float(value: Any) -> Array | None:
    """Return a fraction or a decimal as the nearest float; None beyond every float."""
    try:
        return array.from_numpy(np.float64(float(value)))
    except (OverflowError, ValueError):
        return None


def _encode(value: object, ref: int) -> Array:
    return array.from_tensor(value, ref) if isinstance(value, torch.Tensor) else array.from_numpy(value, ref)


def _is_coarser(value: object) -> TypeGuard[torch.Tensor]:
    """Return whether it is a tensor in float32 where the student's own are in float64."""
    if type(value) is not torch.Tensor or value.dtype != torch.float32:
        return False
    return torch.get_default_dtype() == torch.float64


def _device(node: Array) -> str | None:
    return None if node.device == "cpu" else node.device
