"""Whether the clock of this host is right: leases and dates go by the database's, which all hosts share."""

import logging
import select
from collections.abc import Callable

from grader import clock
from grader.clock import Clock
from grader.database import db
from grader.database.db import Database
from grader.errors import DatabaseUnavailable

# More than a slow answer or the usual drift; whoever is off by more has no time service that works.
MOST_SECONDS = 5.0
CURE = "Let a time service such as chrony or systemd-timesyncd set it."

log = logging.getLogger("chainrule.clock")


def off_by(database: Database, own: Clock = clock.now) -> float:
    """Return by how many seconds our clock is ahead of the database's at least; negative: behind.

    Raises DatabaseUnavailable.
    """
    with database.reading() as session:
        before = own()
        there = db.now(session)
        after = own()
    ahead, behind = (before - there).total_seconds(), (after - there).total_seconds()
    return ahead if ahead > 0 else min(behind, 0.0)


def complaint(database: Database, own: Clock = clock.now) -> str | None:
    """Return what to say of our clock, None where it is right. Raises DatabaseUnavailable."""
    seconds = off_by(database, own)
    if abs(seconds) <= MOST_SECONDS:
        return None
    return f"the clock of this host is {abs(seconds):.0f} s {_WAY[seconds > 0]} the database's. {CURE}"


def wait_until_right(look: Callable[[], str | None], pause: Callable[[], object]) -> None:
    """Return when our clock is right; ``look`` says what is wrong with it, and is asked after each pause."""
    said = False
    while True:
        try:
            wrong = look()
        except DatabaseUnavailable as error:
            wrong = error.what
        if wrong is None:
            return
        if not said:
            log.error("nothing is taken from the queue until this is fixed: %s", wrong)
        said = True
        pause()


def pause(seconds: float) -> None:
    """Wait, looking at no clock: ours is wrong, and may be set meanwhile."""
    select.select([], [], [], seconds)


_WAY = {True: "ahead of", False: "behind"}
