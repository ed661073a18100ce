"""Grading on a card: the same verdicts as on the CPU, and what only a card can break."""

from pathlib import Path

import pytest
import torch

from grader.assignment import assignment_folder
from grader.model import Status, Submission
from reference.network import two_layer_gradients
from tests import shipped
from worker.engine import Engine

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device"),
]

FOLDER = Path(__file__).resolve().parent.parent / "hidden_tests" / "nyu-hw1"
SEED = 7


@pytest.fixture(scope="module")
def engine():
    with Engine() as engine:
        yield engine


def grade(engine, sample, device):
    submission = Submission({"mlp.py": shipped.sample("nyu-hw1", sample)})
    return engine.grade(submission, assignment_folder.load(FOLDER), seed=SEED, device=device)


@pytest.mark.parametrize(
    "sample",
    [
        "accepted/solution.py",
        "accepted/per_sample_loops.py",
        "accepted/loss_as_python_float.py",
        "wrong_answer/sigmoid_slope_at_output.py",
        "wrong_answer/bce_gradient_over_batch_only.py",
        "crashed/segfault_in_backward.py",
    ],
)
def test_verdicts_are_those_of_the_cpu(engine, sample):
    there, here = grade(engine, sample, "cuda"), grade(engine, sample, "cpu")
    assert there.status is here.status is Status.GRADED
    assert there.device == "cuda"
    assert {c.id: c.verdict for c in there.cases} == {c.id: c.verdict for c in here.cases}


def test_solution_passes_every_case(engine):
    report = grade(engine, "accepted/solution.py", "cuda")
    assert [case.id for case in report.cases if case.verdict != "passed"] == []
    assert report.cases


def test_reference_agrees_with_the_cpu():
    generator = torch.Generator().manual_seed(SEED)
    shapes = {"W1": (5, 3), "b1": (5,), "W2": (2, 5), "b2": (2,)}
    parameters = {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}
    x, upstream = torch.randn(7, 3, generator=generator), torch.randn(7, 2, generator=generator)
    here = two_layer_gradients(parameters, x, upstream, "relu", "sigmoid")
    on_card = {name: value.cuda() for name, value in parameters.items()}
    there = two_layer_gradients(on_card, x.cuda(), upstream.cuda(), "relu", "sigmoid")
    for name, value in here.items():
        torch.testing.assert_close(there[name].cpu(), value)
        assert there[name].is_cuda
