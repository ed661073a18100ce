"""Accounts, tokens, invitations, enrolments."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, aliased, contains_eager

from grader.database.store.rows import by_key
from grader.database.tables import Course, Enrolment, Invitation, Token, User

# The address in an invitation that makes the first account, which no person can have.
FIRST = ""


def user(session: Session, user_id: int) -> User | None:
    """Return an account."""
    return by_key(session, User, user_id)


def user_by_email(session: Session, email: str) -> User | None:
    """Return the account with that address, written in small letters."""
    return session.scalar(select(User).where(User.email == email))


def names(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """Return the names of these accounts, by their numbers."""
    return dict(session.execute(select(User.id, User.name).where(User.id.in_(user_ids))).all())


def token(session: Session, digest: str) -> Token | None:
    """Return a token that still holds."""
    return session.scalar(select(Token).where(Token.digest == digest, Token.revoked_at.is_(None)))


def tokens(session: Session, user_id: int) -> Sequence[Token]:
    """Return somebody's tokens, newest first, revoked ones too."""
    return session.scalars(select(Token).where(Token.user_id == user_id).order_by(Token.id.desc())).all()


def take_invitation(session: Session, digest: str, now: datetime) -> Invitation | None:
    """Use an invitation up and return it, or None when it is unknown, used or too old. One wins."""
    query = (
        update(Invitation)
        .where(
            Invitation.digest == digest,
            Invitation.email != FIRST,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
        .values(used_at=now)
        .returning(Invitation)
    )
    return session.scalar(query)


def open_invitation(session: Session, digest: str, now: datetime) -> Invitation | None:
    """Return an invitation that can still be used."""
    return session.scalar(
        select(Invitation).where(
            Invitation.digest == digest,
            Invitation.email != FIRST,
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
    )


def cancel_invitations(session: Session, course_id: int | None, email: str, now: datetime) -> None:
    """End the open invitations of an address to a course: a newer one takes their place."""
    session.execute(
        update(Invitation)
        .where(Invitation.course_id == course_id if course_id else Invitation.course_id.is_(None))
        .where(Invitation.email == email, Invitation.used_at.is_(None), Invitation.expires_at > now)
        .values(expires_at=now)
    )


def is_administered(session: Session) -> bool:
    """Say whether there is an administrator."""
    return session.scalar(select(User.id).where(User.is_admin).limit(1)) is not None


def open_first_link(session: Session, digest: str, now: datetime) -> Invitation | None:
    """Return the link to the first account, while it can still be used."""
    return session.scalar(select(Invitation).where(Invitation.digest == digest, *_first(now)))


def take_first_link(session: Session, digest: str, now: datetime) -> Invitation | None:
    """Use up the link to the first account, and all others like it; None when it can't be used. One wins.

    One statement: who uses another such link at the same time waits for the rows of this one, and then finds
    none that is open.
    """
    link = aliased(Invitation)
    asked = select(link.id).where(link.digest == digest, *_first(now, link)).exists()
    query = update(Invitation).where(*_first(now), asked).values(used_at=now).returning(Invitation)
    taken = session.scalars(query, execution_options={"synchronize_session": False}).all()
    return next((each for each in taken if each.digest == digest), None)


def _first(now: datetime, link: type[Invitation] = Invitation) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of an open link to the first account: nobody is named, and nobody administers."""
    nobody = ~select(User.id).where(User.is_admin).exists()
    return (
        link.email == FIRST,
        link.course_id.is_(None),
        link.used_at.is_(None),
        link.expires_at > now,
        nobody,
    )


def invitations(session: Session, course_id: int) -> Sequence[Invitation]:
    """Return a course's invitations, newest first."""
    query = select(Invitation).where(Invitation.course_id == course_id).order_by(Invitation.id.desc())
    return session.scalars(query).all()


def enrolment(session: Session, course_id: int, user_id: int, *, lock: bool = False) -> Enrolment | None:
    """Return somebody's place in a course; with `lock`, others who want it locked wait."""
    query = select(Enrolment).where(Enrolment.course_id == course_id, Enrolment.user_id == user_id)
    return session.scalar(query.with_for_update() if lock else query)


def roster(session: Session, course_id: int) -> Sequence[Enrolment]:
    """Return everybody in a course, by name."""
    query = select(Enrolment).join(Enrolment.user).where(Enrolment.course_id == course_id)
    loaded = query.options(contains_eager(Enrolment.user)).order_by(User.name, User.id)
    return session.scalars(loaded).all()


def courses_of(session: Session, user_id: int) -> Sequence[tuple[Course, Enrolment]]:
    """Return somebody's courses with their place in each, by title."""
    query = (
        select(Course, Enrolment)
        .join(Enrolment, Enrolment.course_id == Course.id)
        .where(Enrolment.user_id == user_id)
        .order_by(Course.title, Course.id)
    )
    return [(course, place) for course, place in session.execute(query)]
