"""Trials: what a draft is put to, how far that is, and what it shows."""

import pytest

from grader.database.store import courses
from grader.database.store import drafts as store
from grader.database.tables import Grading, GradingKind, SubmissionRow, SuiteRow, Trial, TrialKind, TrialState
from grader.errors import AssignmentError, Conflict, NotFound
from grader.model import Status, Submission, Verdict
from grader.services.act import Act, Visit
from grader.services.grading import gradings, results
from grader.services.people import access
from grader.services.tests import drafts, trial_progress, trial_queue, trials
from grader.verifying import trial_findings
from tests.classroom import NOW, SECRET, report, submit
from tests.services.drafting import SAMPLES, Studio, honest, lenient

PROOF = {
    "proof/proof.toml": b"""operations = []
[programs]
"MLP.forward" = "two_layer"
[[habits]]
name = "constant"
why = "returns a constant"
diagnoses = { "MLP.backward" = [] }
[[forms]]
name = "plain"
why = "as it is"
""",
    "proof/hand_in.py": b"",
}


@pytest.fixture
def studio(database):
    found = Studio(database)
    found.save(SAMPLES | PROOF)
    return found


def _made(order):
    """Answer as the reference does: the form is right, mistake and habit are wrong."""
    return {
        "rest": "",
        "forms": {"plain": "right = True\n"},
        "habits": {"constant": "right = False\n"},
        "mistakes": [
            {
                "function": "MLP.backward",
                "code": "sign",
                "places": [["", "dJdW1"]],
                "operation": "",
                "head": "right = False\nsign\n",
            }
        ],
    }


def _progress(studio, trial):
    with studio.database.reading() as session:
        found = trial_progress.progress(session, session.get(Trial, trial))
        return found.state, found.finished, found.total


def test_samples_and_an_empty_file_are_graded_by_the_draft_and_nothing_of_it_counts(studio):
    trial = studio.start()
    assert _progress(studio, trial) == (TrialState.RUNNING, 0, 4)
    assert studio.settled(trial) is None
    studio.grade_all(trial, honest)
    assert _progress(studio, trial) == (TrialState.DONE, 4, 4)
    found = studio.settled(trial)
    assert found.fine
    assert [(each.name, each.score) for each in found.rows] == [
        ("handout/mlp.py", 0.0),
        ("submissions/accepted/mlp.py", 30.0),
        ("submissions/wrong/mlp.py", 10.0),
        ("an empty file", 0.0),
    ]
    assert found.rows[1].cells[1] == trial_findings.Cell("MLP.backward", 20.0, "passed")
    with studio.database.reading() as session:
        book = results.gradebook(session, studio.assignment(session))
        assert all(each.submissions == 0 for each in book)
        runs = store.runs(session, trial)
        assert {(run.live, run.kind) for run in runs} == {(False, GradingKind.DRAFT)}
        with pytest.raises(NotFound):
            access.grading(session, studio.actor(session, "ada"), runs[0].id)


def test_worker_gets_the_files_of_the_draft_and_which_functions_to_test(studio):
    studio.save({"test_nets.py": b"# mine\n"})
    with studio.database.transaction() as session:
        draft = studio.draft(session)
        hand_in = trials.TrialHandIn("mine", Submission({"mlp.py": b"x"}), ("MLP.forward",))
        visit, found = Visit(session, studio.actor(session), NOW), trials.sound(session, draft)
        started = trials.start(visit, draft, found, TrialKind.TRY, [hand_in], secret=SECRET)
        [number] = started.first
    with studio.database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
    assert claim.suite.files["test_nets.py"] == b"# mine\n"
    assert (claim.only, claim.submission.files) == (("MLP.forward",), {"mlp.py": b"x"})


def test_files_that_were_found_sound_are_tried_whatever_becomes_of_the_draft(studio):
    studio.save({"test_nets.py": b"# sound\n"})
    with studio.database.transaction() as session:
        found = trials.sound(session, studio.draft(session))
    studio.save({"test_nets.py": b"no Python\n"})
    with studio.database.transaction() as session:
        visit, hand_in = Visit(session, studio.actor(session), NOW), trials.TrialHandIn("it", Submission({}))
        draft = studio.draft(session)
        [number] = trials.start(visit, draft, found, TrialKind.TRY, [hand_in], secret=SECRET).first
    with studio.database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
    assert claim.suite.files["test_nets.py"] == b"# sound\n"


def test_past_submission_is_tried_as_it_is_and_keeps_its_score(studio):
    with studio.database.transaction() as session:
        made = submit(session, studio.room, studio.room.ada)
        number = made.submission.id
    trial = studio.start(TrialKind.TRY, [trials.TrialHandIn("Ada’s", number)])
    studio.grade_all(trial, lenient)
    [row] = studio.settled(trial).rows
    assert (row.name, row.score) == ("Ada’s", 30.0)
    with studio.database.reading() as session:
        [run] = store.runs(session, trial)
        assert run.submission_id == number
        assert session.get(Grading, made.grading.id).status is Status.QUEUED


def test_submission_of_another_course_or_assignment_can_not_be_tried(studio):
    with pytest.raises(NotFound):
        studio.start(TrialKind.TRY, [trials.TrialHandIn("nobody’s", 12345)])


def test_what_a_sample_must_get_is_said_where_it_gets_something_else(studio):
    trial = studio.start()
    studio.grade_all(trial, lenient)
    found = studio.settled(trial)
    assert not found.fine
    assert found.row("submissions/wrong/mlp.py").said[0] == "30.00 points, not 10.00"


def test_draft_without_samples_says_what_that_leaves_unproved(studio):
    studio.save(dict.fromkeys(SAMPLES) | {"handout/mlp.py": None})
    found = studio.verify()
    assert found.number == 1
    assert len(found.warnings) == 3


def test_proof_names_mistakes_that_survive_and_right_forms_that_are_hurt(studio):
    trial = studio.start(TrialKind.PROVE, _proof(studio))
    studio.grade_all(trial, lambda claim: report(claim, right=b"sign" in claim.submission.files["mlp.py"]))
    found = studio.settled(trial)
    said = {each.name: each.said for each in found.rows}
    assert said["wrong sign: dJdW1"] == ("MLP.backward loses no points although it is incorrect",)
    assert said["as it is"] == ("MLP.backward loses points although it is correct",)
    assert (found.number, found.mistakes, found.caught) == (4, 2, 1)
    assert [(each.function, each.made, each.caught) for each in found.tallies] == [("MLP.backward", 2, 1)]


def test_of_a_proof_that_is_through_only_the_finding_is_kept(studio):
    with studio.database.reading() as session:
        before = courses.course(session, studio.room.course.id).storage_used_bytes
    trial = studio.start(TrialKind.PROVE, _proof(studio))
    studio.grade_all(trial, honest)
    first = studio.settled(trial)
    assert studio.settled(trial) == first
    with studio.database.reading() as session:
        assert store.runs(session, trial) == []
        assert session.query(SubmissionRow).count() == 0
        used = courses.course(session, studio.room.course.id).storage_used_bytes
    assert used == before


def test_proof_needs_a_file_that_says_what_is_to_be_proved(studio):
    studio.save({"proof/proof.toml": None})
    with pytest.raises(AssignmentError, match="the draft has no proof"):
        _proof(studio)


def _proof(studio):
    with studio.database.transaction() as session:
        return trials.of_proof(trials.sound(session, studio.draft(session)), _made)


def test_same_trial_of_the_same_files_runs_once_at_a_time(studio):
    trial = studio.start()
    with pytest.raises(Conflict, match="already running") as refused:
        studio.start()
    assert refused.value.where == f"trial {trial}"
    studio.save({"text.md": b"other"})
    assert studio.start() != trial


def test_cancelled_trial_is_run_by_nobody(studio):
    trial = studio.start()
    with studio.database.reading() as session:
        waiting = [each.id for each in store.runs(session, trial)]
    with studio.database.transaction() as session:
        running = gradings.claim(session, waiting[0], "w", now=NOW)
        trials.cancel(Visit(session, studio.actor(session), NOW), session.get(Trial, trial))
    with studio.database.transaction() as session:
        assert gradings.claim(session, waiting[1], "w", now=NOW) is None
        gradings.record(session, waiting[0], running.attempt, honest(running), now=NOW)
        row = session.get(Trial, trial)
        assert trial_progress.progress(session, row).state is TrialState.CANCELLED
        assert trial_progress.settled(session, row, now=NOW) is None
        with pytest.raises(Conflict, match="has ended"):
            trials.cancel(Visit(session, studio.actor(session), NOW), row)


def test_only_the_last_trials_keep_what_was_graded_for_them(studio):
    numbers = []
    for place in range(trials.KEPT + 1):
        studio.save({"text.md": str(place).encode()})
        studio.verify()
        with studio.database.reading() as session:
            numbers.append(trials.latest(session, studio.assignment(session))[0].id)
    with studio.database.reading() as session:
        kept = [bool(store.runs(session, each)) for each in numbers]
    assert kept == [False, *[True] * trials.KEPT]


def test_old_trials_go_with_the_suites_that_were_kept_for_them(studio):
    first = studio.start()
    studio.grade_all(first, honest)
    studio.settled(first)
    studio.publish()
    numbers = []
    for place in range(trials.KEPT_FINDINGS + 1):
        studio.save({"test_nets.py": f"# {place}\n".encode()})
        numbers.append(studio.start(TrialKind.TRY, [trials.TrialHandIn("it", Submission({"mlp.py": b""}))]))
        studio.grade_all(numbers[-1], honest)
        studio.settled(numbers[-1])
    with studio.database.reading() as session:
        kept = [each.id for each in trials.latest(session, studio.assignment(session))]
        assert kept == [*numbers[: -trials.KEPT_FINDINGS - 1 : -1], first]
        suites = session.query(SuiteRow).filter_by(draft=True).count()
    assert suites == trials.KEPT_FINDINGS + 1


def test_tests_that_cannot_be_run_are_named_with_file_and_line():
    why = "the hidden tests can't be run: sub/test_a.py:12: No module named 'x'\nand more"
    lost = _report(status=Status.INTERNAL_ERROR, why=why)
    ours = _report(status=Status.INTERNAL_ERROR, why="the box was lost: y")
    assert trial_findings.broken([ours, lost]) == trial_findings.Broken(
        "sub/test_a.py", 12, "No module named 'x'\nand more"
    )
    assert trial_findings.broken([ours]) is None


def test_what_could_not_be_graded_by_our_fault_is_not_fine(studio):
    trial = studio.start(TrialKind.TRY, [trials.TrialHandIn("it", Submission({"mlp.py": b"right = True"}))])
    for _ in range(trial_queue.TRIES):
        studio.now += gradings.LONGEST_BACK_OFF
        studio.grade_all(trial, lambda claim: report(claim, status=Status.INTERNAL_ERROR, why="no power"))
    found = studio.settled(trial)
    assert (found.rows[0].score, found.rows[0].said, found.fine) == (None, ("no power",), False)


def test_hand_ins_that_two_versions_judge_differently_are_found(studio):
    before = studio.verify()
    studio.save({"test_nets.py": b"# other\n", "submissions/accepted/two.py": b"right = True\n"})
    studio.save(
        {
            "submissions/expected.toml": SAMPLES["submissions/expected.toml"]
            + b'[[samples]]\nfile = "accepted/two.py"\n'
        }
    )
    after = studio.verify(lenient)
    assert trial_findings.changed(before, before) == ()
    changed = {each.name: each for each in trial_findings.changed(before, after)}
    assert changed["submissions/accepted/two.py"].before is None
    assert changed["submissions/wrong/mlp.py"].after.cells[1].verdict == Verdict.PASSED.value
    assert "submissions/accepted/mlp.py" not in changed


def test_finding_is_the_same_after_it_was_kept(studio):
    found = studio.verify(lenient)
    assert trial_findings.finding(trial_findings.plain(found)) == found


def test_discarded_draft_leaves_its_trials(studio):
    trial = studio.start()
    with studio.database.transaction() as session:
        drafts.discard(Act(session, studio.actor(session), NOW), studio.draft(session))
    studio.grade_all(trial, honest)
    assert studio.settled(trial).fine


def _report(**more):
    given = {"assignment": "a", "suite": "s", "submission": "m", "device": "cpu", "seed": 0}
    return trial_findings.Report(**given, cases=(), **more)
