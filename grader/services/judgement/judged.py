"""What people decided on an assignment's submissions, as far as scores go.

Which parts a person judges, and whether bonus is capped, is what the live tests' ``assignment.toml`` says,
also for submissions that older tests graded: to change them nothing need be graded again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grader import model
from grader.arithmetic import scoring
from grader.arithmetic.scoring import Total
from grader.database.db import Session
from grader.database.store import courses, judgement, submissions
from grader.database.tables import AssignmentRow, Grading, Override
from grader.model import Given
from grader.services.courses import suites


@dataclass(frozen=True)
class Judged:
    """Decisions by submission. ``asked`` is None before there are tests."""

    asked: model.Assignment | None
    given: Mapping[int, tuple[Given, ...]]
    overrides: Mapping[int, Override]

    def total(self, submission_id: int, tests: float, most: float) -> Total:
        """Return what tests and people gave a submission; `most`: what the tests could give."""
        if self.asked is None:
            return Total(tests, most)
        return scoring.total(self.asked, tests, most, self.given.get(submission_id, ()))

    def waits(self, submission_id: int) -> tuple[model.Manual, ...]:
        """Return the parts that are not graded yet; none where somebody set the total by hand."""
        if submission_id in self.overrides:
            return ()
        return self.total(submission_id, 0.0, 0.0).waits


def of_assignment(session: Session, assignment: AssignmentRow) -> Judged:
    """Return the decisions on all submissions of an assignment, in as many questions for one as for all."""
    asked = live(session, assignment)
    given = judgement.given(session, assignment.id) if asked and asked.manual else {}
    return Judged(asked, given, submissions.overrides(session, assignment.id))


def live(session: Session, assignment: AssignmentRow) -> model.Assignment | None:
    """Return what the live tests ask for; None before there are any."""
    row = courses.suite(session, assignment.live_suite_id) if assignment.live_suite_id else None
    return suites.asked(session, row) if row else None


def sheet(session: Session, grading: Grading) -> tuple[model.Assignment, tuple[Given, ...]]:
    """Return what a grading's tests ask for, with the parts that people judge, and the points they gave."""
    own = suites.asked(session, grading.suite)
    if not grading.live:
        return own, ()
    assignment = grading.submission.assignment
    now = live(session, assignment) or own
    asked = replace(own, manual=now.manual, bonus_cap=now.bonus_cap)
    if not asked.manual:
        return asked, ()
    return asked, judgement.given(session, assignment.id, grading.submission_id).get(
        grading.submission_id, ()
    )
