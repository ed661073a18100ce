"""The theory of nyu-hw1: numerator layout, in which torch's own shapes are wrong; checked against torch."""

import tomllib
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.diagnosis.matching import Evidence, together
from reference.diagnosis.search import diagnose
from reference.programs import MISTAKES, Derivatives, Jacobian, LossRow
from reference.programs.theory import NAMES, TASKS
from tests.hidden_tests import double
from worker.examiner.check import Rng

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nyu-hw1-theory"
BY_HAND = {"1.2": [1, 5, 8, 3], "1.3": [5, 8, 3, 1], "1.4": [2, 2, 2, 4, 4, 2]}
ACTIVATIONS = {"relu": torch.relu, "sigmoid": torch.sigmoid, "identity": lambda z: z}
SEEDS = st.integers(0, 2**40)


@pytest.fixture(scope="module")
def asked():
    with double.importable(FOLDER):
        return double.load(FOLDER / "test_theory.py")


def test_the_points_by_hand_are_the_sheets_and_make_50():
    document = tomllib.loads((FOLDER / "assignment.toml").read_text(encoding="utf-8"))
    manual = document["manual"]
    for sheet, points in BY_HAND.items():
        assert [each["points"] for each in manual if each["name"].startswith(sheet)] == points
    assert sum(each["points"] for each in manual) == 50
    assert all(each["bonus"] for each in document["functions"])
    assert document["bonus_cap"] == "total"


def loss(y_hat, y):
    """Return ℓ as the sheet has it, in both tasks."""
    return ((y_hat - y) ** 2).sum()


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_jacobians_and_rows_are_those_of_torch(asked, task, seed):
    rng = Rng(seed, "theory")
    for name in TASKS[task][:2]:
        z = asked.pre_activations(rng, 5)
        matrix = torch.autograd.functional.jacobian(ACTIVATIONS[name], z).reshape(5, 5)
        torch.testing.assert_close(Jacobian(z, name, task).answers()["value"], matrix)
    y_hat, y = asked.output_and_label(rng, task, 3)
    gradient = torch.autograd.functional.jacobian(lambda point: loss(point, y), y_hat)
    row = LossRow(y_hat, y, task).answers()["value"]
    assert row.shape == (1, 3)
    torch.testing.assert_close(row, gradient.T)


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_derivatives_by_the_parameters_are_torchs_transposed(asked, task, seed):
    for parameters, x, y in asked.nets(Rng(seed, "theory"), task):
        leaves = {name: value.clone().requires_grad_() for name, value in parameters.items()}
        f, g = (ACTIVATIONS[name] for name in TASKS[task][:2])
        y_hat = g(leaves["W2"] @ f(leaves["W1"] @ x + leaves["b1"]) + leaves["b2"])
        gradients = torch.autograd.grad(loss(y_hat, y), list(leaves.values()))
        found = Derivatives(parameters, x, y, task).answers()
        for name, gradient in zip(NAMES, gradients, strict=True):
            torch.testing.assert_close(found[name], gradient.T)
            assert found[name].shape == gradient.T.shape != gradient.shape


@pytest.mark.parametrize("kind", ["theory.slope", "theory.row", "theory.gradients"])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_mistake_is_named(asked, kind, seed):
    rng = Rng(seed, kind)
    programs = []
    for task in TASKS:
        if kind == "theory.slope":
            programs += [
                Jacobian(asked.pre_activations(rng, count), TASKS[task][0], task) for count in (3, 5)
            ]
        elif kind == "theory.row":
            programs += [LossRow(*asked.output_and_label(rng, task, count), task) for count in (3, 5)]
        else:
            programs += [Derivatives(*each, task) for each in asked.nets(rng, task)]
    assert diagnose([Evidence(each, each.answers()) for each in programs]) == ()
    for one in MISTAKES[kind]():
        found = [Evidence(each, each.answers(together(each, [one]))) for each in programs]
        [explanation] = diagnose(found)
        assert (explanation.hypothesis, explanation.others) == (one, ())
