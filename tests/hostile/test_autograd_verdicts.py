"""What autograd costs where it is forbidden, by whole gradings: its use alone, and that with its line."""

import pytest

from grader.assignment import assignment_folder
from grader.feedback.view import staff_view, student_view
from grader.model import Submission, Verdict
from tests.hostile.autograd_cases import ASSIGNMENT, DIFFERENTIATED, RIGHT, TESTS, USED, file


def suite_of(autograd="forbid", breach="function"):
    files = {
        "assignment.toml": ASSIGNMENT.format(autograd=autograd, breach=breach).encode(),
        "test_net.py": TESTS.encode(),
    }
    return assignment_folder.from_files(files, slug="one-layer", where="one-layer")


def graded(engine, source, suite):
    files = source if isinstance(source, dict) else {"net.py": source}
    return engine.grade(Submission({name: text.encode() for name, text in files.items()}), suite, seed=3)


def marked(source):
    """Return the file and line that a case marks."""
    files = source if isinstance(source, dict) else {"net.py": source}
    [place] = [
        (name, number)
        for name, text in files.items()
        for number, line in enumerate(text.split("\n"), start=1)
        if "# HERE" in line
    ]
    return place


def forbidden(report):
    return {case.function for case in report.cases if case.verdict is Verdict.FORBIDDEN}


@pytest.mark.parametrize("name", RIGHT)
def test_right_submission_gets_all_points_and_no_reproach(engine, name):
    suite = suite_of()
    report = graded(engine, RIGHT[name], suite)
    assert {(case.id, case.fact.code) for case in report.cases} == {(case.id, "ok") for case in report.cases}
    assert len(report.cases) == 5
    view = student_view(report, suite.assignment)
    assert (view.score, view.findings, view.mend) == (6, (), ())


@pytest.mark.parametrize("name", USED)
def test_use_costs_the_function_that_used_it_with_the_line(engine, name):
    source, costing = USED[name]
    suite = suite_of()
    report = graded(engine, source, suite)
    assert forbidden(report) == costing
    whole = [case for case in report.cases if case.function in costing]
    assert {case.verdict for case in whole} == {Verdict.FORBIDDEN}
    file, line = marked(source)
    assert {(case.fact.code, case.fact.values["line"]) for case in whole} == {("autograd_disabled", line)}
    rest = {case.verdict for case in report.cases if case.function not in costing}
    assert rest <= {Verdict.PASSED}
    caught = [(each.file, each.line) for each in student_view(report, suite.assignment).findings]
    assert (file, line) in caught


def test_use_costs_all_where_that_is_the_rule(engine):
    source, _ = USED["in one of two cases"]
    report = graded(engine, source, suite_of(breach="submission"))
    assert forbidden(report) == {"Net.forward", "Net.backward", "mse"}
    assert {case.verdict for case in report.cases} == {Verdict.FORBIDDEN}


def test_use_costs_nothing_where_that_is_the_rule_and_is_told(engine):
    source, _ = USED["and it is caught"]
    suite = suite_of(breach="nothing")
    report = graded(engine, source, suite)
    assert {case.verdict for case in report.cases} == {Verdict.PASSED}
    [told] = student_view(report, suite.assignment).findings
    assert (told.kind, told.line) == ("caught", marked(source)[1])


def test_report_lets_it_work_and_tells_staff_alone(engine):
    source = file(backward=DIFFERENTIATED)
    suite = suite_of(autograd="report", breach="submission")
    report = graded(engine, source, suite)
    assert {case.verdict for case in report.cases} == {Verdict.PASSED}
    assert [each.what for each in staff_view(report, suite.assignment).findings] == [".backward()"]
    view = student_view(report, suite.assignment)
    assert (view.score, view.findings, view.mend) == (6, (), ())


def test_allow_lets_it_work_and_tells_nobody(engine):
    suite = suite_of(autograd="allow", breach="submission")
    report = graded(engine, file(backward=DIFFERENTIATED), suite)
    assert {case.verdict for case in report.cases} == {Verdict.PASSED}
    assert staff_view(report, suite.assignment).findings == ()
