"""Tensors and arrays as dtype, shape and bytes, and back.

Exact for every dtype of the table: NaN payloads, signed zeros, 0-d, empty, strided, transposed and
conjugated tensors. The receiver checks dtype, shape and length against each other before a byte is
interpreted. What it builds owns its memory and is writable.
"""

import math
import sys
from typing import Any

import numpy as np
import torch

from worker.wire.errors import TooLarge, WireError
from worker.wire.limits import ARRAY_LIMIT_BYTES, DIMENSION_LIMIT
from worker.wire.value import Array

ITEM_BYTES: dict[str, int] = {
    "bool": 1, "uint8": 1, "int8": 1,
    "uint16": 2, "int16": 2, "float16": 2, "bfloat16": 2,
    "uint32": 4, "int32": 4, "float32": 4,
    "uint64": 8, "int64": 8, "float64": 8, "complex64": 8,
    "complex128": 16,
}  # fmt: skip
DTYPE_NAMES: dict[torch.dtype, str] = {
    getattr(torch, name): name for name in ITEM_BYTES if hasattr(torch, name)
}
KINDS = ("tensor", "array", "scalar")


def from_tensor(tensor: torch.Tensor, ref: int = 0) -> Array:
    """Encode a tensor; raises WireError for layouts and dtypes that have no plain bytes."""
    plain = _plain(tensor)
    name = DTYPE_NAMES.get(plain.dtype, "")
    if not name or plain.layout is not torch.strided or plain.is_meta:
        raise WireError(f"a tensor of {plain.dtype} and {plain.layout} can't be sent")
    shape = tuple(plain.shape)
    _check_size(name, shape)
    device = "cpu" if plain.is_cpu else str(plain.device)
    return Array("tensor", name, shape, _tensor_bytes(plain, name), ref, device)


def from_numpy(array: Any, ref: int = 0) -> Array:
    """Encode a NumPy array or scalar; raises WireError for object, string and other dtypes."""
    plain = np.asarray(array)
    name = plain.dtype.name
    if name not in ITEM_BYTES:
        raise WireError(f"an array of dtype {plain.dtype} can't be sent")
    _check_size(name, plain.shape)
    little = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    kind = "array" if isinstance(array, np.ndarray) else "scalar"
    return Array(kind, name, tuple(plain.shape), little.tobytes(), ref)


def to_object(array: Array, device: str | None = None) -> Any:
    """Build the tensor, array or scalar that ``array`` describes; raises WireError if it is malformed."""
    if array.kind == "tensor":
        return to_tensor(array, device)
    check(array)
    built = np.frombuffer(bytearray(array.data), dtype=np.dtype(array.dtype)).reshape(array.shape)
    return built if array.kind == "array" else built[()]


def to_tensor(array: Array, device: str | None = None) -> torch.Tensor:
    """Build a tensor that owns its memory, on ``device`` (default: CPU); raises WireError as ``check``."""
    check(array)
    dtype = getattr(torch, array.dtype)
    if not array.data:
        return torch.empty(array.shape, dtype=dtype, device=device)
    if array.dtype == "bfloat16":
        built = torch.frombuffer(bytearray(array.data), dtype=dtype).reshape(array.shape)
    else:  # no view of another tensor: nothing else holds its storage
        flat = np.frombuffer(bytearray(array.data), dtype=array.dtype)
        built = torch.from_numpy(flat.reshape(array.shape))
    return built if device is None else built.to(device)


def contents(value: Any) -> bytes:
    """Return the bytes that `from_tensor` or `from_numpy` would send, for comparing."""
    if isinstance(value, np.ndarray):
        return value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes()
    plain = _plain(value)
    return _tensor_bytes(plain, DTYPE_NAMES.get(plain.dtype, ""))


def overwrite(value: Any, array: Array, device: str | None = None) -> None:
    """Give a tensor or array new contents; a tensor also a new shape or dtype if they differ.

    Raises WireError if the contents do not fit.
    """
    source = to_object(array, device)
    if isinstance(value, np.ndarray):
        if not isinstance(source, np.ndarray) or (source.shape, source.dtype) != (value.shape, value.dtype):
            raise WireError("an array can't change its shape or dtype")
        value[...] = source
    elif not isinstance(source, torch.Tensor):
        raise WireError("a tensor can't become an array")
    else:
        _overwrite_tensor(value, source)


def _overwrite_tensor(value: torch.Tensor, source: torch.Tensor) -> None:
    same_layout = (source.shape, source.dtype, source.device) == (value.shape, value.dtype, value.device)
    try:
        if same_layout:
            value.detach().copy_(source)
        else:
            value.data = source
    except RuntimeError:
        raise WireError("a tensor can't take these contents") from None


def check(array: Array) -> None:
    """Raise WireError unless kind, dtype, shape and number of bytes belong together."""
    if array.kind not in KINDS:
        raise WireError(f"unknown kind of array {array.kind[:40]!r}")
    if array.dtype not in ITEM_BYTES or (array.dtype == "bfloat16" and array.kind != "tensor"):
        raise WireError(f"unknown dtype {array.dtype[:40]!r}")
    if array.kind == "scalar" and array.shape:
        raise WireError("a scalar has no shape")
    if _check_size(array.dtype, array.shape) != len(array.data):
        raise WireError(f"{len(array.data)} bytes are not an array of {array.dtype} and shape {array.shape}")


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    """Return the detached plain tensor; a subclass has no say in it."""
    if type(tensor) is torch.Tensor:
        return tensor.detach()
    with torch._C.DisableTorchFunctionSubclass():
        return tensor.detach().as_subclass(torch.Tensor)


def _check_size(dtype: str, shape: tuple[int, ...]) -> int:
    if len(shape) > DIMENSION_LIMIT or (shape and not 0 <= min(shape) <= max(shape) <= ARRAY_LIMIT_BYTES):
        raise WireError(f"an array can't have shape {shape[:DIMENSION_LIMIT]}")
    size_bytes = math.prod(shape) * ITEM_BYTES[dtype]
    if size_bytes > ARRAY_LIMIT_BYTES:
        raise TooLarge(f"an array of {size_bytes} bytes is over the limit of {ARRAY_LIMIT_BYTES}")
    return size_bytes


def _tensor_bytes(plain: torch.Tensor, name: str) -> bytes:
    if sys.byteorder != "little":
        raise WireError("only little-endian machines are supported")
    if not plain.is_cpu:
        plain = plain.cpu()
    if plain.is_conj() or plain.is_neg():
        plain = plain.resolve_conj().resolve_neg()
    if name == "bfloat16":
        plain = plain.contiguous().view(torch.int16)
    return plain.numpy().tobytes()
