"""A course with people and the first homework, put into a service's database through its services."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grader import clock
from grader.assignment import assignment_folder
from grader.database import passwords
from grader.database.db import Database
from grader.database.tables import Role
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.people import accounts
from grader.verifying import samples

PASSWORD = "nabla nabla nabla"
ASSIGNMENT = "nyu-hw1"


@dataclass(frozen=True)
class Class:
    """Who hands in, and where: all students have the same password."""

    assignment_id: int
    students: tuple[str, ...]
    entry: str


def fill(database: Database, students: int) -> Class:
    """Make the people, the course and its assignment."""
    suite = assignment_folder.load(assignment_folder.find(ASSIGNMENT, [_shipped()]))
    now, hashed = clock.now(), passwords.hashed(PASSWORD)
    names = tuple(f"student{number}@example.org" for number in range(students))
    with database.transaction() as session:
        teacher = accounts.create_user(
            Act(session, None, now), "teacher@example.org", "Teacher", password=hashed
        )
        course = courses.create_course(Act(session, teacher, now), "backprop", "Backpropagation")
        for name in names:
            user = accounts.create_user(Act(session, None, now), name, name, password=hashed)
            courses.enrol(Act(session, teacher, now), course, user, Role.STUDENT)
        made = courses.add_assignment(Act(session, teacher, now), course, suite)
        session.flush()
        return Class(made.id, names, suite.assignment.entry)


def sample(name: str) -> bytes:
    """Return one of the shipped sample submissions, such as ``accepted/solution.py``."""
    return _samples()[name]


@cache
def _samples() -> Mapping[str, bytes]:
    folder = assignment_folder.find(ASSIGNMENT, [_shipped()])
    return samples.as_files(assignment_folder.read_all(folder), str(folder))


def _shipped() -> Path:
    folder = assignment_folder.shipped_folder()
    if folder is None:
        raise FileNotFoundError("no assignments ship with this installation")
    return folder
