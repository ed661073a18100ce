"""The tab with an assignment's tests: its files, an editor for them, what is wrong, what was tried.

Staff looks and tries; instructors change. Nothing here is seen by a student before it is published.
"""

import io
from collections.abc import Mapping
from pathlib import PurePosixPath

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from grader.arithmetic import text_diff
from grader.database.store import files
from grader.database.tables import AssignmentRow, Draft
from grader.errors import ChainruleError, Conflict, NotFound, StorageFull, UsageError
from grader.feedback.text import phrase
from grader.model.language import N_, _
from grader.reading import names
from grader.services.act import Visit
from grader.services.people import access
from grader.services.reports import assignment_header
from grader.services.tests import drafts
from grader.web.frame.failures import said
from grader.web.frame.site import changing, looking
from grader.web.tests import matrix, tests_page, zipped
from grader.web.tests.trying import begin

pages = Blueprint("tests", __name__)


@pages.get("/assignments/<int:assignment_id>/tests")
def page(assignment_id: int) -> ResponseReturnValue:
    """Show the files, one of them in the editor, with what is wrong and what was tried."""
    matrix.settle(assignment_id)
    with looking() as visit:
        shown = tests_page.desk(visit, readable(visit, assignment_id))
        name = request.args.get("file", "")
        if name and name not in shown.files and name not in shown.made:
            flash(_("%(name)s does not exist, or no longer exists.", name=phrase(name, 80)))
        return _page(visit, shown, tests_page.opened(shown, name))


def _page(visit: Visit, shown: tests_page.TestsPage, opened: tests_page.Opened | None) -> str:
    return render_template(
        "staff/tests.html",
        desk=shown,
        head=assignment_header.head(visit.session, shown.assignment),
        assignment=shown.assignment,
        opened=opened,
        line=request.args.get("line", 0, int),
        most=tests_page.TEXT_BYTES,
        KINDS=matrix.KINDS,
        now=visit.now,
    )


@pages.post("/assignments/<int:assignment_id>/tests/file")
def save(assignment_id: int) -> ResponseReturnValue:
    """Keep the text of a file, then try, verify, prove or publish if that is what was pressed."""
    form = request.form
    name, text, seen = form.get("name", ""), form.get("text"), form.get("seen", "")
    with looking() as visit:
        teachable(visit, assignment_id)
    if text is not None:
        try:
            changed = _keep(assignment_id, name, text, seen)
        except ChainruleError as error:
            if error.http_status >= 500 and error.http_status != 507:
                raise
            return _compare(assignment_id, name, text, error)
        if changed or not form.get("kind"):
            flash(
                _("%(name)s is saved.", name=phrase(name, 80))
                if changed
                else _("%(name)s was already saved.", name=phrase(name, 80))
            )
    there = url_for("tests.page", assignment_id=assignment_id, file=name, line=form.get("line") or None)
    if form.get("kind") == "publish":
        return redirect(url_for("versions.publish_form", assignment_id=assignment_id), 303)
    return begin(assignment_id, form["kind"], there) if form.get("kind") else redirect(there, 303)


def _keep(assignment_id: int, name: str, text: str, seen: str) -> bool:
    """Save one file; says whether that changed it."""
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        before = drafts.contents(visit.session, draft).get(name)
        content = tests_page.typed(text, before)
        if content == before and files.digest(before) == seen:
            return False
        drafts.save(visit, draft, {name: content}, {name: seen})
        return True


def _compare(assignment_id: int, name: str, text: str, error: ChainruleError) -> ResponseReturnValue:
    """Show what could not be saved beside the file as it is now, so that neither is lost."""
    with looking() as visit:
        shown = tests_page.desk(visit, readable(visit, assignment_id))
        theirs = shown.files.get(name)
        mine = tests_page.typed(text, theirs)
        page = render_template(
            "staff/tests_conflict.html",
            assignment=shown.assignment,
            name=name,
            text=text,
            theirs=theirs,
            seen=files.digest(theirs) if theirs is not None else "",
            change=text_diff.one(name, theirs, mine) if theirs != mine else None,
            said=said(error),
            cure=_(_FULL) if isinstance(error, StorageFull) else error.cure,
            conflict=isinstance(error, Conflict),
        )
    return page, error.http_status


_FULL = N_("Keep your text. Remove old versions or submissions, or have the limit raised.")


@pages.post("/assignments/<int:assignment_id>/tests/add")
def add(assignment_id: int) -> ResponseReturnValue:
    """Add an empty file, and open it."""
    name = request.form.get("name", "").strip()
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        _refuse_taken(drafts.digests(visit.session, draft), name)
        drafts.save(visit, draft, {name: b""}, {})
    return _to(assignment_id, name, _("%(name)s is created, and empty.", name=phrase(name, 80)))


@pages.post("/assignments/<int:assignment_id>/tests/rename")
def rename(assignment_id: int) -> ResponseReturnValue:
    """Give a file another name."""
    old, new = request.form.get("name", ""), request.form.get("new", "").strip()
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        content = drafts.contents(visit.session, draft).get(old)
        if content is None:
            raise NotFound(_("there is no such file"), where=phrase(old, 80), cure=_("Open the tests again."))
        _refuse_taken(drafts.digests(visit.session, draft), new)
        changes = {old: None, new: content}
        seen = {old: request.form.get("seen", "")}
        drafts.save(visit, draft, changes, seen)
    return _to(
        assignment_id, new, _("%(old)s is renamed to %(new)s.", old=phrase(old, 80), new=phrase(new, 80))
    )


@pages.post("/assignments/<int:assignment_id>/tests/remove")
def remove(assignment_id: int) -> ResponseReturnValue:
    """Remove a file from the draft."""
    name = request.form.get("name", "")
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        seen = {name: request.form.get("seen", "")}
        drafts.save(visit, draft, {name: None}, seen)
    return _to(
        assignment_id, "", _("%(name)s is removed. The live version is unchanged.", name=phrase(name, 80))
    )


@pages.post("/assignments/<int:assignment_id>/tests/upload")
def upload(assignment_id: int) -> ResponseReturnValue:
    """Put files into the draft, or a zip in the place of all that it has."""
    with looking() as visit:
        teachable(visit, assignment_id)
    folder = request.form.get("folder", "").strip().strip("/")
    given = _uploaded(request.files.getlist("files"))
    zips = [name for name in given if name.lower().endswith(".zip")]
    if zips and len(given) > 1:
        raise UsageError(
            _("a zip was uploaded together with other files"), cure=_("Upload one zip, or single files.")
        )
    with changing() as visit:
        draft = _draft(visit, assignment_id)
        _refuse_changed(draft, request.form.get("revision", -1, int))
        if zips:
            contents = zipped.unpacked(given[zips[0]], phrase(zips[0], 80))
            drafts.replace(visit, draft, contents)
            return _to(
                assignment_id,
                "",
                _("The draft now has the %(number)s files of the zip.", number=len(contents)),
            )
        named = {f"{folder}/{name}" if folder else name: content for name, content in given.items()}
        there = drafts.digests(visit.session, draft)
        drafts.save(visit, draft, named, there)
    words = ", ".join(phrase(each, 80) for each in named)
    return _to(assignment_id, next(iter(named)), _("Uploaded: %(words)s.", words=words))


def _uploaded(uploads: list[FileStorage]) -> Mapping[str, bytes]:
    """Return the files that were chosen. Raises UsageError for none, or for two of one name."""
    found: dict[str, bytes] = {}
    for each in uploads:
        name = PurePosixPath((each.filename or "").replace("\\", "/")).name
        if name in found:
            raise UsageError(
                _("two files have this name"), where=phrase(name, 80), cure=_("Remove one of them.")
            )
        if name and not names.is_junk(name):
            found[name] = each.stream.read()
    if not found:
        raise UsageError(_("no file was chosen"), cure=_("Go back, choose one, and upload it."))
    return found


@pages.post("/assignments/<int:assignment_id>/tests/discard")
def discard(assignment_id: int) -> ResponseReturnValue:
    """Throw the draft away."""
    with changing() as visit:
        assignment = teachable(visit, assignment_id)
        draft = drafts.of(visit.session, assignment)
        if draft is None:
            raise NotFound(_("there is no draft"), cure=_("It was published or discarded meanwhile."))
        _refuse_changed(draft, request.form.get("revision", -1, int))
        drafts.discard(visit, draft)
    return _to(assignment_id, "", _("The draft is discarded. The live version is unchanged."))


@pages.get("/assignments/<int:assignment_id>/tests/draft.zip")
def download(assignment_id: int) -> ResponseReturnValue:
    """Give all files of the draft, or of the live version while there is no draft."""
    with looking() as visit:
        shown = tests_page.desk(visit, readable(visit, assignment_id))
        if not shown.files:
            raise NotFound(_("there are no files yet"), cure=_("Add one first."))
        return zipped.in_a_folder(shown.files, shown.assignment.slug)


@pages.get("/assignments/<int:assignment_id>/tests/files/<path:file_name>")
def file(assignment_id: int, file_name: str) -> ResponseReturnValue:
    """Give one file as it is in the draft, or as the list of samples makes it."""
    with looking() as visit:
        shown = tests_page.desk(visit, readable(visit, assignment_id))
        content = shown.files.get(file_name, shown.made.get(file_name))
        if content is None:
            raise NotFound(_("there is no such file"), where=phrase(file_name, 80))
    return send_file(
        io.BytesIO(content),
        "application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(file_name).name,
    )


def readable(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment whose tests the visitor may read. Raises NotFound, NotAllowed."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_staff(visit.session, visit.actor, found.course_id)
    return found


def teachable(visit: Visit, assignment_id: int) -> AssignmentRow:
    """Return an assignment whose tests the visitor may change. Raises NotFound, NotAllowed."""
    found = access.assignment(visit.session, visit.actor, assignment_id)
    access.require_instructor(visit.session, visit.actor, found.course_id)
    return found


def _draft(visit: Visit, assignment_id: int) -> Draft:
    assignment = teachable(visit, assignment_id)
    return drafts.begin(visit, assignment)


def _refuse_taken(there: Mapping[str, str], name: str) -> None:
    if name in there:
        raise Conflict(
            _("there is already a file of this name"), where=phrase(name, 80), cure=_("Choose another name.")
        )


def _refuse_changed(draft: Draft, revision: int) -> None:
    """Refuse what replaces files that the visitor hasn't seen. Without a draft, one has just begun, at 0."""
    if draft.revision != max(revision, 0):
        who = draft.changed_by.name if draft.changed_by else _("somebody")
        raise Conflict(
            _("%(who)s changed the draft since you opened this page", who=who),
            cure=_("Nothing was changed. Go back, reload the page, and try again."),
        )


def _to(assignment_id: int, name: str, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("tests.page", assignment_id=assignment_id, file=name or None), 303)
