"""Every sample of nyu-hw1 gets its expected scores, and every lesson of real hand-ins has a sample."""

import tomllib
from collections import defaultdict
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests import shipped
from tests.hidden_tests import double

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nyu-hw1"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text())["samples"]
ASSIGNMENT = tomllib.loads((FOLDER / "assignment.toml").read_text())
POINTS = {function["name"]: function["points"] for function in ASSIGNMENT["functions"]}
SEEDS = range(2)

# What grading 72 public hand-ins taught, row by row: forms that are right, mistakes, and how files end.
RIGHT_FORMS = {
    "right-in-every-function",
    "right-sigmoid-slope-from-exp",
    "right-sigmoid-slope-from-tanh",
    "right-loss-as-float",
    "right-loss-as-tensor",
    "right-accumulated",
    "right-relu-slope-one",
    "right-relu-slope-half",
    "right-relu-mask",
    "right-float32-only",
    "right-unused-imports",
    "right-debug-prints",
    "right-torch-losses",
    "right-torch-activations",
    "right-values-on-self",
    "right-extra-attributes",
    "right-per-sample-loops",
    "right-numpy-functions",
    "right-in-place",
    "right-cache-overwritten",
    "right-orders-of-sums",
    "right-clamped-logarithm",
}
MISTAKES = {
    "passes-course-tests",
    "right-when-k-is-half-the-batch",
    "split-convention",
    "older-sheet",
    "half-mse",
    "bce-gradient-not-divided",
    "bce-gradient-over-batch-only",
    "batch-mean-in-backward",
    "mse-gradient-over-batch-only",
    "bce-value-without-minus",
    "bce-minus-on-first-term-only",
    "mse-value-a-matrix-norm",
    "bce-value-not-reduced",
    "matrix-product-for-elementwise",
    "elementwise-for-matrix-product",
    "backward-takes-a-step",
    "identity-not-handled",
    "squeeze-at-one-output",
    "bias-gradient-of-shape-1-n",
    "output-slope-left-out",
    "unfinished-backward",
    "unfinished-loss",
    "sigmoid-slope-at-output",
    "syntax-error",
    "long-tail",
}
ENDINGS = {"not-the-students-verdict", "loops", "crashes", "floods", "hoards", "autograd"}

GRADABLE = [sample for sample in SAMPLES if "load" not in sample and not sample.get("needs_box")]


@pytest.fixture(scope="module")
def folder(written: Callable[[str], Path]) -> Path:
    return written("nyu-hw1")


@cache
def suite() -> double.Suite:
    return double.collect(FOLDER)


def run(file: Path, seed: int) -> list[double.Ended]:
    return suite().run(double.load(file), seed)


def scores(outcomes: list[double.Ended]) -> dict[str, float]:
    passed: dict[str, float] = defaultdict(float)
    total: dict[str, float] = defaultdict(float)
    for outcome in outcomes:
        total[outcome.function] += outcome.weight
        passed[outcome.function] += outcome.weight * (outcome.verdict == "passed")
    return {name: points * passed[name] / total[name] for name, points in POINTS.items() if points}


def named(samples: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(sample, id=sample["file"]) for sample in samples]


def test_no_row_is_without_a_sample() -> None:
    covered = {row for sample in SAMPLES for row in sample["covers"]}
    assert covered == RIGHT_FORMS | MISTAKES | ENDINGS


def test_right_forms_are_accepted_and_mistakes_are_not() -> None:
    for sample in SAMPLES:
        rows = set(sample["covers"])
        accepted = sample["file"].startswith("accepted/")
        assert accepted == (sample.get("score") == 50)
        assert rows <= RIGHT_FORMS if accepted else not rows & RIGHT_FORMS


def test_samples_and_files_are_the_same() -> None:
    assert shipped.entries_of("nyu-hw1") == {sample["file"] for sample in SAMPLES}


@pytest.mark.parametrize("sample", named([sample for sample in SAMPLES if "score" in sample]))
def test_expected_scores_add_up(sample: dict[str, Any]) -> None:
    assert sum(sample["scores"].values()) == pytest.approx(sample["score"], abs=0.01)
    assert set(sample["scores"]) == {name for name, points in POINTS.items() if points}


@pytest.mark.parametrize("sample", named(GRADABLE))
def test_sample_gets_its_scores(folder: Path, sample: dict[str, Any]) -> None:
    for seed in SEEDS:
        outcomes = run(folder / sample["file"], seed)
        scored = [outcome for outcome in outcomes if outcome.weight and outcome.function in sample["scores"]]
        failed = {outcome.key for outcome in scored if outcome.verdict != "passed"}
        expected = {
            outcome.key
            for outcome in scored
            if any(fnmatchcase(outcome.key, pattern) for pattern in sample.get("failed", ()))
        }
        # Of some samples only the scores of single functions are certain: the draw decides on the others.
        assert "failed" not in sample or failed == expected
        certain = {name: each for name, each in scores(outcomes).items() if name in sample["scores"]}
        assert certain == pytest.approx(sample["scores"], abs=1e-3)
        errors = {outcome.function for outcome in scored if outcome.verdict == "error"}
        assert errors == {name for name, verdict in sample.get("verdicts", {}).items() if verdict == "error"}


@pytest.mark.parametrize("sample", named([sample for sample in GRADABLE if sample.get("score") == 50]))
def test_accepted_sample_passes_what_is_only_reported_too(folder: Path, sample: dict[str, Any]) -> None:
    outcomes = run(folder / sample["file"], 0)
    assert [outcome.key for outcome in outcomes if outcome.verdict != "passed"] == []


def test_sample_that_does_not_parse_points_at_its_line(folder: Path) -> None:
    with pytest.raises(SyntaxError) as error:
        double.load(folder / "load_error" / "missing_comma.py")
    assert error.value.lineno is not None


def test_untouched_starter_gets_nothing() -> None:
    outcomes = run(FOLDER / "handout" / "mlp.py", 0)
    assert set(scores(outcomes).values()) == {0.0}
    reported = [outcome for outcome in outcomes if POINTS[outcome.function] == 0]
    assert {outcome.verdict for outcome in reported} == {"passed"}


def test_backward_has_thirty_six_scored_cases() -> None:
    outcomes = run(FOLDER / "submissions" / "accepted" / "solution.py", 0)
    scored = [outcome for outcome in outcomes if outcome.function == "MLP.backward" and outcome.weight]
    assert len(scored) == 36
    assert "MLP.backward/dJdW1 (relu, sigmoid)" in {outcome.key for outcome in scored}


def test_every_part_is_shown_by_some_case_and_every_scored_case_shows_a_part() -> None:
    outcomes = run(FOLDER / "submissions" / "accepted" / "solution.py", 0)
    declared = {part["name"] for part in ASSIGNMENT["parts"]}
    assert {part for outcome in outcomes for part in outcome.parts} == declared
    assert all(outcome.parts for outcome in outcomes if outcome.weight and POINTS[outcome.function])


def test_messages_say_what_is_so(folder: Path) -> None:
    wanted = {
        "bias_gradient_one_by_batch": ("MLP.backward/dJdb1 (relu, relu)", "wrong_shape"),
        "backward_takes_a_step_in_place": ("MLP.backward/dJdW1 (relu, relu)", "changed_parameter"),
        "input_changed": ("MLP.backward/dJdb2 (relu, relu)", "changed_input"),
        "integer_gradients": ("MLP.backward/dJdW1 (relu, relu)", "wrong_dtype"),
        "not_a_number": ("bce_loss/gradient", "not_finite"),
        "bce_value_not_reduced": ("bce_loss/value", "wrong_shape"),
        "half_mse": ("mse_loss/value", "not_close"),
        "output_identity_missing": ("MLP.forward/y_hat (relu, identity)", "returned_none"),
    }
    for name, (key, code) in wanted.items():
        outcomes = run(folder / "wrong_answer" / f"{name}.py", 0)
        assert [outcome.code for outcome in outcomes if outcome.key == key] == [code]
