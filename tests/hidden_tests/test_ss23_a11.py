"""ss23-a11: what its samples are held to, its notebooks, and its data, which is synthetic."""

import random
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import torch

from tests import shipped
from tests.hidden_tests import double

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "ss23-a11"
MOUNTED = FOLDER / "mounted" / "airfoil_self_noise.csv"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text(encoding="utf-8"))["samples"]
BLIND = {"relu_missing", "relu_slope_missing", "chain_missing", "sigma_missing", "softplus_missing"}


def test_every_sample_is_listed_with_points_that_add_up():
    assert shipped.entries_of("ss23-a11") == {sample["file"] for sample in SAMPLES}
    for sample in SAMPLES:
        assert sum(sample["scores"].values()) == sample["score"]


def test_what_passes_on_the_sheets_numbers_alone_is_wrong():
    found = {Path(sample["file"]).stem: sample for sample in SAMPLES}
    for name in BLIND:
        assert found[name]["score"] < 4
        assert found[name]["diagnoses"]


@pytest.fixture(scope="module")
def airfoil():
    return double.load(FOLDER / "airfoil.py")


def test_the_data_is_what_its_script_writes():
    made = subprocess.run(
        [sys.executable, str(FOLDER / "airfoil.py")], capture_output=True, text=True, check=True, timeout=300
    )
    assert MOUNTED.read_text(encoding="utf-8") == made.stdout


def test_the_data_has_the_shape_and_ranges_of_the_original():
    rows = [list(map(float, line.split("\t"))) for line in MOUNTED.read_text(encoding="utf-8").splitlines()]
    assert (len(rows), {len(row) for row in rows}) == (1503, {6})
    columns = list(zip(*rows, strict=True))
    ranges = ((200, 20_000), (0, 22.2), (0.0254, 0.3048), (31.7, 71.3), (0.0001, 0.1), (90, 145))
    for column, (least, most) in zip(columns, ranges, strict=True):
        assert least <= min(column) < max(column) <= most


def test_neither_the_mean_nor_a_plane_comes_near_what_is_asked(airfoil):
    rows = torch.tensor(airfoil.rows(1, 2_000), dtype=torch.float64)
    inputs = torch.cat((rows[:, :5], torch.ones(len(rows), 1, dtype=torch.float64)), 1)
    plane = inputs @ torch.linalg.lstsq(inputs, rows[:, 5:]).solution
    assert statistics.stdev(rows[:, 5].tolist()) > 8
    assert float((plane - rows[:, 5:]).square().mean().sqrt()) > 1.3 * 5
    chance = random.Random(2)
    drawn = [airfoil.inputs(chance) for _ in range(200)]
    assert len({airfoil.level(*each) for each in drawn}) > 150
    assert airfoil.NOISE < 3 / 1.5
