"""The digits of computational-graphs: what is asked is seen nowhere else, and seeds and margins hold."""

from pathlib import Path

import pytest
import torch

from tests.hidden_tests import double
from worker.examiner.check import Rng
from worker.examiner.errors import CheckFailed

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "computational-graphs"


@pytest.fixture(scope="module")
def digits():
    return double.load(FOLDER / "test_digits.py")


def rows(name):
    return {line.split(",", 1)[1] for line in (FOLDER / name).read_text().splitlines()}


def test_no_image_that_is_handed_out_is_held_back(digits):
    handed_out, held_back = rows("mounted/digits_train.csv"), rows("data/digits_held_back.csv")
    assert (len(handed_out), len(held_back)) == (1197, 600)
    assert not handed_out & held_back
    labels, images = digits.held_back()
    assert labels.bincount().tolist() == [60] * digits.CLASSES
    assert tuple(images.shape) == (600, 8, 8)


def test_what_is_asked_is_in_no_table_and_changes_with_the_seed(digits):
    _, images = digits.held_back()
    first, second = (digits.seen_anew(Rng(seed, "digits"), images) for seed in (1, 2))
    assert not (first == images.flatten(1)).all(1).any()
    assert not (first == second).all(1).any()
    assert first.min() >= 0
    assert first.max() <= images.max()


def test_what_is_asked_still_shows_the_same_digits(digits):
    labels, images = digits.held_back()
    asked = digits.seen_anew(Rng(3, "digits"), images)
    nearest = torch.cdist(asked, images.flatten(1)).argmin(1)
    assert (labels[nearest] == labels).all()


class Guessing:
    """A notebook whose model gets another share right at each training."""

    def __init__(self, labels, shares):
        self._labels = labels
        self._shares = iter(shares)

    def train(self, seed):
        return next(self._shares)

    def predict(self, model, images):
        right = torch.arange(len(self._labels)) < model * len(self._labels)
        return torch.where(right, self._labels, (self._labels + 1) % 10)


def checking(*cases):
    return double.Check(double.Arguments(), cases)


@pytest.mark.parametrize(
    ("shares", "missed"),
    [
        ((0.2, 0.99, 0.92), []),
        ((0.99, 0.85, 0.2), ["90%"]),
        ((0.99, 0.2, 0.2), ["50%", "80%", "90%"]),
    ],
)
def test_the_middle_one_of_three_trainings_counts(digits, shares, missed):
    check, labels = checking("half of them", "four in five", "nine in ten"), digits.held_back()[0]
    digits.test_digits(Guessing(labels, shares), check, Rng(0, "digits"))
    ended = check.outcomes.values()
    assert [outcome.values["asked"] for outcome in ended if outcome.code == "share_missed"] == missed


@pytest.mark.parametrize(
    "given", [[1] * 600, torch.ones(600, 1), [torch.tensor(1.0)] * 600, torch.ones(600, dtype=torch.uint8)]
)
def test_labels_may_come_as_people_return_them(digits, given):
    assert digits.guesses(checking(), given, 600).tolist() == [1.0] * 600


@pytest.mark.parametrize("given", [torch.ones(600, 10), [1] * 599, "1" * 600, [None] * 600, []])
def test_what_is_no_label_for_each_image_is_refused(digits, given):
    with pytest.raises(CheckFailed, match="not_one_label_each"):
        digits.guesses(checking(), given, 600)


def test_a_course_may_use_images_of_another_size(digits, tmp_path):
    path = tmp_path / "digits.csv"
    path.write_text("\n".join(",".join(["7", *["200"] * 784]) for _ in range(3)))
    labels, images = digits.table(path)
    assert tuple(images.shape) == (3, 28, 28)
    assert tuple(digits.seen_anew(Rng(0, "digits"), images).shape) == (3, 784)
    assert labels.tolist() == [7] * 3
