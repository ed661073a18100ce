"""Who asks: the person whose token the request carries."""

import logging
from datetime import datetime

from flask import request

from grader.database.db import Session
from grader.database.tables import User
from grader.errors import DatabaseUnavailable, NotSignedIn
from grader.model.language import _
from grader.services.people import accounts
from grader.web.frame.site import site

LOG = logging.getLogger(__name__)
SCHEME = "bearer"
# A token is 43 characters; whatever is much longer is none.
_LONGEST = 200


def bearer(session: Session) -> User:
    """Return whose token the request carries. Raises NotSignedIn."""
    user = accounts.user_of_token(session, _secret())
    if user is None:
        raise NotSignedIn(_("this token is not valid"), cure=_("Ask the course's staff for a new one."))
    return user


def note_use() -> None:
    """Note now and then that the token is in use; reading goes on where that can't be written."""
    secret = _secret()
    with site().database.reading() as session:
        now = site().moment(session)
        due = accounts.token_use_is_due(session, secret, now=now)
    if due:
        try:
            _note(secret, now)
        except DatabaseUnavailable as error:
            LOG.warning("the use of a token was not noted: %s", error.what)


def _note(secret: str, now: datetime) -> None:
    with site().database.transaction() as session:
        accounts.note_token_use(session, secret, now=now)


def _secret() -> str:
    scheme, __, secret = request.headers.get("Authorization", "").strip().partition(" ")
    secret = secret.strip()
    if scheme.lower() != SCHEME or not 0 < len(secret) <= _LONGEST:
        raise NotSignedIn(
            _("the token is missing"), cure=_("Send it in the header: “Authorization: Bearer …”.")
        )
    return secret
