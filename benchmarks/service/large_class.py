"""How long staff waits for the pages of a large class: in process, the database a SQLite file.

The submissions are samples that ship, each graded once by the engine; what came of that is recorded as often
as a class hands in, by the services that record it for a worker.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.service.course import ASSIGNMENT, fill, sample
from benchmarks.service.rush import SAMPLES
from grader import bootstrap, clock
from grader.assignment import assignment_folder
from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database
from grader.database.store import courses, people
from grader.database.tables import Role, User
from grader.model import Report, Submission
from grader.queue.batch import Grader, Plan, grade_all
from grader.reading.submissions import HandIn
from grader.services.act import Visit
from grader.services.grading import gradings, submitting
from grader.web import create_app

SECRET = b"benchmarks of a large class"
TURNS = 15
# So many hand-ins in a transaction: what nobody waits for need not be committed one by one.
AT_ONCE = 500


@dataclass(frozen=True)
class Waited:
    """Seconds that a page took each time, from request to the last byte of its answer, and its bytes."""

    page: str
    seconds: tuple[float, ...]
    size_bytes: int

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.seconds)

    @property
    def worst(self) -> float:
        """The greatest."""
        return max(self.seconds)


@dataclass(frozen=True)
class Measured:
    """A class of so many students, each with so many submissions, the cases kept of them, and its pages."""

    students: int
    each: int
    cases: int
    pages: tuple[Waited, ...]


class Nowhere:
    """A dispatcher that sends nothing: all is graded."""

    def send(self, grading_id: int) -> None:
        """Send nothing."""


Opening = Callable[[Settings], AbstractContextManager[Grader]]
"""Gives what grades the samples."""


def measure(
    students: int, each: int, turns: int = TURNS, open_grader: Opening = bootstrap.open_grader
) -> Measured:
    """Fill a database with the class and ask for its pages so many times, after once that is not counted."""
    with tempfile.TemporaryDirectory(prefix="chainrule-class-") as name, _database(Path(name)) as database:
        cases = _fill(database, students, each, open_grader)
        teacher = _teacher(database, Path(name))
        pages = [_waited(teacher, page, path, turns) for page, path in _pages(database).items()]
    return Measured(students, each, cases, tuple(pages))


@contextmanager
def _database(folder: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{folder}/chainrule.db")
    try:
        migrations.migrate(database)
        yield database
    finally:
        database.close()


def _graded(open_grader: Opening) -> Sequence[tuple[Mapping[str, bytes], Report]]:
    """Return each sample with the engine's report on it."""
    folder = assignment_folder.shipped_folder()
    assert folder is not None
    suite = assignment_folder.load(folder / ASSIGNMENT)
    entry, settings = suite.assignment.entry, Settings()
    submissions = [Submission({entry: sample(name)}) for name in SAMPLES]
    hand_ins = [HandIn(name, each) for name, each in zip(SAMPLES, submissions, strict=True)]
    with open_grader(settings) as grader:
        outcomes = list(grade_all(grader, hand_ins, Plan(suite, SECRET, jobs=settings.parallel)))
    reports = [each.report for each in outcomes if each.report is not None]
    return [(each.files, report) for each, report in zip(submissions, reports, strict=True)]


def _fill(database: Database, students: int, each: int, open_grader: Opening) -> int:
    """Hand in and record for everybody; return how many cases are kept.

    The turns go through the class, and everybody begins with another sample, so that what counts is mixed.
    """
    fill(database, students)
    graded = _graded(open_grader)
    turns = ((student, turn) for turn in range(each) for student in range(students))
    cases = 0
    while part := list(islice(turns, AT_ONCE)):
        mixed = [(student, *graded[(student + turn) % len(graded)]) for student, turn in part]
        cases += _hand_in(database, mixed)
    return cases


def _hand_in(database: Database, part: Sequence[tuple[int, Mapping[str, bytes], Report]]) -> int:
    with database.transaction() as session:
        [course] = courses.courses(session)
        [assignment] = courses.assignments(session, course.id)
        users = [each.user for each in people.roster(session, course.id) if each.role is Role.STUDENT]
        for student, files, report in part:
            now = clock.now()
            made = submitting.submit(
                Visit(session, users[student], now), assignment, files, received_at=now, secret=SECRET
            )
            claim = gradings.claim(session, made.grading.id, "benchmark", now=now)
            assert claim is not None
            gradings.record(session, made.grading.id, claim.attempt, report, now=now)
    return sum(len(report.cases) for _, _, report in part)


def _teacher(database: Database, folder: Path) -> FlaskClient:
    """Return a browser in which the teacher is signed in."""
    app = create_app(Settings(data=str(folder), secret="s" * 32), database, Nowhere())
    client = app.test_client()
    with database.reading() as session:
        user = people.user_by_email(session, "teacher@example.org")
        assert isinstance(user, User)
        known = f"{user.id}.{user.session_version}"
    with client.session_transaction() as cookie:
        cookie["_user_id"] = known
    return client


def _pages(database: Database) -> Mapping[str, str]:
    """Return what is asked for."""
    with database.reading() as session:
        [course] = courses.courses(session)
        [assignment] = courses.assignments(session, course.id)
        listed, own = f"/courses/{course.id}/submissions", f"assignment={assignment.id}"
        return {
            "class": f"/assignments/{assignment.id}/class",
            "submissions, newest first": listed,
            "the last page of them": f"{listed}?order=oldest&page=100",
            "lowest score first": f"{listed}?order=lowest",
            "one student's": f"{listed}?text=student77@",
            "with a case out of time": f"{listed}?verdict=timeout",
            "with `MLP.backward` not correct": f"{listed}?{own}&function=MLP.backward",
            "that make one mistake": f"{listed}?{own}&mistake=half",
            "that count, by a bar of the distribution": f"{listed}?{own}&counting=1&tenth=8",
        }


def _waited(browser: FlaskClient, page: str, path: str, turns: int) -> Waited:
    sizes, seconds = [], []
    for _ in range(turns + 1):
        began = time.perf_counter()
        answer = browser.get(path)
        seconds.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
        sizes.append(len(answer.data))
    return Waited(page, tuple(seconds[1:]), sizes[-1])
