"""What stands above every page of an assignment for its staff: the live version, and what a draft changes."""

from dataclasses import dataclass

from grader.database.db import Session
from grader.database.store import courses
from grader.database.store import drafts as store
from grader.database.tables import AssignmentRow, Draft, SuiteRow
from grader.services.tests import drafts


@dataclass(frozen=True)
class Head:
    """An assignment's live version (None before the first), its draft (None without one), and what differs.

    ``differing``: how many files the draft adds, removes or has otherwise than the live version.
    """

    assignment: AssignmentRow
    live: SuiteRow | None
    draft: Draft | None
    differing: int = 0


def head(session: Session, assignment: AssignmentRow) -> Head:
    """Return how an assignment stands; no file is read for it."""
    live = courses.suite(session, assignment.live_suite_id) if assignment.live_suite_id else None
    draft = drafts.of(session, assignment)
    if draft is None:
        return Head(assignment, live, None)
    theirs = store.digests_of_suite(session, live.id) if live else {}
    ours = drafts.digests(session, draft)
    differing = sum(theirs.get(name) != ours.get(name) for name in theirs.keys() | ours.keys())
    return Head(assignment, live, draft, differing)
