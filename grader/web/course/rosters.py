"""A course's roster from a file: what would change, then the change; and taking somebody out of it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import people
from grader.database.tables import Course
from grader.errors import Conflict, UsageError
from grader.model.language import _
from grader.reading import roster, tables
from grader.services.act import Visit
from grader.services.courses import rosters
from grader.services.courses.rosters import RosterPlan
from grader.services.people import access
from grader.web.frame.site import changing, looking

pages = Blueprint("rosters", __name__)


@pages.get("/courses/<int:course_id>/people/import")
def form(course_id: int) -> ResponseReturnValue:
    """Ask for a roster."""
    with looking() as visit:
        return _page(_course(visit, course_id))


@pages.post("/courses/<int:course_id>/people/import")
def take(course_id: int) -> ResponseReturnValue:
    """Show what a roster would change; or change it, if it is still what was shown."""
    text = _roster()
    with changing() as visit:
        course = _course(visit, course_id)
        table = roster.read(text.encode())
        found = rosters.plan(visit, course, table.rows)
        basis = request.form.get("basis", "")
        if basis != found.basis:
            return _page(course, plan=found, text=text, unused=table.unused, changed_since=bool(basis))
        remove = bool(request.form.get("remove"))
        secrets = rosters.apply(visit, course, found, remove=remove)
        links = {
            email: url_for("auth.invitation", secret=secret, _external=True)
            for email, secret in secrets.items()
        }
        return _page(course, done=found, links=links, removed=remove)


@pages.post("/courses/<int:course_id>/people/<int:user_id>/unenrol")
def unenrol(course_id: int, user_id: int) -> ResponseReturnValue:
    """Take somebody out of the course."""
    with changing() as visit:
        course = _course(visit, course_id)
        user = people.user(visit.session, user_id)
        if user is None or people.enrolment(visit.session, course.id, user.id) is None:
            raise Conflict(_("this person is no longer in the course"), cure=_("Reload the page."))
        rosters.unenrol(visit, course, user)
        name = user.name
    flash(_("%(name)s is no longer in the course. Their submissions stay.", name=name))
    return redirect(url_for("staff.roster", course_id=course_id), 303)


def _course(visit: Visit, course_id: int) -> Course:
    found = access.course(visit.session, visit.actor, course_id)
    access.require_instructor(visit.session, visit.actor, found.id)
    return found


def _roster() -> str:
    """Return what was uploaded, or else what stands in the field."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        content = upload.stream.read(roster.MOST_BYTES + 1)
        return tables.text_of(content)
    # Browsers send every end of a line as two characters: what was just small enough would be too large.
    text = request.form.get("roster", "").replace("\r\n", "\n")
    if not text.strip():
        raise UsageError(
            _("the roster is missing"), where="roster", cure=_("Choose a file, or paste the table.")
        )
    return text


def _page(
    course: Course, plan: RosterPlan | None = None, done: RosterPlan | None = None, **more: object
) -> str:
    return render_template("staff/roster.html", course=course, plan=plan, done=done, **more)
