"""Regrades over the API, for the staff's programs. Decisions are an instructor's."""

from typing import Any, TypeVar

import msgspec
from flask import request

from grader.database.tables import AssignmentRow
from grader.errors import UsageError
from grader.feedback.text import phrase
from grader.forms import regrade_structs
from grader.forms.result_structs import Form
from grader.model.language import _
from grader.services.act import Visit
from grader.services.people import access
from grader.services.regrades import choosing, regrade_filling, regrades
from grader.web.api.bearer import bearer, note_use
from grader.web.api.document import api, says
from grader.web.api.routes import pages
from grader.web.frame.site import changing, looking, site
from grader.web.regrades.regrade_steps import take

_AT_MOST = 1 << 20
F = TypeVar("F", bound=Form)


@pages.post("/assignments/<int:assignment_id>/regrades")
@api.validate(
    json=regrade_structs.RegradeWishForm,
    resp=says(regrade_structs.RegradeForm, 201, 400, 403, 409),
    skip_validation=True,
    tags=["regrades"],
)
def start_regrade(assignment_id: int) -> Any:
    """Start a regrade, or take up the undecided one of the same wish; a dry run only says how many."""
    note_use()
    with looking(bearer) as visit:
        found = _assignment(visit, assignment_id)
        wish = _body(regrade_structs.RegradeWishForm)
        choice = choosing.choice(wish.which, wish.students, wish.only)
        if wish.dry_run:
            suite = choosing.version(visit.session, found, wish.suite)
            return regrade_filling.trial(visit.session, found, suite.digest, choice), 201
    with changing(bearer) as visit:
        found = _assignment(visit, assignment_id)
        suite = choosing.version(visit.session, found, wish.suite)
        there = regrade_filling.undecided(visit.session, found, suite, choice, now=visit.now)
        if there is not None:
            return there, 201
        started = regrades.start(
            visit, found, suite, choice, secret=site().secret, tries=site().settings.attempts
        )
        answer = regrade_filling.regrade(visit.session, started.regrade, now=visit.now)
    for each in started.first:
        site().dispatcher.send(each)
    return answer, 201


@pages.get("/regrades/<int:regrade_id>")
@api.validate(resp=says(regrade_structs.RegradeForm, 200, 403), skip_validation=True, tags=["regrades"])
def regrade(regrade_id: int) -> Any:
    """Say how far a regrade is."""
    with looking(bearer) as visit:
        row = regrades.regrade(visit.session, visit.actor, regrade_id)
        return regrade_filling.regrade(visit.session, row, now=visit.now)


@pages.get("/regrades/<int:regrade_id>/changes")
@api.validate(resp=says(regrade_structs.ChangesForm, 200, 403), skip_validation=True, tags=["regrades"])
def regrade_changes(regrade_id: int) -> Any:
    """Say who changes, by how much, and because of which cases."""
    with looking(bearer) as visit:
        row = regrades.regrade(visit.session, visit.actor, regrade_id)
        return regrade_filling.changes(visit.session, row)


@pages.post("/regrades/<int:regrade_id>")
@api.validate(
    json=regrade_structs.RegradeStepForm,
    resp=says(regrade_structs.RegradeForm, 200, 400, 403, 409),
    skip_validation=True,
    tags=["regrades"],
)
def step_regrade(regrade_id: int) -> Any:
    """Pause, continue, cancel or drop a regrade, or make it live."""
    with changing(bearer) as visit:
        row = regrades.regrade(visit.session, visit.actor, regrade_id)
        wish = _body(regrade_structs.RegradeStepForm)
        take(visit, row, wish.step, wish.basis)
        return regrade_filling.regrade(visit.session, row, now=visit.now)


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def _body(form: type[F]) -> F:
    try:
        return msgspec.json.decode(request.get_data(cache=False)[:_AT_MOST], type=form)
    except msgspec.DecodeError as error:
        raise UsageError(
            _("the body does not have the required form"), where=form.__name__, cure=phrase(str(error), 200)
        ) from None
