"""Parts that people judge: in the assignment, in the total, and in what everybody is shown."""

from dataclasses import replace

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic import scoring
from grader.assignment import assignment_folder
from grader.errors import AssignmentError
from grader.feedback import Moment, staff_view, student_view
from grader.forms import result_structs
from grader.model import BonusCap, Function, Given, Manual, Shown, Verdict, Visibility
from grader.render import gradescope
from grader.render import json as render
from tests.grader.doubles import ASSIGNMENT, ASSIGNMENT_TOML, case, report, schema, write_assignment
from tests.render.test_render import on_pipe

THEORY = Manual("theory", 10.0, what="Derive the gradient.", files=("*.pdf",))
STYLE = Manual("style", 5.0, bonus=True)
JUDGED = replace(ASSIGNMENT, manual=(THEORY, STYLE))
RIGHT = report(case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1"))
GIVEN = (Given("theory", 8.0, "One sign is wrong.", "Ada Byron"),)
MANUAL_TOML = """
bonus_cap = "total"
[[manual]]
name = "theory"
points = 10
what = "Derive the gradient."
files = ["*.pdf"]
[[manual]]
name = "style"
points = 5
bonus = true
"""
amounts = st.floats(0, 1000, allow_nan=False)


def toml(more=MANUAL_TOML):
    head, functions = more.split("[[manual]]", 1)
    return head + ASSIGNMENT_TOML + "[[manual]]" + functions


def test_manual_parts_and_the_cap_are_read(tmp_path):
    asked = assignment_folder.load(write_assignment(tmp_path / "nets", toml())).assignment
    assert asked.manual == (THEORY, STYLE)
    assert asked.bonus_cap is BonusCap.TOTAL


def test_assignment_without_them_has_none_and_no_cap(tmp_path):
    asked = assignment_folder.load(write_assignment(tmp_path / "nets")).assignment
    assert (asked.manual, asked.bonus_cap) == ((), BonusCap.NONE)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "style"', 'name = "theory"', "twice"),
        ('name = "style"', 'name = "MLP.forward"', "twice"),
        ('name = "style"', f'name = "{"x" * 201}"', "longer than 200"),
        ('bonus_cap = "total"', 'bonus_cap = "sheet"', "not one of none, total"),
        ("points = 5", "points = -5", "at least 0"),
        ("points = 5", "point = 5", "manual[2].points"),
    ],
)
def test_mistake_in_a_manual_part_is_told(tmp_path, old, new, said):
    with pytest.raises(AssignmentError) as caught:
        assignment_folder.load(write_assignment(tmp_path / "nets", toml().replace(old, new)))
    assert said in str(caught.value)


def test_what_can_be_had_includes_manual_parts_and_no_bonus():
    total = scoring.total(JUDGED, 30.0, 30.0)
    assert (total.points, total.most, total.waits) == (30.0, 40.0, (THEORY, STYLE))


def test_given_points_are_added_and_wait_no_more():
    total = scoring.total(JUDGED, 30.0, 30.0, GIVEN)
    assert (total.points, total.waits) == (38.0, (STYLE,))


def test_points_for_a_part_that_is_gone_count_for_nothing():
    assert scoring.total(ASSIGNMENT, 30.0, 30.0, GIVEN).points == 30.0


def test_capped_bonus_fills_up_to_the_sheets_total_and_no_further():
    capped = replace(JUDGED, bonus_cap=BonusCap.TOTAL)
    given = (Given("theory", 8.0), Given("style", 5.0))
    assert scoring.total(JUDGED, 30.0, 30.0, given).points == 43.0
    assert scoring.total(capped, 30.0, 30.0, given).points == 40.0
    assert scoring.total(capped, 26.0, 30.0, given).points == 39.0


def test_bonus_function_is_capped_too():
    functions = (*ASSIGNMENT.functions, Function("more", 4.0, bonus=True))
    graded = report(*RIGHT.cases, case("more", "x"))
    asked = replace(ASSIGNMENT, functions=functions)
    assert scoring.score(asked, graded).score == 34.0
    assert scoring.score(replace(asked, bonus_cap=BonusCap.TOTAL), graded).score == 30.0


@given(amounts, amounts, st.lists(amounts, max_size=3), st.sampled_from(BonusCap))
def test_capping_what_the_tests_gave_first_changes_nothing(tests, most, points, cap):
    parts = tuple(Manual(f"part {place}", each) for place, each in enumerate(points))
    asked = replace(ASSIGNMENT, manual=parts, bonus_cap=cap)
    marks = [Given(each.name, each.points) for each in parts]
    before = scoring.total(asked, tests, most).points
    assert scoring.total(asked, before, most, marks).points == pytest.approx(
        scoring.total(asked, tests, most, marks).points
    )


@given(st.lists(st.floats(-100, 100), max_size=5), st.floats(0, 100))
def test_items_of_a_rubric_come_to_points_of_the_part(items, most):
    assert 0 <= scoring.picked_points(items, most) <= most
    assert scoring.picked_points([], most) == most
    assert scoring.picked_points([*items, -1], most) <= scoring.picked_points(items, most)


def test_view_says_what_is_open_and_what_was_given():
    view = staff_view(RIGHT, JUDGED, GIVEN)
    theory, style = view.manual
    assert (view.score, view.max_score) == (38.0, 40.0)
    assert (theory.waits, theory.score, theory.why, theory.by) == (
        False,
        8.0,
        "One sign is wrong.",
        "Ada Byron",
    )
    assert (style.waits, style.score) == (True, None)


def test_given_points_stay_hidden_with_the_total():
    hidden = replace(JUDGED, shown=Shown(total=Visibility.AFTER_PUBLISH))
    before = student_view(RIGHT, hidden, Moment(), GIVEN)
    assert (before.score, before.manual[0].score, before.manual[0].why) == (None, None, "")
    assert not before.manual[0].waits
    after = student_view(RIGHT, hidden, Moment(published=True), GIVEN)
    assert (after.score, after.manual[0].score) == (38.0, 8.0)


def test_shell_says_what_waits_for_a_person():
    said = on_pipe(staff_view(RIGHT, JUDGED))
    assert "not graded yet: theory (10 points), style (5 points bonus)" in said
    assert "30.00 / 40" in said


def test_shell_says_what_was_given_and_why():
    said = on_pipe(staff_view(RIGHT, JUDGED, GIVEN))
    assert "theory  8.00 / 10, One sign is wrong., Ada Byron" in said
    assert "not graded yet: style (5 points bonus)" in said


def test_shell_says_nothing_of_people_where_there_is_nothing_for_them():
    assert "waits" not in on_pipe(staff_view(RIGHT, ASSIGNMENT))


def test_json_is_as_documented_and_comes_back():
    view = staff_view(RIGHT, JUDGED, GIVEN)
    document = render.document(view, "mlp.py")
    jsonschema.validate(document, schema())
    back = render.view(msgspec.convert(document, result_structs.ReportForm))
    assert [(each.name, each.score, each.waits) for each in back.manual] == [
        ("theory", 8.0, False),
        ("style", None, True),
    ]


def test_gradescope_gets_what_was_given_and_not_what_waits():
    document = gradescope.document(RIGHT, JUDGED, staff_view(RIGHT, JUDGED, GIVEN))
    [theory] = [each for each in document["tests"] if each["name"] == "theory"]
    assert (theory["score"], theory["max_score"], theory["output"]) == (8.0, 10.0, "One sign is wrong.")
    assert document["score"] == 38.0
    assert not [each for each in document["tests"] if each["name"] == "style"]


def test_a_wrong_submission_keeps_what_a_person_gave():
    wrong = report(case("MLP.forward", "y_hat", Verdict.FAILED), case("MLP.backward", "x", Verdict.FAILED))
    assert staff_view(wrong, JUDGED, GIVEN).score == 8.0
