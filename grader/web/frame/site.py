"""What every view works with: the database, the clock, and who is asking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import current_app, request
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from grader.clock import Clock
from grader.config import Settings
from grader.database import db
from grader.database.db import Database, Session
from grader.database.store import people
from grader.database.tables import User
from grader.queue.sending import Dispatcher
from grader.services.act import Visit
from grader.verifying.proof_file import Maker
from grader.web.frame.sheet import Sheets

RECEIVED = "chainrule.received_at"


@dataclass(frozen=True)
class Site:
    """The parts that the application was made of.

    ``clock`` is that of this host, and good for differences; ``moment`` is what all hosts go by.
    """

    settings: Settings
    database: Database
    dispatcher: Dispatcher
    clock: Clock
    secret: bytes
    make_hand_ins: Maker
    moment: Callable[[Session], datetime] = db.now
    complaints: Callable[[], tuple[str, ...]] = tuple
    sheets: Sheets = field(default_factory=Sheets)


def site() -> Site:
    """Return the parts of the running application."""
    found: Site = current_app.extensions["chainrule"]
    return found


def signed_in(session: Session) -> User:
    """Return who is signed in. Raises Unauthorized if nobody is."""
    user = people.user(session, current_user.id) if current_user.is_authenticated else None
    if user is None:
        raise Unauthorized
    return user


@contextmanager
def looking(who: Callable[[Session], User] = signed_in) -> Iterator[Visit]:
    """Give a unit of work that only reads; ``who`` finds out who asks, and raises if it is nobody."""
    with site().database.reading() as session:
        yield Visit(session, who(session), site().moment(session))


@contextmanager
def changing(who: Callable[[Session], User] = signed_in) -> Iterator[Visit]:
    """Give a unit of work that is committed at its end, or undone as a whole."""
    with site().database.transaction() as session:
        yield Visit(session, who(session), site().moment(session))


def received_at(visit: Visit) -> datetime:
    """Return when the first byte of this request came in, as early as this process could tell.

    By the clock of the visit: the host's, which may be wrong, says only how long ago that was.
    """
    ago: timedelta = site().clock() - request.environ[RECEIVED]
    return visit.now - max(ago, timedelta(0))
