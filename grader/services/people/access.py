"""Who may see and do what. What somebody may not see, they are told does not exist.

Students see what they and their teams handed in; staff of a course sees all of it; administrators
see everything.
"""

from datetime import datetime

from grader.database.db import Session
from grader.database.store import courses, people, submissions
from grader.database.tables import AssignmentRow, Course, Grading, Role, SubmissionRow, User
from grader.errors import NotAllowed, NotFound
from grader.model.language import _

STAFF = frozenset({Role.TA, Role.INSTRUCTOR})


def role_in(session: Session, user: User, course_id: int) -> Role | None:
    """Return somebody's role in a course; an administrator is an instructor everywhere."""
    if user.is_admin:
        return Role.INSTRUCTOR
    place = people.enrolment(session, course_id, user.id)
    return place.role if place else None


def is_staff(session: Session, user: User, course_id: int) -> bool:
    """Say whether somebody is on a course's staff."""
    return role_in(session, user, course_id) in STAFF


def course(session: Session, user: User, course_id: int) -> Course:
    """Return a course that the user is in. Raises NotFound."""
    found = courses.course(session, course_id)
    if found is None or role_in(session, user, course_id) is None:
        raise NotFound(_("there is no such course"))
    return found


def require_staff(session: Session, user: User, course_id: int) -> None:
    """Raise NotAllowed for who is not on the course's staff; NotFound for who is not in it at all."""
    _require(session, user, course_id, STAFF)


def require_instructor(session: Session, user: User, course_id: int) -> None:
    """Raise NotAllowed for who doesn't teach the course; NotFound for who is not in it at all."""
    _require(session, user, course_id, frozenset({Role.INSTRUCTOR}))


def _require(session: Session, user: User, course_id: int, roles: frozenset[Role]) -> None:
    role = role_in(session, user, course_id)
    if role is None:
        raise NotFound(_("there is no such course"))
    if role not in roles:
        raise NotAllowed(_("only the course's staff may do this"), cure=_("Ask an instructor of the course."))


def assignment(session: Session, user: User, assignment_id: int) -> AssignmentRow:
    """Return an assignment of a course that the user is in. Raises NotFound."""
    found = courses.assignment(session, assignment_id)
    if found is None or role_in(session, user, found.course_id) is None:
        raise NotFound(_("there is no such assignment"))
    return found


def is_open(found: AssignmentRow, now: datetime) -> bool:
    """Say whether students are told of an assignment: it has tests, and has opened."""
    return found.live_suite_id is not None and (found.opens_at is None or found.opens_at <= now)


def submission(session: Session, user: User, submission_id: int) -> SubmissionRow:
    """Return a submission that the user may see. Raises NotFound."""
    found = submissions.submission(session, submission_id)
    if found is None or not may_see(session, user, found):
        raise NotFound(_("there is no such submission"))
    return found


def grading(session: Session, user: User, grading_id: int) -> Grading:
    """Return a grading that the user may see: students only those whose score is theirs. Raises NotFound."""
    found = submissions.grading(session, grading_id)
    if found is None or not may_see(session, user, found.submission):
        raise NotFound(_("there is no such grading"))
    if not found.live and not is_staff(session, user, found.submission.assignment.course_id):
        raise NotFound(_("there is no such grading"))
    return found


def may_see(session: Session, user: User, found: SubmissionRow) -> bool:
    """Say whether the user may see a submission."""
    role = role_in(session, user, found.assignment.course_id)
    if role is None or role in STAFF:
        return role is not None
    if found.draft:
        return False
    if found.user_id == user.id:
        return True
    team = courses.team_of(session, found.assignment_id, user.id)
    return team is not None and found.team_id == team.id


def may_reset(session: Session, actor: User, user: User) -> bool:
    """Say whether `actor` may give out a link that sets the user's password."""
    if actor.is_admin:
        return True
    theirs = people.courses_of(session, user.id)
    if user.is_admin or any(place.role in STAFF for _, place in theirs):
        return False
    return any(role_in(session, actor, each.id) is Role.INSTRUCTOR for each, _ in theirs)
