"""Regrading a class against the bare engine, in one run: at a shell, and by the service's workers."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count, cycle, islice
from pathlib import Path

from benchmarks.service.browser import Browser
from benchmarks.service.course import ASSIGNMENT, PASSWORD, Class, fill, sample
from benchmarks.service.latency import hand_in
from benchmarks.service.running import Service, service, variables
from benchmarks.service.rush import SAMPLES
from grader import bootstrap, clock, config
from grader.assignment import assignment_folder
from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database, Session
from grader.database.store import courses
from grader.database.store.people import roster
from grader.database.tables import AssignmentRow, RegradeState, Role
from grader.model import Report, Submission
from grader.queue.batch import Plan, grade_all
from grader.reading.submissions import HandIn
from grader.services.act import Visit
from grader.services.grading import gradings, submitting
from grader.services.regrades import regrade_progress
from grader.services.regrades.regrade_progress import RegradeProgress

SECRET = b"benchmarks of regrades"
STUDENTS = 50
TURNS = 4
POLL_SECONDS = 0.5
# A student hands in this often while the service regrades.
UPLOAD_SECONDS = 5.0
# What a killed process held is free again after so long; a minute of waiting would be no figure.
LEASES = {"CHAINRULE_LEASE_SECONDS": "10", "CHAINRULE_HEARTBEAT_SECONDS": "2"}


@dataclass(frozen=True)
class Regraded:
    """Seconds for so many submissions: the bare engine's, the command's, the service's.

    Engine and command took turns, each with a share of the submissions; ``beside`` is the engine's time for
    one such share before and after the service's (``workers``). The first two count from nothing running, the
    service ran. ``killed``: the command's seconds before and after it was killed in the middle; ``twice``:
    gradings begun twice because of it. ``uploads``: seconds from upload to score of a student's hand-ins
    while the service regraded.
    """

    number: int
    share: int
    jobs: int
    engine: tuple[float, ...]
    command: tuple[float, ...]
    killed: tuple[float, float]
    twice: int
    beside: tuple[float, float]
    workers: float
    uploads: tuple[float, ...]


def measure(number: int, turns: int = TURNS) -> Regraded:
    """Regrade so many submissions each way. What else runs on the machine falls on both that take turns."""
    share = number // turns
    names = islice(cycle(SAMPLES), share * turns)
    sources = [sample(name) + f"\n# {place}\n".encode() for place, name in enumerate(names)]
    engine, command = [], []
    for start in range(0, share * turns, share):
        part = sources[start : start + share]
        reports, seconds = _engine(part)
        engine.append(seconds)
        with _shell(part, reports) as shell:
            command.append(shell.whole())
    with _shell(part, reports) as shell:
        killed, twice = shell.killed()
    _, before = _engine(part)
    workers, uploads = _workers(part, reports)
    _, after = _engine(part)
    times = tuple(engine), tuple(command), killed, twice, (before, after), workers, uploads
    return Regraded(share * turns, share, Settings().parallel, *times)


def _engine(sources: Sequence[bytes]) -> tuple[list[Report], float]:
    """Grade with nothing but the engine; return the reports and the seconds."""
    folder = assignment_folder.shipped_folder()
    assert folder is not None
    suite = assignment_folder.load(folder / ASSIGNMENT)
    entry = suite.assignment.entry
    hand_ins = [HandIn(entry, Submission({entry: each})) for each in sources]
    settings = Settings()
    began = time.monotonic()
    with bootstrap.open_grader(settings) as grader:
        outcomes = list(grade_all(grader, hand_ins, Plan(suite, SECRET, jobs=settings.parallel)))
    seconds = time.monotonic() - began
    return [each.report for each in outcomes if each.report is not None], seconds


def _hand_in_all(
    database: Database, people: Class, sources: Sequence[bytes], reports: Sequence[Report]
) -> None:
    """Put graded submissions into the database, all in a transaction: nobody else may grade them first."""
    with database.transaction() as session:
        assignment = _assignment(session)
        places = [each.user for each in roster(session, assignment.course_id) if each.role is Role.STUDENT]
        for source, report, user in zip(sources, reports, cycle(places), strict=False):
            now, files = clock.now(), {people.entry: source}
            made = submitting.submit(
                Visit(session, user, now), assignment, files, received_at=now, secret=SECRET
            )
            claim = gradings.claim(session, made.grading.id, "benchmark", now=now)
            assert claim is not None
            gradings.record(session, made.grading.id, claim.attempt, report, now=now)


def _assignment(session: Session) -> AssignmentRow:
    [course] = courses.courses(session)
    [assignment] = courses.assignments(session, course.id)
    return assignment


@contextmanager
def _shell(sources: Sequence[bytes], reports: Sequence[Report]) -> "Iterator[_Shell]":
    with (
        tempfile.TemporaryDirectory(prefix="chainrule-regrade-") as folder,
        closing(_Shell(Path(folder), sources, reports)) as shell,
    ):
        yield shell


class _Shell:
    """A data folder with graded submissions, and the command at work on it."""

    def __init__(self, folder: Path, sources: Sequence[bytes], reports: Sequence[Report]) -> None:
        self._environment = variables(folder, "redis") | LEASES
        self._database = Database(config.load(self._environment).database)
        self._number = len(sources)
        migrations.migrate(self._database)
        _hand_in_all(self._database, fill(self._database, STUDENTS), sources, reports)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def whole(self) -> float:
        """Regrade and make it live; return the seconds."""
        with _command(self._environment, "--apply") as process:
            return _wait(process)

    def killed(self) -> tuple[tuple[float, float], int]:
        """Regrade with a kill in the middle; return the seconds before and after, and what ran then."""
        began = time.monotonic()
        with _command(self._environment) as first:
            _until(self._database, self._number // 2)
            os.killpg(first.pid, signal.SIGKILL)
        before, lost = time.monotonic() - began, _newest(self._database).running
        with _command(self._environment, "--apply") as second:
            after = _wait(second)
        if _newest(self._database).graded != self._number:
            raise RuntimeError("not every submission was graded once")
        return (before, after), lost


@contextmanager
def _command(environment: Mapping[str, str], *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    words = [sys.executable, "-m", "grader", "regrade", ASSIGNMENT, *arguments]
    quiet, given = subprocess.DEVNULL, dict(environment)
    with subprocess.Popen(words, env=given, start_new_session=True, stdout=quiet, stderr=quiet) as process:
        try:
            yield process
        finally:
            process.kill()


def _wait(process: "subprocess.Popen[bytes]") -> float:
    began = time.monotonic()
    if process.wait() != 0:
        raise RuntimeError(f"the regrade ended with {process.returncode}")
    return time.monotonic() - began


def _all(database: Database) -> list[RegradeProgress]:
    with database.reading() as session:
        return regrade_progress.all_of(session, _assignment(session))


def _newest(database: Database) -> RegradeProgress:
    return _all(database)[0]


def _until(database: Database, number: int) -> None:
    """Wait until a regrade runs, and so many of it are graded."""
    while not any(each.state is RegradeState.RUNNING and each.graded >= number for each in _all(database)):
        time.sleep(POLL_SECONDS)


def _workers(sources: Sequence[bytes], reports: Sequence[Report]) -> tuple[float, tuple[float, ...]]:
    """Regrade by the service's workers, started on its page, while a student hands in now and then."""
    with service(STUDENTS, transport="redis") as running:
        teacher, student = Browser(running.address), Browser(running.address)
        try:
            student.sign_in(running.people.students[0], PASSWORD)
            hand_in(student, running, 0)  # one that warms everything up
            _hand_in_all(running.database, running.people, sources, reports)
            teacher.sign_in("teacher@example.org", PASSWORD)
            began = time.monotonic()
            page = teacher.get(f"/assignments/{running.people.assignment_id}/regrades")
            teacher.send_fields(page, {"which": "all"})
            uploads = tuple(_uploads(student, running))
            return time.monotonic() - began, uploads
        finally:
            teacher.close()
            student.close()


def _uploads(student: Browser, running: Service) -> Iterator[float]:
    """Hand in again and again until the regrade is through; yield the seconds each time."""
    for turn in count(1):
        until = time.monotonic() + UPLOAD_SECONDS
        while time.monotonic() < until:
            if _newest(running.database).state is RegradeState.DONE:
                return
            time.sleep(POLL_SECONDS)
        yield hand_in(student, running, turn)
