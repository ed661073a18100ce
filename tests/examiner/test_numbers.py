"""Numbers are numbers, whatever a submission calculates with."""

import pytest

from worker.examiner.check import Check
from worker.examiner.errors import CheckFailed

SOURCE = """
from decimal import Decimal
from fractions import Fraction
import numpy as np
import torch

NUMBERS = [3, 3.0, Fraction(3), Decimal(3), np.int64(3), np.float32(3), torch.tensor(3), torch.tensor(3.0)]
TRUTHS = [True, np.True_, torch.tensor(True)]

def number(place):
    return NUMBERS[place]

def truth(place):
    return TRUTHS[place]

def beyond():
    return Fraction(10) ** 400
"""


@pytest.fixture
def module(connect):
    return connect(SOURCE)[1].module


@pytest.fixture
def check():
    return Check(lambda error: None, lambda value: False)


@pytest.mark.parametrize("place", range(8))
def test_a_number_of_any_kind_is_accepted(module, check, place):
    given = module.number(place)
    check.close(given, 3.0, name="x")
    check.scalar(given, 3.0, name="x")
    check.rounded(given, 3.0, name="x")


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("asked", ["close", "scalar", "rounded"])
def test_true_is_refused_with_a_sentence(module, check, place, asked):
    with pytest.raises(CheckFailed, match="truth_value"):
        getattr(check, asked)(module.truth(place), 1.0, name="x")


def test_a_fraction_beyond_every_float_is_no_number(module, check):
    with pytest.raises(CheckFailed, match="not_numbers"):
        check.scalar(module.beyond(), 1.0, name="x")
