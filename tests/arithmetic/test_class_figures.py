"""The arithmetic of a class, on values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic.class_figures import (
    CaseFigures,
    Class,
    Counted,
    Said,
    distribution,
    mistakes,
    reaches,
    tenth,
)
from grader.model import DiagnosisKind, Status, Sure


def counted(number, score=None, *, status=Status.GRADED, shares=(), said=(), load="ok", of=50.0):
    return Counted(
        number, f"s{number}", status, score, of if score is not None else None, load, dict(shares), said
    )


def slip(code, title=None, what="", function="MLP.backward", kind=DiagnosisKind.FAULT, sure=Sure.CERTAIN):
    return Said(kind, code, title or code, what, function, sure)


@pytest.mark.parametrize(
    ("score", "place"),
    [(0, 0), (4.99, 0), (5, 1), (34.99, 6), (35, 7), (49.99, 9), (50, 10), (60, 10), (-1, 0)],
)
def test_score_is_in_its_tenth(score, place):
    assert tenth(score, 50) == place


def test_last_digit_of_a_sum_moves_nobody():
    assert tenth(34.99999999999999, 50) == tenth(35.0, 50) == 7


@given(st.floats(0, 200), st.floats(0.5, 200))
def test_each_score_is_in_one_tenth_and_reaches_no_later_one(score, most):
    place = tenth(score, most)
    assert [reaches(score, most, each) for each in range(1, 11)] == [each <= place for each in range(1, 11)]


@given(st.lists(st.floats(0, 50), max_size=30))
def test_distribution_loses_nobody(scores):
    found = distribution(counted(number, score) for number, score in enumerate(scores))
    assert sum(each.number for each in found) == len(scores)
    assert [each.place for each in found] == list(range(11))


def test_points_that_nobody_can_get_are_in_no_distribution():
    assert sum(each.number for each in distribution([counted(1, 0.0, of=0.0), counted(2)])) == 0


def test_mistakes_are_counted_once_a_submission_the_commonest_first():
    whole = [
        counted(1, 1, said=(slip("sign"), slip("sign", function="mse_loss"))),
        counted(2, 1, said=(slip("late"), slip("sign", sure=Sure.EITHER))),
        counted(
            3,
            1,
            said=(
                slip("late", "at the output", "In layer 1."),
                slip("follows", kind=DiagnosisKind.CONSEQUENTIAL),
            ),
        ),
        counted(4, 1, said=(slip("late", "at the output", "In layer 2."),)),
        counted(5, 1),
    ]
    late, sign = mistakes(whole)
    assert (late.code, late.title, late.submissions, late.certain) == ("late", "at the output", (2, 3, 4), 3)
    assert late.what == "In layer 1."
    assert (sign.code, sign.submissions, sign.certain) == ("sign", (1, 2), 1)
    assert sign.functions == ("MLP.backward", "mse_loss")


def test_a_mistake_has_up_to_three_examples():
    [found] = mistakes(counted(number, 1, said=(slip("sign"),)) for number in range(5))
    assert found.examples == (0, 1, 2)
    assert len(found.submissions) == 5


@pytest.mark.parametrize(
    ("ran", "passed", "word"),
    [
        (9, 0, "nobody"),
        (9, 9, "everybody"),
        (9, 1, ""),
        (9, 8, ""),
        (1, 0, ""),
        (1, 1, ""),
        (2, 2, "everybody"),
    ],
)
def test_case_that_tells_nothing_is_flagged(ran, passed, word):
    assert CaseFigures("f", "n", "i", ran, passed, 0.1, 0.2).tells_nothing == word


def test_class_has_no_means_before_anybody_is_graded():
    empty = Class(("f",), (counted(1, status=Status.QUEUED), counted(2, status=Status.INTERNAL_ERROR)), (), 3)
    assert (empty.graded, empty.middle, empty.means) == ((), None, {"f": None})
    assert [each.submission for each in empty.ours] == [2]


def test_hand_in_that_was_not_loaded_counts_as_nothing_right():
    whole = Class(("f", "g"), (counted(1, 50, shares={"f": 1.0}), counted(2, 0, load="syntax_error")), ())
    assert whole.means == {"f": 0.5, "g": None}
    assert whole.middle == (0.5, 0.5)
    assert [each.submission for each in whole.unloaded] == [2]
