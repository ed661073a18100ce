"""What the examiner may ask for, as a table: name → function on the target.

``result`` says how the outcome crosses. A ``value`` is copied, containers and all; of a call its tensors
are copies too for a suite, while for a script both sides share them, as one process would. A ``place`` is
what an attribute or an entry holds: containers stay here as handles, so that writing into them is seen.
``entries`` is the content of a container, each entry a place.
"""

import operator
import types
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from worker.guest.objects import Objects, is_name, is_small
from worker.wire.errors import WireError
from worker.wire.value import Items, Packed, Pairs, pack

TEXT_LIMIT = 64 * 1024
ENTRY_LIMIT = 100_000
FEW_ENTRIES = 16
DATA_CLASSES: Mapping[type, Callable[[Any], object]] = types.MappingProxyType(
    {OrderedDict: dict, defaultdict: dict}
)


@dataclass(frozen=True)
class Operation:
    """A function of target, args and kwargs, and how its result crosses."""

    run: Callable[..., Any]
    result: str = "value"


def pack_result(value: object, result: str, objects: Objects, *, share: bool = True) -> Packed:
    """Flatten a result the way its operation says; what is too large or deep to be copied stays here.

    share: whether the tensors of a value are from now on the same on both sides.
    """
    if result == "entries":
        return _pack_entries(value, objects)
    if result == "place" and isinstance(value, dict | list | set):
        return [objects.handle(value)]
    try:
        return pack(_plain_container(value), objects.export if share else objects.copy)
    except WireError:
        return [objects.handle(value)]


def pack_few_entries(value: object, objects: Objects) -> Packed | None:
    """Return the entries of a small dict, which whoever asked for the dict will want next, else None."""
    if type(value) is not dict or len(value) > FEW_ENTRIES:
        return None
    if not all(is_name(key) and is_small(entry) for key, entry in value.items()):
        return None
    return pack(value, objects.export)


def _plain_container(value: object) -> object:
    """Return built-in data for well-known containers that are not built in."""
    if type(value) in DATA_CLASSES:
        return DATA_CLASSES[type(value)](value)
    # torch.Size, torch.return_types.max and named tuples: whatever else is a tuple and nothing more
    is_tuple = isinstance(value, tuple) and type(value).__iter__ is tuple.__iter__
    return tuple.__getitem__(value, slice(None)) if is_tuple and isinstance(value, tuple) else value


def _pack_entries(value: Any, objects: Objects) -> Packed:
    if isinstance(value, dict):
        nodes: Packed = [Pairs(len(value))]
        for key, entry in dict.items(value):
            nodes += pack(key, objects.export)
            nodes += pack_result(entry, "place", objects)
        return nodes
    nodes = [Items("list", len(value))]
    for entry in value:
        nodes += pack_result(entry, "place", objects)
    return nodes


def _call_attribute(target: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(target, name)(*args, **kwargs)


def _entries(target: Any) -> Any:
    entries = target if isinstance(target, dict) else list(target)
    if len(entries) > ENTRY_LIMIT:
        raise OverflowError(f"a container of {len(entries)} entries is too large to be looked at")
    return entries


def _update(target: Any, entries: dict[Any, Any]) -> None:
    for key, entry in entries.items():
        target[key] = entry


def _public_names(target: Any) -> list[str]:
    names = getattr(target, "__all__", None)
    if names is None:
        names = [name for name in vars(target) if not name.startswith("_")]
    return [str(name) for name in names]


def _as_text(function: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda target: str(function(target))[:TEXT_LIMIT].encode(errors="replace").decode()


def _is_instance(target: Any, value: Any) -> bool:
    return bool(isinstance(value, target))


def _array(target: Any) -> Any:
    return np.asarray(target)


OPERATIONS: Mapping[str, Operation] = types.MappingProxyType(
    {
        "root": Operation(lambda target: target, "place"),
        "getattr": Operation(getattr, "place"),
        "setattr": Operation(setattr),
        "delattr": Operation(delattr),
        "getitem": Operation(operator.getitem, "place"),
        "setitem": Operation(operator.setitem),
        "delitem": Operation(operator.delitem),
        "call": Operation(lambda target, *args, **kwargs: target(*args, **kwargs)),
        "call_attribute": Operation(_call_attribute),
        "len": Operation(len),
        "contains": Operation(operator.contains),
        "keys": Operation(lambda target: list(target.keys())),
        "entries": Operation(_entries, "entries"),
        "update": Operation(_update),
        "iter": Operation(iter, "place"),
        "next": Operation(next, "place"),
        "isinstance": Operation(_is_instance),
        "names": Operation(_public_names),
        "dir": Operation(lambda target: [str(name) for name in dir(target)]),
        "repr": Operation(_as_text(repr)),
        "str": Operation(_as_text(str)),
        "array": Operation(_array),
    }
)
