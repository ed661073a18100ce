"""ss23-a11 through the real engine, once: samples, handout and known mistakes get what they must."""

import tomllib
from pathlib import Path

import pytest

from grader import bootstrap
from grader.cli import run

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "ss23-a11"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text(encoding="utf-8"))["samples"]
BLIND = {"relu_missing", "relu_slope_missing", "chain_missing", "sigma_missing", "softplus_missing"}


@pytest.mark.slow
def test_samples_get_their_points_and_known_mistakes_are_caught(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    code = run(["verify", str(FOLDER)], bootstrap.services)
    said = capsys.readouterr().out
    assert code == 0, said
    assert f"{len(SAMPLES) + 1} samples, 0 not as expected, 0 warnings" in said
    assert "0 named otherwise" in said


def test_every_sample_is_listed_with_points_that_add_up():
    files = {str(path.relative_to(FOLDER / "submissions")) for path in FOLDER.glob("submissions/*/*.py")}
    assert files == {sample["file"] for sample in SAMPLES}
    for sample in SAMPLES:
        assert sum(sample["scores"].values()) == sample["score"]


def test_what_passes_on_the_sheets_numbers_alone_is_wrong():
    found = {Path(sample["file"]).stem: sample for sample in SAMPLES}
    for name in BLIND:
        assert found[name]["score"] < 4
        assert found[name]["diagnoses"]
