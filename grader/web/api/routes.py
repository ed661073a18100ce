"""The addresses of the API. Each view is one use case; ``grader.forms`` has what it answers."""

import io
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request, url_for
from werkzeug.datastructures import FileStorage

from grader.errors import UsageError
from grader.forms import result_structs
from grader.model.language import _
from grader.services.courses import suites
from grader.services.grading import submitting
from grader.services.people import access
from grader.web.api import failures, filling
from grader.web.api.bearer import bearer, note_use
from grader.web.api.document import api, document, says
from grader.web.frame import intake
from grader.web.frame.site import changing, looking, received_at, site

# The names of endpoints begin with it: "api.submit".
pages = failures.cover(Blueprint("api", __name__, url_prefix="/api/v1"))
ZIP = "application/zip"


def install(app: Flask) -> None:
    """Add the API to the application: no CSRF tokens, failures of its own form."""
    failures.install(app)
    app.extensions["csrf"].exempt(pages)
    app.register_blueprint(pages)


@pages.get("/openapi.json")
def openapi() -> Response:
    """Return the description of this API."""
    return jsonify(document())


@pages.get("/account")
@api.validate(resp=says(result_structs.AccountForm), skip_validation=True, tags=["account"])
def account() -> Any:
    """Say whose token this is."""
    note_use()
    with looking(bearer) as visit:
        user = visit.actor
        return result_structs.AccountForm(
            id=user.id, email=user.email, name=user.name, is_admin=user.is_admin
        )


@pages.get("/courses")
@api.validate(resp=says(result_structs.CoursesForm), skip_validation=True, tags=["courses"])
def courses() -> Any:
    """List one's courses with their assignments, soonest due first."""
    note_use()
    with looking(bearer) as visit:
        return filling.all_courses(visit)


@pages.get("/assignments/<int:assignment_id>")
@api.validate(resp=says(result_structs.AssignmentForm), skip_validation=True, tags=["courses"])
def assignment(assignment_id: int) -> Any:
    """Say what is asked, until when, and how many attempts are left."""
    with looking(bearer) as visit:
        return filling.assignment(visit, filling.readable(visit, assignment_id))


@pages.get("/assignments/<int:assignment_id>/submissions")
@api.validate(resp=says(result_structs.HistoryForm), skip_validation=True, tags=["submissions"])
def history(assignment_id: int) -> Any:
    """List what one handed in, alone or with one's team, newest first."""
    with looking(bearer) as visit:
        return filling.history(visit, filling.readable(visit, assignment_id))


@pages.post("/assignments/<int:assignment_id>/submissions")
@api.validate(
    form=result_structs.UploadForm,
    resp=says(result_structs.ResultForm, 201, 400, 403, 409, 413, 422, 429, 507),
    skip_validation=True,
    tags=["submissions"],
)
def submit(assignment_id: int) -> Any:
    """Hand in.

    The files come as a form's parts called `files`, one or several, or one zip; or a zip is the whole
    body, with the content type application/zip. The answer says where the result will be.
    """
    note_use()
    with looking(bearer) as visit:
        found = filling.readable(visit, assignment_id)
        asked = suites.asked(visit.session, suites.live_suite(visit.session, found))
    contents = intake.read(request.files.getlist("files") or [_body()], asked)
    with changing(bearer) as visit:
        made = submitting.submit(
            visit,
            filling.readable(visit, assignment_id),
            contents,
            received_at=received_at(visit),
            secret=site().secret,
            tries=site().settings.attempts,
        )
        answer = filling.result(visit, made.submission)
    site().dispatcher.send(made.grading.id)
    there = url_for("api.submission", submission_id=made.submission.id)
    return answer, 201, [("Location", there)]


@pages.get("/submissions/<int:submission_id>")
@api.validate(resp=says(result_structs.ResultForm), skip_validation=True, tags=["submissions"])
def submission(submission_id: int) -> Any:
    """Say how far a submission is and, once it is graded, what came of it, as far as one may see it."""
    with looking(bearer) as visit:
        return filling.result(visit, access.submission(visit.session, visit.actor, submission_id))


def _body() -> FileStorage:
    """Return the body as the one file of a form."""
    if request.mimetype != ZIP:
        raise UsageError(
            _("there are no files in the request"),
            cure=_("Send a form with parts called “files”, or a zip with the content type application/zip."),
        )
    return FileStorage(io.BytesIO(request.get_data(cache=False)), "upload.zip")
