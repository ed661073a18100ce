"""The handout's example scripts run beside a student's file with plain Python."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nyu-hw1"
SCRIPTS = sorted(path.name for path in (FOLDER / "handout").glob("test?.py"))


def verdicts(folder: Path, script: str, submission: Path) -> list[str]:
    shutil.copy(submission, folder / "mlp.py")
    shutil.copy(FOLDER / "handout" / script, folder)
    ended = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, timeout=300)
    return ended.stdout.splitlines()


def test_there_are_three() -> None:
    assert SCRIPTS == ["test1.py", "test2.py", "test3.py"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_solution_passes_every_line(tmp_path: Path, script: str) -> None:
    lines = verdicts(tmp_path, script, FOLDER / "submissions" / "accepted" / "solution.py")
    assert len(lines) >= 6
    assert {line.removeprefix("tensor(").removesuffix(")") for line in lines} == {"True"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_starter_passes_no_line(tmp_path: Path, script: str) -> None:
    assert not any("True" in line for line in verdicts(tmp_path, script, FOLDER / "handout" / "mlp.py"))
