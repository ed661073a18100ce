"""The life of a grading: queued, sent, claimed, kept alive, recorded, or given up as our fault.

The row is the truth and the queue only delivers: a message lost is sent again by the sweep, a message
too many claims nothing. A claim raises ``attempt``, and only the last claim may write, so the late answer
of a lost worker is refused. Never a zero for our fault: after some tries the status is ``internal_error``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from grader import model
from grader.arithmetic import scoring
from grader.database import report_rows
from grader.database.db import Session
from grader.database.store import audit, files, regrades
from grader.database.store import gradings as store
from grader.database.store import submissions as submission_store
from grader.database.tables import Grading, GradingKind, Queue, Regrade, SubmissionRow, SuiteRow
from grader.errors import Conflict
from grader.model import Report, Status, bounds
from grader.model.language import _
from grader.services.act import Act
from grader.services.courses import suites

TRIES = 3
# Doubling stops here: a message lost twelve times over is a broker that is away, and it will come back.
LONGEST_BACK_OFF = timedelta(hours=1)
DEVICES: Mapping[str, str] = {"cpu": "cpu", "gpu": "cuda"}
SWEEP = "sweep"


@dataclass(frozen=True)
class Pace:
    """How long things may take: settings, so that tests can be quick."""

    lease: timedelta = timedelta(seconds=60)
    resend: timedelta = timedelta(seconds=60)
    sweep_limit: int = 200


@dataclass(frozen=True)
class Claim:
    """What a worker needs; ``attempt`` goes with all it says. ``only``: functions to test, none: all."""

    grading_id: int
    attempt: int
    kind: GradingKind
    submission_id: int
    submission: model.Submission
    suite: model.Suite
    device: str
    seed: int
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Address:
    """Where a grading's message goes: ``interactive.cpu`` and the like."""

    grading_id: int
    queue: str


class GivenUp(StrEnum):
    """What became of a grading that failed by our fault."""

    AGAIN = "again"
    FOR_GOOD = "for_good"
    NOT_YOURS = "not_yours"


def enqueue(
    session: Session,
    submission: SubmissionRow,
    suite: SuiteRow,
    kind: GradingKind,
    queue: Queue,
    *,
    device: str,
    seed: int,
    now: datetime,
    tries: int = TRIES,
    pace: Pace = Pace(),
) -> Grading:
    """Add a waiting grading. An interactive one is taken as sent: the caller sends it after the commit.

    Others are sent by the sweep, as many at a time as there is room for.
    """
    sent = queue is Queue.INTERACTIVE
    grading = Grading(
        submission=submission,
        suite=suite,
        kind=kind,
        live=kind is GradingKind.SUBMISSION,
        queue=queue,
        device=device,
        seed=seed,
        allowed=tries,
        queued_at=now,
        send_after=now + pace.resend if sent else now,
        sent_at=now if sent else None,
        sends=int(sent),
    )
    session.add(grading)
    session.flush()
    return grading


def enqueue_many(
    session: Session,
    submissions: Sequence[tuple[int, int]],
    regrade: Regrade,
    *,
    device: str,
    now: datetime,
    tries: int = TRIES,
) -> None:
    """Add a regrade's gradings, by submission and seed; quick, since others wait to write."""
    common = {
        "suite_id": regrade.suite_id,
        "regrade_id": regrade.id,
        "kind": GradingKind.REGRADE,
        "live": False,
        "queue": Queue.REGRADE,
        "device": device,
        "allowed": tries,
        "queued_at": now,
        "send_after": now,
    }
    store.add_many(
        session, [common | {"submission_id": number, "seed": seed} for number, seed in submissions]
    )


def address(grading: Grading) -> Address:
    """Return where a grading's message goes."""
    return Address(grading.id, f"{grading.queue.value}.{grading.device}")


def unsent(session: Session, grading_id: int, *, now: datetime) -> None:
    """Say that sending failed: the next sweep tries again at once."""
    store.send_now(session, [grading_id], now)


def claim(
    session: Session, grading_id: int, worker: str, *, now: datetime, pace: Pace = Pace()
) -> Claim | None:
    """Take a grading, or None when there is nothing to do: it runs elsewhere, is done or was given up."""
    row = store.claim(session, grading_id, worker, now, now + pace.lease)
    if row is None:
        return None
    store.replace_cases(session, grading_id, [])
    return Claim(
        grading_id=row.id,
        attempt=row.attempt,
        kind=row.kind,
        submission_id=row.submission_id,
        submission=model.Submission(files.of_submission(session, row.submission_id)),
        suite=suites.suite(session, row.suite),
        device=DEVICES[row.device],
        seed=row.seed,
        only=tuple(row.only),
    )


def heartbeat(session: Session, grading_id: int, attempt: int, *, now: datetime, pace: Pace = Pace()) -> bool:
    """Keep a grading for another lease. False: it is somebody else's now, and the work can stop."""
    return store.change_held(session, grading_id, attempt, {"lease_until": now + pace.lease})


def note_case(session: Session, grading_id: int, attempt: int, case: model.CaseResult) -> bool:
    """Show one case while the grading runs. False: it is somebody else's now."""
    shown = bounds.cut_case(case)
    return store.add_case(session, grading_id, attempt, report_rows.case_columns(grading_id, 0, shown))


def note_cell(session: Session, grading_id: int, attempt: int, cell: int, total: int) -> bool:
    """Show which cell of a notebook runs now. False: it is somebody else's now."""
    said = {"code": "cell_running", "values": {"cell": cell, "total": total}}
    return store.change_held(session, grading_id, attempt, {"notes": [said]})


def record(
    session: Session, grading_id: int, attempt: int, report: Report, *, now: datetime, pace: Pace = Pace()
) -> bool:
    """Keep a report, its cases and its score. False: the answer came too late, and nothing was changed.

    A report that says ``internal_error`` is one more try that failed by our fault. What is kept is within
    the bounds of a report, whoever made it.
    """
    report = bounds.cut(report)
    if report.status is not Status.GRADED:
        outcome = give_up(session, grading_id, attempt, report.why, now=now, pace=pace)
        return outcome is not GivenUp.NOT_YOURS
    row = submission_store.grading(session, grading_id)
    if row is None:
        return False
    score = scoring.score(suites.asked(session, row.suite), report)
    values: dict[str, Any] = report_rows.grading_columns(report) | {
        "score": score.score if score else None,
        "max_score": score.max_score if score else None,
        "finished_at": now,
        "lease_until": None,
    }
    if not store.change_held(session, grading_id, attempt, values):
        return False
    rows = [report_rows.case_columns(grading_id, place, case) for place, case in enumerate(report.cases)]
    store.replace_cases(session, grading_id, rows)
    session.expire(row)
    return True


def give_up(
    session: Session, grading_id: int, attempt: int, why: str, *, now: datetime, pace: Pace = Pace()
) -> GivenUp:
    """Say that an attempt failed by our fault: it is tried again, or was the last one."""
    row, why = submission_store.grading(session, grading_id), bounds.cut_text(why)
    if row is None or not store.change_held(session, grading_id, attempt, {"lease_until": None, "why": why}):
        return GivenUp.NOT_YOURS
    session.refresh(row)
    return _failed(session, row, why, now, now + _back_off(row.attempt, pace))


def hand_back(session: Session, grading_id: int, attempt: int, *, now: datetime) -> bool:
    """Return a grading unfinished and at no fault, as at a worker's shutdown: it costs no try."""
    values = {
        "status": Status.QUEUED,
        "lease_until": None,
        "worker": None,
        "send_after": now,
        "allowed": Grading.allowed + 1,
    }
    if not store.change_held(session, grading_id, attempt, values):
        return False
    store.replace_cases(session, grading_id, [])
    return True


def retry(act: Act, grading: Grading) -> None:
    """Queue a grading anew that we gave up, with as many tries as at first. The caller sends it.

    Raises Conflict when it was not given up.
    """
    if grading.status is not Status.INTERNAL_ERROR:
        raise Conflict(_("only a grading that failed can be repeated"), cure=_("Regrade it instead."))
    grading.status, grading.finished_at = Status.QUEUED, None
    grading.allowed = grading.attempt + TRIES
    grading.queued_at = grading.send_after = act.now
    grading.sends = 0
    course = grading.submission.assignment.course_id
    audit.note(act.session, act.now, act.actor, "grading.retried", f"grading:{grading.id}", course_id=course)


def hand_back_all(session: Session, worker: str, *, now: datetime) -> int:
    """Return everything that a worker still holds, when it has stopped; returns how many."""
    held = store.held_by(session, worker)
    return sum(hand_back(session, grading_id, attempt, now=now) for grading_id, attempt in held)


def sweep(
    session: Session, *, now: datetime, pace: Pace = Pace(), room: Mapping[str, int] | None = None
) -> tuple[Address, ...]:
    """Take gradings from silent workers, and return what is to be sent (again) after the commit.

    ``room``: how many messages each queue, such as ``regrade.cpu``, may still take; those not named take
    up to the limit. However many wait, no more than ``sweep_limit`` go out for each queue at a time, and
    one that was sent waits twice as long each time before it is sent again.
    """
    regrades.forget_ended(session)
    for row in store.expired(session, now, pace.sweep_limit):
        _failed(session, row, f"the worker {row.worker or ''} fell silent while grading", now, now)
    sent: list[Address] = []
    for queue in Queue:
        for device in DEVICES:
            free = (room or {}).get(f"{queue.value}.{device}", pace.sweep_limit)
            for row in store.to_send(session, now, queue, device, max(0, min(free, pace.sweep_limit))):
                row.sent_at, row.sends = now, row.sends + 1
                row.send_after = now + _back_off(row.sends, pace)
                sent.append(address(row))
    session.flush()
    return tuple(sent)


def may_sweep(session: Session, holder: str, *, now: datetime, lasts: timedelta) -> bool:
    """Say whether this process is the one that sweeps now; nobody else may until the lease is over."""
    return store.take_lease(session, SWEEP, holder, now, now + lasts)


def _back_off(times: int, pace: Pace) -> timedelta:
    doubled: timedelta = pace.resend * (1 << min(max(times - 1, 0), 16))
    return min(doubled, max(LONGEST_BACK_OFF, pace.resend))


def _failed(session: Session, row: Grading, why: str, now: datetime, again_at: datetime) -> GivenUp:
    """Queue a grading again, or end it when its tries are used up; then the student's attempt is free."""
    store.replace_cases(session, row.id, [])
    row.lease_until = None
    row.why = why
    if row.attempt < row.allowed:
        row.status, row.send_after, row.sends = Status.QUEUED, again_at, 0
        session.flush()
        return GivenUp.AGAIN
    row.status, row.finished_at = Status.INTERNAL_ERROR, now
    if row.live:
        store.give_back_attempt(session, row.submission_id)
    if row.trial_id is None:
        course, after = row.submission.assignment.course_id, {"why": why, "attempts": row.attempt}
        audit.note(session, now, None, "grading.given_up", f"grading:{row.id}", course_id=course, after=after)
    session.flush()
    return GivenUp.FOR_GOOD
