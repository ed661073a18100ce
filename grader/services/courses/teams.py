"""Teams that students make themselves: one founds it and gives the others its code.

Joining and leaving is possible while nothing was handed in: after that a score hangs on who is in the
team, and only staff decides.
"""

import secrets
from typing import Any

from grader.database.db import Session
from grader.database.store import audit, people
from grader.database.store import courses as course_store
from grader.database.store import teams as store
from grader.database.tables import AssignmentRow, Role, Team, TeamMember, User
from grader.errors import Conflict, UsageError
from grader.model.language import _
from grader.services.act import Act, Visit
from grader.services.courses import courses

# Letters and digits that nobody takes for one another; 39 bits in eight of them.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 8


def found(act: Visit, assignment: AssignmentRow, name: str) -> Team:
    """Make a team of oneself, which others join by its code. Raises UsageError and Conflict."""
    _check_free(act.session, assignment, act.actor)
    team = courses.form_team(act, assignment, name, [act.actor])
    team.code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    act.session.flush()
    return team


def join(act: Visit, assignment: AssignmentRow, code: str) -> Team:
    """Join the team of that code. Raises UsageError for no such code, Conflict with what is in the way."""
    _check_free(act.session, assignment, act.actor)
    team = store.by_code(act.session, assignment.id, code.strip().lower())
    if team is None:
        raise UsageError(
            _("no team has this code"), where=code.strip()[:40], cure=_("Ask your teammate for it again.")
        )
    if store.has_handed_in(act.session, team.id):
        raise Conflict(
            _("this team has already submitted"), where=team.name, cure=_("Ask the course's staff.")
        )
    if len(store.member_ids(act.session, team.id)) >= assignment.team_size:
        raise Conflict(
            _("this team has its %(team_size)s members", team_size=assignment.team_size), where=team.name
        )
    act.session.add(TeamMember(team_id=team.id, user_id=act.actor.id, assignment_id=assignment.id))
    act.session.flush()
    _note(act, assignment, "team.joined", after={"team": team.id, "user": act.actor.id})
    return team


def leave(act: Act, assignment: AssignmentRow, user: User) -> None:
    """Take somebody out of their team; a team without members is gone.

    Raises Conflict without a team, and once the team has handed in.
    """
    team = course_store.team_of(act.session, assignment.id, user.id, lock=True)
    if team is None:
        raise Conflict(_("you are not in a team"), where=assignment.title, cure=_("Reload the page."))
    if store.has_handed_in(act.session, team.id):
        raise Conflict(
            _("the team has already submitted, and its score is yours too"),
            where=team.name,
            cure=_("Ask the course's staff if you have to leave anyway."),
        )
    store.remove_member(act.session, team.id, user.id)
    before = {"team": team.id, "name": team.name, "user": user.id}
    _note(act, assignment, "team.left", before=before)
    store.remove_empty(act.session, team.id)
    act.session.flush()


def _check_free(session: Session, assignment: AssignmentRow, user: User) -> None:
    """Refuse who can't be in a team of their own choice. Two requests of one person wait for each other."""
    place = people.enrolment(session, assignment.course_id, user.id, lock=True)
    if place is None or place.role is not Role.STUDENT:
        raise Conflict(_("only students of the course can create teams"), where=user.email)
    if assignment.team_size < 2:
        raise UsageError(_("everyone works alone on this assignment"), where=assignment.title)
    if course_store.team_of(session, assignment.id, user.id) is not None:
        raise Conflict(_("you are already in a team"), where=assignment.title, cure=_("Leave it first."))
    if store.has_handed_in_alone(session, assignment.id, user.id):
        raise Conflict(
            _("you have already submitted alone"),
            where=assignment.title,
            cure=_("Ask the staff to create the team."),
        )


def _note(act: Act, assignment: AssignmentRow, action: str, **change: Any) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(act.session, act.now, act.actor, action, about, course_id=assignment.course_id, **change)
