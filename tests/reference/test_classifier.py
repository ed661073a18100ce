"""The classifier's numbers are those of the formula, and every mistake in it has numbers of its own."""

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.diagnosis.matching import Evidence, together
from reference.diagnosis.search import diagnose
from reference.programs import MISTAKES, Classifier, DescentStep, SoftplusLoss
from tests.hidden_tests import double
from worker.examiner.check import Rng

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "ss23-a11"


@pytest.fixture(scope="module")
def questions():
    return double.load(FOLDER / "questions.py")


def by_autograd(each):
    """Return ŷ, L and the two derivatives."""
    weights = each.Wh.clone().requires_grad_()
    y_hat = each.Wo @ torch.relu(weights @ each.x + each.bh) + each.bo
    y_hat.retain_grad()
    loss = torch.log(1 + torch.exp((1 - 2 * each.y) * y_hat)).sum()
    loss.backward()
    return [each.item() for each in (y_hat, loss, y_hat.grad, weights.grad[0, 1])]


def by_program(each):
    forward = Classifier(each.parameters, each.x).answers()["y_hat"]
    loss = SoftplusLoss(forward, each.y).answers()["L"]
    return [
        float(value)
        for value in (forward, loss, *Classifier(each.parameters, each.x, each.y).answers().values())
    ]


def test_the_sheets_numbers_are_those_of_the_formula(questions):
    slope = 3 / (1 + math.exp(-6))
    found = by_program(questions.SHEET)
    assert questions.SHEET.z.tolist() == [2, 2, -1]
    assert found == pytest.approx([2, math.log(1 + math.exp(6)), slope, slope * 0.5 * 2])
    assert found == pytest.approx([2, 6.002476, 2.992582, 2.992582], abs=1e-6)
    step = DescentStep(torch.tensor(0.4).double(), torch.tensor(found[3]).double(), questions.RATE)
    assert float(step.answers()["w"]) == pytest.approx(0.4 - 0.1 * slope)
    assert float(step.answers()["w"]) == pytest.approx(0.100742, abs=1e-6)


def test_the_second_case_is_another(questions):
    assert by_program(questions.SECOND)[:2] == pytest.approx([-1.85, math.log(1 + math.exp(1.85))])
    assert by_program(questions.SECOND)[3] == pytest.approx(0.648095, abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**40))
def test_drawn_cases_are_well_conditioned_and_agree_with_autograd(questions, seed):
    drawn = questions.elsewhere(Rng(seed, "classifier"))
    for each in drawn:
        assert by_program(each) == pytest.approx(by_autograd(each), rel=1e-9, abs=1e-12)
        assert min(*each.z.abs().tolist(), abs(float(each.y_hat))) > 0.1
    assert {float(each.y) for each in drawn} == {0.0, 1.0}
    assert {bool(each.z[0] > 0) for each in drawn} == {True, False}
    assert {bool(each.y_hat > 0) for each in drawn} == {True, False}


def asked(questions, kind, seed):
    """Return the questions of one function, as the hidden tests ask them."""
    rng = Rng(seed, kind)
    if kind == "classifier.update":
        return [DescentStep(each.w, each.gradient, each.rate) for each in questions.steps(rng)]
    drawn = [*questions.sheet(), *questions.elsewhere(rng)]
    if kind == "classifier.loss":
        return [SoftplusLoss(each.y_hat, each.y) for each in drawn]
    label = kind == "classifier.gradients"
    return [Classifier(each.parameters, each.x, each.y if label else None) for each in drawn]


@pytest.mark.parametrize(
    "kind", ["classifier.forward", "classifier.loss", "classifier.gradients", "classifier.update"]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_mistake_is_named_and_no_other(questions, kind, seed):
    programs = asked(questions, kind, seed)
    assert diagnose([Evidence(each, each.answers()) for each in programs]) == ()
    for one in MISTAKES[kind]():
        found = [Evidence(each, each.answers(together(each, [one]))) for each in programs]
        [explanation] = diagnose(found)
        assert (explanation.hypothesis, explanation.others) == (one, ())


def test_the_sheets_numbers_alone_hide_mistakes(questions):
    gradients = Classifier(questions.SHEET.parameters, questions.SHEET.x, questions.SHEET.y)
    right = gradients.answers()
    for hidden in (
        {"f": "computed_as_identity"},
        {"f′": "slope_of_identity"},
        {"dL_dWh12": "chain_left_out"},
    ):
        assert {name: float(value) for name, value in gradients.answers(hidden).items()} == right
    without = gradients.answers({"softplus′": "slope_of_identity"})
    assert round(float(right["dL_dy_hat"])) == float(without["dL_dy_hat"]) == 3
