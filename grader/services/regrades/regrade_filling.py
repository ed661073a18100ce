"""Regrades as forms, for programs: the API and the command line say the same."""

from datetime import datetime

from grader.arithmetic.regrade_diff import Change, Comparison, Way
from grader.database.db import Session
from grader.database.store import regrades as store
from grader.database.tables import AssignmentRow, Regrade, SuiteRow
from grader.forms import regrade_structs
from grader.services.regrades import choosing, comparisons, regrade_progress, regrades
from grader.services.regrades.choosing import SubmissionChoice


def regrade(session: Session, row: Regrade, *, now: datetime) -> regrade_structs.RegradeForm:
    """Return a regrade and how far it is."""
    found = regrade_progress.progress(session, row, now=now)
    return regrade_structs.RegradeForm(
        id=row.id,
        assignment=row.assignment.slug,
        course=row.assignment.course.slug,
        suite=row.suite.digest,
        which=row.which.value,
        students=list(row.students),
        only=row.only,
        state=found.state.value,
        total=found.total,
        graded=found.graded,
        lost=found.lost,
        running=found.running,
        waiting=found.waiting,
        newer=store.handed_in_since(session, row.assignment_id, row.created_at),
        seconds_left=found.seconds_left,
    )


def trial(
    session: Session, assignment: AssignmentRow, digest: str, choice: SubmissionChoice
) -> regrade_structs.RegradeForm:
    """Return what a regrade would be of, without starting it. Raises what starting it would."""
    number = len(choosing.chosen(session, assignment, choice))
    return regrade_structs.RegradeForm(
        id=None,
        assignment=assignment.slug,
        course=assignment.course.slug,
        suite=digest,
        which=choice.which.value,
        students=list(choice.students),
        only=choice.only,
        state="",
        total=number,
        graded=0,
        lost=0,
        running=0,
        waiting=number,
        newer=0,
        seconds_left=None,
    )


def undecided(
    session: Session, assignment: AssignmentRow, suite: SuiteRow, choice: SubmissionChoice, *, now: datetime
) -> regrade_structs.RegradeForm | None:
    """Return the regrade of this choice under these tests that still awaits its end or a decision."""
    row = regrades.alike(session, assignment, suite, choice)
    return None if row is None else regrade(session, row, now=now)


def changes(session: Session, row: Regrade) -> regrade_structs.ChangesForm:
    """Return what a regrade changes, with the basis on which it may be made live."""
    return changes_of(row.id, regrades.basis(session, row.assignment), comparisons.comparison(session, row))


def changes_of(number: int, basis: str, found: Comparison) -> regrade_structs.ChangesForm:
    """Return a comparison as a form."""
    return regrade_structs.ChangesForm(
        regrade=number,
        basis=basis,
        points_up=found.points[Way.UP],
        points_down=found.points[Way.DOWN],
        numbers={way.value: number for way, number in found.numbers.items()},
        changes=[_change(each) for each in found.changes],
    )


def _change(change: Change) -> regrade_structs.ChangeForm:
    handed = change.handed
    run = handed.after or handed.before
    return regrade_structs.ChangeForm(
        submission=handed.submission,
        who=handed.who,
        email=handed.email,
        counts=handed.counts,
        way=change.way.value,
        before=handed.before.score if handed.before else None,
        after=handed.after.score if handed.after else None,
        max_score=run.max_score if run else None,
        set_by_hand=handed.set_by_hand,
        points_by_hand=handed.points_by_hand,
        causes=[
            regrade_structs.CauseForm(
                function=each.case.function,
                name=each.case.name,
                before=each.before.value if each.before else None,
                after=each.after.value if each.after else None,
            )
            for each in change.causes
        ],
    )
