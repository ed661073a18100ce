"""A course's gradebook: every student with the result that counts of each assignment. For staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from grader.database.db import Session
from grader.database.store import courses
from grader.database.tables import AssignmentRow, Course, User
from grader.services.grading import results
from grader.services.grading.results import GradebookRow


@dataclass(frozen=True)
class GradebookLine:
    """One student: a cell for each assignment of the book, and what the scores there are make together."""

    user: User
    cells: tuple[GradebookRow, ...]

    @property
    def total(self) -> float | None:
        """The sum of the scores; None before there is any. What is excused is in no sum."""
        scores = [
            each.result.score
            for each in self.cells
            if each.result and each.result.score is not None and not each.excused
        ]
        return fsum(scores) if scores else None


@dataclass(frozen=True)
class Book:
    """The assignments that students know, soonest due first, and a line for each student by name."""

    assignments: tuple[AssignmentRow, ...]
    lines: tuple[GradebookLine, ...]

    def mean(self, place: int) -> float | None:
        """Return the mean score of an assignment, over those who have one."""
        cells = [each.cells[place] for each in self.lines]
        scores = [
            each.result.score
            for each in cells
            if each.result and each.result.score is not None and not each.excused
        ]
        return fsum(scores) / len(scores) if scores else None


def book(session: Session, course: Course) -> Book:
    """Return the gradebook of a course; assignments without published tests are not in it."""
    shown = [each for each in courses.assignments(session, course.id) if each.live_suite_id is not None]
    columns: Sequence[Sequence[GradebookRow]] = [results.gradebook(session, each) for each in shown]
    return Book(
        tuple(shown), tuple(GradebookLine(cells[0].user, cells) for cells in zip(*columns, strict=True))
    )
