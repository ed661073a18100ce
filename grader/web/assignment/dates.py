"""An assignment's dates and the rules that go with them. They hold at once: they are in no version."""

import hashlib
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.tables import AssignmentRow, Role
from grader.errors import ChainruleError, Conflict, UsageError
from grader.model.language import _
from grader.reading import local_time
from grader.services.act import Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.web.assignment.fields import Fields, at_fault, refusal
from grader.web.assignment.settings_pages import readable
from grader.web.frame.site import changing, looking

pages = Blueprint("dates", __name__)
# How the services call what stands in a field.
FIELDS = {"dates": "due", "late_percent_per_day": "percent"}


@pages.get("/assignments/<int:assignment_id>/settings/dates")
def page(assignment_id: int) -> ResponseReturnValue:
    """Show an assignment's dates."""
    with looking() as visit:
        return _page(visit, readable(visit, assignment_id))


@pages.post("/assignments/<int:assignment_id>/settings/dates")
def change(assignment_id: int) -> ResponseReturnValue:
    """Give an assignment the dates and rules of the form, or say what is wrong with them."""
    try:
        with changing() as visit:
            assignment = readable(visit, assignment_id)
            access.require_instructor(visit.session, visit.actor, assignment.course_id)
            rules = _rules(Fields(request.form), assignment)
            if request.form.get("seen") != _seen(assignment):
                raise Conflict(
                    _("somebody changed the dates after you opened this page"),
                    cure=_("Nothing was saved. Reload the page and change them again."),
                )
            changed = rules != rules_of(assignment)
            if changed:
                courses.change_rules(visit, assignment, rules)
    except ChainruleError as error:
        if error.http_status in (403, 404) or error.http_status >= 500:
            raise
        with looking() as visit:
            return _page(visit, readable(visit, assignment_id), error), error.http_status
    flash(_("The new dates apply from now on.") if changed else _("Nothing was changed."))
    return redirect(url_for("dates.page", assignment_id=assignment_id), 303)


@pages.post("/assignments/<int:assignment_id>/settings/results")
def publish(assignment_id: int) -> ResponseReturnValue:
    """Let students see what waits for the results to be published, or take that back."""
    out = request.form.get("step") == "publish"
    with changing() as visit:
        assignment = readable(visit, assignment_id)
        access.require_instructor(visit.session, visit.actor, assignment.course_id)
        if out != (assignment.results_published_at is not None):
            at = visit.now if out else None
            courses.publish_results(visit, assignment, at)
    flash(_("The results are published.") if out else _("The results are no longer published."))
    return redirect(url_for("dates.page", assignment_id=assignment_id), 303)


def rules_of(assignment: AssignmentRow) -> Rules:
    """Return the rules that hold for an assignment."""
    return Rules(
        courses.dates_of(assignment),
        assignment.attempts_per_hour,
        assignment.team_size,
        assignment.counts,
    )


def _rules(form: Fields, assignment: AssignmentRow) -> Rules:
    zone, now = ZoneInfo(assignment.course.zone), courses.dates_of(assignment)
    return Rules(
        Dates(
            opens_at=_moment(form, "opens", zone, now.opens_at, ends=False),
            due_at=_moment(form, "due", zone, now.due_at),
            late_until=_moment(form, "late_until", zone, now.late_until),
            grace_seconds=_seconds(form, now.grace_seconds),
            late_percent_per_day=form.number("percent"),
        ),
        form.whole("attempts"),
        form.whole("team_size"),
        form.choice("counts", Counts),
    )


def _seconds(form: Fields, before: int) -> int:
    """Return the minutes of the form in seconds; what it shows rounded stays as it is."""
    minutes = form.number("grace")
    return before if minutes == round(before / 60, 2) else round(60 * minutes)


def _moment(
    form: Fields, name: str, zone: ZoneInfo, before: datetime | None, *, ends: bool = True
) -> datetime | None:
    """Return a moment of the course's zone; one that was not changed keeps its seconds."""
    text = form.text(name)
    if text and text == local_time.shown(before, zone):
        return before
    try:
        return local_time.read(text, zone, name, ends=ends)
    except UsageError as error:
        raise refusal(name, error.what, error.cure) from None


def _seen(assignment: AssignmentRow) -> str:
    return hashlib.sha256(repr(rules_of(assignment)).encode()).hexdigest()[:16]


def _page(visit: Visit, assignment: AssignmentRow, problem: ChainruleError | None = None) -> str:
    zone = ZoneInfo(assignment.course.zone)
    key = FIELDS.get(problem.where, at_fault(problem)) if problem else ""
    return render_template(
        "staff/dates.html",
        head=assignment_header.head(visit.session, assignment),
        assignment=assignment,
        local=lambda at: local_time.shown(at, zone),
        seen=_seen(assignment),
        sent=request.form if problem else {},
        problem=problem,
        at_fault=key,
        teaches=access.role_in(visit.session, visit.actor, assignment.course_id) is Role.INSTRUCTOR,
        now=visit.now,
    )
