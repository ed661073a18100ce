"""Repeating a grading from what its rows keep, and saying what differs."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.database import report_rows
from grader.database.db import Session
from grader.database.store import submissions as store
from grader.errors import Conflict, NotFound
from grader.model import Report, Status, Submission, Suite
from grader.model.language import _
from grader.services.courses import suites
from grader.services.grading import results, submitting


@dataclass(frozen=True)
class Replay:
    """Everything that goes into a grading, and what came out of it."""

    grading_id: int
    submission: Submission
    suite: Suite
    seed: int
    device: str
    before: Report

    def differences(self, after: Report) -> Sequence[str]:
        """Return what differs in another report, in words; times and memory aside."""
        return report_rows.differences(self.before, after)


def replay(session: Session, grading_id: int) -> Replay:
    """Return a grading to be run again. Raises NotFound; Conflict when it has no result or no files."""
    row = store.grading(session, grading_id)
    if row is None:
        raise NotFound(
            _("there is no such grading"),
            where=str(grading_id),
            cure=_("Its number is in the log and, for staff, on the result page."),
        )
    if row.status is not Status.GRADED:
        raise Conflict(
            _(
                "this grading is %(row)s: there is nothing to compare with",
                row=row.status.value.replace("_", " "),
            ),
            where=str(grading_id),
        )
    submission = submitting.contents(session, row.submission)
    if not submission.files:
        raise Conflict(
            _("its files were deleted: the course no longer keeps them, or the student's data was erased"),
            where=str(grading_id),
        )
    return Replay(
        grading_id=row.id,
        submission=submission,
        suite=suites.suite(session, row.suite),
        seed=row.seed,
        device=row.ran_on or "cpu",
        before=results.report(session, row),
    )
