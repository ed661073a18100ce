"""A result as Gradescope's ``results.json``, which shows it to the student under Gradescope's own dates.

Each case carries the date from which it may be seen, so the texts are those a student may see then.
A grading that failed by our fault has no document: without one Gradescope reports a failed autograder,
while any document would be a score.
"""

import json
from typing import Any

from grader.errors import GradingFailed
from grader.feedback.manual import ManualView
from grader.feedback.sight import Moment
from grader.feedback.view import CaseView, FunctionView, View, student_view
from grader.model import Assignment, Report, Status, Verdict, Visibility
from grader.model.language import _

VISIBILITY: dict[Visibility, str] = {
    Visibility.ALWAYS: "visible",
    Visibility.AFTER_DUE: "after_due_date",
    Visibility.AFTER_PUBLISH: "after_published",
    Visibility.NEVER: "hidden",
}
# Gradescope holds back until the date; so the texts are written for the last of them.
AT_LAST = Moment(due=True, published=True)
# The sentence about the whole has no date of its own.
AT_ONCE = Moment()


def document(report: Report, assignment: Assignment, staff: View) -> dict[str, Any]:
    """Return the contents of results.json. Raises GradingFailed when there is no score to tell."""
    if report.status is not Status.GRADED or staff.score is None:
        raise GradingFailed(
            _("there is no result"),
            where="results.json",
            cure=_("This is our fault. Grade it again."),
        )
    view = student_view(report, assignment, AT_LAST)
    return {
        "score": round(staff.score, 6),
        "execution_time": round(report.timing.total_seconds, 3),
        "output": student_view(report, assignment, AT_ONCE).headline,
        "output_format": "text",
        "visibility": VISIBILITY[assignment.shown.total],
        "stdout_visibility": "hidden",
        "tests": [
            each
            for function, known in zip(view.functions, staff.functions, strict=True)
            for each in _tests(function, known, view.load)
        ]
        + [_judged(each, assignment.shown.total) for each in staff.manual if each.score is not None],
    }


def dumps(contents: dict[str, Any]) -> str:
    """Return the document as text."""
    return json.dumps(contents, indent=2, allow_nan=False)


def _tests(function: FunctionView, known: FunctionView, load: str) -> list[dict[str, Any]]:
    """Return a test per case, or one for a function that could not be reached."""
    if known.cases:
        return [_test(function.name, *pair) for pair in zip(function.cases, known.cases, strict=True)]
    passed = known.verdict is Verdict.PASSED
    return [_entry(function.name, 0.0, function.max_score, passed, load, Visibility.ALWAYS)]


def _test(function: str, case: CaseView, known: CaseView) -> dict[str, Any]:
    output = "\n".join(filter(None, [case.description, case.message, case.advice, case.output]))
    passed = known.verdict is Verdict.PASSED
    name = f"{function}: {case.name}"
    return _entry(name, known.points or 0.0, known.max_points, passed, output, case.visibility)


def _judged(part: ManualView, shown: Visibility) -> dict[str, Any]:
    """Return a part that a person judged; its reason is for the student."""
    points = part.score or 0.0
    everything = points >= part.max_score
    return _entry(part.name, points, part.max_score, everything, part.why, shown)


def _entry(
    name: str, score: float, most: float, passed: bool, output: str, visibility: Visibility
) -> dict[str, Any]:
    return {
        "name": name,
        "score": round(score, 6),
        "max_score": round(most, 6),
        "status": "passed" if passed else "failed",
        "output": output,
        "output_format": "text",
        "visibility": VISIBILITY[visibility],
    }
