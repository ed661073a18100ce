"""Compare a number that a person may have rounded: it is correct where it is the truth to as many digits.

One relative tolerance can't serve numbers worked out by hand: 3 for 2.9926 is a quarter of a percent off,
and 0.1 for 0.100742 three quarters, while 2.98 would be a mistake. So an answer says by its own digits how
exactly it wants to be read: 3 is right for 2.9926, and so are 2.99 and 2.993, but 3.1 and 2.98 are not.
What the machine's arithmetic adds is none of its digits: 0.4 - 0.1 * 3 is 0.10000000000000003 and reads 0.1.
"""

import math
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor

from reference.tolerance import Mismatch, as_tensor, compare_scalar, whole_as_float

BY_HAND = 6
"""Digits that a person writes down at most. A number with more comes from a calculation, which is compared
as any other: float32 alone leaves seven."""


@dataclass(frozen=True)
class Reading:
    """How a number of one precision is read.

    digits  so many are looked for: calculated numbers have more, but for a few in a hundred
    noise   how far it may be from a number with so few digits, relative to itself
    """

    digits: int
    noise: float


READINGS = MappingProxyType(
    {
        # The epsilon of float64 behind a subtraction that costs three digits, such as 1000 - 999.9.
        torch.float64: Reading(BY_HAND, 1e-12),
        # Eight epsilons of float32. As near to a number with five digits are up to a fifth of all numbers.
        torch.float32: Reading(4, 1e-6),
    }
)

ZERO = 1e-15
"""Below this a number reads 0, as 0.3 - 0.1 * 3 does, which is -6e-17."""

TIE = 1e-9
"""How near to the middle between two roundings, in units of the last digit, either of them is correct."""


def compare_rounded(actual: object, expected: object, *, name: str) -> Mismatch | None:
    """Return None if one number is the expected one, exactly or rounded to the digits it is given with."""
    answer, truth = as_tensor(actual), as_tensor(expected)
    if answer is not None and answer.numel() == 1:
        answer = whole_as_float(answer.reshape(()))
    if answer is None or truth is None or answer.numel() != 1 or answer.dtype not in READINGS:
        return compare_scalar(actual, expected, name=name)
    digits = significant_digits(answer)
    if digits > READINGS[answer.dtype].digits:
        return compare_scalar(actual, expected, name=name)
    if is_rounded(float(answer), float(truth), digits):
        return None
    return Mismatch("not_rounded", {"name": name, "digits": digits})


def significant_digits(number: Tensor) -> int:
    """Return how many digits a number has but for noise; with more than its precision is read with, one more.

    Zeros at the end can't be seen in a number, so 2.0 has one digit, and so has 0.
    """
    value, reading = float(number), READINGS[number.dtype]
    if abs(value) < ZERO:
        return 1
    seen = (digits for digits in range(1, reading.digits + 1) if _is_near(value, digits, reading.noise))
    return next(seen, reading.digits + 1)


def is_rounded(answer: float, truth: float, digits: int) -> bool:
    """Return whether the answer is the truth rounded to so many significant digits; a tie goes either way."""
    if abs(truth) < ZERO:
        return abs(answer) < ZERO
    if not math.isfinite(truth):
        return answer == truth
    read = _to(answer, digits)
    unit = 10.0 ** (math.floor(math.log10(abs(truth))) + 1 - digits)
    return any(
        math.isclose(read, _to(truth + shift * TIE * unit, digits), rel_tol=10.0 ** -(BY_HAND + 1))
        for shift in (-1, 0, 1)
    )


def _to(value: float, digits: int) -> float:
    """Return the number rounded to so many significant digits."""
    return float(f"{value:.{digits - 1}e}")


def _is_near(value: float, digits: int, noise: float) -> bool:
    return math.isfinite(value) and abs(_to(value, digits) - value) <= noise * abs(value)
