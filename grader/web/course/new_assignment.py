"""A new assignment of a course: from a shipped one, from a zip, or from scratch."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.assignment import assignment_folder, starter
from grader.database.tables import Course
from grader.errors import AssignmentError, ChainruleError, UsageError
from grader.feedback.text import phrase
from grader.model.language import _
from grader.services.act import Visit
from grader.services.people import access
from grader.services.tests import draft_settings, new_assignment
from grader.web.assignment.settings_pages import readable
from grader.web.frame.site import changing, looking, site
from grader.web.tests import zipped

pages = Blueprint("beginnings", __name__)
SHIPPED, ZIP, SCRATCH = "shipped", "zip", "scratch"


@dataclass(frozen=True)
class Beginning:
    """The files that an assignment begins with, and the words that a name can be made of."""

    files: Mapping[str, bytes]
    words: str


@pages.get("/courses/<int:course_id>/assignments/new")
def form(course_id: int) -> ResponseReturnValue:
    """Ask what the new assignment begins with."""
    with looking() as visit:
        return _page(_course(visit, course_id), None)


@pages.post("/courses/<int:course_id>/assignments/new")
def begin(course_id: int) -> ResponseReturnValue:
    """Add the assignment with its draft, and go there; or say beside the form what is wrong."""
    with looking() as visit:
        course = _course(visit, course_id)
        try:
            source = _source()
            slug = request.form.get("slug", "").strip() or new_assignment.slug_of(source.words)
        except (AssignmentError, UsageError) as error:
            return _page(course, error), error.http_status
    try:
        with changing() as visit:
            course = _course(visit, course_id)
            made = new_assignment.begin(visit, course, slug, source.files)
            there = url_for("settings.page", assignment_id=made.id, tab="text")
    except ChainruleError as error:
        if error.http_status >= 500:
            raise
        with looking() as visit:
            return _page(_course(visit, course_id), error), error.http_status
    flash(_("The assignment is created as a draft. Students see it once you publish it."))
    return redirect(there, 303)


@pages.get("/assignments/<int:assignment_id>/export/assignment.zip")
def download(assignment_id: int) -> ResponseReturnValue:
    """Give all files of the live version, or before there is one of the draft."""
    with looking() as visit:
        assignment = readable(visit, assignment_id)
        files = draft_settings.published(visit.session, assignment)
        if not files:
            files = dict(draft_settings.current(visit.session, assignment).contents)
        return zipped.in_a_folder(files, assignment.slug)


def _source() -> Beginning:
    """Return what was chosen. Raises AssignmentError or UsageError with what to do."""
    title = request.form.get("title", "").strip()
    match request.form.get("from"):
        case "shipped":
            return _titled(_shipped(request.form.get("shipped", "")), title)
        case "zip":
            return _titled(_zip(), title)
        case "scratch" if title:
            return Beginning(starter.files(title), title)
        case "scratch":
            raise UsageError(
                _("an assignment from scratch needs a title"), where="title", cure=_("Write one.")
            )
    raise UsageError(_("nothing was chosen to start from"), where="from", cure=_("Choose one of the three."))


def _shipped(name: str) -> Beginning:
    path = known().get(name)
    if path is None:
        raise UsageError(
            _("there is no such assignment"), where="shipped", cure=_("Choose one from the list.")
        )
    return Beginning(assignment_folder.read_all(path), name)


def known() -> dict[str, Path]:
    """Return the assignments of this installation, by name."""
    further = [Path(folder).expanduser() for folder in site().settings.assignments]
    shipped = assignment_folder.shipped_folder()
    return assignment_folder.available([*further, *([shipped] if shipped else [])])


def _zip() -> Beginning:
    upload = request.files.get("zip")
    if upload is None or not upload.filename:
        raise UsageError(
            _("no zip was chosen"), where="zip", cure=_("Choose the zip of an assignment's folder.")
        )
    name = phrase(upload.filename, 80)
    files = zipped.unpacked(upload.stream.read(), name)
    if assignment_folder.FILE not in files:
        raise AssignmentError(
            _("it has no %(file)s at its top level", file=assignment_folder.FILE),
            where=name,
            cure=_("Make a zip of the folder that has this file, or start from scratch and add your files."),
        )
    return Beginning(assignment_folder.completed(files, name), PurePosixPath(upload.filename).stem)


def _titled(source: Beginning, title: str) -> Beginning:
    """Return the files with another title, where one is given."""
    return replace(source, files=starter.titled(source.files, title))


def _course(visit: Visit, course_id: int) -> Course:
    found = access.course(visit.session, visit.actor, course_id)
    access.require_instructor(visit.session, visit.actor, found.id)
    return found


def _page(course: Course, problem: ChainruleError | None) -> str:
    return render_template(
        "staff/new_assignment.html",
        course=course,
        shipped=_titles(),
        given=request.form,
        problem=problem,
    )


def _titles() -> dict[str, str]:
    """Return the titles of the assignments of this installation, by name."""
    found = {}
    for name, path in known().items():
        toml = path / assignment_folder.FILE
        found[name] = new_assignment.title_of({assignment_folder.FILE: toml.read_bytes()}) or name
    return found
