"""What leaves the service at the end of a term: grades, results for Gradescope, hand-ins. For staff."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO

from grader.arithmetic import scoring
from grader.database.db import Session
from grader.database.store import audit, files
from grader.database.tables import AssignmentRow, SubmissionRow
from grader.errors import Conflict, UsageError
from grader.feedback import staff_view
from grader.model import Status
from grader.model.language import _
from grader.render import gradescope, worksheets
from grader.render.grades import Grade, GradeSheet
from grader.render.worksheets import Filled
from grader.services.act import Act
from grader.services.courses import suites
from grader.services.grading import results
from grader.services.grading.results import GradebookRow, Result
from grader.services.judgement import judged

_FOLDER = re.compile(r"[^a-z0-9.@_-]+")
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # of a date in a zip


class Extent(StrEnum):
    """Which hand-ins an archive holds."""

    COUNTING = "counting"
    ALL = "all"


def sheet(session: Session, assignment: AssignmentRow, pass_mark: float | None = None) -> GradeSheet:
    """Return the grades of an assignment: a line for each student of the course, by name.

    Scores are those that count, after lateness and after what a person set. Raises NotFound without tests.
    """
    if pass_mark is not None and not 0 <= pass_mark < float("inf"):
        raise UsageError(_("a pass mark must be 0 or more points"), where="passed")
    asked = suites.asked(session, suites.live_suite(session, assignment))
    most = scoring.total(asked, 0.0, scoring.most_points(asked)).most
    rows = [_grade(each, most) for each in results.gradebook(session, assignment)]
    return GradeSheet(assignment.title, most, rows, pass_mark)


def fill(session: Session, assignment: AssignmentRow, content: bytes, column: str, where: str) -> Filled:
    """Return a table that a learning platform gave, with the grades of `sheet` in it. Raises UsageError."""
    found = sheet(session, assignment)
    titles = [column] if column else [assignment.title, assignment.slug]
    return worksheets.fill(content, worksheets.of_sheet(found), titles, found.max_score, where)


def _grade(row: GradebookRow, most: float) -> Grade:
    found = row.result
    return Grade(
        name=row.user.name,
        email=row.user.email,
        matriculation=row.user.matriculation or "",
        programme=row.user.programme or "",
        degree=row.user.degree or "",
        team=row.team,
        score=found.score if found and not row.excused else None,
        max_score=most,
        submission=found.submission.id if found else None,
        received_at=found.submission.received_at if found else None,
        late_seconds=found.late_seconds if found else 0,
        by_hand=found.overridden if found else False,
        submissions=row.submissions,
        waits=tuple(each.name for each in found.waits) if found else (),
        excused=row.excused,
    )


def write_submissions(session: Session, assignment: AssignmentRow, extent: Extent, stream: IO[bytes]) -> int:
    """Write a zip with a folder for each hand-in, which ``chainrule grade`` reads; return how many.

    Of those too who have left the course. Raises Conflict when there are none.
    """
    owned = results.everybody(session, assignment, assignment.counts)
    found = [each for own in owned for each in own if extent is Extent.ALL or each.counts]
    if not found:
        raise Conflict(_("there are no submissions yet"), where=assignment.slug, cure=_("Come back later."))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(found, key=lambda each: each.submission.id):
            folder = folder_of(each.submission)
            contents = files.of_submission(session, each.submission.id)
            _add(archive, each.submission.received_at, _placed(folder, contents.items()))
    return len(found)


def write_gradescope(session: Session, assignment: AssignmentRow, stream: IO[bytes]) -> int:
    """Write a zip with a ``results.json`` for each hand-in that counts and has a score; return how many.

    Its total is the score that counts. Raises Conflict when there are none.
    """
    owned = results.everybody(session, assignment, assignment.counts)
    found = [each for own in owned for each in own if each.counts and _has_report(each)]
    if not found:
        raise Conflict(_("no submission has a result yet"), where=assignment.slug, cure=_("Come back later."))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in sorted(found, key=lambda each: each.submission.id):
            content = _document(session, each).encode()
            name = f"{folder_of(each.submission)}/results.json"
            _add(archive, each.submission.received_at, [(name, content)])
    return len(found)


def note(act: Act, assignment: AssignmentRow, what: str) -> None:
    """Say in the audit log that somebody took grades or hand-ins away."""
    about = f"assignment:{assignment.id}"
    course = assignment.course_id
    audit.note(
        act.session, act.now, act.actor, "assignment.exported", about, course_id=course, after={"what": what}
    )


def folder_of(submission: SubmissionRow) -> str:
    """Return the name of a hand-in's folder: whose it is, in characters of any system, and its number."""
    owner = submission.team.name if submission.team else submission.user.email
    plain = _FOLDER.sub("-", owner.lower()).strip("-.")[:60]
    return f"{plain or 'somebody'}-{submission.id}"


def _has_report(each: Result) -> bool:
    return each.grading is not None and each.grading.status is Status.GRADED and each.score is not None


def _document(session: Session, each: Result) -> str:
    assert each.grading is not None
    asked, given = judged.sheet(session, each.grading)
    report = results.report(session, each.grading)
    staff = replace(staff_view(report, asked, given), score=each.score)
    return gradescope.dumps(gradescope.document(report, asked, staff))


def _placed(folder: str, contents: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    return ((f"{folder}/{name}", content) for name, content in sorted(contents))


def _add(archive: zipfile.ZipFile, at: datetime, entries: Iterable[tuple[str, bytes]]) -> None:
    """Add files with the moment they came in, so that the same export twice is the same file."""
    moment = max(at.astimezone(UTC), _EARLIEST).timetuple()[:6]
    for name, content in entries:
        entry = zipfile.ZipInfo(name, moment)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        archive.writestr(entry, content)
