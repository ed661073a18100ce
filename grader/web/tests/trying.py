"""Trials of a draft: start one, watch it, read what it showed."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader import model
from grader.database.store import courses
from grader.database.store import drafts as store
from grader.database.tables import Draft, Trial, TrialKind, TrialState
from grader.errors import AssignmentError, Conflict, NotFound, SubmissionError, UsageError
from grader.feedback.text import phrase
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.services.tests import drafts, trials
from grader.services.tests.drafts import Checked
from grader.services.tests.trial_queue import TrialHandIn
from grader.web.frame import intake
from grader.web.frame.failures import said
from grader.web.frame.site import changing, looking, site
from grader.web.result import result
from grader.web.tests import matrix

pages = Blueprint("trials", __name__)


@pages.post("/assignments/<int:assignment_id>/trials")
def start(assignment_id: int) -> ResponseReturnValue:
    """Start a trial of the draft as it is, and go to its page."""
    there = url_for("tests.page", assignment_id=assignment_id)
    return begin(assignment_id, request.form.get("kind", ""), there)


def begin(assignment_id: int, name: str, there: str) -> ResponseReturnValue:
    """Start a trial of that name and go to its page; where it can't be started go back and say why."""
    try:
        number, first = _started(assignment_id, _kind(name))
    except (AssignmentError, Conflict, SubmissionError) as error:
        flash(f"{said(error)} {error.cure}")
        return redirect(there, 303)
    for each in first:
        site().dispatcher.send(each)
    return redirect(url_for("trials.trial", trial_id=number), 303)


def _kind(name: str) -> TrialKind:
    try:
        return TrialKind(name)
    except ValueError:
        raise UsageError(
            _("there is no such trial"), where=name, cure=_("Press one of the page's buttons.")
        ) from None


def _started(assignment_id: int, kind: TrialKind) -> tuple[int, Sequence[int]]:
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        revision, found = draft.revision, trials.sound(visit.session, draft)
    # Outside of any transaction: making a proof's hand-ins takes seconds.
    hand_ins = _hand_ins(kind, found)
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        if draft.revision != revision:
            raise Conflict(_("the draft was changed meanwhile"), cure=_("Look at it, then start again."))
        started = trials.start(visit, draft, found, kind, hand_ins, secret=site().secret)
        seeds = site().settings.verify_seeds
        if kind is TrialKind.VERIFY and seeds > 1:
            trials.follow(visit, draft, found, started.trial, seeds, secret=site().secret)
        return started.trial.id, started.first


def _draft(visit: Visit, assignment_id: int) -> Draft:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return drafts.begin(visit, found)


def _hand_ins(kind: TrialKind, found: Checked) -> list[TrialHandIn]:
    if kind is TrialKind.VERIFY:
        return trials.of_samples(found)
    if kind is TrialKind.SEEDS:
        return trials.of_seeds(found, site().settings.verify_seeds)
    if kind is TrialKind.PROVE:
        only = request.form.get("only", "")
        return trials.of_proof(found, site().make_hand_ins, [only] if only else ())
    return [_tried(found)]


def _tried(found: Checked) -> TrialHandIn:
    """Return what to try: an uploaded file, else a past submission by its number, else a sample."""
    assert found.suite is not None
    uploads = [each for each in request.files.getlist("files") if each.filename]
    if uploads:
        asked = found.suite.assignment
        name = phrase(uploads[0].filename or "", 80)
        return TrialHandIn(name, model.Submission(intake.read(uploads, asked)))
    chosen = request.form.get("hand_in", "")
    if chosen.isdecimal():
        return TrialHandIn(_("submission %(chosen)s", chosen=int(chosen)), int(chosen))
    sample = next((each for each in found.samples if each.file == chosen), None)
    if sample is None:
        raise AssignmentError(
            _("there is nothing to try the tests on"),
            cure=_("Choose a sample or a submission next to Try, or your own file."),
        )
    return TrialHandIn(sample.file, sample.submission)


@pages.get("/trials/<int:trial_id>")
def trial(trial_id: int) -> ResponseReturnValue:
    """Show how far a trial is, or what it showed."""
    return _page(trial_id, "staff/trial.html")


@pages.get("/trials/<int:trial_id>/progress")
def progress(trial_id: int) -> ResponseReturnValue:
    """Give the part of a trial's page that changes while it runs."""
    return _page(trial_id, "staff/_trial.html")


@pages.post("/trials/<int:trial_id>")
def cancel(trial_id: int) -> ResponseReturnValue:
    """End a trial before its time."""
    with changing() as visit:
        row = trials.trial(visit.session, visit.actor, trial_id)
        trials.cancel(visit, row)
    flash(_("The trial was cancelled. The draft is unchanged."))
    return redirect(url_for("trials.trial", trial_id=trial_id), 303)


@pages.get("/trials/<int:trial_id>/hand-ins/<int:place>")
def hand_in(trial_id: int, place: int) -> ResponseReturnValue:
    """Show what one hand-in of a trial got, as staff sees a result."""
    with looking() as visit:
        row = trials.trial(visit.session, visit.actor, trial_id)
        page = _report(visit, row, place)
        if page is None:
            raise NotFound(
                _("the report is no longer kept"),
                where=_("trial %(trial_id)s", trial_id=trial_id),
                cure=_(
                    "Only the reports of the last %(kept)s trials of each kind are kept. Run it again.",
                    kept=trials.KEPT,
                ),
            )
        head = assignment_header.head(visit.session, row.assignment)
        name = row.hand_ins[place]["name"]
        return render_template(
            "staff/trial_hand_in.html", head=head, trial=row, page=page, name=name, now=visit.now
        )


def _report(visit: Visit, row: Trial, place: int) -> result.Page | None:
    runs = store.runs(visit.session, row.id)
    run = next((each for each in runs if each.place == place), None)
    return None if run is None else result.of_trial(visit, run)


def _page(trial_id: int, template: str) -> ResponseReturnValue:
    with looking() as visit:
        assignment_id = trials.trial(visit.session, visit.actor, trial_id).assignment_id
    matrix.settle(assignment_id)
    with looking() as visit:
        row = trials.trial(visit.session, visit.actor, trial_id)
        outcome = matrix.outcome(visit.session, row)
        live_id = row.assignment.live_suite_id
        live = courses.suite(visit.session, live_id) if live_id is not None else None
        asked, done = suites.asked(visit.session, row.suite), outcome.finding
        return render_template(
            template,
            head=assignment_header.head(visit.session, row.assignment),
            assignment=row.assignment,
            trial=row,
            outcome=outcome,
            matrix=matrix.matrix(row, done, matrix.of_live(visit.session, live), asked) if done else None,
            page=_report(visit, row, 0) if done and row.kind is TrialKind.TRY else None,
            running=row.state is TrialState.RUNNING and done is None,
            KINDS=matrix.KINDS,
            now=visit.now,
        )
