"""What may be done on the page on which staff judges a submission, and by whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from grader.database.store import files, judgement
from grader.database.tables import SubmissionRow
from grader.errors import NotFound, UsageError
from grader.model.language import N_, _
from grader.services.act import Visit
from grader.services.judgement import allowances, judged, marking, remarks
from grader.services.people import access
from grader.web.result.result import PDF, lines_of

Form = MultiDict[str, str]


@dataclass(frozen=True)
class JudgingStep:
    """A step, what is said after it, where the page is then. ``teachers``: an instructor's."""

    take: Callable[[Visit, SubmissionRow, Form], object]
    said: str
    place: str = ""
    teachers: bool = False


def take(visit: Visit, submission: SubmissionRow, form: Form) -> JudgingStep:
    """Take the step that the form names. Raises UsageError for an unknown one, and NotAllowed."""
    step = STEPS.get(form.get("step", ""))
    if step is None:
        raise UsageError(
            _("this step does not exist"),
            where="step",
            cure=_("Steps are %(listed)s.", listed=", ".join(STEPS)),
        )
    if step.teachers:
        access.require_instructor(visit.session, visit.actor, submission.assignment.course_id)
    step.take(visit, submission, form)
    return step


def number(text: str, where: str) -> float | None:
    """Return a number as people write it, with a point or a comma; None for nothing. Raises UsageError."""
    plain = text.strip().replace(",", ".")
    try:
        return float(plain) if plain else None
    except ValueError:
        raise UsageError(
            _("“%(value)s” is not a number", value=text.strip()[:40]), where=where, cure=_("Write 7.5.")
        ) from None


def _needed(text: str, where: str) -> float:
    found = number(text, where)
    if found is None:
        raise UsageError(_("the number is missing"), where=where, cure=_("Write one such as 7.5."))
    return found


def _whole(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise UsageError(_("this is not a whole number"), where=where, cure=_("Write one such as 12."))
    return int(text)


def _points(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    asked = judged.live(visit.session, submission.assignment)
    if asked is None:
        raise NotFound(_("this assignment has no tests yet"))
    part = marking.part_of(asked, form.get("part", ""))
    picked = {_whole(each, "item") for each in form.getlist("item")}
    points = number(form.get("points", ""), part.name)
    why = form.get("why", "").strip()
    marking.judge(visit, submission, part, points, picked, why)


def _take_back(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    part = form.get("part", "")
    marking.take_back_points(visit, submission, part)


def _override(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    score, why = _needed(form.get("score", ""), "total"), form.get("why", "")
    marking.override(visit, submission, score, why.strip())


def _withdraw(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    marking.withdraw_override(visit, submission)


def _excuse(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    why = form.get("why", "")
    allowances.excuse(visit, submission.assignment, submission.user, why)


def _unexcuse(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    allowances.withdraw_excuse(visit, submission.assignment, submission.user)


def _comment(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    file, line = form.get("file", ""), _whole(form.get("line", ""), "line")
    _check_line(files.of_submission(visit.session, submission.id).get(file, b""), file, line)
    text = form.get("text", "")
    remarks.comment(visit, submission, file, line, text)


def _check_line(content: bytes, file: str, line: int) -> None:
    """Refuse a line that is not there: nobody would ever see the comment."""
    lines = None if content.startswith(PDF) else lines_of(content)
    if lines is None:
        raise UsageError(_("comments belong to lines, and this is not a text file"), where=file)
    if line > len(lines):
        raise UsageError(
            _("the file ends with line %(number)s", number=len(lines)),
            where=file,
            cure=_("Choose a line by its number."),
        )


def _uncomment(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    row = judgement.comment(visit.session, _whole(form.get("comment", ""), "comment"))
    if row is None or row.submission_id != submission.id:
        raise NotFound(_("there is no such comment"))
    remarks.remove_comment(visit, submission, row)


def _item(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    part = form.get("part", "")
    points = _needed(form.get("points", ""), part)
    text = form.get("text", "")
    remarks.add_item(visit, submission.assignment, part, text, points)


def _retire(visit: Visit, submission: SubmissionRow, form: Form) -> None:
    row = judgement.rubric_item(visit.session, _whole(form.get("item", ""), "item"))
    if row is None or row.assignment_id != submission.assignment_id:
        raise NotFound(_("there is no such rubric item"))
    remarks.retire_item(visit, submission.assignment, row)


STEPS: Mapping[str, JudgingStep] = {
    "points": JudgingStep(_points, N_("The points are saved."), "parts"),
    "take_back": JudgingStep(_take_back, N_("The points are removed. The part is not graded now."), "parts"),
    "item": JudgingStep(_item, N_("The item is added to the rubric."), "parts"),
    "retire": JudgingStep(_retire, N_("The item is retired."), "parts"),
    "comment": JudgingStep(_comment, N_("The student sees your comment at that line."), "files"),
    "uncomment": JudgingStep(_uncomment, N_("The comment is removed."), "files"),
    "override": JudgingStep(_override, N_("The total is set."), "total", teachers=True),
    "withdraw": JudgingStep(
        _withdraw, N_("The total is calculated from tests and points again."), "total", teachers=True
    ),
    "excuse": JudgingStep(_excuse, N_("The student is excused."), "excuse", teachers=True),
    "unexcuse": JudgingStep(
        _unexcuse, N_("The excuse is withdrawn. The score counts again."), "excuse", teachers=True
    ),
}
