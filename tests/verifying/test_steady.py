"""What a sample gets must not depend on the seed: status, points and diagnoses."""

from dataclasses import replace

import pytest

from grader.model import Diagnosis, DiagnosisKind, Status, Sure, Verdict
from grader.verifying import steady
from tests.grader.doubles import ASSIGNMENT, case, report

RIGHT = report(case("MLP.forward", "y"), case("MLP.backward", "d"))
WRONG = report(case("MLP.forward", "y", Verdict.FAILED), case("MLP.backward", "d"))
NAMED = replace(
    WRONG,
    diagnoses=(Diagnosis(DiagnosisKind.FAULT, "sign", "MLP.forward", ("MLP.forward/test/y",), Sure.CERTAIN),),
)


@pytest.mark.parametrize("same", [RIGHT, WRONG, NAMED])
def test_the_same_points_and_diagnoses_are_steady(same):
    assert steady.unlike(ASSIGNMENT, same, replace(same, seed=5)) == []


@pytest.mark.parametrize(
    ("first", "other", "said"),
    [
        (RIGHT, WRONG, "MLP.forward gets 0.00 points, and 10.00 under the first seed"),
        (WRONG, NAMED, "MLP.forward is diagnosed as sign, and as nothing under the first seed"),
        (
            RIGHT,
            replace(RIGHT, status=Status.INTERNAL_ERROR),
            "internal error, and graded under the first seed",
        ),
    ],
)
def test_what_differs_is_told(first, other, said):
    assert steady.unlike(ASSIGNMENT, first, other) == [said]
