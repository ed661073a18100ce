"""Accounts: people, their passwords and tokens, invitations."""

from datetime import datetime, timedelta
from unicodedata import category

from grader.database import passwords
from grader.database.db import Session
from grader.database.passwords import PasswordHash
from grader.database.store import audit, people
from grader.database.tables import Course, Enrolment, Invitation, Role, Token, User
from grader.errors import Conflict, NotAllowed, NotFound, UsageError
from grader.model.language import _
from grader.services.act import Act
from grader.services.people import access, waiting_teams

INVITATION_LASTS = timedelta(days=14)
RESET_LASTS = timedelta(days=2)
# Noting each use of a token would make every read a write.
USE_NOTED_EVERY = timedelta(minutes=5)


def create_user(
    act: Act,
    email: str,
    name: str,
    *,
    password: PasswordHash | None = None,
    matriculation: str | None = None,
    programme: str | None = None,
    degree: str | None = None,
    is_admin: bool = False,
) -> User:
    """Make an account. Without a password nobody can sign in with it until an invitation sets one.

    Raises Conflict when there is an account with that address.
    """
    address = normal_email(email)
    if people.user_by_email(act.session, address) is not None:
        raise Conflict(
            _("there is already an account with this address"), where=address, cure=_("Sign in with it.")
        )
    user = User(
        email=address,
        name=plain(name, "name") or address,
        password_hash=password,
        matriculation=plain(matriculation or "", "matriculation", 64) or None,
        programme=plain(programme or "", "programme") or None,
        degree=plain(degree or "", "degree", 64) or None,
        is_admin=is_admin,
        created_at=act.now,
    )
    act.session.add(user)
    act.session.flush()
    after = {"email": address, "is_admin": is_admin}
    audit.note(act.session, act.now, act.actor, "user.created", f"user:{user.id}", after=after)
    return user


def authenticate(session: Session, email: str, password: str) -> User | None:
    """Return whose address and password these are. Takes as long for an address that is unknown.

    Call it with ``database.reading()``: checking takes a tenth of a second.
    """
    try:
        user = people.user_by_email(session, normal_email(email))
    except UsageError:
        user = None
    return user if passwords.is_right(user.password_hash if user else None, password) else None


def change_password(act: Act, user: User, password: PasswordHash) -> None:
    """Set a password, and sign the user out everywhere."""
    user.password_hash = password
    user.session_version += 1
    audit.note(act.session, act.now, act.actor or user, "user.password_changed", f"user:{user.id}")


def revoke_sessions(act: Act, user: User) -> None:
    """Sign the user out everywhere."""
    user.session_version += 1
    audit.note(act.session, act.now, act.actor or user, "user.sessions_revoked", f"user:{user.id}")


def set_admin(act: Act, user: User, is_admin: bool) -> None:
    """Make somebody an administrator, or no longer one."""
    before, user.is_admin = user.is_admin, is_admin
    audit.note(
        act.session,
        act.now,
        act.actor,
        "user.admin_set",
        f"user:{user.id}",
        before={"is_admin": before},
        after={"is_admin": is_admin},
    )


def invite(
    act: Act,
    course: Course,
    email: str,
    role: Role,
    *,
    name: str = "",
    matriculation: str | None = None,
    programme: str | None = None,
    degree: str | None = None,
) -> str:
    """Return the secret of a link that lets somebody into a course; an older one stops working.

    The teams that the older one had are the new one's.
    """
    address = normal_email(email)
    people.cancel_invitations(act.session, course.id, address, act.now)
    secret = passwords.new_secret()
    invitation = Invitation(
        digest=passwords.digest(secret),
        course_id=course.id,
        email=address,
        name=plain(name, "name"),
        matriculation=plain(matriculation or "", "matriculation", 64) or None,
        programme=plain(programme or "", "programme") or None,
        degree=plain(degree or "", "degree", 64) or None,
        teams=waiting_teams.before(act.session, course.id, address),
        role=role,
        created_at=act.now,
        expires_at=act.now + INVITATION_LASTS,
    )
    act.session.add(invitation)
    act.session.flush()
    audit.note(
        act.session,
        act.now,
        act.actor,
        "invitation.made",
        f"invitation:{invitation.id}",
        course_id=course.id,
        after={"email": address, "role": role},
    )
    return secret


def reset_link(act: Act, user: User) -> str:
    """Return the secret of a link that lets a user set a new password.

    An instructor may do so for students of their courses who are staff nowhere; whoever holds such a link
    can sign in as that person. Raises NotAllowed.
    """
    if act.actor is not None and not access.may_reset(act.session, act.actor, user):
        raise NotAllowed(_("you can't reset this password"), cure=_("Ask an administrator."))
    people.cancel_invitations(act.session, None, user.email, act.now)
    secret = passwords.new_secret()
    act.session.add(
        Invitation(
            digest=passwords.digest(secret),
            email=user.email,
            role=Role.STUDENT,
            created_at=act.now,
            expires_at=act.now + RESET_LASTS,
        )
    )
    audit.note(act.session, act.now, act.actor, "user.reset_link_made", f"user:{user.id}")
    return secret


def invitation(session: Session, secret: str, *, now: datetime) -> Invitation:
    """Return the invitation behind a link. Raises NotFound when it is unknown, used or too old."""
    found = people.open_invitation(session, passwords.digest(secret), now)
    if found is None:
        raise _no_invitation()
    return found


def accept_invitation(
    session: Session, secret: str, *, now: datetime, password: PasswordHash | None = None, name: str = ""
) -> User:
    """Use an invitation up: the account is made if there is none, the password set, the course joined.

    An account that has a password keeps it unless the link is one for a reset: an invitation to a course
    lets nobody into somebody else's account. Raises NotFound, and UsageError without a password where
    one is needed.
    """
    taken = people.take_invitation(session, passwords.digest(secret), now)
    if taken is None:
        raise _no_invitation()
    user = people.user_by_email(session, taken.email)
    if user is None and taken.course_id is None:
        raise _no_invitation()
    needs_one = user is None or user.password_hash is None or taken.course_id is None
    if needs_one and password is None:
        raise UsageError(_("a password is needed"), where="password", cure=_("Choose one."))
    if user is None:
        user = create_user(
            Act(session, None, now),
            taken.email,
            name or taken.name,
            password=password,
            matriculation=taken.matriculation,
            programme=taken.programme,
            degree=taken.degree,
        )
    elif needs_one and password is not None:
        change_password(Act(session, None, now), user, password)
    if taken.course_id is not None:
        act = Act(session, user, now)
        if join(act, taken.course_id, user, taken.role).role is Role.STUDENT:
            session.flush()
            waiting_teams.take_seats(act, user, taken)
    return user


def join(act: Act, course_id: int, user: User, role: Role) -> Enrolment:
    """Give somebody a role in a course, in place of the one they may have. An invitation lowers none."""
    place = people.enrolment(act.session, course_id, user.id)
    before = None
    if place is None:
        place = Enrolment(course_id=course_id, user_id=user.id, role=role, created_at=act.now)
        act.session.add(place)
    elif act.actor is user and place.role is not Role.STUDENT:
        return place
    else:
        before, place.role = {"role": place.role.value}, role
    audit.note(
        act.session,
        act.now,
        act.actor,
        "course.enrolled",
        f"user:{user.id}",
        course_id=course_id,
        before=before,
        after={"role": role},
    )
    return place


def create_token(session: Session, user: User, name: str, *, now: datetime) -> tuple[Token, str]:
    """Return a new token and its secret, which is shown once and not kept."""
    secret = passwords.new_secret()
    token = Token(user_id=user.id, name=plain(name, "name"), digest=passwords.digest(secret), created_at=now)
    session.add(token)
    session.flush()
    audit.note(session, now, user, "token.made", f"token:{token.id}", after={"name": token.name})
    return token, secret


def user_of_token(session: Session, secret: str) -> User | None:
    """Return whose token that is, if it holds. Only reads."""
    token = people.token(session, passwords.digest(secret))
    return token.user if token else None


def token_use_is_due(session: Session, secret: str, *, now: datetime) -> bool:
    """Say whether the use of a token is to be noted: it wasn't a moment ago. Only reads."""
    token = people.token(session, passwords.digest(secret))
    return token is not None and (token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY)


def note_token_use(session: Session, secret: str, *, now: datetime) -> None:
    """Note that a token was used, unless that was noted a moment ago."""
    token = people.token(session, passwords.digest(secret))
    if token and token_use_is_due(session, secret, now=now):
        token.last_used_at = now


def revoke_token(session: Session, user: User, token_id: int, *, now: datetime) -> None:
    """End one of the user's own tokens. Raises NotFound."""
    token = next((each for each in people.tokens(session, user.id) if each.id == token_id), None)
    if token is None:
        raise NotFound(_("there is no such token"))
    if token.revoked_at is None:
        token.revoked_at = now
        audit.note(session, now, user, "token.revoked", f"token:{token.id}")


def normal_email(text: str) -> str:
    """Return an address in small letters. Raises UsageError when it can't be one."""
    address = plain(text, "email", 320).lower()
    name, at, host = address.rpartition("@")
    if not (name and at and host) or any(each.isspace() for each in address):
        raise UsageError(
            _("this is not an e-mail address"), where="email", cure=_("Write it like ada@example.org.")
        )
    return address


def plain(text: str, where: str, most: int = 200) -> str:
    """Return a line of text without blanks around it. Raises UsageError when it can't be kept or shown."""
    line = text.strip()
    if len(line) > most or any(category(each) in ("Cc", "Cs", "Co", "Cn") for each in line):
        raise UsageError(
            _("this is too long, or has characters that can't be displayed"),
            where=where,
            cure=_("Use a shorter text without such characters."),
        )
    return line


def _no_invitation() -> NotFound:
    return NotFound(
        _("this link has been used, has expired or was never valid"),
        cure=_(
            "A link works once, and only for a few days. If you have chosen a password with it, sign in. "
            "Otherwise check that you opened the whole link, or ask the course's staff for a new one."
        ),
    )
