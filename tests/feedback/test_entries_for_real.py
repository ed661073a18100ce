"""An assignment with several files, a notebook and mounted data, graded by the real engine."""

import json

import pytest

from grader.arithmetic import scoring
from grader.assignment import assignment_folder
from grader.feedback.view import student_view
from grader.model import Submission, Verdict

ASSIGNMENT = """
title = "Sums"
entry = "sums.py"

[[entries]]
file = "slopes.py"
optional = true

[[entries]]
file = "digits.ipynb"
optional = true
limits = { import_seconds = 20, cell_seconds = 1 }

[[functions]]
name = "add"
points = 1
[[functions]]
name = "slope"
points = 2
entry = "slopes.py"
[[functions]]
name = "predict"
points = 3
entry = "digits.ipynb"

[forbid]
modules = ["torch"]
autograd = "forbid"
"""
TESTS = """
import pytest, torch

@pytest.mark.function("add")
def test_add(submission, check):
    check.scalar(submission.add(2.0, 3.0), 5.0, name="add")

@pytest.mark.function("slope")
def test_slope(submission, check):
    check.scalar(submission.slope(torch.tensor(3.0)), 6.0, name="slope")

@pytest.mark.function("predict")
@pytest.mark.cases("first", "second")
def test_predict(submission, check):
    for name, value in (("first", 1.0), ("second", 2.0)):
        with check.case(name):
            check.scalar(submission.predict(value), 10.0 * value, name=name)
"""
ADD = b"def add(a, b):\n    return a + b\n"
SLOPE = b"""
import torch
def slope(x):
    x = x.clone().requires_grad_(True)
    (x * x).backward()
    return x.grad
"""


def notebook(*cells):
    made = [
        {"cell_type": "code", "metadata": {}, "source": each, "outputs": [], "execution_count": None}
        for each in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


PREDICT = notebook(
    "%matplotlib inline\nimport torch\ndevice = 'cuda' if torch.cuda.is_available() else 'cpu'",
    "factor = float(open('data/raw/factor.csv').read())",
    "def predict(x):\n    return float(torch.tensor(x, device=device) * factor)",
)


@pytest.fixture(scope="module")
def suite():
    files = {
        "assignment.toml": ASSIGNMENT.encode(),
        "test_sums.py": TESTS.encode(),
        "mounted/data/raw/factor.csv": b"10\n",
    }
    return assignment_folder.from_files(files, slug="sums", where="sums")


def graded(engine, suite, running=None, **files):
    names = {"add": "sums.py", "slope": "slopes.py", "predict": "digits.ipynb"}
    submission = Submission({names.get(key, key): content for key, content in files.items()})
    report = engine.grade(submission, suite, seed=1, running=running)
    assert not report.why
    scores = scoring.score(suite.assignment, report)
    return report, {each.function.name: (each.score, each.verdict) for each in scores.functions}


def test_each_file_is_graded_under_its_own_rules(engine, suite):
    began = []
    _, scores = graded(engine, suite, lambda *step: began.append(step), add=ADD, slope=SLOPE, predict=PREDICT)
    assert scores == {
        "add": (1.0, Verdict.PASSED),
        "slope": (2.0, Verdict.PASSED),
        "predict": (3.0, Verdict.PASSED),
    }
    assert began == [(1, 3), (2, 3), (3, 3)]


def test_what_the_first_file_must_not_use_it_gets_through_no_other(engine, suite):
    borrowed = b"import slopes, torch\n" + ADD
    _, scores = graded(engine, suite, add=borrowed, slope=SLOPE)
    assert scores["add"] == (0.0, Verdict.ERROR)  # the other file isn't there
    assert scores["slope"] == (2.0, Verdict.PASSED)


def test_optional_files_that_are_missing_cost_their_functions_only(engine, suite):
    report, scores = graded(engine, suite, add=ADD)
    assert scores == {
        "add": (1.0, Verdict.PASSED),
        "slope": (0.0, Verdict.SKIPPED),
        "predict": (0.0, Verdict.SKIPPED),
    }
    told = {each.name: each.cases[0].message for each in student_view(report, suite.assignment).functions}
    assert told["slope"] == "slopes.py was not submitted."


def test_file_that_does_not_load_costs_its_functions_only(engine, suite):
    _, scores = graded(engine, suite, add=b"def add(:", slope=SLOPE, predict=b"{}")
    assert scores == {
        "add": (0.0, Verdict.ERROR),
        "slope": (2.0, Verdict.PASSED),
        "predict": (0.0, Verdict.ERROR),
    }


def test_what_is_said_of_a_hand_in_without_its_first_file_tells_of_the_others(engine, suite):
    report, _ = graded(engine, suite, slope=b"def slope(x): return x\n", predict=PREDICT)
    view = student_view(report, suite.assignment)
    assert view.headline == "sums.py is missing from the submission. predict is correct. slope: incorrect."
    assert [each.where for each in view.mend] == ["", "slope, slope"]


def test_cell_that_fails_or_hangs_is_told_and_hides_nothing(engine, suite):
    cells = json.loads(PREDICT)["cells"]
    broken = notebook("while True: pass", *(each["source"] for each in cells), "predict('x')")
    report, scores = graded(engine, suite, add=ADD, predict=broken)
    assert scores["predict"] == (3.0, Verdict.PASSED)
    notes = student_view(report, suite.assignment).notes
    assert "Code cell 1 took longer than 1 s of CPU time and was stopped. The other cells were run." in notes
    raised = "Code cell 5 raised TypeError at line 2 of code cell 4 of digits.ipynb, in predict"
    assert [each for each in notes if each.startswith(raised)]


def test_only_the_functions_that_are_asked_for_are_graded(engine, suite):
    submission = Submission({"sums.py": ADD, "slopes.py": SLOPE})
    report = engine.grade(submission, suite, seed=1, only=("slope",))
    assert {each.function for each in report.cases} == {"slope"}
