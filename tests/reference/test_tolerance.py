import json
import math
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor

from reference.rounding import compare_rounded
from reference.tolerance import (
    Mismatch,
    allowance,
    compare,
    compare_scalar,
    deviation,
    find_non_finite,
    relation,
)

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.uint8,
    torch.bool,
    torch.complex64,
]
SHAPES = st.lists(st.integers(0, 4), max_size=3).map(tuple)
SEEDS = st.integers(0, 2**32)
SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 1.0]


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    shape = draw(SHAPES)
    entries = draw(st.lists(st.sampled_from(SPECIAL), min_size=math.prod(shape), max_size=math.prod(shape)))
    dtype = draw(st.sampled_from(DTYPES))
    source = torch.tensor(entries, dtype=torch.float64).reshape(shape)
    return source.nan_to_num(0, 1, 0).to(dtype) if not dtype.is_floating_point else source.to(dtype)


def code(mismatch: Mismatch | None) -> str:
    return "ok" if mismatch is None else mismatch.code


@given(actual=tensors(), expected=tensors())
def test_any_pair_of_tensors_gets_an_answer_that_json_can_hold(actual: Tensor, expected: Tensor) -> None:
    for outcome in (
        compare(actual, expected, name="x"),
        compare_scalar(actual, expected, name="x", dtype=torch.float64),
        find_non_finite(actual, name="x"),
    ):
        if outcome is not None:
            json.dumps(outcome.values, allow_nan=False)


@given(expected=tensors())
def test_a_finite_tensor_agrees_with_itself(expected: Tensor) -> None:
    assume(expected.dtype in (torch.float32, torch.float64) and bool(torch.isfinite(expected).all()))
    assert compare(expected, expected, name="x") is None


@given(seed=SEEDS, exponent=st.integers(-120, 120), off=st.sampled_from([0.0, 1e-6, 1e-5, 1e-4, 1e-2, 1.0]))
def test_the_verdict_does_not_depend_on_scale_or_sign(seed: int, exponent: int, off: float) -> None:
    expected = normal(seed, 3, 4)
    actual = expected + off * normal(seed + 1, 3, 4)
    verdict = code(compare(actual, expected, name="x"))
    factor = -(2.0**exponent)
    assert code(compare(actual * factor, expected * factor, name="x")) == verdict


@given(seed=SEEDS, exponent=st.integers(-100, 0))
def test_zeros_are_no_answer_to_a_small_gradient(seed: int, exponent: int) -> None:
    expected = normal(seed, 3, 4) * 10.0**exponent
    assert code(compare(torch.zeros(3, 4), expected, name="x")) == "not_close"


@given(seed=SEEDS)
def test_a_float32_copy_agrees_and_a_thousandth_off_does_not(seed: int) -> None:
    expected = normal(seed, 3, 4)
    assert compare(expected.float(), expected, name="x") is None
    assert code(compare(expected * 1.001, expected, name="x")) == "not_close"


@given(seed=SEEDS, shape=st.sampled_from([(4,), (1, 4), (3, 1), (1, 1), (1,), ()]))
def test_a_shape_that_would_broadcast_is_rejected(seed: int, shape: tuple[int, ...]) -> None:
    actual = normal(seed, *shape)
    assert code(compare(actual, actual.expand(3, 4), name="x")) == "wrong_shape"
    assert code(compare(actual.expand(2, 3, 4), actual.expand(3, 4), name="x")) == "wrong_shape"


@pytest.mark.parametrize(
    ("actual", "expected", "akin"),
    [
        ((4, 3), (3, 4), "transposed"),
        ((1, 5), (5, 1), "transposed"),
        ((1, 5), (5,), "extra_axis"),
        ((5, 1), (5,), "extra_axis"),
        ((1, 3, 4), (3, 4), "extra_axis"),
        ((12,), (3, 4), "flattened"),
        ((5,), (5, 1), "flattened"),
        ((4,), (3, 4), "broadcasts"),
        ((), (3, 4), "broadcasts"),
        ((1, 4), (3, 4), "broadcasts"),
        ((3,), (3, 4), ""),
        ((0, 3), (3,), ""),
        ((3, 3), (3,), ""),
        ((4, 3, 2), (3, 4), ""),
    ],
)
def test_a_wrong_shape_says_how_it_is_akin(
    actual: tuple[int, ...], expected: tuple[int, ...], akin: str
) -> None:
    assert relation(torch.Size(actual), torch.Size(expected)) == akin


def test_right_numbers_in_a_wrong_shape_are_told_from_wrong_ones() -> None:
    expected = normal(1, 3, 4)
    right = compare(expected.T, expected, name="W")
    wrong = compare(expected.T + 1, expected, name="W")
    assert right == Mismatch(
        "wrong_shape",
        {"name": "W", "actual": [4, 3], "expected": [3, 4], "relation": "transposed", "agrees": True},
    )
    assert wrong is not None
    assert wrong.values["agrees"] is False


def test_a_square_transpose_is_seen_in_the_numbers() -> None:
    expected = normal(1, 4, 4)
    assert code(compare(expected.T, expected, name="W")) == "not_close"


def test_the_greatest_difference_its_index_and_the_allowance_are_told() -> None:
    expected = torch.tensor([[1.0, -4.0], [2.0, 0.5]], dtype=torch.float64)
    actual = expected.clone()
    actual[1, 0] += 0.1
    mismatch = compare(actual, expected, name="dJdW1")
    assert mismatch is not None
    assert mismatch.code == "not_close"
    assert mismatch.values["index"] == [1, 0]
    assert mismatch.values["difference"] == pytest.approx(0.1 / 4)
    assert mismatch.values["allowed"] == allowance(torch.float32, 4)


@pytest.mark.parametrize(("entry", "found"), [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "inf")])
def test_what_is_not_finite_is_told_with_its_index(entry: float, found: str) -> None:
    expected = normal(1, 2, 3)
    actual = expected.clone()
    actual[1, 2] = entry
    wanted = Mismatch("not_finite", {"name": "x", "found": found, "index": [1, 2]})
    assert compare(actual, expected, name="x") == wanted
    assert find_non_finite(actual, name="x") == wanted
    assert find_non_finite(expected, name="x") is None


def test_a_truth_of_zeros_accepts_zeros_only() -> None:
    zeros = torch.zeros(2, 3)
    assert compare(-zeros, zeros, name="x") is None
    assert code(compare(zeros + 1e-30, zeros, name="x")) == "not_close"


@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.float16, torch.bfloat16, torch.bool, torch.complex64, torch.uint8]
)
def test_coarse_and_foreign_dtypes_are_named(dtype: torch.dtype) -> None:
    expected = torch.ones(2)
    wanted = {"name": "x", "actual": str(dtype).removeprefix("torch."), "expected": "float32"}
    assert compare(expected.to(dtype), expected, name="x") == Mismatch("wrong_dtype", wanted)


def test_float64_is_welcome_where_float32_was_asked_and_not_the_reverse() -> None:
    expected = normal(1, 3)
    assert compare(expected, expected.float(), name="x") is None
    assert code(compare(expected.float(), expected, name="x", dtype=torch.float64)) == "wrong_dtype"


def test_the_allowance_follows_from_dtype_and_size() -> None:
    assert allowance(torch.float64, 12) < allowance(torch.float32, 12) < allowance(torch.float32, 1200) < 2e-4


ADDING = {
    "a column as a factor": lambda e: (e.T @ e)[0, 0],
    "ones as a factor": lambda e: torch.ones(1, len(e)) @ e**2,
    "a product of matrices": lambda e: (torch.cat([e, e, e], 1).T @ e)[0],
    "sum": lambda e: (e * e).sum(),
    "a mean": lambda e: (e * e).mean() * len(e),
    "NumPy's running sum": lambda e: np.cumsum((e * e).numpy(), dtype=np.float32)[-1:],
    "NumPy's sum of columns": lambda e: np.concatenate([(e * e).numpy()] * 3, 1).sum(0)[:1],
}


@pytest.mark.parametrize("rows", [1, 64, 1000, 10_000, 100_000])
@pytest.mark.parametrize("adding", ADDING.values(), ids=ADDING)
def test_a_sum_is_right_however_long_and_however_it_is_added(
    adding: Callable[[Tensor], object], rows: int
) -> None:
    for value in (0.1, 0.3, 1 / 3, 1.1, 1.7):  # equal terms round the same way each time
        column = torch.full((rows, 1), value)
        expected = (column.double() ** 2).sum()
        assert compare_scalar(adding(column), expected, name="sum", terms=rows) is None
        found = deviation(adding(column), expected, terms=rows)
        assert found is not None
        assert found < 0.3


@pytest.mark.parametrize("rows", [1, 64, 1000, 10_000, 100_000])
def test_no_length_of_a_sum_hides_wrong_mathematics(rows: int) -> None:
    column = 1 + normal(1, rows, 1) ** 2
    expected = (column**2).mean()
    for wrong in (2 * expected, expected / 2, -expected, column.mean() ** 2 + 0.01, 1.01 * expected):
        assert code(compare_scalar(wrong, expected, name="mean", terms=rows)) == "not_close"


def test_short_sums_are_allowed_hardly_more() -> None:
    assert allowance(torch.float32, 12, 64) < 1.05 * allowance(torch.float32, 12)
    assert allowance(torch.float32, 1, 10_000) < 1e-3


def test_numpy_arrays_are_compared_like_tensors() -> None:
    expected = normal(1, 3, 4)
    assert compare(expected.numpy(), expected, name="x") is None
    assert compare(expected.numpy()[::-1], expected.flip(0), name="x") is None
    frozen = expected.numpy().copy()
    frozen.flags.writeable = False
    assert compare(frozen, expected, name="x") is None
    assert code(compare(np.array(["a"]), expected, name="x")) == "not_numbers"


@pytest.mark.parametrize("answer", [0.25, np.float32(0.25), np.array([0.25]), torch.tensor([[0.25]])])
def test_any_single_number_is_a_scalar(answer: object) -> None:
    assert compare_scalar(answer, 0.25, name="J") is None
    assert compare_scalar(answer, torch.tensor(0.26), name="J") is not None


def test_an_int_of_python_is_a_number_and_a_bool_is_not() -> None:
    assert compare_scalar(2, 2.0, name="J") is None
    assert code(compare_scalar(True, 1.0, name="J")) == "truth_value"


def test_a_loss_that_was_not_reduced_is_a_wrong_shape() -> None:
    assert compare_scalar(torch.ones(3, 2), 1.0, name="J") == Mismatch(
        "wrong_shape", {"name": "J", "actual": [3, 2], "expected": [], "relation": "", "agrees": False}
    )


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [(None, "returned_none"), ("1", "not_numbers"), ([1.0], "not_numbers"), (object(), "not_numbers")],
)
def test_what_is_no_tensor_is_named(answer: object, wanted: str) -> None:
    assert code(compare(answer, torch.ones(1), name="x")) == wanted
    assert code(compare_scalar(answer, 1.0, name="x")) == wanted
    assert code(find_non_finite(answer, name="x")) == wanted


def test_tensors_without_plain_data_get_an_answer() -> None:
    expected = torch.eye(3)
    assert code(compare(torch.zeros(3, 3, device="meta"), expected, name="x")) == "not_numbers"
    assert compare(expected.to_sparse(), expected, name="x") is None
    assert compare(torch.eye(3, requires_grad=True), expected, name="x") is None


def test_an_expected_value_that_is_no_number_is_the_authors_mistake() -> None:
    with pytest.raises(TypeError, match="expected value of x is a str"):
        compare(torch.ones(1), "1", name="x")


@given(st.floats(0, 1e6), st.integers(1, 5), st.booleans())
def test_deviation_is_in_units_of_what_is_allowed(share: float, size: int, single: bool) -> None:
    expected = torch.ones(size, dtype=torch.float64)
    answer = expected + share * allowance(torch.float32, size)
    found = deviation(float(answer) if single and size == 1 else answer, expected)
    assert found == pytest.approx(share, rel=1e-6, abs=1e-9)
    assume(abs(share - 1) > 1e-6)
    assert (found > 1) == (compare(answer, expected, name="x") is not None)


def test_deviation_is_the_greatest_number_where_something_is_infinitely_far_off() -> None:
    assert deviation(torch.tensor([1.0, math.nan]), torch.ones(2)) == sys.float_info.max
    assert deviation(torch.tensor([1.0, math.inf]), torch.ones(2)) == sys.float_info.max
    assert deviation(torch.tensor([1e-9]), torch.zeros(1)) == sys.float_info.max
    assert deviation(torch.zeros(1), torch.zeros(1)) == 0.0


def test_deviation_of_what_can_not_be_subtracted_is_none() -> None:
    for answer in (None, "1", torch.ones(3), torch.ones(2, dtype=torch.complex64)):
        assert deviation(answer, torch.ones(2)) is None


@pytest.mark.parametrize("far", [1.0, -math.inf, math.nan])
def test_nothing_else_is_close_to_an_infinity(far: float) -> None:
    assert compare(torch.tensor([far, 1.0]), torch.tensor([math.inf, 1.0]), name="x") is not None


@pytest.mark.parametrize(
    "number",
    [3, 3.0, Fraction(3), Decimal(3), np.int64(3), np.int8(3), np.uint16(3), np.float32(3), np.float64(3),
     torch.tensor(3), torch.tensor(3, dtype=torch.uint8), torch.tensor(3.0), np.array(3)],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("asked", [compare, compare_scalar, compare_rounded])
def test_numbers_of_every_kind_are_numbers(asked, number):
    assert asked(number, 3.0, name="x") is None
    assert asked(number, 4.0, name="x") is not None


@pytest.mark.parametrize("number", [True, np.True_, torch.tensor(True)], ids=repr)
@pytest.mark.parametrize("asked", [compare, compare_scalar, compare_rounded])
def test_true_is_no_number(asked, number):
    assert asked(number, 1.0, name="x").code == "truth_value"


def test_whole_numbers_with_axes_keep_their_dtype():
    assert compare(torch.tensor([3]), torch.tensor([3.0]), name="x").code == "wrong_dtype"
    assert compare_scalar(torch.tensor([[3]]), 3.0, name="x") is None
