"""What the page shows on which staff judges a submission: parts, files, rubric, comments, decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.database.store import files, judgement
from grader.database.tables import Comment, Excuse, RegradeRequest, Role, RubricItem, SubmissionRow
from grader.feedback import missing
from grader.feedback.text import phrase
from grader.model import Given, Manual
from grader.services.act import Visit
from grader.services.judgement import judged, requests
from grader.services.people import access
from grader.services.reports import todo
from grader.web.result import result
from grader.web.result.result import PDF, Page

Comments = Mapping[str, Mapping[int, Sequence[Comment]]]


@dataclass(frozen=True)
class ManualPart:
    """A manual part of a submission: what it has, what may be picked, and the files handed in for it."""

    manual: Manual
    given: Given | None
    items: Sequence[RubricItem]
    picked: frozenset[int]
    pdfs: Sequence[str]
    others: Sequence[str]


@dataclass(frozen=True)
class Desk:
    """Everything that lies before who judges. ``next``: another submission that is not graded yet."""

    page: Page
    parts: Sequence[ManualPart]
    comments: Comments
    excuse: Excuse | None
    requests: Sequence[RegradeRequest]
    next: int | None
    teaches: bool


@dataclass(frozen=True)
class Conversation:
    """What people said of a submission, as the student reads it. ``obstacle``: why they can't ask now."""

    comments: Comments
    requests: Sequence[RegradeRequest]
    excuse: Excuse | None
    obstacle: str


def said(visit: Visit, submission: SubmissionRow) -> Conversation:
    """Return what is shown beside a result; ask ``access.submission`` first."""
    return Conversation(
        by_line(judgement.comments(visit.session, submission.id)),
        judgement.requests_of(visit.session, submission.id),
        judgement.excuse(visit.session, submission.assignment_id, submission.user_id),
        requests.obstacle(visit.session, visit.actor, submission),
    )


def desk(visit: Visit, submission: SubmissionRow) -> Desk:
    """Return what lies before who judges; ask ``access.require_staff`` first."""
    page = result.page(visit, submission)
    return Desk(
        page=page,
        parts=_parts(visit, submission),
        comments=by_line(judgement.comments(visit.session, submission.id)),
        excuse=judgement.excuse(visit.session, submission.assignment_id, submission.user_id),
        requests=judgement.requests_of(visit.session, submission.id),
        next=_next(visit, submission),
        teaches=access.role_in(visit.session, visit.actor, submission.assignment.course_id)
        is Role.INSTRUCTOR,
    )


def _parts(visit: Visit, submission: SubmissionRow) -> Sequence[ManualPart]:
    asked = judged.live(visit.session, submission.assignment)
    if asked is None or not asked.manual:
        return ()
    given = judgement.given(visit.session, submission.assignment_id, submission.id).get(submission.id, ())
    by_part = {each.part: each for each in given}
    picked = frozenset(each.item_id for each in judgement.picks(visit.session, submission.id))
    rubric = judgement.rubric(visit.session, submission.assignment_id)
    contents = files.of_submission(visit.session, submission.id)
    return [
        _part(
            part,
            by_part.get(part.name),
            [each for each in rubric if each.part == part.name and (not each.retired or each.id in picked)],
            picked,
            contents,
        )
        for part in asked.manual
    ]


def _part(
    part: Manual,
    given: Given | None,
    items: Sequence[RubricItem],
    picked: frozenset[int],
    contents: Mapping[str, bytes],
) -> ManualPart:
    own = [name for name in sorted(contents) if missing.fits(name, part.files)]
    pdfs = [name for name in own if contents[name].startswith(PDF)]
    return ManualPart(part, given, items, picked, pdfs, [name for name in own if name not in pdfs])


def _next(visit: Visit, submission: SubmissionRow) -> int | None:
    """Return the next of the submissions that count and wait, after this one and then from the first."""
    found = todo.unjudged(visit.session, submission.assignment)
    waiting = [each for each in found if each != submission.id]
    return next((each for each in waiting if each > submission.id), waiting[0] if waiting else None)


def by_line(found: Sequence[Comment]) -> Comments:
    """Return comments by file, as its name is shown, and line."""
    result: dict[str, dict[int, list[Comment]]] = {}
    for each in found:
        result.setdefault(phrase(each.file), {}).setdefault(each.line, []).append(each)
    return result
