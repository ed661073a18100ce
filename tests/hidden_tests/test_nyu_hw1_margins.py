"""nyu-hw1 asks well-conditioned questions: right forms keep well within the allowance, wrong ones far out."""

import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

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


@cache
def suite() -> double.Suite:
    return double.collect(FOLDER)


@pytest.fixture(scope="module")
def folder(written: Callable[[str], Path]) -> Path:
    return written("nyu-hw1")


@pytest.mark.parametrize("name", ROUNDINGS)
def test_right_forms_use_less_than_a_third_of_the_allowance(folder: Path, name: str) -> None:
    submission = double.load(folder / "accepted" / f"{name}.py")
    for seed in RIGHT_SEEDS:
        used = [ended.deviation for ended in suite().run(submission, seed, measure=True)]
        compared = [part for part in used if part is not None]
        assert len(compared) > 40
        assert max(compared) < 1 / MARGIN


@pytest.mark.parametrize("file", WRONG)
def test_wrong_answers_miss_by_more_than_three_allowances(folder: Path, file: str) -> None:
    submission = double.load(folder / file)
    for seed in WRONG_SEEDS:
        for outcome in suite().run(submission, seed):
            if outcome.code == "not_close":
                assert outcome.values["difference"] > MARGIN * outcome.values["allowed"], outcome.key
