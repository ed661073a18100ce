"""An assignment's regrades, for its staff: start one, watch it, see who changes, make it live or drop it."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.arithmetic.regrade_diff import Change, Comparison, Way
from grader.database.store import courses
from grader.database.store import regrades as store
from grader.database.tables import ONLY, AssignmentRow, Regrade, RegradeState, Role, Which
from grader.model import VERDICTS, Status
from grader.model.language import N_, Texts, _
from grader.render import regrade as render
from grader.services.act import Visit
from grader.services.people import access
from grader.services.regrades import choosing, comparisons, regrade_filling, regrade_progress, regrades
from grader.services.reports import assignment_header
from grader.web.frame.site import changing, looking, site
from grader.web.regrades.regrade_steps import STEPS, take

pages = Blueprint("regrades", __name__)
# More rows than that nobody reads on a page; the table to download has all.
MOST_ROWS = 300
STATES: Mapping[RegradeState, str] = Texts(
    {
        RegradeState.RUNNING: N_("running"),
        RegradeState.PAUSED: N_("paused"),
        RegradeState.DONE: N_("awaits a decision"),
        RegradeState.CANCELLED: N_("cancelled"),
        RegradeState.LIVE: N_("live"),
        RegradeState.DROPPED: N_("discarded"),
    }
)
KINDS: Mapping[Which, str] = Texts(
    {
        Which.ALL: N_("all submissions"),
        Which.LATEST: N_("the latest of each student or team"),
        Which.BEST: N_("the best of each student or team"),
    }
)
# What the table of changes can be confined to.
FILTERS: Mapping[str, tuple[str, tuple[Way, ...]]] = {
    "changed": (N_("all changes"), (Way.UP, Way.DOWN, Way.LOST)),
    "up": (N_("higher scores"), (Way.UP,)),
    "down": (N_("lower scores"), (Way.DOWN,)),
    "lost": (N_("could not be graded"), (Way.LOST,)),
    "by_hand": (N_("set by hand"), tuple(Way)),
    "everybody": (N_("everybody"), tuple(Way)),
}

# How the table of changes can be ordered.
ORDERS: Mapping[str, tuple[str, Callable[[Change], Any]]] = {
    "change": (N_("largest change first"), lambda each: -abs(each.difference)),
    "student": (N_("student"), lambda each: (each.handed.who.casefold(), each.handed.submission)),
    "newest": (N_("newest submission first"), lambda each: -each.handed.submission),
    "score": (
        N_("lowest new score first"),
        lambda each: each.handed.after.score if each.handed.after else -1,
    ),
}


@pages.get("/assignments/<int:assignment_id>/regrades")
def listed(assignment_id: int) -> ResponseReturnValue:
    """List an assignment's regrades, and offer to start one."""
    with looking() as visit:
        assignment = _assignment(visit, assignment_id)
        return render_template(
            "staff/regrades.html",
            assignment=assignment,
            head=assignment_header.head(visit.session, assignment),
            regrades=regrade_progress.all_of(visit.session, assignment),
            suites=courses.suites(visit.session, assignment.id),
            chosen=request.args.get("suite", ""),
            KINDS=KINDS,
            ENDINGS={each: said for each, said in endings().items() if each in ONLY},
            STATES=STATES,
            now=visit.now,
        )


@pages.post("/assignments/<int:assignment_id>/regrades")
def start(assignment_id: int) -> ResponseReturnValue:
    """Start a regrade, and go to its page."""
    form = request.form
    addresses = form.get("students", "").replace(",", " ").replace(";", " ").split()
    with changing() as visit:
        assignment = _assignment(visit, assignment_id)
        choice = choosing.choice(form.get("which", ""), addresses, form.get("only", ""))
        suite = choosing.version(visit.session, assignment, form.get("suite", ""))
        started = regrades.start(
            visit, assignment, suite, choice, secret=site().secret, tries=site().settings.attempts
        )
        there = url_for("regrades.regrade", regrade_id=started.regrade.id)
    for each in started.first:
        site().dispatcher.send(each)
    return redirect(there, 303)


@pages.get("/regrades/<int:regrade_id>")
def regrade(regrade_id: int) -> ResponseReturnValue:
    """Show how far a regrade is, and who changes."""
    with looking() as visit:
        return _page(visit, regrade_id, "staff/regrade.html")


@pages.get("/regrades/<int:regrade_id>/progress")
def progress(regrade_id: int) -> ResponseReturnValue:
    """Give the part of a regrade's page that changes while it runs."""
    with looking() as visit:
        return _page(visit, regrade_id, "staff/_regrade.html")


@pages.post("/regrades/<int:regrade_id>")
def step(regrade_id: int) -> ResponseReturnValue:
    """Pause, continue, cancel or drop a regrade, or make it live."""
    with changing() as visit:
        row = regrades.regrade(visit.session, visit.actor, regrade_id)
        taken = take(visit, row, request.form.get("step", ""), request.form.get("basis", ""))
    flash(_(taken.said))
    return redirect(url_for("regrades.regrade", regrade_id=regrade_id), 303)


@pages.get("/regrades/<int:regrade_id>/changes.csv")
def table(regrade_id: int) -> ResponseReturnValue:
    """Give all of a regrade's submissions as a table."""
    with looking() as visit:
        row = regrades.regrade(visit.session, visit.actor, regrade_id)
        stream = io.StringIO()
        render.write(regrade_filling.changes(visit.session, row), stream)
        name = f"{row.assignment.slug}-regrade-{row.id}.csv"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream.getvalue(), mimetype="text/csv", headers=disposition)


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def _page(visit: Visit, regrade_id: int, template: str) -> str:
    row = regrades.regrade(visit.session, visit.actor, regrade_id)
    found = regrade_progress.progress(visit.session, row, now=visit.now)
    # While it runs, the table would be another every second.
    changes = None if found.state is RegradeState.RUNNING else comparisons.comparison(visit.session, row)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in FILTERS else "changed"
    order = request.args.get("order", "")
    order = order if order in ORDERS else "change"
    rows = sorted(_rows(changes, chosen), key=ORDERS[order][1]) if changes else ()
    return render_template(
        template,
        regrade=row,
        head=assignment_header.head(visit.session, row.assignment),
        progress=found,
        changes=changes,
        chosen=chosen,
        order=order,
        rows=rows[:MOST_ROWS],
        left_out=max(0, len(rows) - MOST_ROWS),
        basis=regrades.basis(visit.session, row.assignment),
        newer=store.handed_in_since(visit.session, row.assignment_id, row.created_at),
        teaches=access.role_in(visit.session, visit.actor, row.assignment.course_id) is Role.INSTRUCTOR,
        scope=_scope(row),
        steps={name for name, each in STEPS.items() if found.state in each.states},
        FILTERS={name: _(said) for name, (said, __) in FILTERS.items()},
        ORDERS={name: _(said) for name, (said, __) in ORDERS.items()},
        STATES=STATES,
        signed=render.signed,
        now=visit.now,
    )


def _rows(changes: Comparison, chosen: str) -> Sequence[Change]:
    found = changes.of(*FILTERS[chosen][1])
    return tuple(each for each in found if each.by_hand) if chosen == "by_hand" else found


def _scope(row: Regrade) -> str:
    """Return which submissions a regrade is of, in words."""
    said = KINDS[row.which]
    if row.students:
        said = _("%(said)s, submitted by %(people)s", said=said, people=", ".join(row.students))
    if row.only:
        said = _("%(said)s, where %(ended)s", said=said, ended=endings()[row.only])
    return said


def endings() -> Mapping[str, str]:
    """Return how a grading can have ended, in words."""
    return {
        **{
            each.value: _("a test case ended: %(verdict)s", verdict=look.word)
            for each, look in VERDICTS.items()
        },
        Status.INTERNAL_ERROR.value: _("we could not grade it"),
    }
