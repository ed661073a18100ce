"""A course with people and an assignment, made through the services, for tests of what is built on them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from grader.assignment import assignment_folder
from grader.database.tables import AssignmentRow, Course, Role, User
from grader.model import CaseResult, Fact, Report, Status, Verdict
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import submitting
from grader.services.people import accounts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = b"s" * 32
TOML = b"""title = "Nets"
entry = "mlp.py"
[[functions]]
name = "MLP.forward"
points = 10
[[functions]]
name = "MLP.backward"
points = 20
"""
SUITE_FILES = {"assignment.toml": TOML, "test_nets.py": b"def test(): pass\n"}
EXTRAS = {"handout/mlp.py": b"class MLP: ...\n", "text.md": b"# Nets\n"}
RIGHT = {"mlp.py": b"class MLP: right = True\n"}
MINUTE = timedelta(minutes=1)
NO_RULES = Rules()


@dataclass
class Classroom:
    """Who and what there is; rows stay usable in later sessions by their ids."""

    course: Course
    assignment: AssignmentRow
    admin: User
    instructor: User
    ta: User
    ada: User
    bob: User
    eve: User
    stranger: User


def suite(toml=TOML, slug="nets", **files):
    """Return a suite as a value."""
    more = {name.replace("_py", ".py"): content for name, content in files.items()}
    return assignment_folder.from_files(
        {**SUITE_FILES, "assignment.toml": toml, **more}, slug=slug, where=slug
    )


def open_classroom(session, rules=NO_RULES, **course):
    """Make the people, the course and its assignment."""
    people = {
        name: accounts.create_user(
            Act(session, None, NOW), f"{name}@example.org", name.title(), is_admin=name == "admin"
        )
        for name in ("admin", "instructor", "ta", "ada", "bob", "eve", "stranger")
    }
    room = courses.create_course(Act(session, people["instructor"], NOW), "nets", "Nets", **course)
    courses.enrol(Act(session, people["instructor"], NOW), room, people["ta"], Role.TA)
    for name in ("ada", "bob", "eve"):
        courses.enrol(Act(session, people["instructor"], NOW), room, people[name], Role.STUDENT)
    assignment = courses.add_assignment(
        Act(session, people["instructor"], NOW), room, suite(), rules, extras=EXTRAS
    )
    session.flush()
    return Classroom(room, assignment, **people)


def submit(session, room, user, files=RIGHT, at=NOW, now=None, **more):
    """Hand in at a moment."""
    visit = Visit(session, session.get(User, user.id), now or at)
    given = {"received_at": at, "secret": SECRET} | more
    return submitting.submit(visit, session.get(AssignmentRow, room.assignment.id), files, **given)


def report(claim, right=True, status=Status.GRADED, **more):
    """Return a report that answers a claim: all cases right, or backward wrong."""
    verdict = Verdict.PASSED if right else Verdict.FAILED
    cases = (
        CaseResult("f/1", "y_hat", "MLP.forward", Verdict.PASSED, Fact("ok")),
        CaseResult(
            "b/1", "dJdW1", "MLP.backward", verdict, Fact("ok") if right else Fact("not_close", {"name": "W"})
        ),
    )
    given = {
        "assignment": claim.suite.assignment.slug,
        "suite": claim.suite.digest,
        "submission": claim.submission.digest,
        "device": claim.device,
        "seed": claim.seed,
        "status": status,
        "cases": cases if status is Status.GRADED else (),
    }
    return Report(**(given | more))
