"""Who waits how long for whom, in seconds: from the box outwards, each longer than what it waits for.

    box < keeper < examiner < engine < queue         a lease is kept alive meanwhile, by beats

Whoever loses patience first tells the story. Is it the keeper, who sees the box, the submission made us wait
and pays for it; were it anybody further out, nobody could say whose fault it is, and the student's attempt
would come back. So nothing on this way has a time-out of its own: steps stand here, and sums of them.

Limits count CPU seconds, and behind each is a *net* of wall clock (worker/wire/metering.py). Everybody waits
by the clock, so all sums here are of nets.

A *step* is what one thing may take on a machine that is busy; ``MARGIN`` is what each sum has on top of the
worst that it waits for.
"""

from collections.abc import Iterable

MARGIN = 5.0

STEP_NET = 4.0
"""A test, or an import, may take so many times its CPU seconds by the clock."""
WHOLE_NET = 2.0
"""All tests of an exam together may take so many times their CPU seconds."""
STRETCH = 2.0
"""A net is stretched so many times at most where others kept a box from a processor."""
LOOK = 0.05
"""How often it is looked at least whether a box has used its CPU seconds, when few are left."""

# Steps of the box, which the keeper waits for.
FORK = 8.0
"""A checkpoint forks a session and the session says hello. The clock of the whole box cuts it short.

Less than what the box itself has to send a word: the keeper says that the session is late.
"""
JOB = 10.0
"""The first process of a box takes its job, before it has seen a byte of the submission."""
STATUS = 0.5
"""A checkpoint says how its session ended; its word only serves to name a crash."""
EXIT = 0.5
"""A process that ends closes its sockets some milliseconds before it is gone."""
DEATH = 5.0
"""A killed box is gone with all its processes and its memory."""

# Steps of ours.
ORDER = 10.0
"""The warm process forks a box."""
SEND = 10.0
"""One of our processes takes a message of another."""
CONNECT = 5.0
"""A zygote or a host takes a connection."""
COLLECT = 60.0
"""pytest collects a suite version that is new to the examiner."""
SEARCH = 60.0
"""The examiner looks for the mistakes of a submission: bounded by what it calculates, not by a clock."""
START = 120.0
"""A zygote imports torch, and packages for data and plots where it is to, and is ready."""
LEAVE = 60.0
"""A process waits for the first word on a connection that another of ours has made."""

LEAST = 0.001
"""What a wait has whose time is over, so that it sees what is there already."""

ANSWER = START + 2 * MARGIN + 80.0
"""A host of zygotes answers: several times what starting takes, since a cold disk may hold torch."""

TRIES = 3
"""How often a sitting is begun: two warm processes may be gone, and be noticed one after the other."""


def step_net(seconds: float) -> float:
    """Return how long by the clock an import or a test of so many CPU seconds may take."""
    return STEP_NET * seconds


def whole_net(seconds: float) -> float:
    """Return how long by the clock the tests of an exam of so many CPU seconds may take together."""
    return WHOLE_NET * seconds


def box(import_seconds: float, total_seconds: float) -> float:
    """Return how long a box may live: what its import, its tests, and the tests by themselves may take."""
    return STRETCH * (step_net(import_seconds) + 2 * whole_net(total_seconds))


def keeper_load(import_seconds: float) -> float:
    """Return how long a keeper takes at most to say how loading went, from its job on."""
    return ORDER + JOB + STRETCH * step_net(import_seconds) + EXIT + DEATH + SEND


def keeper_answer() -> float:
    """Return how long a keeper takes at most to answer Open or Kill: it may have to end what was before."""
    return EXIT + STATUS + FORK + EXIT + DEATH + SEND


def examiner_load(import_seconds: float) -> float:
    """Return how long the examiner waits for the keeper's word on loading."""
    return keeper_load(import_seconds) + MARGIN


def examiner_answer() -> float:
    """Return how long the examiner waits for the keeper's answer to Open and Kill."""
    return keeper_answer() + MARGIN


def exam(import_seconds: float, total_seconds: float) -> float:
    """Return how long an exam may take before its process is cut off.

    Loading and a first session; what the tests take in the box and, as much again, by themselves; the last
    call, which may begin at the end of the budget and end with a fork and a kill; the search for mistakes.
    """
    loaded = examiner_load(import_seconds) + examiner_answer()
    return loaded + 2 * STRETCH * whole_net(total_seconds) + 2 * examiner_answer() + SEARCH + SEND + MARGIN


def engine(import_seconds: float, total_seconds: float) -> float:
    """Return how long the engine waits for the examiner's last word on one sitting, a new suite included."""
    return exam(import_seconds, total_seconds) + COLLECT + 2 * SEND + MARGIN


def tries(import_seconds: float, total_seconds: float) -> float:
    """Return until when the engine begins a sitting anew whose zygotes are gone, and no longer than that."""
    return engine(import_seconds, total_seconds) + (TRIES - 1) * ANSWER


def sitting(import_seconds: float, total_seconds: float) -> float:
    """Return how long a sitting may take: the last of its tries may begin with zygotes that have to start."""
    return tries(import_seconds, total_seconds) + ANSWER + 2 * CONNECT + 2 * SEND + EXIT + MARGIN


def soft_limit(sittings: Iterable[tuple[float, float]]) -> float:
    """Return when Celery interrupts a grading with these limits (import, total): the engine ends before."""
    return sum(sitting(*each) for each in sittings) + MARGIN


def hard_limit(sittings: Iterable[tuple[float, float]]) -> float:
    """Return when Celery kills the process of a grading that did not heed the interruption."""
    return soft_limit(sittings) + START


def longest(together_seconds: float, files: int) -> tuple[tuple[float, float], ...]:
    """Return limits of files that together take longest: all of it for tests, none for imports."""
    return ((0.0, together_seconds / files),) * files
