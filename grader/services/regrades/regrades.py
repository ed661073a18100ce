"""Regrading: old submissions under another version of the tests, in the background, then made live or not.

A regrade is a row, and its runs are gradings that name it: workers take them from the queue ``regrade``
once no hand-in waits. Whatever is killed meanwhile, the rows say what is left to do. Nothing that a student
sees changes before somebody makes the regrade live, and then all of it changes in one transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grader.arithmetic import seeds
from grader.arithmetic.regrade_diff import Way
from grader.database.db import Session
from grader.database.store import audit
from grader.database.store import gradings as grading_store
from grader.database.store import regrades as store
from grader.database.tables import AssignmentRow, Regrade, RegradeState, SubmissionRow, SuiteRow, User
from grader.errors import Conflict, NotFound
from grader.model import Device
from grader.model.language import N_, _
from grader.services.act import Act
from grader.services.courses import suites
from grader.services.grading import gradings
from grader.services.grading.gradings import Pace
from grader.services.people import access
from grader.services.regrades import choosing, comparisons
from grader.services.regrades.choosing import SubmissionChoice
from grader.services.regrades.regrade_progress import progress

# So many are sent at once, enough for two cores until the sweep's next round, which sends the others.
SENT_AT_ONCE = 128
EVERYTHING = SubmissionChoice()
PACE = Pace()
UNDECIDED = (RegradeState.RUNNING, RegradeState.PAUSED, RegradeState.DONE)
# What keeps a regrade from a step, by the state it is in.
_WHY: Mapping[RegradeState, tuple[str, str]] = {
    RegradeState.RUNNING: (N_("is still running"), N_("Wait until it finishes, or pause or cancel it.")),
    RegradeState.PAUSED: (N_("is paused"), N_("Continue it first, or cancel it.")),
    RegradeState.DONE: (N_("has finished"), N_("Make it live, or discard it.")),
    RegradeState.CANCELLED: (N_("was cancelled"), N_("Start another.")),
    RegradeState.LIVE: (N_("is already live"), N_("To change scores again, start another.")),
    RegradeState.DROPPED: (N_("was discarded"), N_("Start another.")),
}


@dataclass(frozen=True)
class StartedRegrade:
    """A new regrade. ``first``: the gradings to send after the commit; the sweep sends the others."""

    regrade: Regrade
    first: tuple[int, ...]


def start(
    act: Act,
    assignment: AssignmentRow,
    suite: SuiteRow,
    choice: SubmissionChoice = EVERYTHING,
    *,
    secret: bytes,
    tries: int = gradings.TRIES,
    pace: Pace = PACE,
) -> StartedRegrade:
    """Queue a grading of every submission chosen. Raises UsageError when there is none.

    Raises Conflict while the same choice under the same tests awaits its end or a decision.
    """
    store.lock_assignment(act.session, assignment.id)
    _refuse_twice(act.session, assignment, suite, choice)
    found = choosing.chosen(act.session, assignment, choice)
    row = Regrade(
        assignment=assignment,
        suite=suite,
        which=choice.which,
        students=list(choice.students),
        only=choice.only,
        chosen=len(found),
        created_at=act.now,
        created_by_id=act.actor.id if act.actor else None,
    )
    act.session.add(row)
    act.session.flush()
    _enqueue(act.session, row, found, secret, act.now, tries)
    first = store.first(act.session, row.id, SENT_AT_ONCE)
    grading_store.note_sent(act.session, first, act.now, act.now + pace.resend)
    about = {"suite": suite.id, "digest": suite.digest, "submissions": len(found)}
    _note(act, row, "started", about | _words(choice))
    return StartedRegrade(row, tuple(first))


def _refuse_twice(
    session: Session, assignment: AssignmentRow, suite: SuiteRow, choice: SubmissionChoice
) -> None:
    row = alike(session, assignment, suite, choice)
    if row is not None:
        state = progress(session, row).state
        raise Conflict(
            _(
                "regrade %(number)s has the same submissions and tests, and %(why)s",
                number=row.id,
                why=_(_WHY[state][0]),
            ),
            where=assignment.slug,
            cure=_(_WHY[state][1]),
        )


def alike(
    session: Session, assignment: AssignmentRow, suite: SuiteRow, choice: SubmissionChoice
) -> Regrade | None:
    """Return the undecided regrade of this very choice under these tests."""
    for row in store.of_assignment(session, assignment.id):
        same = row.suite.digest == suite.digest and choice_of(row) == choice
        if same and row.state in UNDECIDED:
            return row
    return None


def choice_of(row: Regrade) -> SubmissionChoice:
    """Return which submissions a regrade is of."""
    return SubmissionChoice(row.which, tuple(row.students), row.only)


def _enqueue(
    session: Session, row: Regrade, found: Iterable[SubmissionRow], secret: bytes, now: datetime, tries: int
) -> None:
    asked, digest = suites.asked(session, row.suite), row.suite.digest
    device = "gpu" if asked.device is Device.GPU else "cpu"
    numbers = [(each.id, seeds.of_digests(secret, digest, each.digest, asked.seeds)) for each in found]
    gradings.enqueue_many(session, numbers, row, device=device, now=now, tries=tries)


def regrade(session: Session, user: User, regrade_id: int) -> Regrade:
    """Return a regrade of a course whose staff the user is on. Raises NotFound, NotAllowed."""
    row = store.regrade(session, regrade_id)
    if row is None or access.role_in(session, user, row.assignment.course_id) is None:
        raise NotFound(
            _("there is no such regrade"), where=str(regrade_id), cure=_("Look at the assignment's list.")
        )
    access.require_staff(session, user, row.assignment.course_id)
    return row


def pause(act: Act, row: Regrade) -> None:
    """Let nobody begin another of its gradings; those that run go on. Raises Conflict unless it runs."""
    _require(act.session, row, RegradeState.RUNNING)
    _change(act.session, row, (RegradeState.RUNNING,), RegradeState.PAUSED)
    _note(act, row, "paused")


def resume(act: Act, row: Regrade) -> None:
    """Go on after a pause. Raises Conflict unless it is paused."""
    _require(act.session, row, RegradeState.PAUSED)
    _change(act.session, row, (RegradeState.PAUSED,), RegradeState.RUNNING)
    store.send_all_now(act.session, row.id, act.now)
    _note(act, row, "continued")


def cancel(act: Act, row: Regrade) -> None:
    """End it before its time: what was not begun never will be, and no score changes."""
    _require(act.session, row, RegradeState.RUNNING, RegradeState.PAUSED)
    _end(act, row, store.OPEN, RegradeState.CANCELLED)
    _note(act, row, "cancelled")


def drop(act: Act, row: Regrade) -> None:
    """Decide against it: every score stays as it is. Raises Conflict unless it is through."""
    _require(act.session, row, RegradeState.DONE)
    _end(act, row, store.OPEN, RegradeState.DROPPED)
    _note(act, row, "dropped")


def retry(act: Act, row: Regrade) -> None:
    """Grade once more what could not be graded. Raises Conflict where that is nothing."""
    _require(act.session, row, RegradeState.DONE)
    lost = store.lost(act.session, row.id)
    if not lost:
        raise Conflict(
            _("everything in regrade %(number)s was graded", number=row.id), where=row.assignment.slug
        )
    for each in lost:
        gradings.retry(act, each)
    _note(act, row, "retried", {"submissions": len(lost)})


def basis(session: Session, assignment: AssignmentRow) -> str:
    """Return what a comparison of this moment is with: another basis, and it holds no more."""
    return f"{assignment.live_suite_id or 0}.{store.last_live(session, assignment.id)}"


def make_live(act: Act, row: Regrade, *, seen: str) -> comparisons.Comparison:
    """Let its scores be the submissions' scores and its tests the live ones, all at once; return the change.

    ``seen`` is the basis of the comparison that somebody decided on. What could not be graded keeps its
    score, and so does what a person set. Raises Conflict unless the regrade is through, and when other
    scores or tests were made live since.
    """
    store.lock_assignment(act.session, row.assignment_id)
    act.session.refresh(row.assignment)
    act.session.refresh(row)
    _require(act.session, row, RegradeState.DONE)
    if seen != basis(act.session, row.assignment):
        raise Conflict(
            _("other tests or another regrade went live meanwhile, so these are not the changes you saw"),
            where=_("regrade %(number)s", number=row.id),
            cure=_("Nothing was changed. Look at the changes again, then decide."),
        )
    change = comparisons.sums(act.session, row)
    before: dict[str, Any] = {"suite": row.assignment.live_suite_id}
    store.make_live(act.session, row.id)
    _end(act, row, store.OPEN, RegradeState.LIVE)
    row.assignment.live_suite_id = row.suite_id
    numbers = {way.value: change.numbers[way] for way in (Way.UP, Way.DOWN, Way.SAME, Way.LOST)}
    after = {"suite": row.suite_id, **numbers, "by_hand": change.by_hand}
    _note(act, row, "made_live", after, before=before)
    act.session.flush()
    return change


def _require(session: Session, row: Regrade, *states: RegradeState) -> None:
    found = progress(session, row)
    if found.state not in states:
        said, cure = map(_, _WHY[found.state])
        left = found.running + found.waiting
        if left and found.state in store.OPEN:
            said = _(
                "%(said)s: %(left)s of %(total)s are not graded yet", said=said, left=left, total=found.total
            )
        raise _refusal(row, said, cure)


def _change(
    session: Session, row: Regrade, before: Iterable[RegradeState], after: RegradeState, **columns: Any
) -> None:
    """Change the state unless somebody was faster."""
    changed = store.change_state(session, row.id, before, after, **columns)
    session.refresh(row)
    if not changed:
        raise _refusal(row, *map(_, _WHY[row.state]))


def _refusal(row: Regrade, said: str, cure: str) -> Conflict:
    return Conflict(
        _("regrade %(number)s %(said)s", number=row.id, said=said), where=row.assignment.slug, cure=cure
    )


def _end(act: Act, row: Regrade, before: Iterable[RegradeState], after: RegradeState) -> None:
    _change(
        act.session, row, before, after, ended_at=act.now, ended_by_id=act.actor.id if act.actor else None
    )
    store.forget_ended(act.session)


def _words(choice: SubmissionChoice) -> dict[str, Any]:
    return {"which": choice.which.value, "students": list(choice.students), "only": choice.only}


def _note(
    act: Act,
    row: Regrade,
    action: str,
    after: Mapping[str, Any] | None = None,
    *,
    before: Mapping[str, Any] | None = None,
) -> None:
    about, course = f"regrade:{row.id}", row.assignment.course_id
    audit.note(
        act.session,
        act.now,
        act.actor,
        f"regrade.{action}",
        about,
        course_id=course,
        before=before,
        after=after,
    )
