"""Regrading: old submissions under another version of the tests, in the background, then made live or not."""

from datetime import datetime

from grader import seeds
from grader.db import Session
from grader.errors import Conflict
from grader.model import Device, Status
from grader.services import gradings, suites
from grader.store import audit
from grader.store import submissions as store
from grader.tables import Assignment, Suite, User


def start(
    session: Session,
    assignment: Assignment,
    suite: Suite,
    *,
    secret: bytes,
    now: datetime,
    actor: User | None,
) -> int:
    """Queue a grading of every submission under `suite`; return how many. The sweep sends them."""
    device = "gpu" if suites.asked(session, suite).device is Device.GPU else "cpu"
    found = [handed for handed, _ in store.of_assignment(session, assignment.id)]
    gradings.enqueue_many(
        session,
        [(each.id, seeds.of_digests(secret, suite.digest, each.digest)) for each in reversed(found)],
        suite,
        device=device,
        now=now,
    )
    _note(session, assignment, "regrade.started", now, actor, {"suite": suite.id, "submissions": len(found)})
    return len(found)


def make_live(
    session: Session, assignment: Assignment, suite: Suite, *, now: datetime, actor: User | None
) -> int:
    """Let the scores under `suite` be the submissions' scores, all at once; return how many changed.

    A submission that has no graded run under it keeps its score. Raises Conflict while some still run.
    """
    runs = store.regrades(session, suite.id)
    if any(each.status in (Status.QUEUED, Status.RUNNING) for each in runs):
        raise Conflict("the regrade still runs", cure="Wait until it is through.")
    latest = {each.submission_id: each for each in runs if each.status is Status.GRADED}
    changed = 0
    for run in latest.values():
        old = store.live_grading(session, run.submission_id)
        if old is not run:
            changed += old is None or old.score != run.score
            if old is not None:
                old.live = False
            run.live = True
    assignment.live_suite_id = suite.id
    _note(session, assignment, "regrade.made_live", now, actor, {"suite": suite.id, "changed": changed})
    return changed


def _note(
    session: Session,
    assignment: Assignment,
    action: str,
    now: datetime,
    actor: User | None,
    after: dict[str, object],
) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(session, now, actor, action, about, course_id=assignment.course_id, after=after)
