"""Compare a number that a person may have rounded: it is correct where it is the truth to as many digits.

One relative tolerance can't serve numbers worked out by hand: 3 for 2.9926 is a quarter of a percent off,
and 0.1 for 0.100742 three quarters, while 2.98 would be a mistake. So an answer says by its own digits how
exactly it wants to be read: 3 is right for 2.9926, and so are 2.99 and 2.993, but 3.1 and 2.98 are not.
"""

import math

import torch
from torch import Tensor

from reference.tolerance import EPSILON, Mismatch, as_tensor, compare_scalar, whole_as_float

BY_HAND = 6
"""Digits that a person writes down at most. A number with more comes from a calculation, which is compared
as any other: float32 alone leaves seven."""

TIE = 1e-9
"""How near to the middle between two roundings, in units of the last digit, either of them is correct."""


def compare_rounded(actual: object, expected: object, *, name: str) -> Mismatch | None:
    """Return None if one number is the expected one, exactly or rounded to the digits it is given with."""
    answer, truth = as_tensor(actual), as_tensor(expected)
    if answer is not None and answer.numel() == 1:
        answer = whole_as_float(answer.reshape(()))
    if answer is None or truth is None or answer.numel() != 1 or answer.dtype not in EPSILON:
        return compare_scalar(actual, expected, name=name)
    digits = significant_digits(answer)
    if digits > BY_HAND:
        return compare_scalar(actual, expected, name=name)
    if is_rounded(float(answer), float(truth), digits):
        return None
    return Mismatch("not_rounded", {"name": name, "digits": digits})


def significant_digits(number: Tensor) -> int:
    """Return how many digits tell this number from its neighbours in its own precision; 1 for 0.

    Zeros at the end can't be seen in a number, so 2.0 has one digit.
    """
    value = float(number)
    if not value or not math.isfinite(value):
        return 1 if not value else BY_HAND + 1
    for digits in range(1, 17):
        if torch.tensor(_to(value, digits), dtype=number.dtype).item() == value:
            return digits
    return 17


def is_rounded(answer: float, truth: float, digits: int) -> bool:
    """Return whether the answer is the truth rounded to so many significant digits; a tie goes either way."""
    if not truth or not math.isfinite(truth):
        return answer == truth
    unit = 10.0 ** (math.floor(math.log10(abs(truth))) + 1 - digits)
    return any(
        math.isclose(answer, _to(truth + shift * TIE * unit, digits), rel_tol=10.0 ** -(BY_HAND + 1))
        for shift in (-1, 0, 1)
    )


def _to(value: float, digits: int) -> float:
    """Return the number rounded to so many significant digits."""
    return float(f"{value:.{digits - 1}e}")
