"""The variant of nyu-hw1 grades under its own names and conventions; so does every other choice of them."""

import tomllib
from itertools import product
from pathlib import Path

import pytest

from grader.assignment import assignment_folder
from tests.hidden_tests import double

ROOT = Path(__file__).parents[2] / "hidden_tests"
FOLDER = ROOT / "two-layer-rows"
BASE = (ROOT / "nyu-hw1/assignment.toml").read_text(encoding="utf-8")
SOLUTION = (ROOT / "nyu-hw1/submissions/accepted/solution.py").read_text(encoding="utf-8")
DIVISORS = {"all": "y.numel()", "rows": "len(y)", "sum": "1"}
SETTINGS = [
    pytest.param(*each, id=" ".join(each))
    for each in product(("all", "rows", "sum"), ("loss", "backward"), ("out_in", "in_out"))
]


def test_the_variant_ships_no_tests_of_its_own():
    names = {
        path.relative_to(FOLDER).parts[0] for path in FOLDER.rglob("*.*") if "__pycache__" not in path.parts
    }
    assert names == {"assignment.toml", "text.md", "handout", "submissions"}


def solution(reduction, mean_in, layout):
    """Return the solution of nyu-hw1, changed by hand to other settings."""
    divisor = DIVISORS[reduction]
    of_loss = divisor if mean_in == "loss" else "1"
    code = SOLUTION.replace("/ difference.numel()", f"/ {of_loss}").replace("/ y.numel()", f"/ {of_loss}")
    code = code.replace("(difference**2).mean()", f"(difference**2).sum() / {divisor}")
    code = code.replace("* (1 - y_hat).log()).mean()", f"* (1 - y_hat).log()).sum() / {divisor}")
    if mean_in == "backward":
        taken = divisor.replace("y", "dJdy_hat")
        code = code.replace("dJdy_hat * slope", f"dJdy_hat / ({taken}) * slope")
    if layout == "in_out":
        code = code.replace("dJdz2.T @ a1", "a1.T @ dJdz2").replace("dJdz1.T @ x", "x.T @ dJdz1")
        code = code.replace('["W1"].T', '["W1"]').replace('["W2"].T +', '["W2"] +')
        code = code.replace('dJdz2 @ self.parameters["W2"]', 'dJdz2 @ self.parameters["W2"].T')
        for first, second in (("1_out", "1_in"), ("2_out", "2_in")):
            one, other = f"linear_{first}_features", f"linear_{second}_features"
            code = code.replace(f"({one}, {other})", f"({other}, {one})")
    return code


def suite_with(folder, table):
    """Return the tests of nyu-hw1 under this table, written to a folder as the examiner does."""
    document = f'{BASE}\n[interface]\nbase = "nyu-hw1"\n{table}\n'
    for name, content in assignment_folder.completed({"assignment.toml": document.encode()}, "mine").items():
        if "/" not in name:
            (folder / name).write_bytes(content)
    return double.collect(folder)


@pytest.mark.parametrize(("reduction", "mean_in", "layout"), SETTINGS)
def test_right_is_what_is_right_under_the_settings(tmp_path, reduction, mean_in, layout):
    table = f'reduction = "{reduction}"\nmean_in = "{mean_in}"\nlayout = "{layout}"'
    suite = suite_with(tmp_path, table)
    (tmp_path / "mlp.py").write_text(solution(reduction, mean_in, layout), encoding="utf-8")
    outcomes = suite.run(double.load(tmp_path / "mlp.py"))
    assert [each for each in outcomes if each.verdict != "passed"] == []
    (tmp_path / "mlp.py").write_text(SOLUTION, encoding="utf-8")
    outcomes = suite.run(double.load(tmp_path / "mlp.py"))
    defaults = (reduction, mean_in, layout) == ("all", "loss", "out_in")
    assert all(each.verdict == "passed" for each in outcomes) == defaults


@pytest.mark.parametrize("line", ['reduction = "none"', 'layout = "square"', 'W3 = "weight"'])
def test_a_table_that_means_nothing_breaks_the_tests_and_says_so(tmp_path, line):
    with pytest.raises(ValueError, match=r"is not known; see interface\.py"):
        suite_with(tmp_path, line)


def test_points_are_those_of_the_text():
    found = tomllib.loads((FOLDER / "assignment.toml").read_text(encoding="utf-8"))
    assert sum(each["points"] for each in found["functions"]) == 30
    assert "30 points" in (FOLDER / "text.md").read_text(encoding="utf-8")
