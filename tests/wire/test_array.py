"""Tensors and arrays come back bit for bit; what does not fit together is refused before it is read."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from worker.wire.array import (
    ARRAY_LIMIT_BYTES,
    ITEM_BYTES,
    check,
    from_numpy,
    from_tensor,
    to_object,
    to_tensor,
)
from worker.wire.errors import WireError
from worker.wire.value import Array

NUMPY_DTYPES = sorted(set(ITEM_BYTES) - {"bfloat16"})
SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)


def content(tensor: torch.Tensor) -> bytes:
    """Return the tensor's bytes in C order, NaN payloads and signs included."""
    return bytes(tensor.contiguous().flatten().view(torch.uint8).tolist())


def tensor_of(dtype: str, shape: tuple[int, ...], data: bytes) -> torch.Tensor:
    """Return a tensor with arbitrary bits."""
    size = int(np.prod(shape, dtype=int)) * ITEM_BYTES[dtype]
    bits = (data * (size // len(data) + 1))[:size]
    if dtype == "bool":
        bits = bytes(value & 1 for value in bits)
    if not bits:
        return torch.empty(shape, dtype=getattr(torch, dtype))
    return torch.frombuffer(bytearray(bits), dtype=getattr(torch, dtype)).reshape(shape)


@given(st.sampled_from(sorted(ITEM_BYTES)), SHAPES, st.binary(min_size=1, max_size=64))
def test_a_tensor_keeps_every_bit(dtype: str, shape: tuple[int, ...], data: bytes) -> None:
    sent = tensor_of(dtype, shape, data)
    received = to_tensor(from_tensor(sent))
    assert (received.dtype, received.shape) == (sent.dtype, sent.shape)
    assert content(received) == content(sent)


@given(st.sampled_from(NUMPY_DTYPES), SHAPES, st.binary(min_size=1, max_size=64))
def test_an_array_keeps_every_bit(dtype: str, shape: tuple[int, ...], data: bytes) -> None:
    sent = tensor_of(dtype, shape, data).numpy()
    received = to_object(from_numpy(sent))
    assert isinstance(received, np.ndarray)
    assert (received.dtype, received.shape, received.tobytes()) == (sent.dtype, sent.shape, sent.tobytes())


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "complex64", "int8"])
@pytest.mark.parametrize(
    "strided",
    [
        lambda t: t.T,
        lambda t: t[:, ::2],
        lambda t: t[1:2].expand(4, 6),
        lambda t: t.flip(0),
        lambda t: t[2, 3],
        lambda t: t[:0],
    ],
    ids=["transposed", "strided", "expanded", "flipped", "0-d", "empty"],
)
def test_the_order_in_memory_does_not_matter(strided, dtype: str) -> None:  # type: ignore[no-untyped-def]
    view = strided(torch.arange(24.0).reshape(4, 6).to(getattr(torch, dtype)))
    received = to_tensor(from_tensor(view))
    assert received.shape == view.shape
    assert torch.equal(received, view)


def test_a_reversed_array_comes_back_reversed() -> None:
    array = np.arange(6.0)[::-1].reshape(2, 3).T
    assert np.array_equal(to_object(from_numpy(array)), array)


def test_lazy_conjugation_and_negation_are_carried_out() -> None:
    tensor = torch.tensor([1 + 2j, 3 - 4j])
    assert torch.equal(to_tensor(from_tensor(tensor.conj())), tensor.conj().resolve_conj())
    assert torch.equal(to_tensor(from_tensor(tensor.conj().imag)), torch.tensor([-2.0, 4.0]))


def test_foreign_byte_order_is_turned() -> None:
    assert to_object(from_numpy(np.array([1.5, 2.5], dtype=">f8"))).tolist() == [1.5, 2.5]


def test_a_numpy_scalar_stays_a_scalar_of_its_type() -> None:
    received = to_object(from_numpy(np.float32(0.1)))
    assert type(received) is np.float32
    assert received == np.float32(0.1)


def test_what_is_built_can_be_written_to() -> None:
    received = to_tensor(from_tensor(torch.zeros(2)))
    received += 1
    assert received.tolist() == [1, 1]
    array = to_object(from_numpy(np.zeros(2)))
    array += 1
    assert array.tolist() == [1, 1]


def test_a_parameter_is_sent_as_plain_numbers() -> None:
    assert to_tensor(from_tensor(torch.nn.Parameter(torch.ones(2)))).requires_grad is False


@pytest.mark.parametrize(
    "unsendable",
    [torch.zeros(2).to_sparse(), torch.empty(2, device="meta")],
    ids=["sparse", "meta"],
)
def test_a_tensor_without_plain_bytes_is_not_sent(unsendable: torch.Tensor) -> None:
    with pytest.raises(WireError, match="can't be sent"):
        from_tensor(unsendable)


@pytest.mark.parametrize("unsendable", [np.array([object()]), np.array(["text"])], ids=["object", "text"])
def test_an_array_of_other_things_is_not_sent(unsendable: object) -> None:
    with pytest.raises(WireError, match="can't be sent"):
        from_numpy(unsendable)


@pytest.mark.parametrize(
    "array",
    [
        Array("tensor", "float32", (2,), b"1234567"),
        Array("tensor", "float32", (3,), bytes(8)),
        Array("tensor", "float32", (-1, -2), bytes(8)),
        Array("tensor", "float33", (2,), bytes(8)),
        Array("tensor", "float32", (1,) * 9, bytes(4)),
        Array("tensor", "float32", (1 << 62, 0), b""),
        Array("tensor", "uint8", (ARRAY_LIMIT_BYTES, 2), b""),
        Array("pickle", "float32", (2,), bytes(8)),
        Array("array", "bfloat16", (2,), bytes(4)),
        Array("scalar", "float32", (1,), bytes(4)),
    ],
)
def test_what_does_not_fit_together_is_refused(array: Array) -> None:
    for read in (check, to_object, to_tensor):
        with pytest.raises(WireError):
            read(array)
