"""What needs a person first, in a course."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grader.database.db import Session
from grader.database.store import courses, judgement
from grader.database.tables import AssignmentRow, Course
from grader.services.judgement import judged
from grader.services.reports import class_figures


@dataclass(frozen=True)
class Needs:
    """How many submissions of an assignment are not graded yet, by why.

    ``faults``: we failed to grade them. ``requests``: somebody asked for another look. ``waits``: of those
    that count, how many have a manual part that nobody has judged.
    """

    faults: int = 0
    requests: int = 0
    waits: int = 0

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.faults or self.requests or self.waits)


def of_course(session: Session, course: Course) -> Mapping[int, Needs]:
    """Return what waits, by assignment; assignments where nothing does are left out."""
    faults = judgement.our_faults(session, course.id)
    requests = judgement.open_requests(session, course.id)
    found = {
        each.id: Needs(faults.get(each.id, 0), requests.get(each.id, 0), waiting(session, each))
        for each in courses.assignments(session, course.id)
    }
    return {number: needs for number, needs in found.items() if needs}


def waiting(session: Session, assignment: AssignmentRow) -> int:
    """Return how many of the submissions that count have a manual part that nobody has judged."""
    return len(unjudged(session, assignment))


def first(session: Session, assignment: AssignmentRow) -> int | None:
    """Return the first of the submissions that count and are not graded yet."""
    return next(iter(unjudged(session, assignment)), None)


def unjudged(session: Session, assignment: AssignmentRow) -> Sequence[int]:
    """Return the submissions that count and have a manual part that nobody has judged, by number."""
    decided = judged.of_assignment(session, assignment)
    if decided.asked is None or not decided.asked.manual:
        return ()
    return [each for each in sorted(class_figures.counting(session, assignment)) if decided.waits(each)]
