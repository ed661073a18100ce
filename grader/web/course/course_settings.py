"""A course's own settings: how much it may store."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.tables import Role
from grader.errors import UsageError
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import courses, storage
from grader.services.people import access
from grader.web.frame.site import changing, looking

pages = Blueprint("course_settings", __name__)


@pages.get("/courses/<int:course_id>/settings")
def page(course_id: int) -> ResponseReturnValue:
    """Show how much of its storage a course uses, and offer to change the limit."""
    with looking() as visit:
        return _form(visit, course_id)


@pages.post("/courses/<int:course_id>/settings")
def change(course_id: int) -> ResponseReturnValue:
    """Change a course's storage limit."""
    written = request.form.get("storage", "")
    try:
        limit = storage.limit_bytes(written)
    except UsageError as error:
        with looking() as visit:
            access.require_instructor(visit.session, visit.actor, course_id)
            return _form(visit, course_id, written, error), 422
    with changing() as visit:
        access.require_instructor(visit.session, visit.actor, course_id)
        found = access.course(visit.session, visit.actor, course_id)
        courses.set_storage_limit(visit, found, limit)
        flash(_("The storage limit is changed: %(found)s.", found=storage.told(found)))
    return redirect(url_for("course_settings.page", course_id=course_id), 303)


def _form(visit: Visit, course_id: int, written: str = "", problem: UsageError | None = None) -> str:
    access.require_staff(visit.session, visit.actor, course_id)
    found = access.course(visit.session, visit.actor, course_id)
    return render_template(
        "staff/course_settings.html",
        course=found,
        told=storage.told(found),
        limit=written or storage.in_gib(found.storage_limit_bytes),
        problem=problem,
        teaches=access.role_in(visit.session, visit.actor, course_id) is Role.INSTRUCTOR,
    )
