"""Suites as values: what an assignment's rows say, in the words of the model."""

from functools import lru_cache

from grader import assignments, model, schema
from grader.db import Session
from grader.errors import AssignmentError, NotFound
from grader.store import courses, files
from grader.tables import Assignment, Suite


def live_suite(session: Session, assignment: Assignment) -> Suite:
    """Return the version of the tests that hand-ins are graded by. Raises NotFound before there is one."""
    row = courses.suite(session, assignment.live_suite_id) if assignment.live_suite_id else None
    if row is None:
        raise NotFound("this assignment has no tests yet", cure="Publish some first.")
    return row


def asked(session: Session, row: Suite) -> model.Assignment:
    """Return what a version of the tests asks for."""
    return _parsed(files.one_of_suite(session, row.id, assignments.FILE) or b"", row.slug)


def suite(session: Session, row: Suite) -> model.Suite:
    """Return a version of the tests with all files that influence a verdict."""
    contents = files.of_suite(session, row.id, in_suite=True)
    return model.Suite(_parsed(contents.get(assignments.FILE, b""), row.slug), contents)


def extras(session: Session, row: Suite) -> dict[str, bytes]:
    """Return what travels with a version: handout, text, samples."""
    return files.of_suite(session, row.id, in_suite=False)


@lru_cache(maxsize=64)
def _parsed(document: bytes, slug: str) -> model.Assignment:
    return assignments.parse(schema.parse(document, f"{slug}/{assignments.FILE}", AssignmentError), slug)
