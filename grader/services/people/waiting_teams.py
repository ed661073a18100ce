"""Teams for people who are invited to a course: the invitation keeps their names until it is accepted."""

import json
from collections.abc import Mapping

from grader.database.db import Session
from grader.database.store import audit, courses, people
from grader.database.store import teams as store
from grader.database.tables import AssignmentRow, Invitation, Team, TeamMember, User
from grader.services.act import Act


def of(invitation: Invitation) -> Mapping[int, str]:
    """Return the names of the teams by the number of their assignment."""
    kept = json.loads(invitation.teams or "{}")
    return {int(number): str(name) for number, name in kept.items()}


def wait(invitation: Invitation, assignment_id: int, name: str) -> None:
    """Let whoever accepts an invitation come into a team."""
    teams = {str(number): each for number, each in of(invitation).items()} | {str(assignment_id): name}
    invitation.teams = json.dumps(teams, sort_keys=True)


def before(session: Session, course_id: int, email: str) -> str | None:
    """Return the teams of the last invitation of an address to a course that was not used."""
    found = (each for each in people.invitations(session, course_id) if each.email == email)
    return next((each.teams for each in found if each.used_at is None), None)


def take_seats(act: Act, user: User, invitation: Invitation) -> None:
    """Put somebody who has just joined the course into their teams, where there is room."""
    for number, name in of(invitation).items():
        assignment = courses.assignment(act.session, number)
        if assignment is not None and assignment.course_id == invitation.course_id:
            _take_seat(act, user, assignment, name)


def _take_seat(act: Act, user: User, assignment: AssignmentRow, name: str) -> None:
    if courses.team_of(act.session, assignment.id, user.id, lock=True) is not None:
        return
    team = courses.team_by_name(act.session, assignment.id, name)
    if team is None:
        team = Team(assignment_id=assignment.id, name=name, created_at=act.now)
        act.session.add(team)
        act.session.flush()
    if len(store.member_ids(act.session, team.id)) >= assignment.team_size:
        return
    act.session.add(TeamMember(team_id=team.id, user_id=user.id, assignment_id=assignment.id))
    act.session.flush()
    about, after = f"assignment:{assignment.id}", {"team": team.id, "name": name, "user": user.id}
    audit.note(
        act.session, act.now, act.actor, "team.joined", about, course_id=assignment.course_id, after=after
    )
