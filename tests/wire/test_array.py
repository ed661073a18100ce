import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from worker.wire import array
from worker.wire.errors import WireError
from worker.wire.value import Array

DTYPES = sorted(array.ITEM_BYTES)
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


@st.composite
def encoded(draw, kind="tensor"):
    names = [name for name in DTYPES if not (kind != "tensor" and name == "bfloat16")]
    name, shape = draw(st.sampled_from(names)), draw(SHAPES)
    size = int(np.prod(shape)) * array.ITEM_BYTES[name]
    data = draw(st.binary(min_size=size, max_size=size))
    if name == "bool":
        data = bytes(byte & 1 for byte in data)
    return Array(kind, name, shape, data)


@given(encoded())
def test_tensors_arrive_bit_by_bit(node):
    tensor = array.to_tensor(node)
    again = array.from_tensor(tensor)
    assert (again.dtype, again.shape, again.data) == (node.dtype, node.shape, node.data)
    assert array.contents(tensor) == node.data


@given(encoded("array"))
def test_arrays_arrive_bit_by_bit(node):
    built = array.to_object(node)
    again = array.from_numpy(built)
    assert (again.kind, again.dtype, again.shape, again.data) == ("array", node.dtype, node.shape, node.data)
    assert built.flags.writeable


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(12.0).reshape(3, 4).T,
        torch.arange(12.0)[::3],
        torch.arange(3.0).expand(2, 3),
        torch.tensor(2.5),
        torch.empty(0, 3),
        torch.randn(2, 3, dtype=torch.bfloat16),
        torch.randn(2, 2, dtype=torch.complex64).conj(),
        torch.randn(2, 2, dtype=torch.complex64).conj().imag,
        torch.nn.Parameter(torch.ones(2)),
        torch.tensor([float("nan"), -0.0, float("inf")]),
    ],
    ids=[
        "transposed",
        "strided",
        "expanded",
        "0-d",
        "empty",
        "bfloat16",
        "conjugated",
        "negated",
        "parameter",
        "special",
    ],
)
def test_layouts(tensor):
    node = array.from_tensor(tensor)
    built = array.to_tensor(node)
    assert type(built) is torch.Tensor
    assert built.dtype == tensor.dtype
    assert torch.equal(built.nan_to_num(), tensor.detach().nan_to_num())
    assert array.contents(tensor) == node.data


@pytest.mark.parametrize("value", [np.float32(1.5), np.int64(-3), np.bool_(True), np.float64("nan")])
def test_numpy_scalars_stay_scalars(value):
    built = array.to_object(array.from_numpy(value))
    assert type(built) is type(value)
    assert built.tobytes() == value.tobytes()


def test_big_endian_and_strided_arrays():
    value = np.arange(12, dtype=">f4").reshape(3, 4)[:, ::2]
    built = array.to_object(array.from_numpy(value))
    assert built.tolist() == value.tolist()


@pytest.mark.parametrize(
    "value",
    [np.array([object()]), np.array(["a"]), np.array([1], dtype="datetime64[s]"), np.zeros((1,) * 9)],
)
def test_arrays_that_are_no_numbers_are_refused(value):
    with pytest.raises(WireError):
        array.from_numpy(value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(2).to_sparse(),
        lambda: torch.empty(2, device="meta"),
        lambda: torch.zeros((1,) * 9),
        lambda: torch.quantize_per_tensor(torch.zeros(2), 1.0, 0, torch.quint8),
        lambda: torch.zeros(1).expand(array.ARRAY_LIMIT_BYTES),
    ],
    ids=["sparse", "meta", "axes", "quantized", "size"],
)
@pytest.mark.filterwarnings("ignore")
def test_tensors_without_plain_bytes_are_refused(make):
    with pytest.raises(WireError):
        array.from_tensor(make())


@pytest.mark.parametrize(
    "node",
    [
        Array("tensor", "float32", (2,), b"0000"),
        Array("tensor", "float32", (-1,), b""),
        Array("tensor", "float32", (1 << 40, 0), b""),
        Array("tensor", "float32", (1 << 20, 1 << 20), b""),
        Array("tensor", "object", (), b"00000000"),
        Array("tensor", "load", (), b""),
        Array("array", "bfloat16", (1,), b"00"),
        Array("scalar", "float32", (1,), b"0000"),
        Array("module", "float32", (), b"0000"),
        Array("tensor", "float32", (0,) * 9, b""),
    ],
)
def test_malformed_arrays_are_refused(node):
    with pytest.raises(WireError):
        array.to_object(node)


@given(
    st.sampled_from(["tensor", "array", "scalar", "x"]),
    st.sampled_from([*DTYPES, "object", "__class__"]),
    st.lists(st.integers(-3, 2**40), max_size=10).map(tuple),
    st.binary(max_size=64),
)
def test_any_description_gives_an_array_or_a_wire_error(kind, dtype, shape, data):
    try:
        array.to_object(Array(kind, dtype, shape, data))
    except WireError:
        return


def test_overwriting_keeps_the_object():
    tensor = torch.zeros(2, 2)
    view = tensor[0]
    array.overwrite(tensor, array.from_tensor(torch.ones(2, 2)))
    assert view.tolist() == [1, 1]
    array.overwrite(tensor, array.from_tensor(torch.ones(3)))
    assert tensor.shape == (3,)
    values = np.zeros(2)
    array.overwrite(values, array.from_numpy(np.ones(2)))
    assert values.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (np.zeros(2), array.from_numpy(np.zeros(3))),
        (np.zeros(2), array.from_tensor(torch.zeros(2))),
        (torch.zeros(2), array.from_numpy(np.zeros(2))),
        (torch.zeros(1).expand(3), array.from_tensor(torch.zeros(3))),
    ],
)
def test_overwriting_with_what_does_not_fit_is_refused(value, source):
    with pytest.raises(WireError):
        array.overwrite(value, source)
