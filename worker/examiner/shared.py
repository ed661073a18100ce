"""Tensors and arrays that both sides hold, kept the same as one process would.

A *mirror* is the local twin of an object in the box. Its contents are compared before each request
and written back when they have changed; what the box changed is written here. A mirror lives as long
as anything here shares its storage, which is why ``module.weight.data = fetched`` followed by an
optimiser's step writes through: the tensor object is gone by then, its storage is not. While nothing
but this table refers to it, it is forgotten, so a training loop does not pile them up.

A *copy* is an argument of a hidden test: the box has its own, and what is done to that is only noted.
"""

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.multiprocessing.reductions import StorageWeakRef

from worker.wire import array
from worker.wire.errors import WireError
from worker.wire.message import Update
from worker.wire.value import Array, Foreign, Known

USES_OF_ONE_TENSOR = 2
"""Its own, and that of the storage object through which it is counted."""

Shareable = torch.Tensor | np.ndarray


@dataclass(slots=True)
class Mirror:
    """A local twin. ``value`` is held until nobody else holds it, the storage's weak reference after that."""

    value: Any
    contents: bytes
    storage: StorageWeakRef | None = None
    layout: tuple[torch.dtype, int, tuple[int, ...], tuple[int, ...]] | None = None


@dataclass(slots=True)
class Copy:
    """An argument and what the box was given; ``held`` is what the box holds by now."""

    value: Any
    ref: int
    sent: bytes
    held: Array
    changed: bool = False


@dataclass
class Outgoing:
    """What the next request must tell the box.

    ``alive`` keeps storages for the time of the call; ``fresh`` are the numbers given meanwhile.
    """

    updates: list[Update] = field(default_factory=list)
    release: list[int] = field(default_factory=list)
    alive: list[Any] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)


def _references_of_a_table() -> int:
    """Return what getrefcount says of an object that only an entry of a table holds."""
    entry = Mirror(object(), b"")
    return sys.getrefcount(entry.value)


class Shared:
    """The tensors and arrays of one session. ``copies``: arguments are copies, not aliases."""

    def __init__(self, *, copies: bool) -> None:
        self._copying = copies
        self._mirrors: dict[int, Mirror] = {}
        self._mirror_of: dict[int, int] = {}
        self._copies: dict[int, Copy] = {}
        self._copy_of: dict[int, Copy] = {}
        self._out = self._backlog = Outgoing()
        self._next = 1
        self._unshared = _references_of_a_table()

    def __len__(self) -> int:
        return len(self._mirrors) + len(self._copies)

    def outgoing(self) -> Outgoing:
        """Compare every mirror with what the box has, and drop what nobody uses any more."""
        out, self._backlog = self._backlog, Outgoing()
        self._out = out
        for ref, mirror in tuple(self._mirrors.items()):
            self._look_after(ref, mirror, out)
        for copy in tuple(self._copies.values()):
            if sys.getrefcount(copy.value) == self._unshared:
                self._drop_copy(copy, out)
        return out

    def abandon(self) -> None:
        """Take back an ``outgoing`` that was not sent; it comes first in the next one."""
        for ref in self._out.fresh:
            mirror, copy = self._mirrors.pop(ref, None), self._copies.pop(ref, None)
            self._mirror_of.pop(id(mirror.value) if mirror else 0, None)
            self._copy_of.pop(id(copy.value) if copy else 0, None)
        self._out.fresh.clear()
        self._backlog = self._out

    def export(self, value: Shareable) -> Foreign:
        """Return the node for a tensor or array among the arguments."""
        ref = self._mirror_of.get(id(value))
        if ref is not None:
            return Known(ref)
        if self._copying:
            return self._export_copy(value)
        node = _encode(value, self._take_ref())
        self._add_mirror(node.ref, value, node.data)
        return node

    def resolve(self, node: Array | Known) -> Any:
        """Return the local object for a node of a reply; raises WireError for numbers out of turn."""
        if isinstance(node, Known):
            return self._known(node.ref)
        if node.ref == 0:
            return _build(node)
        if node.ref > 0 or node.ref in self._mirrors:
            raise WireError(f"object {node.ref} is not new")
        value = _build(node)
        if node.kind != "scalar":
            self._add_mirror(node.ref, value, node.data)
        return value

    def apply(self, updates: tuple[Update, ...]) -> None:
        """Write here what the box has changed; raises WireError for what was never shared."""
        for update in updates:
            ref, node = update.ref, update.array
            array.check(node)
            mirror, copy = self._mirrors.get(ref), self._copies.get(ref)
            if mirror is None and copy is None:
                raise WireError(f"object {ref} is not shared")
            if copy is not None:
                copy.held, copy.changed = node, True
            if mirror is not None:
                self._write(mirror, node)

    def changed(self, value: object) -> bool:
        """Return whether the box has ever changed its copy of this argument."""
        copy = self._copy_of.get(id(value))
        return copy is not None and copy.changed

    def _look_after(self, ref: int, mirror: Mirror, out: Outgoing) -> None:
        value = mirror.value
        if value is None:
            value = _alias(mirror)
            if value is None:
                self._forget_mirror(ref, out)
                return
            out.alive.append(value)
        contents = array.contents(value)
        if contents != mirror.contents:
            node = _encode(value, ref)
            out.updates.append(Update(ref=ref, array=node))
            mirror.contents = contents
            if ref in self._copies:
                self._copies[ref].held = node
        if mirror.value is not None:
            del value
            if sys.getrefcount(mirror.value) == self._unshared:
                self._let_go(ref, mirror, out)

    def _let_go(self, ref: int, mirror: Mirror, out: Outgoing) -> None:
        """Stop holding the object itself; views and parameters may still share its storage."""
        value, mirror.value = mirror.value, None
        del self._mirror_of[id(value)]
        if isinstance(value, torch.Tensor) and not _is_alone(value):
            mirror.storage = StorageWeakRef(value.untyped_storage())
            mirror.layout = (value.dtype, int(value.storage_offset()), tuple(value.shape), value.stride())
        del value
        alias = _alias(mirror)
        if alias is None:
            self._forget_mirror(ref, out)
        else:
            out.alive.append(alias)

    def _forget_mirror(self, ref: int, out: Outgoing) -> None:
        del self._mirrors[ref]
        if ref not in self._copies:
            out.release.append(ref)

    def _drop_copy(self, copy: Copy, out: Outgoing) -> None:
        del self._copies[copy.ref]
        self._copy_of.pop(id(copy.value), None)
        if copy.ref not in self._mirrors:
            out.release.append(copy.ref)

    def _export_copy(self, value: Shareable) -> Foreign:
        """Send the contents again unless the box holds them unharmed."""
        copy = self._copy_of.get(id(value))
        contents = array.contents(value)
        if copy is not None and copy.sent == copy.held.data == contents and copy.ref not in self._mirrors:
            return Known(copy.ref)
        node = _encode(value, self._take_ref())
        changed = copy is not None and copy.changed
        if copy is not None:
            self._drop_copy(copy, self._out)
        self._copies[node.ref] = self._copy_of[id(value)] = Copy(value, node.ref, node.data, node, changed)
        return node

    def _known(self, ref: int) -> Any:
        mirror = self._mirrors.get(ref)
        if mirror is not None and mirror.value is not None:
            return mirror.value
        if mirror is not None and (alias := _alias(mirror)) is not None:
            self._add_mirror(ref, alias, mirror.contents)
            return alias
        copy = self._copies.get(ref)
        if copy is None:
            raise WireError(f"object {ref} is not shared")
        value = _build(copy.held)
        self._add_mirror(ref, value, copy.held.data)
        return value

    def _add_mirror(self, ref: int, value: Any, contents: bytes) -> None:
        self._mirrors[ref] = Mirror(value, contents)
        self._mirror_of[id(value)] = ref

    def _write(self, mirror: Mirror, node: Array) -> None:
        value = _alias(mirror) if mirror.value is None else mirror.value
        if value is None:
            return
        array.overwrite(value, node, _device(node))
        mirror.contents = node.data

    def _take_ref(self) -> int:
        ref, self._next = self._next, self._next + 1
        self._out.fresh.append(ref)
        return ref


def _is_alone(value: torch.Tensor) -> bool:
    """Return whether no view or parameter shares the tensor's storage, as far as this torch tells."""
    storage = value.untyped_storage()
    return bool(torch._C._storage_Use_Count(storage._cdata) == USES_OF_ONE_TENSOR)


def _alias(mirror: Mirror) -> torch.Tensor | None:
    """Return a tensor on the storage of a mirror whose object is gone, None if the storage is gone too."""
    if mirror.storage is None or mirror.layout is None:
        return None
    storage: torch.UntypedStorage | None = torch.UntypedStorage._new_with_weak_ptr(mirror.storage.cdata)
    if storage is None:  # its last user is gone
        return None
    dtype, offset, shape, stride = mirror.layout
    return torch.empty(0, dtype=dtype, device=storage.device).set_(storage, offset, shape, stride)


def _build(node: Array) -> Any:
    if node.kind != "array":
        return array.to_object(node, _device(node))
    built = np.empty(node.shape, dtype=node.dtype)  # owns its memory, so that views keep it alive
    built[...] = array.to_object(node)
    return built


def _encode(value: Any, ref: int) -> Array:
    return array.from_tensor(value, ref) if isinstance(value, torch.Tensor) else array.from_numpy(value, ref)


def _device(node: Array) -> str | None:
    """Return where to build a tensor; raises WireError for a device that is not here."""
    if node.device == "cpu":
        return None
    here = {f"cuda:{number}" for number in range(torch.cuda.device_count())}
    if node.device not in here:
        raise WireError(f"there is no device {node.device[:40]!r}")
    return node.device
