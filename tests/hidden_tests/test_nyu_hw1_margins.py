"""nyu-hw1 asks well-conditioned questions: right forms keep well within the allowance, wrong ones far out."""

import tomllib
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import pytest
import torch

from reference.tolerance import allowance
from tests.hidden_tests import double

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nyu-hw1"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text())["samples"]
MARGIN = 3

# The forms that round differently: of σ′, of sums, of losses, of precision.
ROUNDINGS = (
    "solution",
    "sigmoid_slope_from_exp",
    "sigmoid_slope_from_tanh",
    "columns_as_samples",
    "per_sample_loops",
    "gradients_accumulated",
    "loss_clamps_probabilities",
)
WRONG = [sample["file"] for sample in SAMPLES if sample["file"].startswith("wrong_answer/")]
RIGHT_SEEDS = range(20)
WRONG_SEEDS = range(100, 104)


class Measuring(double.Check):
    """Notes how much of its allowance each comparison used."""

    def __init__(self, arguments: double.Arguments, cases: tuple[str, ...], used: list[float]) -> None:
        super().__init__(arguments, cases)
        self._used = used

    def close(self, actual: object, expected: object, name: str) -> None:
        """Compare a tensor."""
        super().close(actual, expected, name)
        self._note(actual, expected)

    def scalar(self, actual: object, expected: object, name: str) -> None:
        """Compare one number."""
        super().scalar(actual, expected, name)
        self._note(actual, expected)

    def _note(self, actual: object, expected: object) -> None:
        answer, truth = (torch.as_tensor(value).double().flatten() for value in (actual, expected))
        if truth.any():
            difference = float((answer - truth).abs().max() / truth.abs().max())
            self._used.append(difference / allowance(torch.float32, truth.numel()))


@cache
def suite() -> double.Suite:
    return double.collect(FOLDER)


@pytest.fixture(scope="module")
def folder(written: Callable[[str], Path]) -> Path:
    return written("nyu-hw1")


@pytest.mark.parametrize("name", ROUNDINGS)
def test_right_forms_use_less_than_a_third_of_the_allowance(folder: Path, name: str) -> None:
    submission = double.load(folder / "accepted" / f"{name}.py")
    used: list[float] = []
    for seed in RIGHT_SEEDS:
        suite().run(submission, seed, partial(Measuring, used=used))
    assert len(used) > 100 * len(RIGHT_SEEDS)
    assert max(used) < 1 / MARGIN


@pytest.mark.parametrize("file", WRONG)
def test_wrong_answers_miss_by_more_than_three_allowances(folder: Path, file: str) -> None:
    submission = double.load(folder / file)
    for seed in WRONG_SEEDS:
        outcomes = suite().run(submission, seed)
        for outcome in outcomes:
            if outcome.code == "not_close":
                assert outcome.values["difference"] > MARGIN * outcome.values["allowed"], outcome.key
