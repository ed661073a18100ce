"""Suites as values: what an assignment's rows say, in the words of the model."""

from functools import lru_cache

from grader import model
from grader.assignment import assignment_folder, assignment_toml
from grader.database.db import Session
from grader.database.store import audit, courses, files, regrades
from grader.database.tables import AssignmentRow, SuiteRow
from grader.errors import AssignmentError, Conflict, NotFound
from grader.model import schema
from grader.model.language import _
from grader.services.act import Act


def live_suite(session: Session, assignment: AssignmentRow) -> SuiteRow:
    """Return the version of the tests that hand-ins are graded by. Raises NotFound before there is one."""
    row = courses.suite(session, assignment.live_suite_id) if assignment.live_suite_id else None
    if row is None:
        raise NotFound(_("this assignment has no tests yet"), cure=_("Publish them first."))
    return row


def asked(session: Session, row: SuiteRow) -> model.Assignment:
    """Return what a version of the tests asks for."""
    return _parsed(files.one_of_suite(session, row.id, assignment_folder.FILE) or b"", row.slug)


def suite(session: Session, row: SuiteRow) -> model.Suite:
    """Return a version of the tests with all files that influence a verdict."""
    contents = files.of_suite(session, row.id, in_suite=True)
    return model.Suite(_parsed(contents.get(assignment_folder.FILE, b""), row.slug), contents)


def extras(session: Session, row: SuiteRow) -> dict[str, bytes]:
    """Return what travels with a version: handout, text, samples."""
    return files.of_suite(session, row.id, in_suite=False)


def given(session: Session, row: SuiteRow) -> dict[str, bytes]:
    """Return what students may have of a version: what travels with it, and what lies beside a hand-in."""
    suite = files.of_suite(session, row.id, in_suite=True)
    return extras(session, row) | {
        name: each for name, each in suite.items() if name.startswith(model.MOUNTED)
    }


def remove(act: Act, assignment: AssignmentRow, row: SuiteRow) -> None:
    """Remove a version that was never used. Raises Conflict for one that is live, regraded with, or ran."""
    why, cure = _needed(act.session, assignment, row)
    if why:
        raise Conflict(_("these tests can't be removed: %(why)s", why=why), where=row.digest[:6], cure=cure)
    about, before = f"assignment:{assignment.id}", {"suite": row.id, "digest": row.digest}
    regrades.remove_suite(act.session, row.id)
    audit.note(
        act.session,
        act.now,
        act.actor,
        "assignment.suite_removed",
        about,
        course_id=assignment.course_id,
        before=before,
    )


def _needed(session: Session, assignment: AssignmentRow, row: SuiteRow) -> tuple[str, str]:
    """Return what a version is needed for, and what to do about it; empty for nothing."""
    if assignment.live_suite_id == row.id:
        return _("submissions are graded by them"), _("Make others live first.")
    used = regrades.using(session, row.id)
    running = next((each for each in used if each.state in regrades.OPEN), None)
    if running is not None:
        return (
            _("regrade %(number)s uses them", number=running.id),
            _("Cancel or discard it first; even then its gradings refer to them."),
        )
    number = regrades.gradings_under(session, row.id)
    if number or used:
        return _("%(number)s gradings refer to them", number=number), _(
            "They do no harm: only live tests grade submissions."
        )
    return "", ""


@lru_cache(maxsize=64)
def _parsed(document: bytes, slug: str) -> model.Assignment:
    return assignment_toml.parse(
        schema.parse(document, f"{slug}/{assignment_folder.FILE}", AssignmentError), slug
    )
