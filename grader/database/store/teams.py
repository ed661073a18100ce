"""Teams as they come about and change: by code, by leaving, by being moved."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from grader.database.tables import Extension, SubmissionRow, Team, TeamMember


def by_code(session: Session, assignment_id: int, code: str) -> Team | None:
    """Return the team that a code lets join, locked: others who want to join it wait."""
    query = select(Team).where(Team.assignment_id == assignment_id, Team.code == code)
    return session.scalar(query.with_for_update(of=Team))


def locked(session: Session, team_id: int) -> Team | None:
    """Return a team, locked."""
    query = select(Team).where(Team.id == team_id).with_for_update(of=Team)
    return session.scalar(query.execution_options(populate_existing=True))


def has_handed_in(session: Session, team_id: int) -> bool:
    """Say whether a team has a submission."""
    return bool(session.scalar(select(exists().where(SubmissionRow.team_id == team_id))))


def has_handed_in_alone(session: Session, assignment_id: int, user_id: int) -> bool:
    """Say whether somebody submitted alone."""
    own = (SubmissionRow.assignment_id == assignment_id, SubmissionRow.user_id == user_id)
    query = exists().where(*own, SubmissionRow.team_id.is_(None), SubmissionRow.draft.is_(False))
    return bool(session.scalar(select(query)))


def remove_member(session: Session, team_id: int, user_id: int) -> None:
    """Take somebody out of a team."""
    session.execute(delete(TeamMember).where(TeamMember.team_id == team_id, TeamMember.user_id == user_id))


def remove_empty(session: Session, team_id: int) -> bool:
    """Remove a team without members without submissions, with its extensions; say whether."""
    members = session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team_id).limit(1)).all()
    if members or has_handed_in(session, team_id):
        return False
    session.execute(delete(Extension).where(Extension.team_id == team_id))
    session.execute(delete(Team).where(Team.id == team_id))
    return True


def member_ids(session: Session, team_id: int) -> Sequence[int]:
    """Return who is in a team, by number."""
    return session.scalars(select(TeamMember.user_id).where(TeamMember.team_id == team_id)).all()
