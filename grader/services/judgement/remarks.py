"""What staff writes beside points: comments at lines of a hand-in, and the items of a rubric."""

from grader.database.store import audit, files, judgement
from grader.database.tables import AssignmentRow, Comment, RubricItem, SubmissionRow
from grader.errors import NotFound, UsageError
from grader.model.language import _
from grader.services.act import Act

MOST_CHARACTERS = 10_000


def comment(act: Act, submission: SubmissionRow, file: str, line: int, text: str) -> Comment:
    """Write a comment at a line (from 1) of a file that was handed in; the student reads it there."""
    if file not in files.names_of_submission(act.session, submission.id):
        raise NotFound(_("there is no such file in this submission"), where=file)
    if line < 1:
        raise UsageError(_("lines are counted from 1"), where="line")
    row = Comment(
        submission_id=submission.id,
        file=file,
        line=line,
        text=said(text, "comment"),
        written_by_id=act.actor.id if act.actor else None,
        written_at=act.now,
    )
    act.session.add(row)
    act.session.flush()
    _note_comment(act, submission, "submission.commented", after=_written(row))
    return row


def remove_comment(act: Act, submission: SubmissionRow, row: Comment) -> None:
    """Take a comment away."""
    act.session.delete(row)
    act.session.flush()
    _note_comment(act, submission, "submission.comment_removed", before=_written(row))


def add_item(act: Act, assignment: AssignmentRow, part: str, text: str, points: float) -> RubricItem:
    """Add an item to the rubric of a manual part."""
    if not float("-inf") < points < float("inf"):
        raise UsageError(_("points must be a number"), where=part, cure=_("Write one such as 2 or -1.5."))
    row = RubricItem(assignment_id=assignment.id, part=part, text=said(text, "item"), points=points)
    act.session.add(row)
    act.session.flush()
    _note_item(act, assignment, "rubric.item_added", after=_item(row))
    return row


def retire_item(act: Act, assignment: AssignmentRow, row: RubricItem) -> None:
    """Offer an item no more. Where it was picked it stays; one that nobody picked goes altogether."""
    _note_item(act, assignment, "rubric.item_retired", before=_item(row))
    if judgement.picked(act.session, row.id):
        row.retired = True
    else:
        act.session.delete(row)
    act.session.flush()


def said(text: str, where: str) -> str:
    """Return a text that somebody wrote, without space around it. Raises UsageError for none, or too much."""
    kept = text.replace("\r\n", "\n").strip()
    if not kept:
        raise UsageError(_("the text is missing"), where=where, cure=_("Write a text."))
    if len(kept) > MOST_CHARACTERS:
        raise UsageError(
            _("this is longer than %(most)s characters", most=MOST_CHARACTERS),
            where=where,
        )
    return kept


def _written(row: Comment) -> dict[str, object]:
    return {"file": row.file, "line": row.line, "text": row.text}


def _item(row: RubricItem) -> dict[str, object]:
    return {"item": row.id, "part": row.part, "text": row.text, "points": row.points}


def _note_comment(act: Act, submission: SubmissionRow, action: str, **change: dict[str, object]) -> None:
    course = submission.assignment.course_id
    audit.note(
        act.session, act.now, act.actor, action, f"submission:{submission.id}", course_id=course, **change
    )


def _note_item(act: Act, assignment: AssignmentRow, action: str, **change: dict[str, object]) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(act.session, act.now, act.actor, action, about, course_id=assignment.course_id, **change)
