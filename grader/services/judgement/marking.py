"""Marks that people give: totals set by hand and points for manual parts. They win over the tests."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from grader import model
from grader.arithmetic.scoring import picked_points
from grader.database.db import Session
from grader.database.store import audit, judgement
from grader.database.store import submissions as store
from grader.database.tables import ManualScore, Override, RubricItem, RubricPick, SubmissionRow
from grader.errors import NotFound, UsageError
from grader.model import Manual
from grader.model.language import _
from grader.services.act import Act


def override(act: Act, submission: SubmissionRow, score: float, why: str) -> Override:
    """Set a submission's total by hand; it says who, when and why, and lateness takes nothing off it."""
    if not 0 <= score < float("inf") or not why.strip():
        raise UsageError(_("a total must be 0 or more, and needs a reason"), where="override")
    store.lock(act.session, submission.id)
    run = store.live_grading(act.session, submission.id)
    row = store.override(act.session, submission.id)
    before = {"score": row.score, "why": row.why} if row else None
    if row is None:
        row = Override(submission_id=submission.id)
        act.session.add(row)
    row.score, row.why, row.set_at = score, why, act.now
    row.at_score = run.score if run else None
    row.set_by_id = act.actor.id if act.actor else None
    _note(act, submission, "submission.overridden", before, {"score": score, "why": why})
    act.session.flush()
    return row


def withdraw_override(act: Act, submission: SubmissionRow) -> None:
    """Let the tests' score hold again."""
    store.lock(act.session, submission.id)
    row = store.override(act.session, submission.id)
    if row is not None:
        act.session.delete(row)
        before = {"score": row.score, "why": row.why}
        _note(act, submission, "submission.override_withdrawn", before, None)


def judge(
    act: Act, submission: SubmissionRow, part: Manual, points: float | None, picked: Collection[int], why: str
) -> ManualScore:
    """Judge a manual part: these points, or without any what the rubric items `picked` come to.

    The items hold for the submission from then on, in the place of those of the part that did.
    """
    store.lock(act.session, submission.id)
    items = _items(act.session, submission, part.name, picked)
    if points is None and not items:
        raise UsageError(
            _("the points are missing"), where=part.name, cure=_("Write a number, or pick an item.")
        )
    amount = picked_points((each.points for each in items), part.points) if points is None else points
    row = give_points(act, submission, part.name, amount, part.points, why)
    _pick(act.session, submission, part.name, items)
    return row


def _items(
    session: Session, submission: SubmissionRow, part: str, picked: Collection[int]
) -> list[RubricItem]:
    there = {each.id: each for each in judgement.rubric(session, submission.assignment_id)}
    if any(number not in there or there[number].part != part for number in picked):
        raise NotFound(_("there is no such rubric item"), where=part)
    return [each for number, each in there.items() if number in picked]


def _pick(session: Session, submission: SubmissionRow, part: str, items: Sequence[RubricItem]) -> None:
    wanted = {each.id for each in items}
    for row in judgement.picks(session, submission.id):
        if row.item.part == part and row.item_id not in wanted:
            session.delete(row)
        wanted.discard(row.item_id)
    session.add_all(RubricPick(submission_id=submission.id, item_id=each) for each in sorted(wanted))
    session.flush()


def take_back_points(act: Act, submission: SubmissionRow, part: str) -> None:
    """Take back the points of a manual part: it is not graded yet again."""
    store.lock(act.session, submission.id)
    for row in store.manual_scores(act.session, submission.id):
        if row.part == part:
            act.session.delete(row)
            _pick(act.session, submission, part, [])
            _note(act, submission, "submission.points_taken_back", _said(row), None)


def part_of(asked: model.Assignment, name: str) -> Manual:
    """Return the manual part of that name. Raises NotFound."""
    found = next((each for each in asked.manual if each.name == name), None)
    if found is None:
        raise NotFound(_("the assignment does not have this part"), where=name)
    return found


def _said(row: ManualScore) -> dict[str, Any]:
    return {"part": row.part, "points": row.points, "why": row.why}


def give_points(
    act: Act, submission: SubmissionRow, part: str, points: float, max_points: float, why: str
) -> ManualScore:
    """Give points for one manual part of a submission."""
    if not 0 <= points <= max_points < float("inf"):
        raise UsageError(_("points must be from 0 to %(most)g", most=max_points), where=part)
    store.lock(act.session, submission.id)
    found = [each for each in store.manual_scores(act.session, submission.id) if each.part == part]
    row = found[0] if found else ManualScore(submission_id=submission.id, part=part)
    before = _said(row) if found else None
    row.points, row.max_points, row.why, row.given_at = points, max_points, why, act.now
    row.given_by_id = act.actor.id if act.actor else None
    act.session.add(row)
    _note(act, submission, "submission.points_given", before, _said(row))
    act.session.flush()
    return row


def _note(
    act: Act,
    submission: SubmissionRow,
    action: str,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    about, course = f"submission:{submission.id}", submission.assignment.course_id
    audit.note(act.session, act.now, act.actor, action, about, course_id=course, before=before, after=after)
