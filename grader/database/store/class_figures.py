"""What a class did on an assignment: a few statements for all of its students, live gradings only."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Text, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from grader.database.tables import CaseResultRow, Grading, SubmissionRow
from grader.model import Status, Verdict

# Parameters in one statement: SQLite takes 32,766, PostgreSQL's protocol 65,535.
_AT_ONCE = 1_000
_PASSED = case((CaseResultRow.verdict == Verdict.PASSED, 1), else_=0)
# As they are kept, in JSON: a class's cases have the same few names ten thousand times over.
_CASE, _FUNCTION, _NAME = (
    type_coerce(each, Text) for each in (CaseResultRow.case, CaseResultRow.function, CaseResultRow.name)
)


def handed_in(session: Session, assignment_id: int) -> Sequence[Any]:
    """Return a row per submission to an assignment, without the texts of its grading.

    Columns: id, user_id, team_id, received_at, chosen; grading_id, status, score, max_score, None where
    there is no live grading.
    """
    query = (
        select(
            SubmissionRow.id,
            SubmissionRow.user_id,
            SubmissionRow.team_id,
            SubmissionRow.received_at,
            SubmissionRow.chosen,
            Grading.id.label("grading_id"),
            Grading.status,
            Grading.score,
            Grading.max_score,
        )
        .outerjoin(Grading, and_(Grading.submission_id == SubmissionRow.id, Grading.live.is_(True)))
        .where(SubmissionRow.assignment_id == assignment_id, SubmissionRow.draft.is_(False))
    )
    return session.execute(query).all()


def said(session: Session, grading_ids: Sequence[int]) -> dict[int, tuple[str, list[Any]]]:
    """Return of each grading how loading ended, and its diagnoses as they are kept."""
    found: dict[int, tuple[str, list[Any]]] = {}
    for part in _parts(grading_ids):
        query = select(Grading.id, Grading.load_code, Grading.diagnoses).where(Grading.id.in_(part))
        found |= {number: (code, diagnoses) for number, code, diagnoses in session.execute(query)}
    return found


def functions(session: Session, grading_ids: Sequence[int]) -> Iterator[Any]:
    """Yield a row per grading and function.

    Columns: grading_id, function (in JSON), kept and weight (sums of the cases' weights, of those that passed
    and of all), passed and number of cases.
    """
    kept = case((CaseResultRow.verdict == Verdict.PASSED, CaseResultRow.weight), else_=0.0)
    for part in _parts(grading_ids):
        query = (
            select(
                CaseResultRow.grading_id,
                _FUNCTION.label("function"),
                func.sum(kept).label("kept"),
                func.sum(CaseResultRow.weight).label("weight"),
                func.sum(_PASSED).label("passed"),
                func.count().label("number"),
            )
            .where(CaseResultRow.grading_id.in_(part))
            .group_by(CaseResultRow.grading_id, _FUNCTION)
        )
        yield from session.execute(query)


def cases(session: Session, grading_ids: Sequence[int]) -> Iterator[Any]:
    """Yield a row per case; of a large class several per case, which are to be added up.

    Columns: function, name, case (all in JSON), place in the suite, ran, passed, seconds in all, longest.
    """
    for part in _parts(grading_ids):
        query = (
            select(
                _FUNCTION.label("function"),
                _NAME.label("name"),
                _CASE.label("case"),
                func.min(CaseResultRow.ordinal).label("place"),
                func.count().label("ran"),
                func.sum(_PASSED).label("passed"),
                func.sum(CaseResultRow.seconds).label("seconds"),
                func.max(CaseResultRow.seconds).label("longest"),
            )
            .where(CaseResultRow.grading_id.in_(part))
            .group_by(_FUNCTION, _NAME, _CASE)
        )
        yield from session.execute(query)


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))


def newest_runs(session: Session, suite_id: int, limit: int) -> dict[int, int]:
    """Return the gradings under a version of the submissions that came last, with who submitted."""
    query = (
        select(Grading.id, SubmissionRow.user_id)
        .join(SubmissionRow, SubmissionRow.id == Grading.submission_id)
        .where(
            Grading.suite_id == suite_id,
            SubmissionRow.draft.is_(False),
            Grading.live.is_(True),
            Grading.status == Status.GRADED,
        )
    )
    return dict(session.execute(query.order_by(SubmissionRow.id.desc()).limit(limit)).all())
