"""Where a regrade is done: in the database of this machine, or on a server over its API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from grader.arithmetic import seeds
from grader.assignment import assignment_folder
from grader.bootstrap import Services
from grader.cli.client import Client
from grader.errors import NotFound, UsageError
from grader.forms import regrade_structs
from grader.model.language import _
from grader.services.act import Act

if TYPE_CHECKING:
    from grader.database.db import Database, Session
    from grader.database.tables import AssignmentRow, Regrade, SuiteRow
    from grader.services.regrades.choosing import SubmissionChoice

Tell = Callable[[regrade_structs.RegradeForm], None]
POLL_SECONDS = 1.0
_RUNNING = "running"


class Place(Protocol):
    """Does a regrade. ``begin`` takes up the undecided one of the same wish, if there is one."""

    def begin(self, wish: regrade_structs.RegradeWishForm) -> regrade_structs.RegradeForm:
        """Start a regrade or take it up again; with ``dry_run`` only say what it would be of."""

    def work(self, regrade_id: int, tell: Tell) -> regrade_structs.RegradeForm:
        """See it through, telling how far it is; returns how it ended."""

    def changes(self, regrade_id: int) -> regrade_structs.ChangesForm:
        """Return what it changes."""

    def make_live(self, regrade_id: int, basis: str) -> None:
        """Let its scores be the submissions' scores."""


@dataclass(frozen=True)
class Here:
    """This machine's database, and its engine. ``folder``: tests that may not have been published yet."""

    services: Services
    database: "Database"
    slug: str
    course: str | None
    folder: Path | None
    jobs: int

    def begin(self, wish: regrade_structs.RegradeWishForm) -> regrade_structs.RegradeForm:
        """Start a regrade or take it up again."""
        from grader.database import db
        from grader.services.regrades import choosing, regrade_filling

        choice = choosing.choice(wish.which, wish.students, wish.only)
        unit = self.database.reading if wish.dry_run else self.database.transaction
        with unit() as session:
            assignment = self._assignment(session)
            digest, suite = self._tests(session, assignment, wish.suite)
            if wish.dry_run:
                return regrade_filling.trial(session, assignment, digest, choice)
            suite = suite or self._publish(session, assignment)
            now = db.now(session)
            there = regrade_filling.undecided(session, assignment, suite, choice, now=now)
            return there or self._start(session, assignment, suite, choice, now)

    def _start(
        self,
        session: "Session",
        assignment: "AssignmentRow",
        suite: "SuiteRow",
        choice: "SubmissionChoice",
        now: datetime,
    ) -> regrade_structs.RegradeForm:
        from grader.services.regrades import regrade_filling, regrades

        settings = self.services.settings
        secret = settings.secret.encode() or seeds.secret(settings.data_folder)
        started = regrades.start(
            Act(session, None, now), assignment, suite, choice, secret=secret, tries=settings.attempts
        )
        return regrade_filling.regrade(session, started.regrade, now=now)

    def work(self, regrade_id: int, tell: Tell) -> regrade_structs.RegradeForm:
        """Grade what is left on this machine. Raises SandboxUnavailable where nothing can be graded."""
        from grader.queue import regrading

        found = regrading.look(self.database, regrade_id)
        if found.state != _RUNNING:
            return found
        self._check_device(regrade_id)
        with self.services.open_grader() as grader:
            watched = regrading.Watched(grader)

            def grade(number: int, name: str) -> None:
                self.services.grade_row(number, self.database, watched, name)
                watched.check()

            crew = regrading.Crew(grade, self.jobs, regrading.Crew.own_name())
            return regrading.run(self.database, regrade_id, crew, tell)

    def changes(self, regrade_id: int) -> regrade_structs.ChangesForm:
        """Return what it changes."""
        from grader.services.regrades import regrade_filling

        with self.database.reading() as session:
            return regrade_filling.changes(session, self._regrade(session, regrade_id))

    def make_live(self, regrade_id: int, basis: str) -> None:
        """Let its scores be the submissions' scores."""
        from grader.database import db
        from grader.services.regrades import regrades

        with self.database.transaction() as session:
            row = self._regrade(session, regrade_id)
            regrades.make_live(Act(session, None, db.now(session)), row, seen=basis)

    def _regrade(self, session: "Session", regrade_id: int) -> "Regrade":
        from grader.database.tables import Regrade

        return session.get_one(Regrade, regrade_id)

    def _assignment(self, session: "Session") -> "AssignmentRow":
        from grader.database.store import courses

        listed = [
            each
            for course in courses.courses(session)
            for each in courses.assignments(session, course.id)
            if self.course in (None, course.slug)
        ]
        found = [each for each in listed if each.slug == self.slug]
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(each.course.slug for each in found)
            raise UsageError(
                _("%(slug)s is in several courses", slug=self.slug),
                where="--course",
                cure=_("Choose one: %(named)s.", named=named),
            )
        known = ", ".join(dict.fromkeys(each.slug for each in listed))
        raise NotFound(
            _("no course has this assignment"),
            where=self.slug,
            cure=_("Available: %(known)s.", known=known)
            if known
            else _("Add one with chainrule admin assignment."),
        )

    def _tests(
        self, session: "Session", assignment: "AssignmentRow", digest: str
    ) -> "tuple[str, SuiteRow | None]":
        """Return the digest of the tests, and their row if they have been published."""
        from grader.database.store import courses
        from grader.services.regrades import choosing

        if self.folder is None:
            row = choosing.version(session, assignment, digest)
            return row.digest, row
        suite = assignment_folder.load(self.folder)
        if suite.assignment.slug != assignment.slug:
            raise UsageError(
                _("these are the tests of %(slug)s", slug=suite.assignment.slug),
                where=str(self.folder),
                cure=_("Give the tests of %(slug)s.", slug=self.slug),
            )
        found = (each for each in courses.suites(session, assignment.id) if each.digest == suite.digest)
        return suite.digest, next(found, None)

    def _publish(self, session: "Session", assignment: "AssignmentRow") -> "SuiteRow":
        """Keep the tests of the folder as a version that is not live."""
        from grader.database import db
        from grader.services.courses import courses

        assert self.folder is not None  # whatever has no folder was found by its digest
        suite, everything = assignment_folder.load(self.folder), assignment_folder.read_all(self.folder)
        extras = {name: each for name, each in everything.items() if name not in suite.files}
        return courses.publish_suite(
            Act(session, None, db.now(session)),
            assignment,
            suite,
            extras=extras,
            note="for a regrade",
            live=False,
        )

    def _check_device(self, regrade_id: int) -> None:
        from grader.database.store import regrades

        with self.database.reading() as session:
            device = regrades.device(session, regrade_id)
        if device == "gpu" and self.services.settings.device != "cuda":
            raise UsageError(
                _("these tests need a GPU, but this machine grades on the CPU"),
                where="CHAINRULE_DEVICE",
                cure=_("Run it where CHAINRULE_DEVICE=cuda. The regrade waits; GPU workers take it too."),
            )


@dataclass(frozen=True)
class There:
    """A server, whose workers grade."""

    client: Client
    slug: str
    course: str | None
    sleep: Callable[[float], None] = time.sleep

    def begin(self, wish: regrade_structs.RegradeWishForm) -> regrade_structs.RegradeForm:
        """Start a regrade or take it up again."""
        return self.client.start_regrade(self.client.assignment(self.slug, self.course), wish)

    def work(self, regrade_id: int, tell: Tell) -> regrade_structs.RegradeForm:
        """Wait until the server's workers are through, or somebody stops it."""
        while True:
            found = self.client.regrade(regrade_id)
            tell(found)
            if found.state != _RUNNING:
                return found
            self.sleep(POLL_SECONDS)

    def changes(self, regrade_id: int) -> regrade_structs.ChangesForm:
        """Return what it changes."""
        return self.client.changes(regrade_id)

    def make_live(self, regrade_id: int, basis: str) -> None:
        """Let its scores be the submissions' scores."""
        self.client.step_regrade(regrade_id, regrade_structs.RegradeStepForm("live", basis))
