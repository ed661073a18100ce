"""After a verification the samples are tried under several seeds, in the background."""

import pytest

from grader.arithmetic import seeds
from grader.database.store import drafts as store
from grader.database.tables import Trial, TrialKind, TrialState
from grader.errors import UsageError
from grader.services.act import Visit
from grader.services.tests import trial_progress, trials
from tests.classroom import SECRET
from tests.services.drafting import SAMPLES, Studio, honest, lenient

SEEDS = 3


@pytest.fixture
def studio(database):
    found = Studio(database)
    found.save(SAMPLES)
    return found


def follow(studio, verified):
    """Do what the page does after a verification was started; returns the new trial's number, if any."""
    with studio.database.transaction() as session:
        draft = studio.draft(session)
        visit = Visit(session, studio.actor(session), studio.now)
        verification = session.get(Trial, verified)
        trials.follow(visit, draft, trials.sound(session, draft), verification, SEEDS, secret=SECRET)
        newest = trials.latest(session, studio.assignment(session))[0]
        return newest.id if newest.kind is TrialKind.SEEDS else None


def state(studio, trial):
    with studio.database.reading() as session:
        return trial_progress.progress(session, session.get(Trial, trial)).state


def by_number(studio, trial, wrong):
    """Return a way to grade that is honest but under the seeds of these numbers."""
    with studio.database.reading() as session:
        digest = session.get(Trial, trial).suite.digest
    unlucky = {seeds.numbered(SECRET, digest, number) for number in wrong}
    return lambda claim: lenient(claim) if claim.seed in unlucky and right(claim) else honest(claim)


def right(claim):
    return b"right" in claim.submission.files["mlp.py"]


def test_every_sample_is_graded_under_the_first_seeds_of_the_pool_as_one_submission(studio):
    trial = follow(studio, studio.start())
    with studio.database.reading() as session:
        runs = store.runs(session, trial)
        digest = session.get(Trial, trial).suite.digest
        assert len(runs) == 3 * SEEDS
        assert len({each.submission_id for each in runs}) == 3
        assert {each.seed for each in runs} == {seeds.numbered(SECRET, digest, n) for n in range(SEEDS)}
        assert all(each.sent_at is None for each in runs)


def test_samples_that_get_the_same_are_fine_and_their_reports_are_not_kept(studio):
    trial = follow(studio, studio.start())
    studio.grade_all(trial, honest)
    found = studio.settled(trial)
    assert found.fine
    assert found.number == 3
    with studio.database.reading() as session:
        assert not store.runs(session, trial)


def test_a_sample_that_hangs_on_the_seed_is_told_with_the_number_and_publishing_needs_a_reason(studio):
    studio.save({"test_nets.py": b"# mine\n"})
    studio.verify()
    with studio.database.reading() as session:
        verified = trials.latest(session, studio.assignment(session))[0].id
    trial = follow(studio, verified)
    assert not studio.standing().needs_reason
    studio.grade_all(trial, by_number(studio, trial, {2}))
    [wrong] = studio.settled(trial).wrong
    assert wrong.name == "submissions/wrong/mlp.py"
    assert wrong.said[0] == "under seed 2: 30.00 points, not 10.00"
    assert studio.standing().needs_reason
    with pytest.raises(UsageError, match="reason"):
        studio.publish()
    studio.publish(reason="The sample is to be changed later.")


def test_the_same_files_are_tried_once_and_other_files_end_what_still_runs(studio):
    verified = studio.start()
    first = follow(studio, verified)
    assert follow(studio, verified) == first
    studio.save({"test_nets.py": b"# other\n"})
    second = follow(studio, studio.start())
    assert second != first
    assert state(studio, first) is TrialState.CANCELLED
    assert state(studio, second) is TrialState.RUNNING


def test_a_pool_of_one_seed_is_tried_under_that_one(studio):
    toml = studio.files()["assignment.toml"] + b"\n[seeds]\ncount = 1\n"
    studio.save({"assignment.toml": toml})
    trial = follow(studio, studio.start())
    with studio.database.reading() as session:
        assert len({each.seed for each in store.runs(session, trial)}) == 1
