"""A classroom whose hand-ins were graded, and another version of its tests, for tests of regrades."""

from datetime import timedelta

from grader.database.store import regrades as store
from grader.database.tables import AssignmentRow, Grading, Regrade, SubmissionRow, SuiteRow
from grader.model import CaseResult, Fact, Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from grader.services.regrades import regrade_progress, regrades
from grader.services.regrades.choosing import SubmissionChoice
from tests.classroom import NOW, SECRET, open_classroom, report, submit, suite

HOUR = timedelta(hours=1)
OTHER = suite(test_more_py=b"def test(): pass\n")


class Desk:
    """The database, and what is done to a regrade in it, one transaction each."""

    def __init__(self, database):
        self.database = database
        with database.transaction() as session:
            self.room = open_classroom(session)
            row = courses.publish_suite(
                Act(session, self.room.ta, NOW), self.assignment(session), OTHER, live=False
            )
            self.suite = row.id

    def publish(self, content):
        """Keep one more version of the tests, which is not live; returns its number."""
        with self.database.transaction() as session:
            made = suite(test_more_py=content)
            row = courses.publish_suite(
                Act(session, self.room.ta, NOW), self.assignment(session), made, live=False
            )
            return row.id

    def assignment(self, session):
        return session.get(AssignmentRow, self.room.assignment.id)

    def hand_in(self, *names, right=True, at=NOW):
        """Hand in for each and grade it; returns the submissions."""
        ids = []
        for name in names:
            with self.database.transaction() as session:
                files = {"mlp.py": f"# {name} {at}\n".encode()}
                made = submit(session, self.room, getattr(self.room, name), files, at)
                ids.append(made.submission.id)
                number = made.grading.id
            self.grade(number, right=right)
        return ids

    def grade(self, number, right=True, at=NOW, **more):
        """Claim a grading and record a report; returns the claim, None when there was nothing to claim."""
        with self.database.transaction() as session:
            claim = gradings.claim(session, number, "w", now=at)
        if claim is None:
            return None
        if isinstance(right, dict):
            right = right[claim.submission_id]
        with self.database.transaction() as session:
            assert gradings.record(session, number, claim.attempt, report(claim, right, **more), now=at)
        return claim

    def start(self, now=NOW + HOUR, suite=None, **choice):
        """Start a regrade under the other tests; returns its number."""
        with self.database.transaction() as session:
            row = session.get(SuiteRow, suite or self.suite)
            return regrades.start(
                Act(session, self.room.instructor, now),
                self.assignment(session),
                row,
                SubmissionChoice(**choice),
                secret=SECRET,
            ).regrade.id

    def grade_all(self, regrade, right=True, now=NOW + HOUR):
        """Grade what is left of a regrade; returns how many."""
        with self.database.reading() as session:
            numbers = store.to_do(session, regrade, now)
        return sum(self.grade(number, right, now) is not None for number in numbers)

    def do(self, step, regrade, now=NOW + 2 * HOUR, **more):
        """Take a step with a regrade, such as ``regrades.pause``."""
        with self.database.transaction() as session:
            row = session.get(Regrade, regrade)
            return step(Act(session, self.room.instructor, now), row, **more)

    def basis(self):
        with self.database.reading() as session:
            return regrades.basis(session, self.assignment(session))

    def make_live(self, regrade, seen=None):
        return self.do(regrades.make_live, regrade, seen=seen or self.basis())

    def progress(self, regrade):
        with self.database.reading() as session:
            return regrade_progress.progress(session, session.get(Regrade, regrade))

    def scores(self):
        """Return the live score of each submission."""
        with self.database.reading() as session:
            rows = session.query(SubmissionRow.id, Grading.score).join(
                Grading, Grading.submission_id == SubmissionRow.id
            )
            return dict(rows.filter(Grading.live.is_(True)).all())


def cases(backward):
    """Return the cases of a report by how backward's ended."""
    return (
        CaseResult("f/1", "y_hat", "MLP.forward", Verdict.PASSED, Fact("ok")),
        CaseResult("b/1", "dJdW1", "MLP.backward", backward, Fact("ok")),
    )
