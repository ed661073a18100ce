"""Teams of an assignment: students see theirs, staff forms them."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import courses as store
from grader.database.store import people
from grader.database.tables import AssignmentRow, User
from grader.errors import NotFound, UsageError
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import courses
from grader.services.courses import teams as choosing
from grader.services.people import access
from grader.web.frame.site import changing, looking

pages = Blueprint("teams", __name__)


@pages.get("/assignments/<int:assignment_id>/team")
def team(assignment_id: int) -> ResponseReturnValue:
    """Show one's team; to staff, all teams, and where to form one."""
    with looking() as visit:
        found = _assignment(visit, assignment_id)
        staff = access.is_staff(visit.session, visit.actor, found.course_id)
        mine = store.team_of(visit.session, found.id, visit.actor.id)
        teams = store.teams(visit.session, found.id) if staff else [mine] if mine else []
        return render_template(
            "student/team.html",
            assignment=found,
            staff=staff,
            teams=[(each, store.members(visit.session, each.id)) for each in teams],
            now=visit.now,
        )


@pages.post("/assignments/<int:assignment_id>/team/found")
def found(assignment_id: int) -> ResponseReturnValue:
    """Make a team of oneself, which others join by its code."""
    with changing() as visit:
        asked = _assignment(visit, assignment_id)
        name = request.form.get("name", "").strip()
        made = choosing.found(visit, asked, name)
        said = _("The team %(name)s is created. Give its code to your teammates.", name=made.name)
    return _back(assignment_id, said)


@pages.post("/assignments/<int:assignment_id>/team/join")
def join(assignment_id: int) -> ResponseReturnValue:
    """Join a team by its code."""
    with changing() as visit:
        asked = _assignment(visit, assignment_id)
        code = request.form.get("code", "")
        said = _(
            "You are in %(name)s.",
            name=choosing.join(visit, asked, code).name,
        )
    return _back(assignment_id, said)


@pages.post("/assignments/<int:assignment_id>/team/leave")
def leave(assignment_id: int) -> ResponseReturnValue:
    """Leave one's team; staff takes out whom the form names."""
    with changing() as visit:
        asked = _assignment(visit, assignment_id)
        user = _leaving(visit, asked)
        choosing.leave(visit, asked, user)
        said = (
            _("You have left the team.")
            if user is visit.actor
            else _("%(name)s is no longer in a team.", name=user.name)
        )
    return _back(assignment_id, said)


def _leaving(visit: Visit, assignment: AssignmentRow) -> User:
    number = request.form.get("user", "")
    if not number:
        return visit.actor
    access.require_staff(visit.session, visit.actor, assignment.course_id)
    user = people.user(visit.session, int(number)) if number.isdecimal() and len(number) < 10 else None
    if user is None or store.team_of(visit.session, assignment.id, user.id) is None:
        raise NotFound(_("this person is not in a team"), where=assignment.title)
    return user


def _back(assignment_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for("teams.team", assignment_id=assignment_id), 303)


@pages.post("/assignments/<int:assignment_id>/team")
def form(assignment_id: int) -> ResponseReturnValue:
    """Make a team of the addresses given."""
    with changing() as visit:
        found = access.assignment(visit.session, visit.actor, assignment_id)
        access.require_staff(visit.session, visit.actor, found.course_id)
        name = request.form.get("name", "").strip()
        made = courses.form_team(visit, found, name, _members(visit, found))
    flash(_("The team %(name)s is created.", name=made.name))
    return redirect(url_for("teams.team", assignment_id=assignment_id))


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment of the visitor's that they may know of."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    if not access.is_open(found, visit.now) and not access.is_staff(
        visit.session, visit.actor, found.course_id
    ):
        raise NotFound(_("there is no such assignment"))
    return found


def _members(visit: Visit, assignment: AssignmentRow) -> list[User]:
    addresses = [each.lower() for each in re.split(r"[\s,;]+", request.form.get("members", "")) if each]
    users = [people.user_by_email(visit.session, each) for each in dict.fromkeys(addresses)]
    for address, user in zip(dict.fromkeys(addresses), users, strict=True):
        if user is None or people.enrolment(visit.session, assignment.course_id, user.id) is None:
            raise UsageError(
                _("nobody in the course has this e-mail address"), where=address, cure=_("Invite them first.")
            )
    return [each for each in users if each]
