"""The words that columns hold."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a course."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"


class GradingKind(StrEnum):
    """Why a grading is run. Drafts are never in a gradebook."""

    SUBMISSION = "submission"
    REGRADE = "regrade"
    DRAFT = "draft"


class Queue(StrEnum):
    """How urgent a grading is: somebody waits for it, or nobody does."""

    INTERACTIVE = "interactive"
    REGRADE = "regrade"


QUEUE_DEVICES = ("cpu", "gpu")
# All queues, the urgent first: a worker takes from a later one only when the earlier are empty.
QUEUES = tuple(f"{queue.value}.{device}" for queue in Queue for device in QUEUE_DEVICES)


class RegradeState(StrEnum):
    """Where a regrade stands. ``DONE`` awaits a decision; the last three are for good."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"
    LIVE = "live"
    DROPPED = "dropped"


class Which(StrEnum):
    """Which of each student's, or team's, submissions are graded again."""

    ALL = "all"
    LATEST = "latest"
    BEST = "best"


class Forgetting(StrEnum):
    """What is deleted when a student is forgotten: all submissions, or files and texts but not the scores."""

    EVERYTHING = "everything"
    TEXTS = "texts"


class TrialKind(StrEnum):
    """What a draft is tried on: one submission, its samples, these under several seeds, or known mistakes."""

    TRY = "try"
    VERIFY = "verify"
    SEEDS = "seeds"
    PROVE = "prove"


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class RequestState(StrEnum):
    """What became of a regrade request."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
