"""Trials: a draft is kept as a suite and put to hand-ins, as gradings of kind ``draft`` through the queue.

What its files say is read here; everything of them that runs, runs in the sandbox of a worker. The texts of
hand-ins with known mistakes come from the reference, which runs nothing of the draft either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.database.db import Session
from grader.database.store import audit, files, forgetting
from grader.database.store import courses as course_store
from grader.database.store import drafts as store
from grader.database.store import gradings as grading_store
from grader.database.tables import (
    AssignmentRow,
    Draft,
    SuiteRow,
    Trial,
    TrialKind,
    TrialState,
    User,
)
from grader.errors import AssignmentError, Conflict, NotFound
from grader.model.language import _
from grader.model.schema import did_you_mean
from grader.services.act import Visit
from grader.services.courses import courses
from grader.services.grading.gradings import Pace
from grader.services.people import access
from grader.services.tests import drafts, trial_queue
from grader.services.tests.drafts import Checked
from grader.services.tests.trial_progress import progress, settled
from grader.services.tests.trial_queue import TrialHandIn
from grader.verifying import proof_file, trial_findings

# As many are sent at once; the sweep sends others as there is room.
SENT_AT_ONCE = 128
# Of each kind, the gradings of so many trials are kept to be looked at, and the findings of so many of all.
KEPT = 3
KEPT_FINDINGS = 20
PACE = Pace()


@dataclass(frozen=True)
class StartedTrial:
    """A new trial. ``first``: the gradings to send after the commit; the sweep sends the others."""

    trial: Trial
    first: tuple[int, ...]


def sound(session: Session, draft: Draft) -> Checked:
    """Return what a draft is. Raises AssignmentError with file and line while it is no suite at all."""
    found = drafts.check(drafts.contents(session, draft), draft.assignment.slug)
    if found.suite is None:
        first = found.problems[0]
        where = _("%(file)s, line %(line)s", file=first.file, line=first.line) if first.line else first.file
        raise AssignmentError(first.what, where=where, cure=first.cure)
    return found


def of_samples(found: Checked) -> list[TrialHandIn]:
    """Return the hand-ins of a verification: all samples, and an empty file."""
    assert found.suite is not None
    expected = trial_findings.expected(found.samples, found.suite.assignment)
    return [TrialHandIn(name, each.submission) for name, each in expected.items()]


def of_seeds(found: Checked, count: int) -> list[TrialHandIn]:
    """Return all samples under each of the first seeds, `count` of them if the pool has as many."""
    assert found.suite is not None
    return [
        TrialHandIn(each.file, each.submission, shows={"seed": number}, number=number)
        for number in range(min(count, found.suite.assignment.seeds))
        for each in found.samples
    ]


def of_proof(found: Checked, make: proof_file.Maker, only: Sequence[str] = ()) -> list[TrialHandIn]:
    """Return the hand-ins of a proof, the accepted samples among them; ``only``: mistakes in these functions.

    Raises AssignmentError where there is no proof, or none of these functions.
    """
    if found.proof is None or found.suite is None:
        cure = _("Put a %(file)s there; the instructor's guide shows what is in it.", file=proof_file.FILE)
        raise AssignmentError(_("the draft has no proof"), where=proof_file.FILE, cure=cure)
    assignment = found.suite.assignment
    for name in only:
        if name not in found.proof.functions:
            cure = did_you_mean(name, found.proof.functions)
            raise AssignmentError(
                _("it has no mistakes for “%(name)s”", name=name), where=proof_file.FILE, cure=cure
            )
    right = proof_file.right_forms(found.samples, assignment)
    made = [*right, *proof_file.hand_ins(found.proof, assignment, make, only)]
    return [
        TrialHandIn(each.name, each.submission, tuple(each.breaks), trial_findings.shows(each))
        for each in made
    ]


def start(
    act: Visit,
    draft: Draft,
    found: Checked,
    kind: TrialKind,
    hand_ins: Sequence[TrialHandIn],
    *,
    secret: bytes,
    soon: bool = True,
) -> StartedTrial:
    """Queue a grading of every hand-in under the draft as it was found to be ``sound``.

    Without `soon` all of them are left to the sweep. Raises Conflict while another trial of the kind runs
    under the very same files, StorageFull.
    """
    suite = _kept(act, draft, found)
    _refuse_twice(act.session, draft.assignment, suite, kind)
    _forget_older(act.session, draft.assignment, kind, act.now)
    row = Trial(
        assignment=draft.assignment,
        suite=suite,
        kind=kind,
        hand_ins=[{"name": each.name, "shows": dict(each.shows)} for each in hand_ins],
        created_at=act.now,
        created_by_id=act.actor.id,
    )
    act.session.add(row)
    act.session.flush()
    trial_queue.enqueue(act, row, hand_ins, secret)
    first = [each.id for each in store.runs(act.session, row.id)[: SENT_AT_ONCE if soon else 0]]
    grading_store.note_sent(act.session, first, act.now, act.now + PACE.resend)
    _note(act, row, "started", {"kind": kind.value, "hand_ins": len(hand_ins)})
    return StartedTrial(row, tuple(first))


def follow(act: Visit, draft: Draft, found: Checked, verified: Trial, count: int, *, secret: bytes) -> None:
    """Try what was put to a verification under several seeds too, in the background, unless that was done.

    What still runs of the kind for other files is cancelled.
    """
    for each in store.trials(act.session, draft.assignment_id):
        if each.kind is not TrialKind.SEEDS or each.state is TrialState.CANCELLED:
            continue
        if each.suite_id == verified.suite_id:
            return
        if each.state is TrialState.RUNNING and progress(act.session, each).state is TrialState.RUNNING:
            cancel(act, each)
    start(act, draft, found, TrialKind.SEEDS, of_seeds(found, count), secret=secret, soon=False)


def _kept(act: Visit, draft: Draft, found: Checked) -> SuiteRow:
    """Return the draft as a suite: the one of the last trial if it was of the same files."""
    last = store.newest_tried(act.session, draft.assignment_id)
    theirs = {name: files.digest(content) for name, content in found.files.items()}
    if last is not None and store.digests_of_suite(act.session, last.id) == theirs:
        return last
    assert found.suite is not None
    row = SuiteRow(
        assignment_id=draft.assignment_id,
        slug=draft.assignment.slug,
        digest=found.suite.digest,
        draft=True,
        created_at=act.now,
        created_by_id=act.actor.id,
    )
    act.session.add(row)
    act.session.flush()
    new = files.add_suite_files(act.session, row.id, found.suite.files, drafts.extras(found))
    courses.take_storage(act.session, draft.assignment.course_id, new)
    return row


def _refuse_twice(session: Session, assignment: AssignmentRow, suite: SuiteRow, kind: TrialKind) -> None:
    for each in store.trials(session, assignment.id):
        same = each.kind is kind and each.suite_id == suite.id
        if kind is not TrialKind.TRY and same and progress(session, each).state is TrialState.RUNNING:
            raise Conflict(
                _("this is already running with the same files"),
                where=_("trial %(number)s", number=each.id),
                cure=_("Look at its page, or cancel it there."),
            )


def _forget_older(session: Session, assignment: AssignmentRow, kind: TrialKind, now: datetime) -> None:
    """Make room for a new trial. The last verification of what is live stays: drafts are compared with it."""
    every = store.trials(session, assignment.id)
    for each in every:
        settled(session, each, now=now)
    same = [each for each in every if each.kind is kind]
    _forget(session, assignment, [each.id for each in same[KEPT - 1 :] if _ended(each)])
    live = _of_live(session, assignment, every)
    old = [each.id for each in every[KEPT_FINDINGS - 1 :] if _ended(each) and each is not live]
    freed = store.forget_trials(session, old)
    forgetting.give_back_storage(session, assignment.course_id, freed)


def _ended(row: Trial) -> bool:
    return row.state is not TrialState.RUNNING


def _of_live(session: Session, assignment: AssignmentRow, every: Sequence[Trial]) -> Trial | None:
    live = course_store.suite(session, assignment.live_suite_id) if assignment.live_suite_id else None
    found = (each for each in every if live is not None and each.suite.digest == live.digest)
    return next((each for each in found if each.kind is TrialKind.VERIFY), None)


def _forget(session: Session, assignment: AssignmentRow, trial_ids: Sequence[int]) -> None:
    freed = store.forget_runs(session, trial_ids)
    forgetting.give_back_storage(session, assignment.course_id, freed)


def trial(session: Session, user: User, trial_id: int) -> Trial:
    """Return a trial of a course whose staff the user is on. Raises NotFound, NotAllowed."""
    row = store.trial(session, trial_id)
    if row is None or access.role_in(session, user, row.assignment.course_id) is None:
        raise NotFound(
            _("there is no such trial"), where=str(trial_id), cure=_("Look at the assignment's tests.")
        )
    access.require_staff(session, user, row.assignment.course_id)
    return row


def latest(session: Session, assignment: AssignmentRow) -> Sequence[Trial]:
    """Return an assignment's last trials, newest first."""
    return store.trials(session, assignment.id)


def cancel(act: Visit, row: Trial) -> None:
    """End a trial before its time. Raises Conflict when it has ended."""
    if not store.end(act.session, row.id, TrialState.CANCELLED, act.now):
        raise Conflict(
            _("the trial has ended"), where=_("trial %(number)s", number=row.id), cure=_("Start another.")
        )
    act.session.refresh(row)
    store.stop(act.session, row.id)
    _note(act, row, "cancelled", {})


def _note(act: Visit, row: Trial, action: str, after: Mapping[str, object]) -> None:
    about, course = f"trial:{row.id}", row.assignment.course_id
    audit.note(act.session, act.now, act.actor, f"trial.{action}", about, course_id=course, after=after)
