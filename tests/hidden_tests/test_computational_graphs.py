"""computational-graphs: what its samples and its sheet say."""

import tomllib
from pathlib import Path

import pytest

from tests import shipped
from tests.hidden_tests import double

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "computational-graphs"
SAMPLES = tomllib.loads((FOLDER / "submissions" / "expected.toml").read_text(encoding="utf-8"))["samples"]
ASSIGNMENT = tomllib.loads((FOLDER / "assignment.toml").read_text(encoding="utf-8"))
BLIND = {
    "factor_left_out",
    "factor_left_out_on_the_way_back",
    "gradients_of_c_all_zero",
    "sign_of_the_gradients_of_c",
    "sheet_numbers_only",
    "slope_at_output",
}
"""Wrong answers that the sheet's own numbers don't show."""

SHEET = (2.0, -7.0, 4.0, 1.0)


def test_points_are_those_of_the_sheet():
    counted = [each for each in ASSIGNMENT["functions"] if not each.get("bonus")]
    [choice] = ASSIGNMENT["choices"]
    spare = len(choice["functions"]) - choice["best"]
    by_name = {each["name"]: each["points"] for each in counted}
    manual = sum(each["points"] for each in ASSIGNMENT["manual"])
    assert sum(by_name.values()) - spare * by_name[choice["functions"][0]] + manual == 30
    assert ASSIGNMENT["bonus_cap"] == "total"


def test_every_sample_is_listed():
    assert shipped.entries_of("computational-graphs") == {sample["file"] for sample in SAMPLES}


def test_questions_by_hand_are_the_sheets():
    by_hand = {each["name"]: each["points"] for each in ASSIGNMENT["manual"]}
    assert by_hand == {
        **dict.fromkeys(("1.1 i", "1.1 ii", "1.1 iii", "1.1 iv", "1.1 v"), 1),
        "drawings": 3,
        "1.3 i": 1,
        "1.3 iv": 1,
        "1.3 v": 3,
    }


def test_scores_of_samples_add_up_with_the_best_two_of_three():
    for sample in SAMPLES:
        scores = dict(sample["scores"])
        best = sorted(scores.pop(name) for name in "ABC")[1:]
        assert sum(scores.values()) + sum(best) == pytest.approx(sample["score"], abs=0.01), sample["file"]


def test_what_the_sheets_numbers_do_not_show_is_found():
    found = {Path(sample["file"]).stem: sample for sample in SAMPLES}
    for name in BLIND:
        assert found[name]["score"] < 14
        assert found[name]["diagnoses"]


@pytest.mark.parametrize("name", sorted(BLIND - {"slope_at_output"}))
def test_those_are_right_at_the_sheets_point_within_single_precision(written, name):
    folder = written("computational-graphs")
    wrong = double.load(folder / "wrong_answer" / f"{name}.py")
    right = double.load(folder / "accepted" / "solution.py")
    for each in "AC":
        (values, slopes), (truths, true_slopes) = (getattr(module, each)(*SHEET) for module in (wrong, right))
        assert [*values.values()][-1] == pytest.approx([*truths.values()][-1], abs=1e-7)
        assert [slopes[at] for at in "abcd"] == pytest.approx([true_slopes[at] for at in "abcd"], abs=1e-7)


def test_what_students_call_their_entries_is_read_before_anything_hidden_is_asked():
    """Their names are shown on the page: after a hidden point a name could carry it out."""
    first, *_ = sorted(path.name for path in FOLDER.glob("test_*.py"))
    assert first == "test_at_the_sheets_point.py"
    assert "rng" not in (FOLDER / first).read_text(encoding="utf-8")
