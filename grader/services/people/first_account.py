"""The first account: made in a browser, by a link that is printed where the service is started."""

from datetime import datetime, timedelta

from grader.database import passwords
from grader.database.db import Session
from grader.database.passwords import PasswordHash
from grader.database.store import audit, people
from grader.database.tables import Invitation, Role, User
from grader.errors import Conflict, NotFound
from grader.model.language import _
from grader.services.act import Act
from grader.services.people import accounts

LASTS = timedelta(days=2)
PATH = "/first-account/"


def link(session: Session, *, now: datetime) -> str:
    """Return the secret of a link to the first account, an administrator's; an older one stops working.

    Only its digest is kept. Raises Conflict when there is an administrator.
    """
    if people.is_administered(session):
        raise Conflict(
            _("there is already an administrator"),
            cure=_(
                "Sign in as one. On the server, create another, or set a new password, with "
                "chainrule admin account ADDRESS --administrator."
            ),
        )
    people.cancel_invitations(session, None, people.FIRST, now)
    secret = passwords.new_secret()
    session.add(
        Invitation(
            digest=passwords.digest(secret),
            email=people.FIRST,
            role=Role.INSTRUCTOR,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    audit.note(session, now, None, "user.first_link_made", "user:first")
    return secret


def check(session: Session, secret: str, *, now: datetime) -> None:
    """Raise NotFound when the link can't be used: unknown, used, too old, or there is an administrator."""
    if people.open_first_link(session, passwords.digest(secret), now) is None:
        raise _no_link()


def make(
    session: Session, secret: str, email: str, name: str, password: PasswordHash, *, now: datetime
) -> User:
    """Use the link up and make the account.

    Raises NotFound like `check`, UsageError for an address or a name that can't be one, Conflict when there
    is an account with that address: this link lets nobody into somebody else's account.
    """
    if people.take_first_link(session, passwords.digest(secret), now) is None:
        raise _no_link()
    return accounts.create_user(Act(session, None, now), email, name, password=password, is_admin=True)


def _no_link() -> NotFound:
    return NotFound(
        _("this link is no longer valid"),
        cure=_(
            "It works once, for two days, and only while there is no administrator. Start chainrule serve "
            "again, or run chainrule admin first-link, for a new one."
        ),
    )
