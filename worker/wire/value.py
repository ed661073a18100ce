"""Python values as a flat list of nodes, in prefix order.

A container is a node that says how many values follow, so nothing nests on the wire and a hostile
peer can't exhaust the decoder's stack; depth and number of nodes are capped on both sides.
Tensors, arrays and objects are not built here: ``pack`` asks its ``export`` hook for a node and
``unpack`` gives such nodes to its ``resolve`` hook.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any, TypeAlias

import msgspec

from worker.wire.errors import TooLarge, WireError
from worker.wire.limits import (
    BIG_INTEGER_LIMIT_BYTES,
    DEPTH_LIMIT,
    NODE_LIMIT,
    SAME_HASH_LIMIT,
    STRING_LIMIT_BYTES,
)

INTEGER_BITS = 63


class Node(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Base of every node that is not a plain scalar."""


class Items(Node, tag=1, frozen=True):
    """A list, tuple, set or frozenset whose ``count`` values follow."""

    kind: str
    count: int


class Pairs(Node, tag=2, frozen=True):
    """A dict whose ``count`` keys and values follow, each key before its value."""

    count: int


class BigInteger(Node, tag=3, frozen=True):
    """An integer beyond 64 bits: two's complement, little-endian."""

    data: bytes


class Blob(Node, tag=8, frozen=True):
    """A bytes object."""

    data: bytes


class Complex(Node, tag=4, frozen=True):
    """A complex number."""

    real: float
    imaginary: float


class Array(Node, tag=5, frozen=True):
    """A tensor or array: C-ordered little-endian ``data``. ``ref`` names the shared object (0: none)."""

    kind: str
    dtype: str
    shape: tuple[int, ...]
    data: bytes
    ref: int = 0
    device: str = "cpu"


class Known(Node, tag=6, frozen=True):
    """An object that both sides already hold under this number."""

    ref: int


class Handle(Node, tag=7, frozen=True):
    """An object that stays in the box; ``methods`` are attributes that can only be called."""

    ref: int
    kind: str
    type_name: str
    methods: tuple[str, ...] = ()


Foreign: TypeAlias = Array | Known | Handle
AnyNode: TypeAlias = (
    bool | int | float | str | Items | Pairs | BigInteger | Blob | Complex | Array | Known | Handle | None
)
SCALARS = frozenset({type(None), bool, int, float, str})
FOREIGN = frozenset({Array, Known, Handle})
Packed: TypeAlias = list[AnyNode]
Export: TypeAlias = Callable[[object], Foreign]
Resolve: TypeAlias = Callable[[Foreign], object]

CONTAINERS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
HASHED = (set, frozenset)
BUILDERS: dict[str, Callable[[list[object]], object]] = {
    kind: container for container, kind in CONTAINERS.items()
}


def pack(value: object, export: Export) -> Packed:
    """Flatten ``value``; ``export`` turns what is not built-in data into a node.

    Types are matched exactly, so a subclass with methods of its own is never taken for data.
    Raises TooLarge beyond the limits on depth, number of nodes and length of strings, and WireError for
    more keys of one hash than a table may have.
    """
    nodes: Packed = []
    _pack(value, export, nodes, 0)
    return nodes


def unpack(nodes: Packed, resolve: Resolve) -> object:
    """Rebuild the value; raises WireError unless the nodes are exactly one well-formed value."""
    if len(nodes) > NODE_LIMIT:
        raise TooLarge(f"a value of {len(nodes)} nodes is over the limit of {NODE_LIMIT}")
    rest = iter(nodes)
    value = _unpack(rest, resolve, 0)
    if next(rest, rest) is not rest:
        raise WireError("a value is followed by more nodes than it needs")
    return value


def no_foreign(value: object) -> Foreign:
    """Export hook of channels that carry built-in data only."""
    raise WireError(f"a {type(value).__name__} can't cross here")


def _pack(value: object, export: Export, nodes: Packed, depth: int) -> None:
    if depth > DEPTH_LIMIT:
        raise TooLarge(f"a value is nested more than {DEPTH_LIMIT} deep")
    if len(nodes) >= NODE_LIMIT:
        raise TooLarge(f"a value has more than {NODE_LIMIT} nodes")
    kind = type(value)
    if kind in CONTAINERS:
        _pack_items(value, export, nodes, depth)
    elif kind is dict:
        _pack_pairs(value, export, nodes, depth)
    else:
        nodes.append(_leaf(value, export))


def _pack_items(value: Any, export: Export, nodes: Packed, depth: int) -> None:
    if type(value) in HASHED:
        _check_hashes(value)
    nodes.append(Items(CONTAINERS[type(value)], len(value)))
    for item in tuple(value):
        _pack(item, export, nodes, depth + 1)


def _pack_pairs(value: Any, export: Export, nodes: Packed, depth: int) -> None:
    _check_hashes(value)
    nodes.append(Pairs(len(value)))
    for key, item in tuple(value.items()):
        _pack(key, export, nodes, depth + 1)
        _pack(item, export, nodes, depth + 1)


def _leaf(value: object, export: Export) -> AnyNode:
    packer = LEAVES.get(type(value))
    return export(value) if packer is None else packer(value)


def _plain(value: Any) -> AnyNode:
    return value  # type: ignore[no-any-return]


def _integer(value: int) -> AnyNode:
    if value.bit_length() <= INTEGER_BITS:
        return value
    size = value.bit_length() // 8 + 1
    if size > BIG_INTEGER_LIMIT_BYTES:
        raise TooLarge(f"an integer of {size} bytes is over the limit of {BIG_INTEGER_LIMIT_BYTES}")
    return BigInteger(value.to_bytes(size, "little", signed=True))


def _text(value: str) -> AnyNode:
    if value.isascii() and len(value) <= STRING_LIMIT_BYTES:
        return value
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise WireError("a string holds half a surrogate pair") from None
    if size > STRING_LIMIT_BYTES:
        raise TooLarge(f"a string of {size} bytes is over the limit of {STRING_LIMIT_BYTES}")
    return value


def _complex(value: complex) -> AnyNode:
    return Complex(value.real, value.imag)


LEAVES: dict[type, Callable[[Any], AnyNode]] = {
    type(None): _plain,
    bool: _plain,
    int: _integer,
    float: _plain,
    str: _text,
    bytes: Blob,
    complex: _complex,
}


def _unpack(rest: Iterator[AnyNode], resolve: Resolve, depth: int) -> object:
    if depth > DEPTH_LIMIT:
        raise TooLarge(f"a value is nested more than {DEPTH_LIMIT} deep")
    node: Any = next(rest, rest)
    kind = type(node)
    if kind in SCALARS:
        return node
    if kind in FOREIGN:
        return resolve(node)
    if kind is Items:
        return _build(node.kind, [_unpack(rest, resolve, depth + 1) for _ in range(_counted(node.count))])
    if kind is Pairs:
        return _unpack_pairs(rest, resolve, depth, _counted(node.count))
    if kind is Blob:
        return node.data
    if kind is BigInteger:
        return _big_integer(node.data)
    if kind is Complex:
        return complex(node.real, node.imaginary)
    raise WireError("a value ends before it is complete")


def _counted(count: int) -> int:
    if not 0 <= count <= NODE_LIMIT:
        raise WireError(f"a container can't have {count} entries")
    return count


def _build(kind: str, items: list[object]) -> object:
    builder = BUILDERS.get(kind)
    if builder is None:
        raise WireError(f"unknown container {kind[:40]!r}")
    try:
        if builder in HASHED:
            _check_hashes(items)
        return builder(items)
    except TypeError:
        raise WireError(f"a {kind} can't hold such entries") from None


def _unpack_pairs(rest: Iterator[AnyNode], resolve: Resolve, depth: int, count: int) -> dict[object, object]:
    pairs = [(_unpack(rest, resolve, depth + 1), _unpack(rest, resolve, depth + 1)) for _ in range(count)]
    try:
        _check_hashes([key for key, _ in pairs])
        built = dict(pairs)
    except TypeError:
        raise WireError("a dict's key must be hashable data") from None
    if len(built) < count:
        raise WireError("a dict has the same key twice")
    return built


def _check_hashes(keys: Collection[object]) -> None:
    """Raise WireError where so many keys have one hash that putting them in a table takes quadratic time.

    Hashes of numbers, and of tuples of them, are known to everybody, so such keys can be made on purpose.
    Raises TypeError for what can't be hashed.
    """
    if len(keys) > SAME_HASH_LIMIT and max(Counter(map(hash, keys)).values()) > SAME_HASH_LIMIT:
        raise WireError(f"more than {SAME_HASH_LIMIT} keys have the same hash")


def _big_integer(data: bytes) -> int:
    if len(data) > BIG_INTEGER_LIMIT_BYTES:
        raise TooLarge(f"an integer of {len(data)} bytes is over the limit of {BIG_INTEGER_LIMIT_BYTES}")
    return int.from_bytes(data, "little", signed=True)
