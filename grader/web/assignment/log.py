"""The audit log of an assignment, for its staff: who did what when, with before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import audit, courses, people
from grader.database.tables import AssignmentRow, AuditEntry
from grader.model.language import N_, _
from grader.services.act import Visit
from grader.services.reports import assignment_header
from grader.web.assignment import log_words
from grader.web.assignment.log_words import LoggedChange
from grader.web.assignment.settings_pages import readable
from grader.web.frame.site import looking

pages = Blueprint("log", __name__)
PAGE = 50
# What students do all the time hides what staff did.
HAND_INS = ("submission.received",)
THINGS: Mapping[str, tuple[str, str, str]] = {
    "submission": (N_("submission %(number)s"), "student.submission", "submission_id"),
    "regrade": (N_("regrade %(number)s"), "regrades.regrade", "regrade_id"),
    "trial": (N_("trial %(number)s"), "trials.trial", "trial_id"),
}


@dataclass(frozen=True)
class LogLine:
    """An entry in words. ``where``: the address of what it was done to, if that has one of its own."""

    at: datetime
    who: str
    done: str
    thing: str
    where: str
    changes: Sequence[LoggedChange]


@pages.get("/assignments/<int:assignment_id>/log")
def page(assignment_id: int) -> ResponseReturnValue:
    """Show what happened, newest first, a page at a time."""
    before = request.args.get("before", None, int)
    everything = request.args.get("show") == "everything"
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        found = audit.of_assignment(
            visit.session,
            assignment.id,
            limit=PAGE + 1,
            before_id=before,
            leaving_out=() if everything else HAND_INS,
        )
        return render_template(
            "staff/log.html",
            head=assignment_header.head(visit.session, assignment),
            assignment=assignment,
            lines=_lines(visit, assignment, found[:PAGE]),
            older=found[PAGE - 1][0].id if len(found) > PAGE else None,
            before=before,
            everything=everything,
            now=visit.now,
        )


def _lines(
    visit: Visit, assignment: AssignmentRow, found: Sequence[tuple[AuditEntry, str | None]]
) -> Sequence[LogLine]:
    spoken_of = log_words.people_in(*(each for entry, __ in found for each in (entry.before, entry.after)))
    names = log_words.Names(
        people.names(visit.session, spoken_of),
        {each.id: each.digest[:6] for each in courses.suites(visit.session, assignment.id)},
        ZoneInfo(assignment.course.zone),
        visit.now,
    )
    return [
        LogLine(
            entry.at,
            who or _("The service"),
            log_words.done(entry.action),
            *_thing(entry.object),
            log_words.changes(entry.before, entry.after, names),
        )
        for entry, who in found
    ]


def _thing(about: str) -> tuple[str, str]:
    """Return what something was done to, and its address; nothing for the assignment itself."""
    kind, __, number = about.partition(":")
    if kind == "assignment":
        return "", ""
    if kind not in THINGS:
        return f"{kind} {number}", ""
    said, endpoint, name = THINGS[kind]
    values: dict[str, Any] = {name: number}
    return _(said, number=number), url_for(endpoint, **values)
