"""An assignment's settings, for its staff: the text, points and what is seen of them, limits.

Instructors change them in the draft; dates hold at once and have a page of their
own (`grader.web.assignment.dates`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader import model
from grader.assignment import assignment_folder, toml_edit
from grader.database.tables import AssignmentRow, Role
from grader.errors import ChainruleError
from grader.model.language import _
from grader.services.act import Visit
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.services.tests import draft_settings
from grader.services.tests.draft_settings import Current
from grader.web.assignment import example
from grader.web.assignment.fields import Fields, at_fault
from grader.web.assignment.settings_forms import points_asked, rules_asked, text_asked
from grader.web.frame.sheet import rendered
from grader.web.frame.site import changing, looking

pages = Blueprint("settings", __name__)
EMPTY_FUNCTIONS = 2
Reading = Callable[[Fields, model.Assignment], model.Assignment]


@dataclass(frozen=True)
class Tab:
    """A page of settings: its template, and how its form is read."""

    template: str
    read: Reading


TABS: Mapping[str, Tab] = {
    "text": Tab("staff/settings_text.html", text_asked),
    "points": Tab("staff/settings_points.html", points_asked),
    "rules": Tab("staff/settings_rules.html", rules_asked),
}


@pages.get("/assignments/<int:assignment_id>/settings/<any(text, points, rules):tab>")
def page(assignment_id: int, tab: str) -> ResponseReturnValue:
    """Show a page of settings as the draft has them."""
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        now_is = draft_settings.current(visit.session, assignment)
        return _page(visit, assignment, tab, now_is, now_is.asked)


@pages.post("/assignments/<int:assignment_id>/settings/<any(text, points, rules):tab>")
def change(assignment_id: int, tab: str) -> ResponseReturnValue:
    """Keep what a form says in the draft, or show what it would look like; or say what is wrong where."""
    form = Fields(request.form)
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        access.require_instructor(visit.session, visit.actor, assignment.course_id)
        now_is = draft_settings.current(visit.session, assignment)
        if now_is.asked is None:
            return _page(visit, assignment, tab, now_is, None), 409
        try:
            wanted = TABS[tab].read(form, now_is.asked)
            toml_edit.edited(now_is.contents[assignment_folder.FILE], wanted)
        except ChainruleError as error:
            return _page(visit, assignment, tab, now_is, now_is.asked, error), error.http_status
        if form.ticked("preview"):
            return _page(visit, assignment, tab, now_is, wanted)
    try:
        changed = _save(assignment_id, wanted, form)
    except ChainruleError as error:
        if error.http_status >= 500 and error.http_status != 507:
            raise
        with looking() as visit:
            assignment = readable(visit, assignment_id)
            now_is = draft_settings.current(visit.session, assignment)
            return _page(visit, assignment, tab, now_is, now_is.asked, error), error.http_status
    flash(_("Saved in the draft. Publish it under Tests.") if changed else _("Nothing was changed."))
    return redirect(url_for("settings.page", assignment_id=assignment_id, tab=tab), 303)


def _save(assignment_id: int, wanted: model.Assignment, form: Fields) -> bool:
    text = request.form.get("body")
    seen = {assignment_folder.FILE: form.text("seen")}
    if text is not None and wanted.text:
        seen[wanted.text] = form.text("seen_text")
    with changing() as visit:
        assignment = readable(visit, assignment_id)
        return draft_settings.save(visit, assignment, wanted, seen, text=text)


def readable(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment whose settings the visitor may read. Raises NotFound, NotAllowed."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def _page(
    visit: Visit,
    assignment: AssignmentRow,
    tab: str,
    now_is: Current,
    asked: model.Assignment | None,
    problem: ChainruleError | None = None,
) -> str:
    sent = request.form if request.method == "POST" else {}
    return render_template(
        TABS[tab].template if asked is not None else "staff/settings_unreadable.html",
        head=assignment_header.head(visit.session, assignment),
        assignment=assignment,
        asked=asked,
        now_is=now_is,
        sent=sent,
        problem=problem,
        at_fault=at_fault(problem),
        teaches=access.role_in(visit.session, visit.actor, assignment.course_id) is Role.INSTRUCTOR,
        tab=tab,
        **_more(visit, assignment, tab, now_is, asked, sent),
    )


def _more(
    visit: Visit,
    assignment: AssignmentRow,
    tab: str,
    now_is: Current,
    asked: model.Assignment | None,
    sent: Mapping[str, str],
) -> dict[str, Any]:
    """Return what one page of settings shows and the others don't."""
    if asked is None:
        return {}
    digests = now_is.seen(assignment_folder.FILE, asked.text)
    more: dict[str, Any] = {
        "seen": sent.get("seen", digests[assignment_folder.FILE]),
        "seen_text": sent.get("seen_text", digests[asked.text]),
    }
    if tab == "text":
        body = sent.get("body", now_is.text)
        return {**more, "body": body, "preview": rendered(body)}
    if tab == "points":
        return {**more, "rows": _rows(asked), "seen_by": example.moments(visit.session, assignment, asked)}
    return more


def _rows(asked: model.Assignment) -> dict[str, int]:
    """Return how many rows the form has: those that there are, and empty ones to add some."""
    form = Fields(request.form)
    return {
        "functions": max([len(asked.functions) + EMPTY_FUNCTIONS, *form.rows("functions")]),
        "manual": max([len(asked.manual) + 1, *form.rows("manual")]),
    }
