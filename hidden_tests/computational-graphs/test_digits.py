"""Hidden tests of the notebook: digits that nobody has seen, shifted and noisy in a way of this grading.

Each test trains with several seeds and lets the median decide. The held-back images (`data/`) are moved by
parts of a pixel, made brighter or darker, and noisy, so that no table of known images fits them.
"""

from pathlib import Path
from statistics import median

import pytest
import torch

from reference.tolerance import as_tensor

HELD_BACK = Path(__file__).parent / "data" / "digits_held_back.csv"
TRAININGS = 3
CLASSES = 10
SHIFT = 0.25
"""Of a pixel, in either direction and on both axes."""

GAIN = 0.1
"""How much brighter or darker."""

NOISE = 0.03
"""Standard deviation, of the whole range of grey values."""

SEEDS = 2**31


def table(path):
    """Return labels (n,) and images (n, side, side); a course's own file may have any square size."""
    rows = torch.tensor([[int(each) for each in line.split(",")] for line in path.read_text().splitlines()])
    side = round((rows.shape[1] - 1) ** 0.5)
    return rows[:, 0], rows[:, 1:].reshape(-1, side, side).float()


def held_back():
    """Return labels and images that the box has never seen."""
    return table(HELD_BACK)


def seen_anew(rng, images):
    """Return the images (n, side·side) as somebody else would have scanned them, in the same range."""
    count, side, _ = images.shape
    most = float(images.max())
    grid = torch.zeros(count, 2, 3)
    grid[:, 0, 0] = grid[:, 1, 1] = 1
    grid[:, :, 2] = (2 * SHIFT / side) * rng.uniform(-1, 1, count, 2).float()
    field = torch.nn.functional.affine_grid(grid, [count, 1, side, side], align_corners=False)
    moved = torch.nn.functional.grid_sample(images.unsqueeze(1), field, align_corners=False).flatten(1)
    lit = moved * rng.uniform(1 - GAIN, 1 + GAIN, count, 1).float()
    return (lit + NOISE * most * rng.normal(*lit.shape).float()).clamp(0, most)


def shares(submission, check, rng):
    """Train with several seeds; yield which share of the images each model gets right."""
    labels, images = held_back()
    for _ in range(TRAININGS):
        model = submission.train(rng.integers(0, SEEDS))
        check.true(model is not None, "returned_none", name="train")
        found = guesses(check, submission.predict(model, seen_anew(rng, images)), len(labels))
        yield float((found == labels).double().mean())


def guesses(check, given, count):
    """Return the labels that were predicted (count,)."""
    check.true(given is not None, "returned_none", name="predict")
    tensors = [as_tensor(each) for each in given] if isinstance(given, list | tuple) else [as_tensor(given)]
    plain = all(each is not None and not each.is_complex() for each in tensors)
    found = torch.cat([each.double().flatten() for each in tensors]) if plain and tensors else torch.zeros(0)
    check.true(len(found) == count, "not_one_label_each", name="predict", count=count)
    return found


def judge(check, share, asked):
    """Ask for this share of right labels, and say which it is."""
    said = {"share": f"{share:.1%}", "asked": f"{asked:.0%}"}
    check.note("share_reached", **said)
    check.true(share > asked, "share_missed", **said)


@pytest.mark.function("digits")
@pytest.mark.cases("half of them", "four in five", "nine in ten")
def test_digits(submission, check, rng):
    """Digits that the model has never seen: the median of three trainings."""
    share = median(shares(submission, check, rng))
    for case, asked in (("half of them", 0.5), ("four in five", 0.8), ("nine in ten", 0.9)):
        with check.case(case):
            judge(check, share, asked)


@pytest.mark.function("digits_bonus")
@pytest.mark.cases("more than 95 %")
def test_digits_bonus(submission, check, rng):
    """More than 95 % of such digits, once more with three trainings."""
    with check.case("more than 95 %"):
        judge(check, median(shares(submission, check, rng)), 0.95)
