"""What a course's staff does: look through submissions, invite people, give out links for new passwords."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import courses, people
from grader.database.store import submissions as store
from grader.database.tables import Course, Role
from grader.errors import NotFound, UsageError
from grader.model import Status
from grader.model.language import _
from grader.services.act import Visit
from grader.services.grading import gradings
from grader.services.people import access, accounts
from grader.services.reports import assignment_header
from grader.web.course import listing
from grader.web.frame.site import changing, looking, site

pages = Blueprint("staff", __name__)
MOST_INVITED = 500


@pages.get("/courses/<int:course_id>/submissions")
def submissions(course_id: int) -> ResponseReturnValue:
    """List a course's submissions, as the form above them asks."""
    with looking() as visit:
        course = _course(visit, course_id)
        found = listing.listing(visit, course, request.args)
        return render_template(
            "staff/submissions.html",
            course=course,
            head=_head(visit, course, found.asked.wanted.assignment_id),
            found=found,
            orders=listing.ORDERS,
            statuses=Status,
            now=visit.now,
        )


@pages.post("/submissions/<int:submission_id>/retry")
def retry(submission_id: int) -> ResponseReturnValue:
    """Try a grading anew that we gave up."""
    with changing() as visit:
        found = access.submission(visit.session, visit.actor, submission_id)
        access.require_staff(visit.session, visit.actor, found.assignment.course_id)
        run = store.live_grading(visit.session, found.id)
        if run is None:
            raise NotFound(_("there is no grading"))
        gradings.retry(visit, run)
        grading_id = run.id
    site().dispatcher.send(grading_id)
    flash(_("It is in the queue again."))
    return redirect(url_for("student.submission", submission_id=submission_id))


@pages.get("/courses/<int:course_id>/people")
def roster(course_id: int) -> ResponseReturnValue:
    """List who is in a course and who is invited."""
    with looking() as visit:
        return _people(visit, _course(visit, course_id), {})


@pages.post("/courses/<int:course_id>/people")
def invite(course_id: int) -> ResponseReturnValue:
    """Make an invitation for each line, and show their links once."""
    lines = [each.strip() for each in request.form.get("people", "").split("\n") if each.strip()]
    if not 0 < len(lines) <= MOST_INVITED:
        raise UsageError(
            _("there are %(number)s lines", number=len(lines)),
            cure=_("Write one person per line, up to %(most_invited)s at a time.", most_invited=MOST_INVITED),
        )
    with changing() as visit:
        course = _course(visit, course_id)
        access.require_instructor(visit.session, visit.actor, course.id)
        links = dict(_invite(visit, course, line, _role()) for line in lines)
        visit.session.flush()
        return _people(visit, course, links)


@pages.post("/courses/<int:course_id>/people/<int:user_id>/reset")
def reset(course_id: int, user_id: int) -> ResponseReturnValue:
    """Make a link with which somebody in the course sets a new password, and show it once."""
    with changing() as visit:
        course = _course(visit, course_id)
        access.require_instructor(visit.session, visit.actor, course.id)
        user = people.user(visit.session, user_id)
        if user is None or people.enrolment(visit.session, course.id, user.id) is None:
            raise NotFound(_("this person is not in the course"))
        secret = accounts.reset_link(visit, user)
        visit.session.flush()
        return _people(visit, course, {user.email: _link(secret)}, reset=True)


def _course(visit: Visit, course_id: int) -> Course:
    found = access.course(visit.session, visit.actor, course_id)
    access.require_staff(visit.session, visit.actor, found.id)
    return found


def _head(visit: Visit, course: Course, assignment_id: int | None) -> assignment_header.Head | None:
    """Return what stands above the submissions of one assignment; None above those of all."""
    row = courses.assignment(visit.session, assignment_id) if assignment_id is not None else None
    if row is None or row.course_id != course.id:
        return None
    return assignment_header.head(visit.session, row)


def _invite(visit: Visit, course: Course, line: str, role: Role) -> tuple[str, str]:
    """Invite ``ada@example.org Ada Byron``: an address, and a name where one follows."""
    address, _, name = line.partition(" ")
    email = accounts.normal_email(address.rstrip(",;"))
    secret = accounts.invite(visit, course, email, role, name=name.strip(" ,;"))
    return email, _link(secret)


def _role() -> Role:
    try:
        return Role(request.form.get("role", Role.STUDENT))
    except ValueError:
        raise UsageError(_("this role does not exist"), cure=_("Choose one from the list.")) from None


def _link(secret: str) -> str:
    return url_for("auth.invitation", secret=secret, _external=True)


def _people(visit: Visit, course: Course, links: dict[str, str], *, reset: bool = False) -> str:
    return render_template(
        "staff/people.html",
        course=course,
        places=people.roster(visit.session, course.id),
        invited=[
            each
            for each in people.invitations(visit.session, course.id)
            if each.used_at is None and each.expires_at > visit.now
        ],
        links=links,
        reset=reset,
        teaches=access.role_in(visit.session, visit.actor, course.id) is Role.INSTRUCTOR,
        may_reset={
            place.user_id
            for place in people.roster(visit.session, course.id)
            if access.may_reset(visit.session, visit.actor, place.user)
        },
        now=visit.now,
    )
