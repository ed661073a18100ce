import math
import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.wire.errors import WireError
from worker.wire.value import (
    BIG_INTEGER_LIMIT_BYTES,
    DEPTH_LIMIT,
    NODE_LIMIT,
    SAME_HASH_LIMIT,
    AnyNode,
    Array,
    Handle,
    Items,
    Known,
    Packed,
    Pairs,
    no_foreign,
    pack,
    unpack,
)

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary()
)
KEYS = (
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.tuples(st.integers(), st.text())
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=20,
)
DECODER = msgspec.msgpack.Decoder(Packed)
BYTE_CODES = st.lists(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text()
    | st.builds(
        lambda kind, count: [1, kind, count],
        st.sampled_from(["list", "tuple", "set", "dict", ""]),
        st.integers(-2, 9),
    )
    | st.builds(lambda count: [2, count], st.integers(-2, 9))
    | st.builds(lambda data: [3, data], st.binary())
    | st.builds(lambda data: [8, data], st.binary())
    | st.builds(lambda ref: [6, ref], st.integers(-(2**63), 2**63 - 1))
    | st.lists(st.integers(0, 9) | st.text(), max_size=4)
)


def same(a, b):
    """Compare exactly: types, NaN payloads, signs of zeros, order of dicts."""
    if type(a) is not type(b):
        return False
    if type(a) is float:
        return struct.pack("d", a) == struct.pack("d", b)
    if type(a) is complex:
        return same(a.real, b.real) and same(a.imag, b.imag)
    if type(a) in (list, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if type(a) is dict:
        return all(map(same, a.items(), b.items())) and len(a) == len(b)
    return a == b


def resolve(node):
    raise WireError("nothing foreign here")


def over_the_wire(value):
    return unpack(DECODER.decode(msgspec.msgpack.encode(pack(value, no_foreign))), resolve)


@given(VALUES)
def test_values_arrive_exactly_as_they_were(value):
    assert same(over_the_wire(value), value)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_an_error(data):
    try:
        unpack(DECODER.decode(data), resolve)
    except (WireError, msgspec.MsgspecError, UnicodeDecodeError):
        return  # the channel makes a WireError of each


@given(BYTE_CODES)
def test_any_nodes_give_a_value_or_a_wire_error(nodes):
    try:
        decoded = DECODER.decode(msgspec.msgpack.encode(nodes))
    except msgspec.MsgspecError:
        return
    try:
        unpack(decoded, resolve)
    except WireError:
        return


@given(st.integers(min_value=2**62) | st.integers(max_value=-(2**62)))
def test_large_integers(value):
    assert over_the_wire(value) == value


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(DEPTH_LIMIT + 1),
        [0] * NODE_LIMIT,
        1 << 8 * BIG_INTEGER_LIMIT_BYTES,
        "x" * 5_000_000,
        "\ud800",
        object(),
        math,
        type("Int", (int,), {})(3),
    ],
    ids=["depth", "nodes", "integer", "text", "surrogate", "object", "module", "subclass"],
)
def test_what_is_beyond_the_limits_is_not_packed(value):
    with pytest.raises(WireError):
        pack(value, no_foreign)


def test_the_greatest_depth_passes():
    assert over_the_wire(nested(DEPTH_LIMIT)) == nested(DEPTH_LIMIT)


def test_a_list_that_holds_itself_is_an_error():
    endless = []
    endless.append(endless)
    with pytest.raises(WireError):
        pack(endless, no_foreign)


@pytest.mark.parametrize(
    "nodes",
    [
        [],
        [1, 2],
        [Items("list", 1)],
        [Items("list", -1)],
        [Items("list", NODE_LIMIT + 1)],
        [Items("bytearray", 0)],
        [Items("set", 1), Items("list", 0)],
        [Pairs(1), Items("list", 0), 1],
        [Pairs(2), "a", 1, "a", 2],
        [Pairs(1), "a"],
        [Items("list", 1)] * (DEPTH_LIMIT + 2),
        [0] * (NODE_LIMIT + 1),
    ],
)
def test_malformed_nodes_are_wire_errors(nodes: list[AnyNode]):
    with pytest.raises(WireError):
        unpack(nodes, resolve)


def of_one_hash(count):
    """Return numbers that all have the hash 0: it is taken modulo a prime that everybody knows."""
    return [(2**61 - 1) * number for number in range(1, count + 1)]


@pytest.mark.parametrize("within", [lambda number: number, lambda number: (number, "x")])
@pytest.mark.parametrize("table", [set, frozenset, dict.fromkeys])
def test_a_table_of_keys_with_one_hash_is_neither_packed_nor_built(table, within):
    keys = [within(number) for number in of_one_hash(SAME_HASH_LIMIT + 1)]
    with pytest.raises(WireError):
        pack(table(keys), no_foreign)
    nodes = pack(keys, no_foreign)[1:]
    for kind in ("set", "frozenset"):
        with pytest.raises(WireError):
            unpack([Items(kind, len(keys)), *nodes], resolve)
    pairs = [node for key in keys for node in (*pack(key, no_foreign), None)]
    with pytest.raises(WireError):
        unpack([Pairs(len(keys)), *pairs], resolve)


def test_as_many_keys_as_may_have_one_hash_and_all_powers_of_two_pass():
    for value in (set(of_one_hash(SAME_HASH_LIMIT)), {2**n: n for n in range(5_000)}):
        assert over_the_wire(value) == value


def test_foreign_nodes_go_through_the_hooks():
    thing = object()
    nodes = pack([thing, 1], lambda value: Known(7))
    assert unpack(nodes, lambda node: thing if node == Known(7) else None) == [thing, 1]
    handle = Handle(-1, "object", "Thing", ("run",))
    array = Array("tensor", "float32", (1,), b"0000", 3)
    assert DECODER.decode(msgspec.msgpack.encode([handle, array])) == [handle, array]
