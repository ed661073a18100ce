"""What a regrade changes, from the rows: ``grader.arithmetic.regrade_diff`` does the arithmetic."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from grader.arithmetic import regrade_diff
from grader.arithmetic.regrade_diff import Case, Comparison, Handed, Run, Way
from grader.database.db import Session
from grader.database.store import regrades as store
from grader.database.store import submissions
from grader.database.tables import Regrade
from grader.model import Status, Verdict
from grader.services.grading import results

__all__ = ["Comparison", "comparison", "sums"]

_Kept = Sequence[tuple[str, str, str, Verdict]]


def comparison(session: Session, row: Regrade) -> Comparison:
    """Return what a regrade changes, or changed when it was made live; of one that runs, so far.

    Cases are read only of the submissions whose scores change.
    """
    return _compared(session, row, store.runs(session, row), causes=True)


def sums(session: Session, row: Regrade) -> Comparison:
    """Return the same without causes and without saying what counts: for who must be quick."""
    return _compared(session, row, store.runs(session, row), causes=False)


def _compared(session: Session, row: Regrade, rows: Sequence[Any], *, causes: bool) -> Comparison:
    changed = [each for each in rows if causes and _way(each) in (Way.UP, Way.DOWN)]
    verdicts = store.verdicts(
        session, [number for each in changed for number in (each.new, each.old) if number]
    )
    overrides = submissions.overrides(session, row.assignment_id)
    pointed = store.with_points(session, row.assignment_id)
    counting = _counting(session, row) if causes else set()
    return regrade_diff.compare(
        Handed(
            submission=each.submission_id,
            who=each.team or each.name,
            email=each.email,
            counts=each.submission_id in counting,
            before=_run(each.old_status, each.old_score, each.old_max, before),
            after=_run(each.new_status, each.new_score, each.new_max, after),
            lost=each.new_status is Status.INTERNAL_ERROR,
            set_by_hand=overrides[each.submission_id].score if each.submission_id in overrides else None,
            points_by_hand=each.submission_id in pointed,
        )
        for each in rows
        for before, after in [_differing(verdicts.get(each.old, ()), verdicts.get(each.new, ()))]
    )


def _counting(session: Session, row: Regrade) -> set[int]:
    """Return the submissions that count for their students, as scores are now."""
    owned = results.everybody(session, row.assignment, row.assignment.counts)
    return {each.submission.id for own in owned for each in own if each.counts}


def _way(row: Any) -> Way:
    before = _run(row.old_status, row.old_score, row.old_max, {})
    return regrade_diff.way(before, _run(row.new_status, row.new_score, row.new_max, {}))


def _run(
    status: Status | None, score: float | None, max_score: float | None, cases: Mapping[Case, Verdict]
) -> Run | None:
    if status is not Status.GRADED or score is None:
        return None
    return Run(score, max_score or 0.0, cases)


def _differing(before: _Kept, after: _Kept) -> tuple[Mapping[Case, Verdict], Mapping[Case, Verdict]]:
    """Return the cases of both runs without those that ended alike: what is kept is compared as it is."""
    old, new = ({each[0]: each for each in kept} for kept in (before, after))
    every = {**old, **new}
    differ = [key for key in every if not (key in old and key in new and old[key][3] == new[key][3])]
    cases = {key: _case(*every[key][:3]) for key in differ}
    return _verdicts(old, cases), _verdicts(new, cases)


def _case(case: str, function: str, name: str) -> Case:
    return Case(json.loads(function), json.loads(name), json.loads(case))


def _verdicts(run: Mapping[str, Any], cases: Mapping[str, Case]) -> dict[Case, Verdict]:
    return {case: run[key][3] for key, case in cases.items() if key in run}
