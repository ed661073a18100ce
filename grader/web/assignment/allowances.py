"""Extensions of an assignment, and requests for another look at its results, for its staff."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import courses, judgement, people
from grader.database.tables import AssignmentRow, Role, Team, User
from grader.errors import NotFound, UsageError
from grader.model.language import _
from grader.reading import local_time
from grader.services.act import Visit
from grader.services.judgement import allowances
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.web.frame.site import changing, looking

pages = Blueprint("allowances", __name__)


@pages.get("/assignments/<int:assignment_id>/extensions")
def extensions(assignment_id: int) -> ResponseReturnValue:
    """List who has other dates, and offer to give some."""
    with looking() as visit:
        found = _assignment(visit, assignment_id)
        return render_template(
            "staff/extensions.html",
            assignment=found,
            head=assignment_header.head(visit.session, found),
            given=judgement.extensions(visit.session, found.id),
            excused=judgement.excuses(visit.session, found.id),
            students=_students(visit, found),
            teams=courses.teams(visit.session, found.id),
            who=request.args.get("who", ""),
            teaches=access.role_in(visit.session, visit.actor, found.course_id) is Role.INSTRUCTOR,
            now=visit.now,
        )


@pages.post("/assignments/<int:assignment_id>/extensions")
def extend(assignment_id: int) -> ResponseReturnValue:
    """Give one student or team other dates, in the course's zone."""
    with changing() as visit:
        found = _teaching(visit, assignment_id)
        zone = ZoneInfo(found.course.zone)
        due = local_time.read(request.form.get("due_at", ""), zone, _("due date"))
        late = local_time.read(request.form.get("late_until", ""), zone, _("late until"))
        owner = _owner(visit, found, request.form.get("who", ""))
        why = request.form.get("why", "")
        allowances.extend(visit, found, owner, due, late, why)
        name = owner.name
    flash(_("%(name)s has an extension. It applies to existing submissions, too.", name=name))
    return redirect(url_for("allowances.extensions", assignment_id=assignment_id), 303)


@pages.post("/extensions/<int:extension_id>")
def take_back(extension_id: int) -> ResponseReturnValue:
    """Take an extension back."""
    with changing() as visit:
        row = judgement.extension(visit.session, extension_id)
        found = courses.assignment(visit.session, row.assignment_id) if row else None
        if (
            row is None
            or found is None
            or access.role_in(visit.session, visit.actor, found.course_id) is None
        ):
            raise NotFound(_("there is no such extension"))
        access.require_instructor(visit.session, visit.actor, found.course_id)
        allowances.take_back(visit, found, row)
        assignment_id = found.id
    flash(_("The extension is withdrawn. The assignment's dates apply again."))
    return redirect(url_for("allowances.extensions", assignment_id=assignment_id), 303)


@pages.post("/assignments/<int:assignment_id>/excuses")
def excuse(assignment_id: int) -> ResponseReturnValue:
    """Excuse a student, also one who has handed nothing in; or let the score count again."""
    with changing() as visit:
        found = _teaching(visit, assignment_id)
        owner = _owner(visit, found, request.form.get("who", ""))
        if not isinstance(owner, User):
            raise UsageError(
                _("a team can't be excused"), where="who", cure=_("Excuse its members one by one.")
            )
        if request.form.get("step") == "withdraw":
            allowances.withdraw_excuse(visit, found, owner)
            said = _("The score of %(name)s counts again.", name=owner.name)
        else:
            why = request.form.get("why", "")
            allowances.excuse(visit, found, owner, why)
            said = _("%(name)s is excused.", name=owner.name)
    flash(said)
    return redirect(url_for("allowances.extensions", assignment_id=assignment_id), 303)


@pages.get("/assignments/<int:assignment_id>/requests")
def requests(assignment_id: int) -> ResponseReturnValue:
    """List who asked for another look: open requests first."""
    with looking() as visit:
        found = _assignment(visit, assignment_id)
        return render_template(
            "staff/requests.html",
            assignment=found,
            head=assignment_header.head(visit.session, found),
            requests=judgement.requests(visit.session, found.id),
            now=visit.now,
        )


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def _teaching(visit: Visit, assignment_id: int) -> AssignmentRow:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_instructor(visit.session, visit.actor, found.course_id)
    return found


def _students(visit: Visit, assignment: AssignmentRow) -> list[User]:
    roster = people.roster(visit.session, assignment.course_id)
    return [place.user for place in roster if place.role is Role.STUDENT]


def _owner(visit: Visit, assignment: AssignmentRow, who: str) -> User | Team:
    """Return the student or team that a choice such as ``user:3`` or ``team:2`` means."""
    owners: dict[str, User | Team] = {f"user:{each.id}": each for each in _students(visit, assignment)}
    owners |= {f"team:{each.id}": each for each in courses.teams(visit.session, assignment.id)}
    if who not in owners:
        raise UsageError(
            _("no student was chosen"), where="who", cure=_("Choose a student or a team from the list.")
        )
    return owners[who]
