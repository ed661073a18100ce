"""The handout of nnia-sheet6 runs with plain Python, and tells of missing numbers before they spread."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nnia-sheet6"


def run(folder: Path, network: str) -> subprocess.CompletedProcess[str]:
    (folder / "network.py").write_text(network, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "network.py"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(FOLDER / "mounted" / "passengers.csv", tmp_path)
    return tmp_path


def handout() -> str:
    return (FOLDER / "handout" / "network.py").read_text(encoding="utf-8")


def solved() -> str:
    """Return the handout with the class of a right hand-in in it."""
    given, _, rest = handout().partition("class Network:")
    right = (FOLDER / "submissions" / "accepted" / "separate.py").read_text(encoding="utf-8")
    return f"{given}class Network:{right.partition('class Network:')[2]}\n\nif{rest.partition('if')[2]}"


def test_rows_that_lack_a_number_are_left_out_and_told(folder: Path) -> None:
    ended = run(folder, handout())
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == [
        "passengers.csv: 14 of 120 rows lack a value and are left out",
        "None",
    ]


def test_a_right_class_in_it_trains_to_numbers_that_fall(folder: Path) -> None:
    ended = run(folder, solved())
    assert ended.returncode == 0, ended.stderr
    losses = [float(word.strip("[],np.float64()")) for word in ended.stdout.splitlines()[-1].split(", ")]
    assert len(losses) == 10
    assert losses == sorted(losses, reverse=True)


def test_a_list_without_any_complete_row_is_refused_with_a_reason(folder: Path) -> None:
    (folder / "passengers.csv").write_text("Pclass,Age,Survived,Fare\n3,,0,7.25\n", encoding="utf-8")
    ended = run(folder, handout())
    assert "there is no row without a missing value" in ended.stderr
