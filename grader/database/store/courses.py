"""Courses, assignments, suites, teams, extensions."""

from collections.abc import Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from grader.database.store.rows import by_key
from grader.database.tables import AssignmentRow, Course, Extension, SuiteRow, Team, TeamMember, User


def course(session: Session, course_id: int) -> Course | None:
    """Return a course."""
    return by_key(session, Course, course_id)


def course_by_slug(session: Session, slug: str) -> Course | None:
    """Return the course of that name."""
    return session.scalar(select(Course).where(Course.slug == slug))


def courses(session: Session) -> Sequence[Course]:
    """Return all courses, by title."""
    return session.scalars(select(Course).order_by(Course.title, Course.id)).all()


def take_storage(session: Session, course_id: int, size: int) -> bool:
    """Add to what a course uses, unless that would be more than its limit. One statement: nobody races."""
    query = (
        update(Course)
        .where(Course.id == course_id, Course.storage_used_bytes + size <= Course.storage_limit_bytes)
        .values(storage_used_bytes=Course.storage_used_bytes + size)
        .execution_options(synchronize_session=False)
        .returning(Course.id)
    )
    return session.scalar(query) is not None


def assignment(session: Session, assignment_id: int) -> AssignmentRow | None:
    """Return an assignment."""
    return by_key(session, AssignmentRow, assignment_id)


def assignment_by_slug(session: Session, course_id: int, slug: str) -> AssignmentRow | None:
    """Return the assignment of that name in a course."""
    return session.scalar(
        select(AssignmentRow).where(AssignmentRow.course_id == course_id, AssignmentRow.slug == slug)
    )


def assignments(session: Session, course_id: int) -> Sequence[AssignmentRow]:
    """Return a course's assignments, soonest due first, those without a date last."""
    query = select(AssignmentRow).where(AssignmentRow.course_id == course_id)
    return session.scalars(
        query.order_by(AssignmentRow.due_at.is_(None), AssignmentRow.due_at, AssignmentRow.id)
    ).all()


def suite(session: Session, suite_id: int) -> SuiteRow | None:
    """Return one version of an assignment's tests."""
    return by_key(session, SuiteRow, suite_id)


def suites(session: Session, assignment_id: int) -> Sequence[SuiteRow]:
    """Return all versions of an assignment's tests, newest first; what was only tried is none."""
    query = select(SuiteRow).where(SuiteRow.assignment_id == assignment_id, SuiteRow.draft.is_(False))
    return session.scalars(query.order_by(SuiteRow.id.desc())).all()


def team_of(session: Session, assignment_id: int, user_id: int, *, lock: bool = False) -> Team | None:
    """Return somebody's team for an assignment; with `lock`, others who want it locked wait."""
    query = (
        select(Team)
        .join(TeamMember, TeamMember.team_id == Team.id)
        .where(TeamMember.assignment_id == assignment_id, TeamMember.user_id == user_id)
    )
    return session.scalar(query.with_for_update(of=Team) if lock else query)


def team_by_name(session: Session, assignment_id: int, name: str) -> Team | None:
    """Return the team of that name."""
    return session.scalar(select(Team).where(Team.assignment_id == assignment_id, Team.name == name))


def teams(session: Session, assignment_id: int) -> Sequence[Team]:
    """Return an assignment's teams, by name."""
    query = select(Team).where(Team.assignment_id == assignment_id).order_by(Team.name)
    return session.scalars(query).all()


def teams_by_member(session: Session, assignment_id: int) -> dict[int, Team]:
    """Return the team of each person who is in one, by the person's number."""
    query = select(TeamMember.user_id, Team).join(Team, Team.id == TeamMember.team_id)
    return dict(session.execute(query.where(TeamMember.assignment_id == assignment_id)).all())


def members(session: Session, team_id: int) -> Sequence[User]:
    """Return the people in a team, by name."""
    query = select(User).join(TeamMember, TeamMember.user_id == User.id)
    return session.scalars(query.where(TeamMember.team_id == team_id).order_by(User.name, User.id)).all()


def extensions(
    session: Session, assignment_id: int, user_id: int, team_id: int | None
) -> Sequence[Extension]:
    """Return the extensions that hold for somebody, as a person or as part of a team."""
    owners = [Extension.user_id == user_id]
    if team_id is not None:
        owners.append(Extension.team_id == team_id)
    query = select(Extension).where(Extension.assignment_id == assignment_id, or_(*owners))
    return session.scalars(query.order_by(Extension.id)).all()


def all_extensions(session: Session, assignment_id: int) -> Sequence[Extension]:
    """Return all extensions of an assignment."""
    query = select(Extension).where(Extension.assignment_id == assignment_id).order_by(Extension.id)
    return session.scalars(query).all()
