"""A course whose instructor works on a draft, for tests of drafts and trials."""

from grader.database.store import drafts as store
from grader.database.tables import AssignmentRow, Trial, TrialKind, User
from grader.services.act import Act, Visit
from grader.services.grading import gradings
from grader.services.tests import drafts, publishing, trial_progress, trials
from tests.classroom import NOW, SECRET, open_classroom, report

EXPECTED = b"""[[samples]]
file = "accepted/mlp.py"
[[samples]]
file = "wrong/mlp.py"
score = 10.0
[samples.scores]
"MLP.forward" = 10.0
"MLP.backward" = 0.0
"""
SAMPLES = {
    "submissions/expected.toml": EXPECTED,
    "submissions/accepted/mlp.py": b"right = True\n",
    "submissions/wrong/mlp.py": b"right = False\n",
}
CHANGED = {
    "submissions/expected.toml": EXPECTED.replace(
        b'"wrong/mlp.py"\n', b'"wrong/mlp.py"\nfrom = "accepted/mlp.py"\nreplace = [["True", "False"]]\n'
    ),
    "submissions/accepted/mlp.py": b"right = True\n",
}
"""The same samples, the wrong one as a change to the right one."""


class Studio:
    """Works on the draft of the classroom's assignment; each method is one transaction."""

    def __init__(self, database, now=NOW):
        self.database = database
        self.now = now
        with database.transaction() as session:
            self.room = open_classroom(session)

    def assignment(self, session):
        return session.get(AssignmentRow, self.room.assignment.id)

    def actor(self, session, name="instructor"):
        return session.get(User, getattr(self.room, name).id)

    def save(self, changes, seen=None, name="instructor"):
        """Change files of the draft, from what they are now if `seen` doesn't say otherwise."""
        with self.database.transaction() as session:
            draft = self.draft(session, name)
            if seen is None:
                seen = drafts.digests(session, draft)
            drafts.save(Act(session, self.actor(session, name), self.now), draft, changes, seen)
            return draft.revision

    def draft(self, session, name="instructor"):
        return drafts.begin(Act(session, self.actor(session, name), self.now), self.assignment(session))

    def files(self):
        with self.database.reading() as session:
            return drafts.contents(session, drafts.of(session, self.assignment(session)))

    def start(self, kind=TrialKind.VERIFY, hand_ins=None):
        """Start a trial; returns its number."""
        with self.database.transaction() as session:
            draft = self.draft(session)
            found = trials.sound(session, draft)
            if hand_ins is None:
                hand_ins = trials.of_samples(found)
            visit = Visit(session, self.actor(session), self.now)
            started = trials.start(visit, draft, found, kind, hand_ins, secret=SECRET)
            return started.trial.id

    def grade_all(self, trial, answer):
        """Grade what waits of a trial as a worker does; ``answer``: claim → report."""
        with self.database.reading() as session:
            waiting = [each.id for each in store.runs(session, trial)]
        for each in waiting:
            with self.database.transaction() as session:
                claim = gradings.claim(session, each, "w", now=self.now)
            with self.database.transaction() as session:
                gradings.record(session, each, claim.attempt, answer(claim), now=self.now)

    def settled(self, trial):
        with self.database.transaction() as session:
            return trial_progress.settled(session, session.get(Trial, trial), now=self.now)

    def verify(self, answer=None):
        trial = self.start()
        self.grade_all(trial, answer or honest)
        return self.settled(trial)

    def seen(self):
        """What somebody who opens the page now sees: the draft's revision and the live version."""
        with self.database.reading() as session:
            draft = drafts.of(session, self.assignment(session))
            return {"revision": draft.revision, "live": self.assignment(session).live_suite_id}

    def publish(self, name="instructor", seen=None, **more):
        """Publish the draft; returns the new version's number."""
        seen = seen or self.seen()
        with self.database.transaction() as session:
            draft = self.draft(session)
            visit = Visit(session, self.actor(session, name), self.now)
            return publishing.publish(visit, draft, **seen, **more).id

    def standing(self):
        with self.database.transaction() as session:
            return publishing.standing(session, self.draft(session), now=self.now)


def honest(claim):
    """Return the report that a hand-in of ``SAMPLES`` must get; of an empty file, one without a case."""
    source = claim.submission.files["mlp.py"]
    if b"right" not in source:
        return report(claim, cases=())
    return report(claim, right=b"True" in source)


def lenient(claim):
    """Return a report that lets everything pass."""
    return report(claim, right=True)
