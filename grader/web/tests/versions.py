"""Versions of an assignment's tests: the list, what differs between two, a draft made of one, publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.arithmetic import text_diff
from grader.arithmetic.text_diff import Difference
from grader.database.db import Session
from grader.database.store import courses, people
from grader.database.tables import AssignmentRow, Draft, Role, SuiteRow
from grader.errors import AssignmentError, ChainruleError, Conflict, NotFound, UsageError
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.services.tests import drafts, publishing, trial_progress
from grader.web.frame.failures import said
from grader.web.frame.site import changing, looking, site
from grader.web.tests import matrix, zipped
from grader.web.tests.drafting import readable, teachable

pages = Blueprint("versions", __name__)
DRAFT = "draft"
NOTHING = "nothing"


@dataclass(frozen=True)
class Side:
    """One side of a comparison: what it is called in the address and on the page, and its files."""

    key: str
    words: str
    files: Mapping[str, bytes]


@pages.get("/assignments/<int:assignment_id>/tests/versions")
def listed(assignment_id: int) -> ResponseReturnValue:
    """List an assignment's versions, newest first."""
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        rows = courses.suites(visit.session, assignment.id)
        return render_template(
            "staff/versions.html",
            head=assignment_header.head(visit.session, assignment),
            assignment=assignment,
            versions=[(each, _author(visit.session, each)) for each in rows],
            teaches=_teaches(visit, assignment),
            now=visit.now,
        )


@pages.get("/assignments/<int:assignment_id>/tests/versions/<int:suite_id>.zip")
def download(assignment_id: int, suite_id: int) -> ResponseReturnValue:
    """Give all files of a version."""
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        row = _version(visit, assignment, suite_id)
        files = trial_progress.contents(visit.session, row)
        return zipped.in_a_folder(files, f"{assignment.slug}-{row.digest[:6]}")


@pages.post("/assignments/<int:assignment_id>/tests/versions/<int:suite_id>/draft")
def make_draft(assignment_id: int, suite_id: int) -> ResponseReturnValue:
    """Put a version's files in the place of the draft's."""
    with changing() as visit:
        assignment = teachable(visit, assignment_id)
        row = _version(visit, assignment, suite_id)
        draft = drafts.of(visit.session, assignment)
        if draft is not None and request.form.get("revision", -1, int) != draft.revision:
            raise Conflict(
                _("the draft changed after you opened this page, and those changes would be lost"),
                cure=_("Nothing was changed. Look at the draft, then try again."),
            )
        draft = drafts.begin(visit, assignment)
        files = trial_progress.contents(visit.session, row)
        drafts.replace(visit, draft, files)
        words = _("The draft now has the files of version %(digest)s.", digest=row.digest[:6])
    flash(words)
    return redirect(url_for("tests.page", assignment_id=assignment_id), 303)


@pages.post("/assignments/<int:assignment_id>/tests/versions/<int:suite_id>/remove")
def remove(assignment_id: int, suite_id: int) -> ResponseReturnValue:
    """Remove a version that nothing refers to."""
    with changing() as visit:
        assignment = teachable(visit, assignment_id)
        row = _version(visit, assignment, suite_id)
        words = _("Version %(digest)s is removed.", digest=row.digest[:6])
        suites.remove(visit, assignment, row)
    flash(words)
    return redirect(url_for("versions.listed", assignment_id=assignment_id), 303)


@pages.get("/assignments/<int:assignment_id>/tests/changes")
def changes(assignment_id: int) -> ResponseReturnValue:
    """Show what differs between two versions; at first what the draft would change."""
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        draft = drafts.of(visit.session, assignment)
        rows = courses.suites(visit.session, assignment.id)
        live = str(assignment.live_suite_id) if assignment.live_suite_id is not None else NOTHING
        before = request.args.get("before", live)
        after = request.args.get("after", DRAFT if draft is not None else live)
        sides = [_side(visit, assignment, rows, draft, key) for key in (before, after)]
        return render_template(
            "staff/changes.html",
            head=assignment_header.head(visit.session, assignment),
            assignment=assignment,
            rows=rows,
            draft=draft,
            before=sides[0],
            after=sides[1],
            difference=text_diff.difference(sides[0].files, sides[1].files),
            now=visit.now,
        )


def _side(
    visit: Visit, assignment: AssignmentRow, rows: Sequence[SuiteRow], draft: Draft | None, key: str
) -> Side:
    if key == DRAFT and draft is not None:
        return Side(key, _("the draft"), drafts.contents(visit.session, draft))
    if key == NOTHING:
        return Side(key, _("nothing"), {})
    row = next((each for each in rows if str(each.id) == key), None)
    if row is None:
        cure = _("It was published, discarded or removed meanwhile. Choose another one from the list.")
        raise NotFound(_("there is no such version"), where=key[:20], cure=cure)
    live = row.id == assignment.live_suite_id
    said = _("version %(digest)s, live") if live else _("version %(digest)s")
    return Side(key, said % {"digest": row.digest[:6]}, trial_progress.contents(visit.session, row))


@pages.get("/assignments/<int:assignment_id>/tests/publish")
def publish_form(assignment_id: int) -> ResponseReturnValue:
    """Show what publishing the draft would change, and what its verification showed."""
    matrix.settle(assignment_id)
    with changing() as visit:
        return _form(visit, teachable(visit, assignment_id), None)


@pages.post("/assignments/<int:assignment_id>/tests/publish")
def publish(assignment_id: int) -> ResponseReturnValue:
    """Make the draft the version that hand-ins are graded by."""
    form = request.form
    live = form.get("live", type=int)
    with looking() as visit:
        teachable(visit, assignment_id)
    try:
        with changing() as visit:
            assignment = teachable(visit, assignment_id)
            row = publishing.publish(
                visit,
                _draft(visit, assignment),
                revision=form.get("revision", -1, int),
                live=live,
                note=form.get("note", ""),
                reason=form.get("reason", ""),
            )
            digest = row.digest[:6]
    except (AssignmentError, Conflict, NotFound, UsageError) as error:
        with changing() as visit:
            return _form(visit, teachable(visit, assignment_id), error), error.http_status
    flash(
        _(
            "Version %(digest)s is live: new submissions are graded by it. "
            "Earlier submissions keep their scores; “Regrade” shows whose score would change.",
            digest=digest,
        )
    )
    return redirect(url_for("versions.listed", assignment_id=assignment_id), 303)


def _draft(visit: Visit, assignment: AssignmentRow) -> Draft:
    found = drafts.of(visit.session, assignment)
    if found is not None:
        return found
    live = _live(visit.session, assignment)
    who = _author(visit.session, live) if live else ""
    raise Conflict(
        _("the draft no longer exists"),
        cure=_("The version that is live now was published by %(who)s.", who=who)
        if who
        else _("The live version is unchanged."),
    )


def _form(visit: Visit, assignment: AssignmentRow, problem: ChainruleError | None) -> str:
    draft = drafts.of(visit.session, assignment)
    standing = publishing.standing(visit.session, draft, now=visit.now) if draft is not None else None
    live = _live(visit.session, assignment)
    return render_template(
        "staff/publish.html",
        head=assignment_header.head(visit.session, assignment),
        assignment=assignment,
        standing=standing,
        difference=_difference(visit, draft, live),
        outcome=matrix.outcome(visit.session, standing.verified)
        if standing is not None and standing.verified is not None
        else None,
        seeds=matrix.outcome(visit.session, standing.seeds.trial)
        if standing is not None and standing.seeds is not None
        else None,
        many_seeds=site().settings.verify_seeds > 1,
        refused=said(standing.refused) if standing is not None and standing.refused is not None else "",
        problem=problem,
        problem_said=said(problem) if problem is not None else "",
        published_by=_author(visit.session, live) if live is not None else "",
        live=live,
        shortest=publishing.SHORTEST_REASON,
        note=request.form.get("note", ""),
        reason=request.form.get("reason", ""),
        now=visit.now,
    )


def _difference(visit: Visit, draft: Draft | None, live: SuiteRow | None) -> Difference:
    if draft is None:
        return Difference(())
    before = trial_progress.contents(visit.session, live) if live is not None else {}
    return text_diff.difference(before, drafts.contents(visit.session, draft))


def _live(session: Session, assignment: AssignmentRow) -> SuiteRow | None:
    return courses.suite(session, assignment.live_suite_id) if assignment.live_suite_id is not None else None


def _version(visit: Visit, assignment: AssignmentRow, suite_id: int) -> SuiteRow:
    row = courses.suite(visit.session, suite_id)
    if row is None or row.assignment_id != assignment.id or row.draft:
        raise NotFound(_("there is no such version"), cure=_("Look at the list of versions."))
    return row


def _author(session: Session, row: SuiteRow) -> str:
    user = people.user(session, row.created_by_id) if row.created_by_id is not None else None
    return user.name if user is not None else ""


def _teaches(visit: Visit, assignment: AssignmentRow) -> bool:
    return access.role_in(visit.session, visit.actor, assignment.course_id) is Role.INSTRUCTOR
