"""Dispatchers for tests of the web: one that keeps what was sent, one that grades at once."""

from grader.model import CaseResult, Fact, Report, Status, Verdict
from grader.services.grading import gradings
from tests.classroom import NOW

PASSWORD = "correct horse battery"


class Kept:
    """Sends nothing; remembers what it was asked to send."""

    def __init__(self):
        self.sent = []

    def send(self, grading_id):
        self.sent.append(grading_id)


def claim(database, grading_id, now=NOW):
    """Take a grading as a worker does."""
    with database.transaction() as session:
        return gradings.claim(session, grading_id, "w", now=now)


def record(database, claimed, cases, now=NOW, **more):
    """Record a report of these cases as a worker does."""
    whole = Report(
        assignment=claimed.suite.assignment.slug,
        suite=claimed.suite.digest,
        submission=claimed.submission.digest,
        device=claimed.device,
        seed=claimed.seed,
        **({"status": Status.GRADED, "cases": tuple(cases)} | more),
    )
    with database.transaction() as session:
        assert gradings.record(session, claimed.grading_id, claimed.attempt, whole, now=now)


def case(function, name, verdict=Verdict.PASSED, fact=None, **more):
    """Return a case result."""
    wrong = Fact("not_close", {"name": name, "difference": 0.031, "index": [2, 0], "allowed": 1e-4})
    fact = fact or (Fact("ok") if verdict is Verdict.PASSED else wrong)
    return CaseResult(f"{function}/t/{name}", name, function, verdict, fact, **more)


RIGHT = (case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1"), case("MLP.backward", "dJdb1"))
WRONG = (
    case("MLP.forward", "y_hat"),
    case("MLP.backward", "dJdW1", Verdict.FAILED),
    case("MLP.backward", "dJdb1"),
)
