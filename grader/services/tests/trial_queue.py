"""What trials are made of: submissions that are put to a draft, and their gradings in the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader import model
from grader.arithmetic import seeds
from grader.database.store import files
from grader.database.store import gradings as grading_store
from grader.database.tables import GradingKind, Queue, SubmissionRow, Trial, TrialKind
from grader.errors import NotFound
from grader.model import Device
from grader.model.language import _
from grader.services.act import Visit
from grader.services.courses import courses, suites
from grader.services.people import access

TRIES = 2
_QUEUES: Mapping[TrialKind, Queue] = {
    TrialKind.TRY: Queue.INTERACTIVE,
    TrialKind.VERIFY: Queue.REGRADE,
    TrialKind.SEEDS: Queue.REGRADE,
    TrialKind.PROVE: Queue.REGRADE,
}


@dataclass(frozen=True)
class TrialHandIn:
    """What a draft is put to: new files, or a submission that is there already by its number.

    ``only``: the functions whose tests are run, none: all; ``shows``: what it must show, as plain data.
    ``number``: under which seed of the pool, None: the one that follows from its files.
    """

    name: str
    what: model.Submission | int
    only: tuple[str, ...] = ()
    shows: Mapping[str, object] = field(default_factory=dict)
    number: int | None = None


def enqueue(act: Visit, row: Trial, hand_ins: Sequence[TrialHandIn], secret: bytes) -> None:
    """Add a waiting grading of each hand-in, with the submissions that are new."""
    handed_in = _submissions(act, row, hand_ins)
    asked = suites.asked(act.session, row.suite)
    common: dict[str, Any] = {
        "suite_id": row.suite_id,
        "trial_id": row.id,
        "kind": GradingKind.DRAFT,
        "live": False,
        "queue": _QUEUES[row.kind],
        "device": "gpu" if asked.device is Device.GPU else "cpu",
        "allowed": TRIES,
        "queued_at": act.now,
        "send_after": act.now,
    }
    rows = [
        common
        | {
            "submission_id": made.id,
            "place": place,
            "only": list(each.only),
            "seed": seeds.of_digests(secret, row.suite.digest, made.digest, asked.seeds)
            if each.number is None
            else seeds.numbered(secret, row.suite.digest, each.number),
        }
        for place, (each, made) in enumerate(zip(hand_ins, handed_in, strict=True))
    ]
    grading_store.add_many(act.session, rows)


def _submissions(act: Visit, row: Trial, hand_ins: Sequence[TrialHandIn]) -> list[SubmissionRow]:
    """Return the submissions; what is put to several seeds is one."""
    made: dict[str, SubmissionRow] = {}
    found = []
    for each in hand_ins:
        again = made.get(each.name) if each.number is not None else None
        made[each.name] = again or _submission(act, row, each)
        found.append(made[each.name])
    return found


def _submission(act: Visit, row: Trial, each: TrialHandIn) -> SubmissionRow:
    if isinstance(each.what, int):
        found = access.submission(act.session, act.actor, each.what)
        if found.assignment_id != row.assignment_id:
            raise NotFound(
                _("this was submitted for another assignment"),
                where=_("submission %(number)s", number=found.id),
            )
        return found
    contents = each.what.files
    made = SubmissionRow(
        assignment_id=row.assignment_id,
        user_id=act.actor.id,
        digest=each.what.digest,
        received_at=act.now,
        size_bytes=sum(map(len, contents.values())),
        draft=True,
        counted=False,
    )
    act.session.add(made)
    act.session.flush()
    new = files.add_submission_files(act.session, made.id, contents)
    courses.take_storage(act.session, row.assignment.course_id, new)
    return made
