"""What a student would see of a hand-in under settings that are being changed, before and after the dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader import model
from grader.database.db import Session
from grader.database.store import submissions
from grader.database.tables import AssignmentRow
from grader.feedback import CaseView, Moment, View, student_view
from grader.model import CaseResult, Fact, Report, Status, Verdict
from grader.model.language import N_, _
from grader.services.grading import results

MOMENTS: Mapping[str, Moment] = {
    N_("before the due date"): Moment(),
    N_("after the due date"): Moment(due=True),
    N_("once results are published"): Moment(due=True, published=True),
}
MOST_CASES = 4


@dataclass(frozen=True)
class Example:
    """One hand-in at each moment. ``submission``: its number; None for one that is made up."""

    submission: int | None
    views: Mapping[str, View]
    cases: Sequence[tuple[str, Sequence[CaseView]]]


def moments(session: Session, assignment: AssignmentRow, asked: model.Assignment) -> Example:
    """Return the newest hand-in, or before there is one a made-up one, as its student would see it."""
    grading = submissions.newest_graded(session, assignment.id)
    report = results.report(session, grading) if grading else made_up(asked)
    views = {_(words): student_view(report, asked, moment) for words, moment in MOMENTS.items()}
    number = grading.submission_id if grading else None
    return Example(number, views, _cases(report, list(views.values())))


def _cases(report: Report, views: Sequence[View]) -> Sequence[tuple[str, Sequence[CaseView]]]:
    """Return some cases, those that are not right first, each as it is seen at every moment."""
    found = []
    for functions in zip(*(each.functions for each in views), strict=True):
        own = [each for each in report.cases if each.function == functions[0].name]
        seen = zip(own, *(each.cases for each in functions), strict=True)
        found += [(case.verdict, functions[0].name, row) for case, *row in seen]
    found.sort(key=lambda each: each[0] is Verdict.PASSED)
    return [(name, row) for __, name, row in found[:MOST_CASES]]


def made_up(asked: model.Assignment) -> Report:
    """Return a report in which one case of the first function is right and one is not."""
    name = asked.functions[0].name
    wrong = Fact("not_close", {"name": _("the value"), "difference": 0.031, "index": [2, 0], "allowed": 1e-4})
    printed = _("what the student’s code printed")
    cases = (
        CaseResult("1", _("first case"), name, Verdict.PASSED, Fact("ok")),
        CaseResult("2", _("second case"), name, Verdict.FAILED, wrong, output=printed),
    )
    return Report(
        assignment=asked.slug,
        suite="",
        submission="",
        device="cpu",
        seed=0,
        status=Status.GRADED,
        cases=cases,
    )
