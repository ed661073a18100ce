"""Any built-in value comes back equal and of the same type; any list of nodes gives a value or WireError."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.wire.errors import WireError
from worker.wire.value import (
    BIG_INTEGER_LIMIT_BYTES,
    DEPTH_LIMIT,
    NODE_LIMIT,
    STRING_LIMIT_BYTES,
    Array,
    BigInteger,
    Blob,
    Complex,
    Foreign,
    Handle,
    Items,
    Known,
    Packed,
    Pairs,
    no_foreign,
    pack,
    unpack,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    TEXT,
    st.binary(),
    st.complex_numbers(allow_nan=False),
)
KEYS = st.one_of(st.integers(), TEXT, st.binary(), st.tuples(st.integers(), TEXT))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner),
        st.lists(inner).map(tuple),
        st.sets(KEYS),
        st.frozensets(KEYS),
        st.dictionaries(KEYS, inner),
    ),
    max_leaves=20,
)
SMALL = st.integers(-3, 3)
NODES = st.one_of(
    SCALARS.filter(lambda value: type(value) in (type(None), bool, int, float, str)),
    st.builds(Items, st.sampled_from(["list", "tuple", "set", "frozenset", "dict", "eval"]), SMALL),
    st.builds(Pairs, SMALL),
    st.builds(BigInteger, st.binary(max_size=40)),
    st.builds(Blob, st.binary(max_size=40)),
    st.builds(Complex, st.floats(), st.floats()),
    st.builds(Known, SMALL),
    st.builds(Handle, SMALL, TEXT, TEXT),
    st.builds(Array, TEXT, TEXT, st.just(()), st.binary()),
)


def over_the_wire(nodes: Packed) -> Packed:
    """Return what a peer decodes."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(nodes), type=Packed)


def refuse(node: Foreign) -> object:
    """Resolve hook of a peer that takes built-in data only."""
    raise WireError(f"unexpected {type(node).__name__}")


def same(left: object, right: object) -> bool:
    """Whether two values are equal with equal types, at every depth."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return same(list(left.items()), list(right.items()))
    return left == right


@given(VALUES)
def test_a_value_comes_back_equal_and_of_the_same_type(value: object) -> None:
    assert same(unpack(over_the_wire(pack(value, no_foreign)), refuse), value)


@given(st.floats())
def test_a_float_keeps_its_bits(value: float) -> None:
    received = unpack(over_the_wire(pack(value, no_foreign)), refuse)
    assert isinstance(received, float)
    assert math.copysign(1, received) == math.copysign(1, value)
    assert received == value or (math.isnan(received) and math.isnan(value))


@given(st.lists(NODES, max_size=30))
def test_any_nodes_give_a_value_or_a_wire_error(nodes: Packed) -> None:
    try:
        unpack(nodes, refuse)
    except WireError:
        return


class Rigged(list[int]):
    """A list that lies about its length."""

    def __len__(self) -> int:
        raise AssertionError("a method of foreign code ran")


def test_a_subclass_of_a_container_is_never_taken_for_data() -> None:
    with pytest.raises(WireError, match="Rigged"):
        pack([Rigged()], no_foreign)


def test_a_value_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    value: object = 1
    for _ in range(DEPTH_LIMIT):
        value = [value]
    assert unpack(pack(value, no_foreign), refuse) == value
    with pytest.raises(WireError, match="nested"):
        pack([value], no_foreign)
    with pytest.raises(WireError, match="nested"):
        unpack([*[Items("list", 1)] * (DEPTH_LIMIT + 1), 1], refuse)


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(WireError, match="nested"):
        pack(value, no_foreign)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([0] * NODE_LIMIT, "nodes"),
        ("x" * (STRING_LIMIT_BYTES + 1), "string"),
        (1 << (8 * BIG_INTEGER_LIMIT_BYTES + 8), "integer"),
        ("\ud800", "surrogate"),
    ],
    ids=["nodes", "string", "integer", "surrogate"],
)
def test_what_is_over_a_limit_is_not_sent(value: object, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        pack(value, no_foreign)


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([], "ends before"),
        ([Items("list", 2), 1], "ends before"),
        ([1, 2], "more nodes"),
        ([Items("list", -1)], "-1 entries"),
        ([Items("list", NODE_LIMIT + 1)], "entries"),
        ([Items("object", 0)], "unknown container"),
        ([Pairs(2), "a", 1, "a", 2], "twice"),
        ([Pairs(1), Items("list", 0), 1], "hashable"),
        ([Items("set", 1), Items("list", 0)], "can't hold"),
        ([BigInteger(b"x" * (BIG_INTEGER_LIMIT_BYTES + 1))], "integer"),
        ([0] * (NODE_LIMIT + 1), "nodes"),
    ],
)
def test_malformed_nodes_are_refused_with_the_reason(nodes: Packed, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        unpack(nodes, refuse)
