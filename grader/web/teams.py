"""Teams of an assignment: students see theirs, staff forms them."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.errors import UsageError
from grader.services import access, courses
from grader.store import courses as store
from grader.store import people
from grader.tables import Assignment, User
from grader.web.site import Visit, changing, looking

pages = Blueprint("teams", __name__)


@pages.get("/assignments/<int:assignment_id>/team")
def team(assignment_id: int) -> ResponseReturnValue:
    """Show one's team; to staff, all teams, and where to form one."""
    with looking() as visit:
        found = access.assignment(visit.session, visit.user, assignment_id)
        staff = access.is_staff(visit.session, visit.user, found.course_id)
        mine = store.team_of(visit.session, found.id, visit.user.id)
        teams = store.teams(visit.session, found.id) if staff else [mine] if mine else []
        return render_template(
            "student/team.html",
            assignment=found,
            staff=staff,
            teams=[(each, store.members(visit.session, each.id)) for each in teams],
            now=visit.now,
        )


@pages.post("/assignments/<int:assignment_id>/team")
def form(assignment_id: int) -> ResponseReturnValue:
    """Make a team of the addresses given."""
    with changing() as visit:
        found = access.assignment(visit.session, visit.user, assignment_id)
        access.require_staff(visit.session, visit.user, found.course_id)
        name = request.form.get("name", "").strip()
        made = courses.form_team(
            visit.session, found, name, _members(visit, found), now=visit.now, actor=visit.user
        )
    flash(f"The team {made.name} is formed.")
    return redirect(url_for("teams.team", assignment_id=assignment_id))


def _members(visit: Visit, assignment: Assignment) -> list[User]:
    addresses = [each.lower() for each in re.split(r"[\s,;]+", request.form.get("members", "")) if each]
    users = [people.user_by_email(visit.session, each) for each in dict.fromkeys(addresses)]
    for address, user in zip(dict.fromkeys(addresses), users, strict=True):
        if user is None or people.enrolment(visit.session, assignment.course_id, user.id) is None:
            raise UsageError(
                "nobody in the course has this address", where=address, cure="Invite them first."
            )
    return [each for each in users if each]
