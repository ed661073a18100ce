"""What an assignment's staff takes away: grades for a learning platform, results for Gradescope, hand-ins."""

import io
import tempfile
from collections.abc import Callable
from typing import IO

from flask import Blueprint, Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue

from grader.database.db import Session
from grader.database.tables import AssignmentRow
from grader.errors import UsageError
from grader.feedback.text import phrase, size
from grader.model.language import _
from grader.render import grades as render
from grader.render import worksheets
from grader.services.act import Visit
from grader.services.people import access
from grader.services.reports import assignment_header, exports, todo
from grader.services.reports.exports import Extent
from grader.web.frame.site import changing, looking

pages = Blueprint("exports", __name__)
IN_MEMORY_BYTES = 8 << 20


@pages.get("/assignments/<int:assignment_id>/export")
def page(assignment_id: int) -> ResponseReturnValue:
    """Offer all that can be taken away."""
    with looking() as visit:
        assignment = _assignment(visit, assignment_id)
        head = assignment_header.head(visit.session, assignment)
        return render_template(
            "staff/export.html",
            assignment=assignment,
            head=head,
            formats=render.FORMATS,
            waiting=todo.unjudged(visit.session, assignment),
        )


@pages.get("/assignments/<int:assignment_id>/export/grades.csv")
def grades(assignment_id: int) -> ResponseReturnValue:
    """Give the grades in the format that ``as`` names."""
    name = request.args.get("as", "plain")
    if name not in render.FORMATS:
        raise UsageError(
            _("this format does not exist"),
            where=name,
            cure=_("Choose one of %(listed)s.", listed=", ".join(render.FORMATS)),
        )
    with looking() as visit:
        assignment = _assignment(visit, assignment_id)
        stream = io.StringIO()
        render.write(exports.sheet(visit.session, assignment, _pass_mark()), name, stream)
        filename = f"{assignment.slug}-{name}.csv"
    _note(assignment_id, f"grades for {name}")
    disposition = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(stream.getvalue(), mimetype="text/csv", headers=disposition)


@pages.post("/assignments/<int:assignment_id>/export/filled.csv")
def filled(assignment_id: int) -> ResponseReturnValue:
    """Give a table of a learning platform back with the grades in it, or say whom it does not have."""
    with looking() as visit:
        assignment = _assignment(visit, assignment_id)
        column = request.form.get("column", "").strip()
        found = exports.fill(visit.session, assignment, _table(), column, _("the table"))
        filename = f"{assignment.slug}-filled.csv"
    if not found.lines:
        raise UsageError(
            _("nobody with a score is in this table"),
            where=found.platform,
            cure=_("Choose the table of this course, with addresses or ID numbers as in this course."),
        )
    _note(assignment_id, f"grades in a table of {found.platform}")
    for each in found.remarks:
        flash(each)
    if found.missing:
        names = phrase(", ".join(found.missing), 400)
        flash(_("Not in the table, though they have a score: %(names)s.", names=names))
    return send_file(io.BytesIO(found.content), "text/csv", as_attachment=True, download_name=filename)


@pages.get("/assignments/<int:assignment_id>/export/submissions.zip")
def submissions(assignment_id: int) -> ResponseReturnValue:
    """Give the hand-ins that count, or all."""
    extent = Extent.ALL if request.args.get("which") == Extent.ALL else Extent.COUNTING
    return _archive(
        assignment_id,
        f"submissions-{extent}",
        lambda session, assignment, stream: exports.write_submissions(session, assignment, extent, stream),
    )


@pages.get("/assignments/<int:assignment_id>/export/gradescope.zip")
def gradescope(assignment_id: int) -> ResponseReturnValue:
    """Give a results.json for each hand-in that counts."""
    return _archive(assignment_id, "gradescope", exports.write_gradescope)


def _table() -> bytes:
    upload = request.files.get("table")
    content = upload.stream.read(worksheets.MOST_BYTES + 1) if upload is not None else b""
    if not content or len(content) > worksheets.MOST_BYTES:
        most = size(worksheets.MOST_BYTES)
        what = _("the table is larger than %(most)s", most=most) if content else _("no table was chosen")
        raise UsageError(what, where="table", cure=_("Choose the file that the platform gave you."))
    return content


def _archive(
    assignment_id: int, name: str, write: Callable[[Session, AssignmentRow, IO[bytes]], int]
) -> Response:
    """Give a zip, which is on the disk while it is made if it is large."""
    # The response closes it when it was sent.
    stream = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
    try:
        with looking() as visit:
            assignment = _assignment(visit, assignment_id)
            write(visit.session, assignment, stream)
            filename = f"{assignment.slug}-{name}.zip"
        _note(assignment_id, name)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    return send_file(stream, "application/zip", as_attachment=True, download_name=filename)


def _note(assignment_id: int, what: str) -> None:
    with changing() as visit:
        exports.note(visit, _assignment(visit, assignment_id), what)


def _assignment(visit: Visit, assignment_id: int) -> AssignmentRow:
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def _pass_mark() -> float | None:
    text = request.args.get("passed", "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        raise UsageError(
            _("this is not a number"), where="passed", cure=_("Write points, such as 25.")
        ) from None
