"""A course's gradebook, as a page and as a table to download."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from grader.database.store import audit
from grader.database.tables import Course
from grader.model.language import N_, _
from grader.render.csv import MARK, cell
from grader.services.act import Visit
from grader.services.grading.results import GradebookRow
from grader.services.people import access
from grader.services.reports import gradebook
from grader.services.reports.gradebook import Book, GradebookLine
from grader.web.frame.site import changing, looking

pages = Blueprint("gradebook", __name__)
STUDIES = ("matriculation", "programme", "degree")
ORDERS: Mapping[str, tuple[str, Callable[[GradebookLine], Any]]] = {
    "name": (N_("by name"), lambda each: each.user.name.casefold()),
    "lowest": (N_("lowest total first"), lambda each: (each.total is not None, each.total or 0.0)),
    "highest": (N_("highest total first"), lambda each: -(each.total or 0.0)),
}


@pages.get("/courses/<int:course_id>/gradebook")
def page(course_id: int) -> ResponseReturnValue:
    """Show every student's scores."""
    order = request.args.get("order", "")
    order = order if order in ORDERS else "name"
    with looking() as visit:
        course = _course(visit, course_id)
        found = gradebook.book(visit.session, course)
        return render_template(
            "staff/gradebook.html",
            course=course,
            book=found,
            lines=sorted(found.lines, key=ORDERS[order][1]),
            order=order,
            ORDERS={name: _(said) for name, (said, __) in ORDERS.items()},
        )


@pages.get("/courses/<int:course_id>/gradebook.csv")
def table(course_id: int) -> ResponseReturnValue:
    """Give all scores as a table."""
    with changing() as visit:
        course = _course(visit, course_id)
        found = gradebook.book(visit.session, course)
        text = _table(found)
        about, name = f"course:{course.id}", f"{course.slug}-gradebook.csv"
        audit.note(visit.session, visit.now, visit.actor, "course.exported", about, course_id=course.id)
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, mimetype="text/csv", headers=disposition)


def _table(found: Book) -> str:
    stream = io.StringIO()
    stream.write(MARK)
    writer = csv.writer(stream, lineterminator="\r\n")
    titles = [each.slug for each in found.assignments]
    writer.writerow(map(cell, ["name", "e-mail", *STUDIES, *titles, "total"]))
    for line in found.lines:
        user = line.user
        scores = [_score(each) for each in line.cells]
        studies = [getattr(user, name) or "" for name in STUDIES]
        writer.writerow(map(cell, [user.name, user.email, *studies, *scores, line.total]))
    return stream.getvalue()


def _score(each: GradebookRow) -> float | str | None:
    if each.excused:
        return "excused"
    return each.result.score if each.result else None


def _course(visit: Visit, course_id: int) -> Course:
    found = access.course(visit.session, visit.actor, course_id)
    access.require_staff(visit.session, visit.actor, found.id)
    return found
