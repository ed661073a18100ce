"""What is waited for after Ctrl-C: for how long at most, and what is done then. docs/operator.md shows it.

Nothing else is waited for. Pressed again, nothing is waited for at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Wait:
    """One wait: who waits, for what, for how long, and what is done when that is over."""

    who: str
    what: str
    seconds: float
    then: str


# A worker waits for these one after the other.
GRADINGS = Wait("worker", "running gradings", 20.0, "they return to the queue")
POOL = Wait("worker", "its pool of processes", 15.0, "it is killed")
ROUND = Wait("worker", "its last message to the database", 10.0, "others take over when its leases run out")
# `chainrule serve` waits for these one after the other.
WEB = Wait("serve", "the web server", 10.0, "it is killed")
WORKER = Wait("serve", "the worker", 50.0, "it is killed")
REDIS = Wait("serve", "Redis", 5.0, "it is killed")
# `make demo` waits for `chainrule serve`.
SERVICE = Wait("demo", "the service", 70.0, "it is killed")

WAITS = (GRADINGS, POOL, ROUND, WEB, WORKER, REDIS, SERVICE)


def total_seconds(who: str, waits: Iterable[Wait] = WAITS) -> float:
    """Return how long somebody takes to quit at most."""
    return sum(each.seconds for each in waits if each.who == who)
