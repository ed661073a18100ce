"""Who is signed in: an account's number and session version in a signed cookie.

Changing a password, or signing out everywhere, raises the version, and cookies of before end.
"""

from dataclasses import dataclass

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user

from grader.database.store import people
from grader.database.tables import User
from grader.web.frame.site import site


@dataclass(frozen=True)
class Account(UserMixin):  # type: ignore[misc]
    """Who is signed in, as pages name them."""

    id: int
    version: int
    name: str
    email: str
    is_admin: bool

    def get_id(self) -> str:
        """Return what the cookie holds."""
        return f"{self.id}.{self.version}"


def install(app: Flask) -> None:
    """Find out with each request who is signed in."""
    manager = LoginManager()
    # Its own would ask the database for every page, and so for the page that says the database is away.
    manager.init_app(app, add_context_processor=False)
    app.context_processor(lambda: {"current_user": current_user})
    manager.login_view = "auth.sign_in"
    manager.login_message = None
    manager.session_protection = None  # addresses of phones change; the cookie is signed and ends by version
    manager.user_loader(_load)


def sign_in(user: User) -> None:
    """Sign somebody in, in a session of its own: what was in the cookie before is gone."""
    session.clear()
    session.permanent = True
    login_user(_account(user))


def _load(kept: str) -> Account | None:
    number, _, version = kept.partition(".")
    if not (number.isdecimal() and version.isdecimal()):
        return None
    with site().database.reading() as work:
        user = people.user(work, int(number))
    return _account(user) if user and user.session_version == int(version) else None


def _account(user: User) -> Account:
    return Account(user.id, user.session_version, user.name, user.email, user.is_admin)
