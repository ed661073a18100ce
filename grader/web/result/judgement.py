"""A person's judgement on the web: points, comments and decisions by staff, requests by students."""

import io
from pathlib import PurePosixPath

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import files, judgement
from grader.database.tables import RegradeRequest, SubmissionRow
from grader.errors import NotFound
from grader.model.language import _
from grader.services.act import Visit
from grader.services.judgement import requests
from grader.services.people import access
from grader.web.frame import safety
from grader.web.frame.site import changing, looking
from grader.web.result import judging_page, judging_steps, result

pages = Blueprint("judgement", __name__)


@pages.get("/submissions/<int:submission_id>/judge")
def judge(submission_id: int) -> ResponseReturnValue:
    """Show a submission to who judges it. ``file`` and ``line`` in the address: where to comment."""
    with looking() as visit:
        found = _submission(visit, submission_id)
        desk = judging_page.desk(visit, found)
        if any(each.pdfs for each in desk.parts):
            safety.let_frame_own_pages()
        return render_template(
            "staff/judge.html",
            desk=desk,
            page=desk.page,
            file=request.args.get("file", ""),
            line=request.args.get("line", ""),
            now=visit.now,
        )


@pages.post("/submissions/<int:submission_id>/judge")
def step(submission_id: int) -> ResponseReturnValue:
    """Do what the form says, and go back to where it stood."""
    with changing() as visit:
        taken = judging_steps.take(visit, _submission(visit, submission_id), request.form)
    flash(_(taken.said))
    there = url_for("judgement.judge", submission_id=submission_id, _anchor=taken.place or None)
    return redirect(there, 303)


@pages.get("/submissions/<int:submission_id>/pdf/<path:pdf>")
def show_pdf(submission_id: int, pdf: str) -> ResponseReturnValue:
    """Show a PDF that was handed in, for a page of ours to hold in a frame."""
    with looking() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        content = files.of_submission(visit.session, found.id).get(pdf, b"")
    if not content.startswith(result.PDF):
        raise NotFound(_("there is no such PDF in this submission"))
    safety.let_be_framed()
    return send_file(io.BytesIO(content), "application/pdf", download_name=PurePosixPath(pdf).name)


@pages.post("/submissions/<int:submission_id>/requests")
def ask(submission_id: int) -> ResponseReturnValue:
    """Ask for another look at a result."""
    with changing() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        requests.ask(visit, found, request.form.get("text", ""))
    flash(_("Your request was sent to the course's staff. The answer will appear here."))
    return redirect(url_for("student.submission", submission_id=submission_id, _anchor="requests"), 303)


@pages.post("/requests/<int:request_id>")
def answer(request_id: int) -> ResponseReturnValue:
    """Answer a request."""
    with changing() as visit:
        row = _request(visit, request_id)
        accepted = request.form.get("decision") == "accept"
        text = request.form.get("answer", "")
        requests.answer(visit, row, text, accepted=accepted)
        submission_id, assignment_id = row.submission_id, row.submission.assignment_id
    flash(_("Your answer is sent."))
    if accepted:
        return redirect(url_for("judgement.judge", submission_id=submission_id), 303)
    return redirect(url_for("allowances.requests", assignment_id=assignment_id), 303)


def _submission(visit: Visit, submission_id: int) -> SubmissionRow:
    found = access.submission(visit.session, visit.actor, submission_id)
    access.require_staff(visit.session, visit.actor, found.assignment.course_id)
    return found


def _request(visit: Visit, request_id: int) -> RegradeRequest:
    row = judgement.request(visit.session, request_id)
    if row is None or not access.may_see(visit.session, visit.actor, row.submission):
        raise NotFound(_("there is no such request"))
    access.require_staff(visit.session, visit.actor, row.submission.assignment.course_id)
    return row
