"""What an assignment's class did, for its staff: who has which function right, mistakes, scores, cases."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from grader.arithmetic.class_figures import Class, Counted
from grader.services.people import access
from grader.services.reports import assignment_header, class_figures
from grader.web.frame.site import looking

pages = Blueprint("class_page", __name__)
BY_NAME, LOWEST = "name", "lowest"


@pages.get("/assignments/<int:assignment_id>/class")
def figures(assignment_id: int) -> ResponseReturnValue:
    """Show an assignment's class."""
    order = LOWEST if request.args.get("order") == LOWEST else BY_NAME
    with looking() as visit:
        assignment = access.assignment(visit.session, visit.actor, assignment_id)
        access.require_staff(visit.session, visit.actor, assignment.course_id)
        found = class_figures.of_class(visit.session, assignment)
        return render_template(
            "staff/class.html",
            assignment=assignment,
            head=assignment_header.head(visit.session, assignment),
            found=found,
            rows=_ordered(found, order),
            order=order,
        )


def _ordered(found: Class, order: str) -> list[Counted]:
    """Return those with a score as asked for: by name, or those first who have least."""
    if order == BY_NAME:
        return sorted(found.graded, key=lambda each: (each.who.lower(), each.submission))
    return sorted(found.graded, key=lambda each: (each.share or 0.0, each.who.lower(), each.submission))
