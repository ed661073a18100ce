"""A course as its staff sees it: what needs a person first, then the assignments."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from grader.database.store import courses
from grader.database.tables import AssignmentRow, Course
from grader.model.language import _
from grader.services.act import Visit
from grader.services.reports import assignment_header as heads
from grader.services.reports import todo as needs
from grader.services.reports import unsolved
from grader.services.reports.assignment_header import Head
from grader.web.frame.formats import plural


@dataclass(frozen=True)
class Need:
    """Something that is not graded yet: of which assignment, what, and where to go."""

    assignment: AssignmentRow
    what: str
    where: str


@dataclass(frozen=True)
class Overview:
    """What waits, and the assignments with how each stands."""

    needs: Sequence[Need]
    heads: Sequence[Head]


def overview(visit: Visit, course: Course) -> Overview:
    """Return what a course's staff is shown first."""
    waiting = needs.of_course(visit.session, course)
    found = courses.assignments(visit.session, course.id)
    wanted = [need for each in found for need in _needs(visit, each, waiting.get(each.id, needs.Needs()))]
    return Overview(wanted, [heads.head(visit.session, each) for each in found])


def _needs(visit: Visit, assignment: AssignmentRow, waiting: needs.Needs) -> Sequence[Need]:
    """Return what waits in an assignment, the most urgent first."""
    number = assignment.id
    submissions = url_for("staff.submissions", course_id=assignment.course_id, assignment=number)
    silent = unsolved.of_assignment(visit.session, assignment)
    first = f"{silent[0].function}, {silent[0].name}" if silent else ""
    said = [
        (
            waiting.faults,
            _("%(submissions)s not graded (our fault)", submissions=plural(waiting.faults, "submission")),
            f"{submissions}&status=internal_error",
        ),
        (
            waiting.requests,
            plural(waiting.requests, "regrade request"),
            url_for("allowances.requests", assignment_id=number),
        ),
        (
            waiting.waits,
            _("%(submissions)s with parts to grade by hand", submissions=plural(waiting.waits, "submission")),
            _first(visit, assignment, waiting),
        ),
        (
            len(silent),
            _(
                "%(test_cases)s that nobody passes: %(first)s",
                test_cases=plural(len(silent), "test case"),
                first=first,
            ),
            url_for("class_page.figures", assignment_id=number, _anchor="cases"),
        ),
    ]
    return [Need(assignment, words, where) for count, words, where in said if count]


def _first(visit: Visit, assignment: AssignmentRow, waiting: needs.Needs) -> str:
    number = needs.first(visit.session, assignment) if waiting.waits else None
    return url_for("judgement.judge", submission_id=number) if number is not None else ""
