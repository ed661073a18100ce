"""Compare a student's tensor with the expected one: None, or a Mismatch that says what differs.

The difference is relative to the expected tensor's greatest magnitude, so that a gradient of 1e-6 is held to
as many digits as one of 1e3, and an entry that happens to be near zero is not held to digits it can't have.
Total: any pair of tensors, arrays, numbers or foreign objects gives an answer and never an exception.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol, TypeGuard

import torch
from torch import Tensor

Value = str | int | float | bool | list[int]

ROUNDINGS = 1024
"""Allowed difference in units of epsilon: 1.2e-4 for float32.

A two-layer net with sums of a dozen terms makes some twenty roundings; 1 − σ(z) at |z| = 4 magnifies one of
them 55-fold, and a sum whose terms nearly cancel all of them by what is lost. The nearest wrong formula seen
in hundreds of random nets that weren't even well-conditioned was 3.6e-4 off, three times as much.
"""

GROWTH = 1.0
"""Further epsilons per square root of the number of entries: longer sums, and the worst of more entries."""

SUMMED = 0.5
"""Further epsilons per term of the longest sum: what a sum loses at most whose terms are added one by one
(Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 4.2): each rounds by half an epsilon.

Libraries do add so. With equal terms in float32, torch 2.13.0 on a CPU (MKL 2024.2, AVX-512, one thread)
loses 0.1 epsilon per term where a matrix product has a column as a factor, as `e.T @ e` and `ones @ e` have:
1.2e-4 for 10**4 terms and 1.3e-2 for 10**6. So does NumPy 2's `sum(axis=0)`; `torch.sum` adds in blocks and
loses 4e-7.
"""

EPSILON = MappingProxyType({kind: torch.finfo(kind).eps for kind in (torch.float32, torch.float64)})
"""The precisions a question may be put in, from which its allowance follows."""


class _Array(Protocol):
    """What is needed of a NumPy array or scalar."""

    def copy(self) -> object:
        """Return a contiguous copy."""


@dataclass(frozen=True)
class Mismatch:
    """What differs: a feedback code and the values its sentence needs."""

    code: str
    values: Mapping[str, Value]


def allowance(dtype: torch.dtype, numel: int, terms: int = 1) -> float:
    """Return the greatest relative difference allowed in a tensor of numel entries computed in dtype.

    terms: how many the longest sum on the way has, such as the rows of a batch.
    """
    return float(EPSILON[dtype] * (ROUNDINGS + GROWTH * numel**0.5 + SUMMED * terms))


def compare(
    actual: object, expected: object, *, name: str, dtype: torch.dtype = torch.float32, terms: int = 1
) -> Mismatch | None:
    """Return None if actual agrees with expected in shape and, for the precision of dtype, in value.

    expected: a tensor, array or number. dtype: float32 or float64, what the question's inputs had;
    an answer in a finer precision is welcome and held to the same allowance. terms: of the longest sum.
    Raises TypeError only if expected itself is no tensor, array or number.
    """
    truth = as_tensor(expected)
    if truth is None:
        raise TypeError(f"the expected value of {name} is a {_kind(expected)}, not a tensor, array or number")
    answer = as_tensor(actual)
    if answer is None:
        return _not_numbers(actual, name)
    answer = whole_as_float(answer)
    if answer.dtype is torch.bool and answer.ndim == 0:
        return Mismatch("truth_value", {"name": name})
    if answer.dtype not in _accepted(dtype) or truth.is_complex():
        wanted = truth.dtype if truth.is_complex() else dtype
        return Mismatch(
            "wrong_dtype", {"name": name, "actual": _plain(answer.dtype), "expected": _plain(wanted)}
        )
    allowed = allowance(dtype, truth.numel(), terms)
    if answer.shape != truth.shape:
        return _wrong_shape(answer.double(), truth.double(), name, allowed)
    return _difference(answer.double(), truth.double(), name, allowed)


def compare_scalar(
    actual: object, expected: object, *, name: str, dtype: torch.dtype = torch.float32, terms: int = 1
) -> Mismatch | None:
    """Compare one number: a Python number, or a tensor or array of one element with any number of axes.

    Whole numbers of any kind are numbers; True and False are not.
    """
    answer = as_tensor(actual)
    truth = as_tensor(expected)
    if answer is None or truth is None or answer.numel() != 1 or truth.numel() != 1:
        return compare(actual, expected, name=name, dtype=dtype, terms=terms)
    return compare(answer.reshape(()), truth.reshape(()), name=name, dtype=dtype, terms=terms)


def whole_as_float(value: Tensor) -> Tensor:
    """Return a whole number without axes as the float64 that a Python number is; anything else as it is."""
    is_whole = not (value.is_floating_point() or value.is_complex() or value.dtype is torch.bool)
    return value.double() if is_whole and value.ndim == 0 else value


def deviation(
    actual: object, expected: object, *, dtype: torch.dtype = torch.float32, terms: int = 1
) -> float | None:
    """Return the greatest difference in units of what is allowed; None where kinds or shapes differ.

    One number is compared as `compare_scalar` does. What is infinitely far off, a NaN among it, is the
    greatest float.
    """
    answer, truth = as_tensor(actual), as_tensor(expected)
    if answer is None or truth is None or answer.is_complex() or truth.is_complex():
        return None
    if answer.numel() == truth.numel() == 1:
        answer = answer.reshape(truth.shape)
    if answer.shape != truth.shape or not truth.numel():
        return None
    worst = float((answer.double() - truth.double()).abs().max())
    allowed = allowance(dtype, truth.numel(), terms) * float(truth.double().abs().max())
    if not worst:
        return 0.0
    return min(worst / allowed, sys.float_info.max) if allowed and worst == worst else sys.float_info.max


def find_non_finite(actual: object, *, name: str) -> Mismatch | None:
    """Return a Mismatch if actual holds a NaN or an infinity, or no numbers at all."""
    answer = as_tensor(actual)
    if answer is None:
        return _not_numbers(actual, name)
    answer = answer if answer.is_complex() else answer.double()
    wrong = (~torch.isfinite(answer)).flatten()
    if not wrong.any():
        return None
    position = int(wrong.to(torch.uint8).argmax())
    found = "nan" if torch.isnan(answer).flatten()[position] else "inf"
    return Mismatch("not_finite", {"name": name, "found": found, "index": _index(position, answer.shape)})


def relation(actual: torch.Size, expected: torch.Size) -> str:
    """Return how a wrong shape is akin to the expected one, or the empty string."""
    if len(actual) > 1 and tuple(reversed(actual)) == tuple(expected):
        return "transposed"
    squeezed = [length for length in actual if length != 1]
    if len(actual) > len(expected) and squeezed == [length for length in expected if length != 1]:
        return "extra_axis"
    if len(actual) < len(expected) and len(actual) == 1 and actual.numel() == expected.numel():
        return "flattened"
    return "broadcasts" if _broadcasts(actual, expected) else ""


def _difference(answer: Tensor, truth: Tensor, name: str, allowed: float) -> Mismatch | None:
    """Compare two float64 tensors of one shape."""
    if truth.numel() == 0:
        return None
    error = (answer - truth).abs().flatten()
    worst = float(error.max())
    scale = float(truth.abs().max())
    if worst <= allowed * scale < float("inf"):
        return None
    infinite = find_non_finite(answer, name=name)
    if infinite is not None:
        return infinite
    # A truth of zeros has no size to be relative to: whatever isn't zero is infinitely far off.
    difference = min(worst / scale, sys.float_info.max) if 0 < scale < float("inf") else sys.float_info.max
    values: dict[str, Value] = {
        "name": name,
        "difference": difference,
        "index": _index(int(error.argmax()), truth.shape),
        "allowed": allowed,
    }
    return Mismatch("not_close", values)


def _wrong_shape(answer: Tensor, truth: Tensor, name: str, allowed: float) -> Mismatch:
    kinship = relation(answer.shape, truth.shape)
    agrees = bool(kinship) and _difference(_rearranged(answer, truth, kinship), truth, name, allowed) is None
    values: dict[str, Value] = {
        "name": name,
        "actual": list(answer.shape),
        "expected": list(truth.shape),
        "relation": kinship,
        "agrees": agrees,
    }
    return Mismatch("wrong_shape", values)


def _rearranged(answer: Tensor, truth: Tensor, kinship: str) -> Tensor:
    """Return the answer in the shape of the truth."""
    if kinship == "transposed":
        return answer.permute(*reversed(range(answer.ndim)))
    return answer.expand(truth.shape) if kinship == "broadcasts" else answer.reshape(truth.shape)


def _broadcasts(actual: torch.Size, expected: torch.Size) -> bool:
    """Return whether a tensor of the one shape can be expanded to the other."""
    ends = zip(reversed(actual), reversed(expected), strict=False)
    return len(actual) <= len(expected) and all(length in (1, wanted) for length, wanted in ends)


def as_tensor(value: object) -> Tensor | None:
    """Return a tensor, array or number as a dense tensor on the CPU, None for anything else."""
    try:
        if isinstance(value, Tensor) and not value.is_nested:
            tensor = value.detach().to("cpu").to_dense().resolve_conj().resolve_neg()
        elif isinstance(value, int | float | Fraction | Decimal) and not isinstance(value, bool):
            tensor = torch.tensor(float(value), dtype=torch.float64)
        elif isinstance(value, complex):
            tensor = torch.tensor(complex(value))
        elif _is_numpy(value):
            tensor = torch.tensor(value.copy())  # The copy has no negative strides, which torch rejects.
        else:
            return None
        if tensor.dtype not in EPSILON and not tensor.is_complex():
            tensor.double()  # Raises for what holds no numbers.
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None  # An array of objects or strings, a tensor without data, an int beyond every float.
    return tensor


def _is_numpy(value: object) -> TypeGuard[_Array]:
    """Return whether value is numpy's, without importing numpy."""
    return type(value).__module__ == "numpy"


def _accepted(dtype: torch.dtype) -> tuple[torch.dtype, ...]:
    """Return the dtypes at least as fine as the question's."""
    return tuple(kind for kind, epsilon in EPSILON.items() if epsilon <= EPSILON[dtype])


def _not_numbers(actual: object, name: str) -> Mismatch:
    if actual is None:
        return Mismatch("returned_none", {"name": name})
    if isinstance(actual, bool):
        return Mismatch("truth_value", {"name": name})
    return Mismatch("not_numbers", {"name": name, "actual": _kind(actual)})


def _index(position: int, shape: torch.Size) -> list[int]:
    """Return the position in a flattened tensor as one index per axis."""
    index: list[int] = []
    for length in reversed(shape):
        position, offset = divmod(position, length)
        index.insert(0, offset)
    return index


def _kind(value: object) -> str:
    return type(value).__name__


def _plain(dtype: torch.dtype) -> str:
    """Return a dtype's name as NumPy and torch share it, such as float32."""
    return str(dtype).removeprefix("torch.")
