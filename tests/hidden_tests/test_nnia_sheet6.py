"""nnia-sheet6: what its samples are held to, and what is told of those that are right."""

import csv
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from grader.arithmetic import scoring
from grader.assignment import assignment_folder
from grader.cli.main import run
from tests import shipped
from tests.hidden_tests import double

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "nnia-sheet6"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text(encoding="utf-8"))["samples"]
BY_NAME = {Path(sample["file"]).stem: sample for sample in SAMPLES}

X, Y = np.array([[3.0, 2, 0], [1, 4, 1], [2, 1, 1]]), np.array([[1.0], [5], [2]])
W1 = np.array([[0.1, 0.2, -0.1, 0.3], [0.2, -0.1, 0.1, 0.1], [0.3, 0.1, 0.2, -0.4], [0.1, 0.3, -0.2, -0.5]])
W2 = np.array([[0.5], [0.4], [0.3], [0.2], [0.6]])
"""The sheet's own numbers; the last row of each matrix is the bias."""

WORKED_SOLUTION = {
    "worked_solution": {"bias_row_kept", "transposed"},
    "worked_solution_dropping_the_bias": {"transposed"},
    "eye_of_four": {"bias_row_kept"},
    "mask_from_appended": {"bias_row_kept"},
    "first_row_dropped": {"other_row_dropped"},
    "last_row_dropped": {"other_row_dropped"},
    "square_gradient_transposed": {"transposed"},
}
"""What each mistake of the worked solution, and each relative of it, is called in backward."""


@pytest.mark.slow
def test_the_layout_is_told_and_so_is_when_losses_were_noted(tmp_path, monkeypatch, capsys, staff, written):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    files = [
        written("nnia-sheet6") / "accepted" / name
        for name in ("folded_ones_first.py", "row_biases_noted_after.py")
    ]
    assert run(["grade", *map(str, files), "-a", str(FOLDER), "--json"], staff) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert "biases folded in, a column for each unit, and ones first." in said(first, "Network", "layout")
    assert said(first, "Network.backward", "db1") == "A part of dW1, and counted with it."
    assert (
        said(first, "Network.train", "losses (drawn rows)") == "Each loss is read as the one before its step."
    )
    assert "separate biases" in said(second, "Network", "layout")
    assert (
        said(second, "Network.train", "losses (drawn rows)") == "Each loss is read as the one after its step."
    )


def said(report, function, case):
    """Return the message of a case of a report in JSON."""
    (found,) = (each for each in report["functions"] if each["name"] == function)
    return next(each["message"] for each in found["cases"] if each["name"] == case)


def test_points_are_the_sheets():
    assignment = assignment_folder.load(FOLDER).assignment
    whole = scoring.total(assignment, 0, scoring.most_points(assignment))
    assert whole.most == 10
    assert (
        scoring.total(
            assignment, 7, 5, [scoring.Given(part.name, part.points) for part in assignment.manual]
        ).points
        == 12
    )
    assert sum(each.points for each in assignment.functions if each.bonus) == 2
    assert [each.file for each in assignment.entries if each.optional] == ["torch_module.py"]


def test_every_sample_is_listed_with_points_that_add_up():
    assert shipped.entries_of("nnia-sheet6") == {sample["file"] for sample in SAMPLES}
    for sample in SAMPLES:
        assert sum(sample["scores"].values()) == pytest.approx(sample["score"])


def test_a_worked_solution_loses_points_only_where_it_is_wrong():
    for name, codes in WORKED_SOLUTION.items():
        assert set(BY_NAME[name]["diagnoses"]["Network.backward"]) == codes
        assert BY_NAME[name]["scores"]["Network.forward"] == 1
    assert BY_NAME["worked_solution"]["scores"]["Network.backward"] == 1
    assert BY_NAME["worked_solution_dropping_the_bias"]["scores"]["Network.backward"] == 3
    assert BY_NAME["worked_solution_dropping_the_bias"]["diagnoses"]["Network.train"] == ["step_broadcast"]


def test_what_passes_on_the_sheets_three_rows_alone_is_wrong():
    assert BY_NAME["batch_of_three"]["scores"]["Network.backward"] == 0
    assert BY_NAME["batch_of_three"]["diagnoses"]["Network.backward"] == ["size_fixed"]


def test_passengers_are_of_the_real_lists_columns_and_ranges_and_lack_some_ages():
    with (FOLDER / "mounted" / "passengers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["Pclass", "Age", "Survived", "Fare"]
    assert {row["Pclass"] for row in rows} == {"1", "2", "3"}
    assert {row["Survived"] for row in rows} == {"0", "1"}
    ages = [float(row["Age"]) for row in rows if row["Age"]]
    assert 0 < min(ages) <= max(ages) <= 80
    assert 0 < len(rows) - len(ages) < len(rows) / 4
    assert all(0 <= float(row["Fare"]) <= 513 for row in rows)


@pytest.mark.parametrize("name", ["accepted/folded_ones_last", "accepted/sample_by_sample"])
def test_right_samples_have_the_sheets_numbers(written, name):
    net = by_hand(written, name)
    assert net.cache["L"] == pytest.approx(4.498267, abs=5e-7)
    assert net.grads["dW2"].ravel() == pytest.approx([-3.273333, -0.626667, -0.716, 0.16, -2.6], abs=5e-7)
    assert net.grads["dW1"][0] == pytest.approx([-1.273333, -1.018667, -0.716, 0.16], abs=5e-7)
    losses = net.train(X, Y, 0.01, 11)[1:]
    assert [*losses[:3], losses[-1]] == pytest.approx([3.785267, 3.175091, 2.663868, 1.244808], abs=5e-7)


def test_the_pass_in_numbers_of_the_text_is_right(written):
    text = (FOLDER / "text.md").read_text(encoding="utf-8").partition("### One pass in numbers")[2]
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE))
    told = {
        name: np.array(json.loads(cell.replace("−", "-"))) for name, cell in rows.items() if cell[0] == "["
    }
    for name, right in {"X": X, "y": Y, "W1": W1, "W2": W2}.items():
        assert (told[name] == right).all()
    net = by_hand(written, "accepted/folded_ones_last")
    found = {
        "B = A · W1": net.cache["B"],
        "E = ŷ": net.cache["E"],
        "F": net.cache["F"],
        "∂L/∂W2": net.grads["dW2"],
        "∂L/∂W1, first row": net.grads["dW1"][0],
    }
    for name, right in found.items():
        assert told[name] == pytest.approx(right, abs=5e-5)
    assert rows["H and L"] == f"{net.cache['H']:.4f} and {net.cache['L']:.4f}"
    assert rows["L after one step"] == f"{net.train(X, Y, 0.01, 2)[1]:.4f}"


def test_the_sheets_numbers_hide_a_divisor_that_is_fixed(written):
    net = by_hand(written, "wrong_answer/batch_of_three", separate=True)
    assert net.grads["dW2"].ravel() == pytest.approx([-3.273333, -0.626667, -0.716, 0.16], abs=5e-7)
    assert BY_NAME["batch_of_three"]["score"] == 1


def by_hand(written, name, *, separate=False):
    """Return a sample's net after one way back on the sheet's numbers; our own files may be run here."""
    net = double.load(written("nnia-sheet6") / f"{name}.py").Network(3, 4, 1)
    if separate:
        net.parameters = {"W1": W1[:-1], "b1": W1[-1], "W2": W2[:-1], "b2": W2[-1]}
    else:
        net.parameters = {"W1": W1, "W2": W2}
    net.forward(X)
    net.loss(Y)
    net.backward()
    return net
