"""The suite of nyu-hw1 proven with the real engine: slow, so once as a whole and once with a case gone."""

import json
import re
import shutil
from pathlib import Path

import pytest

from grader.cli.main import run
from grader.verifying.judging import MARGIN

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "hidden_tests/nyu-hw1"
PAGE = ROOT / "docs/proof.md"
TRIED = ("MLP.forward", "mse_loss", "bce_loss")
GRADIENT = '    with check.case("gradient"):\n'

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))


@pytest.fixture
def prove(staff, capsys):
    """Return what proves a suite and returns the exit code and what it found."""

    def prove(folder, *options):
        code = run(["prove", str(folder), "--json", *options], staff)
        return code, json.loads(capsys.readouterr().out)

    return prove


def rows(page):
    """Return function and count of the rows of the page's table."""
    return re.findall(r"^\| (\S+) \| (\d+ of \d+) \|", page, re.MULTILINE)


def test_no_known_mistake_survives_the_shipped_suite_and_the_page_says_how_many_there_are(prove):
    # Backward has as many again, which takes as long again: `chainrule prove nyu-hw1` makes them all.
    code, found = prove(FOLDER, *(word for name in TRIED for word in ("--function", name)))
    assert (code, found["survivors"], found["hurt"]) == (0, [], [])
    assert found["named_otherwise"] == []
    assert found["caught"] == found["mistakes"] > 200
    for each in found["margins"]:
        assert each["nearest"]["deviation"] > MARGIN, each
        assert each["farthest_right"]["deviation"] < 1 / MARGIN, each
    counted = [(each["function"], f"{each['caught']} of {each['mistakes']}") for each in found["margins"]]
    assert [row for row in rows(PAGE.read_text(encoding="utf-8")) if row[0] in TRIED] == counted


def test_prove_names_the_mistakes_that_survive_when_a_case_is_taken_away(tmp_path, prove):
    folder = shutil.copytree(FOLDER, tmp_path / "nyu-hw1")
    shutil.rmtree(folder / "submissions")
    tests = (folder / "test_losses.py").read_text(encoding="utf-8")
    before, after = tests.split("def test_bce", 1)
    judging = re.search(r"def judge.*?(?=\n\n\n)", before, re.DOTALL).group()
    values_alone = judging.split(GRADIENT)[0].replace("def judge(", "def judge_values(")
    before = before[: before.rindex('@pytest.mark.cases("value", "gradient")')] + (
        '@pytest.mark.cases("value")\n@pytest.mark.part("BCE forward", "BCE backward")\n'
    )
    text = f"{before}def test_bce{after}\n\n\n{values_alone}".replace(
        "    judge(check, questions, answers, extreme=",
        "    judge_values(check, questions, answers, extreme=",
    )
    (folder / "test_losses.py").write_text(text, encoding="utf-8")
    code, found = prove(folder, "--function", "bce_loss")
    survivors = {each["name"] for each in found["survivors"]}
    assert code == 7
    assert "mean left out: the gradient of BCE" in survivors
    assert "derivative with respect to the logits: the gradient of BCE" in survivors
    assert not any("the value of BCE" in name for name in survivors)
    assert found["hurt"] == []
