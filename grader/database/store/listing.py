"""A course's submissions as a table: some of them, in an order, a page at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from grader.arithmetic.class_figures import SAME_POINTS, TENTHS
from grader.database.store.rows import GREATEST_KEY
from grader.database.tables import AssignmentRow, CaseResultRow, Grading, SubmissionRow, Team, User
from grader.model import Status, Verdict

PAGE = 100


@dataclass(frozen=True)
class Wanted:
    """What to list; what is empty confines nothing.

    verdict    some case ended so; with a function or a case, that one did
    function   a case of it did not pass, or ended with the verdict
    case       the id of a case, likewise
    mistake    the code of a diagnosis
    tenth      which tenth of the points the tests gave, 10 for all
    late       submitted late, or not
    text       in the student's name or address, or the team's name; or the submission's number
    only       none but these submissions
    """

    course_id: int
    assignment_id: int = 0
    status: Status | None = None
    verdict: Verdict | None = None
    function: str = ""
    case: str = ""
    mistake: str = ""
    tenth: int | None = None
    late: bool | None = None
    text: str = ""
    only: tuple[int, ...] | None = None


_NEWEST = (SubmissionRow.received_at.desc(), SubmissionRow.id.desc())
_GRADED = Grading.score.is_(None)
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "newest": _NEWEST,
    "oldest": (SubmissionRow.received_at, SubmissionRow.id),
    "student": (func.lower(User.name), User.id, *_NEWEST),
    "lowest": (_GRADED, Grading.score, *_NEWEST),
    "highest": (_GRADED, Grading.score.desc(), *_NEWEST),
}


def page(session: Session, wanted: Wanted, order: str, number: int) -> tuple[Sequence[Any], int]:
    """Return the rows of a page, from 1, and how many there are on all pages.

    Columns: id, received_at, late_seconds, student, team, assignment_id, assignment, status, score,
    max_score; of the grading None where there is none.
    """
    chosen = _chosen(wanted)
    total = session.scalar(chosen.with_only_columns(func.count(SubmissionRow.id))) or 0
    query = chosen.order_by(*ORDERS[order]).limit(PAGE).offset((number - 1) * PAGE)
    return session.execute(query).all(), total


def _chosen(wanted: Wanted) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            SubmissionRow.id,
            SubmissionRow.received_at,
            SubmissionRow.late_seconds,
            User.name.label("student"),
            Team.name.label("team"),
            AssignmentRow.id.label("assignment_id"),
            AssignmentRow.title.label("assignment"),
            Grading.status,
            Grading.score,
            Grading.max_score,
        )
        .select_from(SubmissionRow)
        .join(AssignmentRow, AssignmentRow.id == SubmissionRow.assignment_id)
        .join(User, User.id == SubmissionRow.user_id)
        .outerjoin(Team, Team.id == SubmissionRow.team_id)
        .outerjoin(Grading, and_(Grading.submission_id == SubmissionRow.id, Grading.live.is_(True)))
        .where(AssignmentRow.course_id == wanted.course_id, SubmissionRow.draft.is_(False))
    )
    return query.where(*(rule for make in _RULES for rule in make(wanted)))


def _place(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.assignment_id:
        found.append(SubmissionRow.assignment_id == wanted.assignment_id)
    if wanted.only is not None:
        found.append(SubmissionRow.id.in_(wanted.only))
    if wanted.late is not None:
        found.append(SubmissionRow.late_seconds > 0 if wanted.late else SubmissionRow.late_seconds == 0)
    return found


def _status(wanted: Wanted) -> list[ColumnElement[bool]]:
    if wanted.status is None:
        return []
    is_so = Grading.status == wanted.status
    return [or_(is_so, Grading.id.is_(None)) if wanted.status is Status.QUEUED else is_so]


def _cases(wanted: Wanted) -> list[ColumnElement[bool]]:
    if not (wanted.verdict or wanted.function or wanted.case):
        return []
    verdict = CaseResultRow.verdict
    parts = [verdict == wanted.verdict if wanted.verdict else verdict != Verdict.PASSED]
    if wanted.function:
        parts.append(CaseResultRow.function == wanted.function)
    if wanted.case:
        parts.append(CaseResultRow.case == wanted.case)
    return [exists().where(CaseResultRow.grading_id == Grading.id, *parts)]


def _mistake(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Select by the diagnoses' JSON: quotes within its texts are escaped, so no text can look like this."""
    if not wanted.mistake:
        return []
    kept = type_coerce(Grading.diagnoses, Text)
    return [kept.contains(f'"code":{json.dumps(wanted.mistake)}', autoescape=True)]


def _tenth(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Select as ``grader.arithmetic.class_figures.tenth`` counts."""
    if wanted.tenth is None:
        return []
    graded = and_(Grading.status == Status.GRADED, Grading.max_score > 0)
    points = Grading.score * TENTHS + SAME_POINTS
    above = [points >= Grading.max_score * wanted.tenth] if wanted.tenth else []
    below = [points < Grading.max_score * (wanted.tenth + 1)] if wanted.tenth < TENTHS else []
    return [graded, *above, *below]


def _text(wanted: Wanted) -> list[ColumnElement[bool]]:
    text = wanted.text.strip().replace("\0", "")
    if not text:
        return []
    places = [each.icontains(text, autoescape=True) for each in (User.name, User.email, Team.name)]
    if text.isascii() and text.isdigit() and int(text) <= GREATEST_KEY:
        places.append(SubmissionRow.id == int(text))
    return [or_(*places)]


_RULES: tuple[Callable[[Wanted], list[ColumnElement[bool]]], ...] = (
    _place,
    _status,
    _cases,
    _mistake,
    _tenth,
    _text,
)
