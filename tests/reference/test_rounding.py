"""A number is right where it is the truth rounded to the digits it is given with."""

import math
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from reference.rounding import BY_HAND, compare_rounded, significant_digits

LOSS = math.log(1 + math.exp(6))
SLOPE = 3 / (1 + math.exp(-6))
WEIGHT = 0.4 - 0.1 * SLOPE
TRUTHS = st.floats(1e-6, 1e6).map(lambda size: size * (1 if hash(size) % 2 else -1))


def is_right(answer: object, truth: float) -> bool:
    return compare_rounded(answer, truth, name="x") is None


def rounded(truth: float, digits: int, rounding: str = ROUND_HALF_UP) -> float:
    """Return the truth to so many significant digits, as schools round."""
    return float(Context(prec=digits, rounding=rounding).create_decimal(Decimal(truth)))


@pytest.mark.parametrize(
    ("answer", "truth", "right"),
    [
        (6, LOSS, True),
        (6.0, LOSS, True),
        (6.002, LOSS, True),
        (6.0025, LOSS, True),
        (6.003, LOSS, False),
        (5.99, LOSS, False),
        (3, SLOPE, True),
        (2.993, SLOPE, True),
        (2.99, SLOPE, True),
        (2.98, SLOPE, False),
        (3.1, SLOPE, False),
        (-3, SLOPE, False),
        (0.1, WEIGHT, True),
        (0.101, WEIGHT, True),
        (0.1007, WEIGHT, True),
        (0.11, WEIGHT, False),
        (0, WEIGHT, False),
        (2, 2.0, True),
        (2.01, 2.0, False),
        (0, 0.0, True),
        (0.001, 0.0, False),
    ],
)
def test_answers_worked_out_by_hand_are_held_to_their_own_digits(
    answer: float, truth: float, right: bool
) -> None:
    assert is_right(answer, truth) == right


@given(truth=TRUTHS, digits=st.integers(1, BY_HAND))
def test_the_truth_rounded_to_any_digits_is_right(truth: float, digits: int) -> None:
    assert is_right(rounded(truth, digits), truth)
    assert is_right(rounded(truth, digits, ROUND_HALF_DOWN), truth)
    assert is_right(truth, truth)


@pytest.mark.parametrize(
    ("answer", "truth", "right"),
    [
        (0.4 - 0.1 * 3, WEIGHT, True),
        (1.1 - 1, WEIGHT, True),
        (1000 - 999.9, WEIGHT, True),
        (0.1 + 0.2, 0.3, True),
        (0.1 + 0.2, 0.2993, True),
        (0.1 * 3 * 10, SLOPE, True),
        (4.35 * 100, 434.96, True),
        (0.4 - 0.1 * 2.993, WEIGHT, True),
        (0.4 - 0.1 * 2.9, WEIGHT, False),
        (0.5 - 0.1 * 3, WEIGHT, False),
        (0.1 * 3 * 10, 2.4, False),
        (0.3 - 0.1 * 3, 0.0, True),
        (0.0, 0.3 - 0.1 * 3, True),
        (0.3 - 0.1 * 3, WEIGHT, False),
        (1e-9, 0.0, False),
        (torch.tensor(0.4) - 0.1 * torch.tensor(3.0), WEIGHT, True),
        (torch.tensor(0.1) * 3, 0.2993, True),
        (np.float32(0.4) - np.float32(0.1) * np.float32(3), WEIGHT, True),
        (torch.tensor(0.4) - 0.1 * torch.tensor(2.9), WEIGHT, False),
    ],
)
def test_what_the_machine_adds_to_a_number_is_none_of_its_digits(
    answer: object, truth: float, right: bool
) -> None:
    assert is_right(answer, truth) == right


@given(truth=TRUTHS, digits=st.integers(1, BY_HAND), noise=st.integers(-64, 64))
def test_noise_changes_neither_the_digits_nor_the_judgement(truth: float, digits: int, noise: int) -> None:
    number = rounded(truth, digits)
    noisy = number * (1 + noise * 2.0**-52)
    assert significant_digits(torch.tensor(noisy, dtype=torch.float64)) <= digits
    assert is_right(noisy, truth)
    assert is_right(noisy, 1.5 * truth) == is_right(number, 1.5 * truth)


@given(truth=TRUTHS)
def test_a_right_calculation_in_any_precision_is_right(truth: float) -> None:
    assert is_right(torch.tensor(truth, dtype=torch.float32), truth)
    assert is_right(torch.tensor(truth * (1 + 1e-6), dtype=torch.float32), truth)
    assert is_right(truth * (1 + 1e-13), truth)


@given(truth=TRUTHS, digits=st.integers(1, BY_HAND))
def test_a_unit_more_or_less_in_the_last_digit_is_wrong(truth: float, digits: int) -> None:
    right = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(Decimal(truth))
    for step in (-1, 1):
        moved = right + step * Decimal(1).scaleb(right.adjusted() + 1 - digits)
        # Across a power of ten the digits are others, and a moved tie may be the other way to round it.
        assume(moved.adjusted() == right.adjusted() and moved.as_tuple().digits[-1:] != (0,))
        assume(abs(Decimal(truth) - right) < Decimal("0.49").scaleb(right.adjusted() + 1 - digits))
        assert not is_right(float(moved), truth)


@given(truth=TRUTHS)
def test_neither_zero_nor_the_other_sign_is_right(truth: float) -> None:
    assert not is_right(0.0, truth)
    assert not is_right(-rounded(truth, 3), truth)


@given(truth=TRUTHS, digits=st.integers(1, 7))
def test_digits_are_counted_in_the_precision_of_the_number(truth: float, digits: int) -> None:
    number = rounded(truth, digits)
    assert significant_digits(torch.tensor(number, dtype=torch.float64)) <= digits
    assert significant_digits(torch.tensor(number, dtype=torch.float32)) <= digits


def test_what_is_computed_in_float32_is_compared_as_such() -> None:
    assert is_right(torch.tensor(LOSS, dtype=torch.float32), LOSS)
    assert not is_right(torch.tensor(LOSS * 1.001, dtype=torch.float32), LOSS)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "returned_none"),
        ("3", "not_numbers"),
        (math.nan, "not_finite"),
        (math.inf, "not_finite"),
        (torch.tensor([3.0, 3.0]), "wrong_shape"),
        (5, "not_rounded"),
        (torch.tensor(5), "not_rounded"),
        (True, "truth_value"),
        (torch.tensor(3.0, dtype=torch.float16), "wrong_dtype"),
    ],
)
def test_what_is_no_number_is_told_as_everywhere(answer: object, code: str) -> None:
    mismatch = compare_rounded(answer, SLOPE, name="x")
    assert mismatch is not None
    assert mismatch.code == code


def test_a_single_number_may_have_any_number_of_axes() -> None:
    for answer in (torch.tensor([[3.0]]), np.float64(3.0), np.array([2.993])):
        assert is_right(answer, SLOPE)


def test_how_many_digits_were_given_is_told_and_not_the_truth() -> None:
    mismatch = compare_rounded(2.98, SLOPE, name="DL_DY_HAT")
    assert mismatch is not None
    assert mismatch.values == {"name": "DL_DY_HAT", "digits": 3}
