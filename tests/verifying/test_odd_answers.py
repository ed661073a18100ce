"""What a verification tries besides the samples: each function once returning what nobody asked for."""

import json

import pytest

from grader.model import Assignment, CaseResult, Fact, Function, Report, Status, Submission, Verdict
from grader.verifying import samples
from grader.verifying import trial_findings as findings
from grader.verifying.odd_answers import ODD, odd_answers

ASSIGNMENT = Assignment(
    slug="a",
    title="A",
    entry="mlp.py",
    functions=(Function("f", 2.0), Function("Net.g", 3.0), Function("h", 0)),
)
SOURCE = (
    b"def f(x):\n    return x\n\nclass Net:\n    def g(self, x):\n        return x\n\ndef h():\n    pass\n"
)
SOLUTION = samples.Sample("accepted/a.py", Submission({"mlp.py": SOURCE}), score=5.0)
WRONG = samples.Sample("wrong/a.py", Submission({"mlp.py": b"def f(): pass\n"}), score=0.0)


def ran(sample, name, argument):
    """Return what a function of a made submission does, or the name of what it raises."""
    scope = {}
    exec(sample.submission.files["mlp.py"], scope)
    function = scope["f"] if name == "f" else scope["Net"]().g
    try:
        return function(argument)
    except ValueError as error:
        return type(error).__name__


def test_each_function_with_points_is_tried_with_every_odd_answer():
    found = odd_answers([WRONG, SOLUTION], ASSIGNMENT)
    assert [each.odd for each in found] == ["f"] * len(ODD) + ["Net.g"] * len(ODD)
    assert found[0].file == "f returns None"
    assert [ran(each, each.odd, 7) for each in found] == [None, 1.0, (), {}, "ValueError"] * 2


def test_the_other_functions_stay_as_they_are():
    found = odd_answers([SOLUTION], ASSIGNMENT)
    assert [ran(each, "f" if each.odd == "Net.g" else "Net.g", 7) for each in found] == [7] * 2 * len(ODD)


@pytest.mark.parametrize("name", ["nowhere", "Net.other", "1.2 a"])
def test_a_name_that_the_solution_does_not_define_is_left_out(name):
    assignment = Assignment(slug="a", title="A", entry="mlp.py", functions=(Function(name, 5.0),))
    assert odd_answers([SOLUTION], assignment) == []


def test_without_a_solution_there_is_nothing_to_make_them_of():
    assert odd_answers([WRONG], ASSIGNMENT) == []


def test_a_notebook_gets_a_cell_more():
    notebook = {"cells": [{"cell_type": "code", "source": "def f(x):\\n    return x"}], "nbformat": 4}
    assignment = Assignment(slug="a", title="A", entry="a.ipynb", functions=(Function("f", 5.0),))
    given = samples.Sample("accepted", Submission({"a.ipynb": json.dumps(notebook).encode()}), score=5.0)
    made = odd_answers([given], assignment)[0].submission.files["a.ipynb"]
    assert json.loads(made)["cells"][1]["source"].endswith("f = _odd_answer\n")


def report(verdict, why="", notes=()):
    case = CaseResult(id="f/a/a", name="a", function="f", verdict=verdict, fact=Fact("ok"))
    rest = CaseResult(id="Net.g/a/a", name="a", function="Net.g", verdict=Verdict.PASSED, fact=Fact("ok"))
    return Report(assignment="a", suite="s", submission="t", device="cpu", seed=1, status=Status.GRADED,
                  cases=(case, rest), notes=notes)  # fmt: skip


def test_points_for_an_odd_answer_are_told_and_no_line_is_shown_of_the_others():
    expected = findings.expected([SOLUTION], ASSIGNMENT)
    runs = [
        findings.TrialRun("f returns None", report(Verdict.PASSED)),
        findings.TrialRun("f raises", report(Verdict.FAILED)),
    ]
    found = findings.verified(runs, expected, ASSIGNMENT, ())
    assert [(each.name, each.said) for each in found.rows] == [
        ("f returns None", ("f gets 2.00 points for that, not 0.00",))
    ]
    assert found.number == 2


def test_what_is_wrong_with_the_tests_is_told_on_the_verifications_own_page():
    noted = Fact("diagnosis_failed", {"name": "f", "file": "test_f.py", "line": 3, "text": "KeyError: 'x'"})
    [said] = samples.differences(SOLUTION, ASSIGNMENT, report(Verdict.PASSED, notes=(noted,)))
    assert "at line 3 of test_f.py" in said
    assert "KeyError" in said
