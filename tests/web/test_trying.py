"""Trials on the web: started, watched, and read; and tests that can't be run."""

import io
import re
from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select

from grader.assignment import reference_calls
from grader.database.store import drafts as store
from grader.database.tables import Grading, TrialKind
from grader.model import Status, Verdict
from grader.web.tests.matrix import KINDS
from tests.classroom import TOML
from tests.services.drafting import CHANGED, SAMPLES
from tests.web.doubles import RIGHT, case
from tests.web.studio import Studio, plain

PROOF = b"""operations = ["relu"]
[programs]
"MLP.backward" = "two_layer.backward"
[[habits]]
name = "late"
why = "steps before it returns"
diagnoses = {"MLP.backward" = []}
[[forms]]
name = "plain"
why = "as in the book"
"""

WRONG = (case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1", Verdict.FAILED))


def honest(claimed):
    source = claimed.submission.files["mlp.py"]
    return RIGHT if b"True" in source else WRONG if b"right" in source else ()


@pytest.fixture
def studio(world):
    given = Studio(world)
    given.put(SAMPLES)
    return given


def test_every_kind_has_its_word():
    assert set(KINDS) == set(TrialKind)


def test_verification_runs_then_shows_a_matrix(studio):
    studio.save("test_nets.py", "def test(): assert 1\n")
    there = studio.start("verify")
    said = studio.text(there)
    assert "0 of 4 submissions graded" in said
    assert 'hx-get="' + there in studio.get(there).text
    studio.grade(honest)
    page = studio.get(f"{there}/progress").text
    assert "hx-get" not in page
    said = plain(page)
    assert "All 4 submissions get the expected result" in said
    for row in ("accepted/mlp.py 30.00 10.00 20.00", "wrong/mlp.py 10.00 10.00 0.00"):
        assert row in said
    assert "The live version has not been verified here" in said
    assert "all 4 submissions get the expected result ; for the current files" in studio.text()


@pytest.fixture
def judged(studio):
    """A verification in which the wrong sample gets all points."""
    there = studio.verify(lambda claimed: () if b"right" not in claimed.submission.files["mlp.py"] else RIGHT)
    return studio, there


def test_what_is_not_as_it_must_be_is_said_in_words(judged):
    studio, there = judged
    said = studio.text(there)
    assert "1 of 4 submissions do not get the expected result" in said
    assert "submissions/wrong/mlp.py: " in said.replace(" :", ":")
    assert "20" in said
    assert "do not get the expected result ; for the current files" in studio.text()


def test_sample_that_is_a_change_is_tried_as_what_it_makes(studio):
    studio.put(dict.fromkeys(SAMPLES) | CHANGED)
    asked = []

    def noted(claimed):
        asked.append(claimed.submission.files["mlp.py"])
        return honest(claimed)

    said = studio.text(studio.verify(noted))
    assert "All 4 submissions get the expected result" in said
    assert b"right = False\n" in asked
    asked.clear()
    there = studio.start("try", hand_in="submissions/wrong/mlp.py")
    studio.grade(noted)
    assert asked == [b"right = False\n"]
    assert "10.00 / 30" in studio.text(there)


def test_change_that_can_not_be_made_starts_no_trial_and_is_not_published(studio):
    studio.put(dict.fromkeys(SAMPLES) | CHANGED | {"submissions/accepted/mlp.py": b"right = 1\n"})
    for kind in ("verify", "prove", "try"):
        said = plain(studio.post(f"/assignments/{studio.number}/trials", kind=kind).text)
        assert 'pair 1 of wrong/mlp.py: "True" is found 0 times in accepted/mlp.py' in said
    assert "is found 0 times in accepted/mlp.py" in studio.text("/publish")


@pytest.fixture
def careful(studio):
    """A desk whose service tries samples under two seeds."""
    held = studio.world.app.extensions
    site = held["chainrule"]
    held["chainrule"] = replace(site, settings=replace(site.settings, verify_seeds=2))
    studio.save("test_nets.py", "def test(): assert 1\n")
    return studio


def grade_in_the_background(studio, answer):
    """Grade what waits for the sweep."""
    with studio.world.database.reading() as session:
        waiting = session.scalars(select(Grading.id).where(Grading.status == Status.QUEUED)).all()
    studio.world.dispatcher.sent[:] = sorted(waiting)
    studio.grade(answer)


def test_a_verification_answers_at_once_and_goes_on_under_several_seeds_in_the_background(careful):
    there = careful.verify(honest)
    assert "All 4 submissions get the expected result" in careful.text(there)
    said = careful.text("/publish")
    assert "Under several seeds: 0 of 6 graded" in said
    assert "It can be published already" in said
    assert "Verify under several seeds" in careful.text()
    grade_in_the_background(careful, honest)
    said = careful.text("/publish")
    assert "all 3 submissions get the same result under every seed" in said
    assert "It can be published already" not in said


def test_a_sample_that_depends_on_the_seed_is_named_where_the_draft_is_published(careful):
    careful.verify(honest)
    graded = Counter()

    def by_luck(claimed):
        source = claimed.submission.files["mlp.py"]
        graded[source] += 1
        return RIGHT if b"right" in source and graded[source] > 1 else honest(claimed)

    grade_in_the_background(careful, by_luck)
    said = careful.text("/publish")
    assert "1 of 3 submissions depend on the seed" in said
    assert "submissions/wrong/mlp.py : under seed 1: 30.00 points, not 10.00" in said
    assert "Why publish them anyway?" in said
    link = re.findall(r"/trials/\d+", careful.get("/publish").text)[-1]
    assert "always ask for the situation in question" in careful.text(link)


def test_what_was_verified_under_one_seed_can_be_tried_under_several(studio):
    studio.save("test_nets.py", "def test(): assert 1\n")
    studio.verify(honest)
    assert "under one seed only" not in studio.text("/publish")
    held = studio.world.app.extensions
    site = held["chainrule"]
    held["chainrule"] = replace(site, settings=replace(site.settings, verify_seeds=2))
    assert "The samples were tried under one seed only" in studio.text("/publish")
    there = studio.start("seeds")
    studio.grade(honest)
    assert "All 3 submissions get the same result under every seed" in studio.text(there)


def test_what_the_samples_leave_unproved_is_a_warning(studio):
    studio.put({"submissions/expected.toml": b'[[samples]]\nfile = "accepted/mlp.py"\n'})
    there = studio.verify(honest)
    said = studio.text(there)
    assert "All 3 submissions get the expected result" in said
    assert "Warnings No sample is incorrect, so nothing shows that the tests find mistakes" in said


def test_script_that_compares_on_one_side_is_a_warning(studio):
    script = b"from mlp import right\nprint(((right - 1) < 1e-5).all())\n"
    listed = TOML + b'[scripts."test_old.py"]\nfunction = "MLP.forward"\nverdicts = 1\n'
    studio.put({"test_old.py": script, "assignment.toml": listed})
    said = studio.text(studio.verify(honest))
    assert "Warnings test_old.py" in said


def test_each_row_leads_to_the_report_as_staff_sees_it(judged):
    studio, there = judged
    said = studio.text(f"{there}/hand-ins/1")
    assert "submissions/accepted/mlp.py" in said
    assert "30.00 / 30" in said
    assert "MLP.backward" in said
    studio.get(f"{there}/hand-ins/99", 404)


def test_trial_of_an_earlier_state_is_told_apart(judged):
    studio, _ = judged
    studio.save("test_nets.py", "def test(): assert 2\n")
    assert "do not get the expected result ; for an earlier state" in studio.text()


def test_cells_that_change_against_the_live_version_are_marked(studio):
    # The suite of the live version, verified as a draft that has its samples beside it.
    studio.verify(honest)
    studio.save("test_nets.py", "def test(): assert 2\n")
    there = studio.verify(lambda claimed: () if b"right" not in claimed.submission.files["mlp.py"] else RIGHT)
    said = studio.text(there)
    assert "1 cell differs from the live version" in said
    assert "▲ 20.00 was 0.00" in said


def test_tests_that_cant_be_run_lead_to_file_and_line(studio):
    there = studio.start("verify")
    why = "the hidden tests can't be run: test_nets.py:1: NameError: name 'y' is not defined"
    studio.give_up(why)
    page = studio.get(there).text
    assert f"/assignments/{studio.number}/tests?file=test_nets.py&amp;line=1" in page
    assert "The tests can’t be run test_nets.py, line 1 : NameError: name 'y' is not defined" in plain(page)
    listed = studio.text()
    assert "the tests can't be run: test_nets.py, line 1" in listed
    assert studio.live() is not None


def test_trying_a_sample_shows_its_report(studio):
    there = studio.start("try", hand_in="submissions/wrong/mlp.py")
    studio.grade(honest)
    said = studio.text(there)
    assert "Trial of one submission" in said
    assert "10.00 / 30" in said
    assert "3.1e-2" in said or "0.031" in said
    assert "10.00 points" in studio.text()


def test_trying_a_file_of_ones_own_whatever_its_name(studio):
    there = studio.start("try", files=(io.BytesIO(b"right = True\n"), "idea.py"))
    studio.grade(honest)
    said = studio.text(there)
    assert "idea.py" in said
    assert "30.00 / 30" in said


def test_trying_a_past_submission_leaves_its_score(studio):
    world = studio.world
    number = world.submission(world.browser("ada"), files={"mlp.py": b"right = True\n"})
    world.grade(WRONG)
    world.dispatcher.sent.clear()
    assert f'<option value="{number}">{number}, Ada' in studio.get().text
    there = studio.start("try", hand_in=str(number))
    studio.grade(honest)
    assert "30.00 / 30" in studio.text(there)
    assert "10.00 / 30" in plain(world.browser("ada").get(f"/submissions/{number}").text)
    assert world.browser("ada").get(there).status_code == 403


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"kind": "try"}, "There is nothing to try the tests on"),
        ({"kind": "try", "hand_in": "submissions/gone.py"}, "There is nothing to try the tests on"),
        ({"kind": "try", "files": (io.BytesIO(b"x"), "x.zip")}, "not a valid zip"),
        ({"kind": "prove"}, "proof/proof.toml: the draft has no proof"),
    ],
)
def test_trial_that_cant_start_says_so_on_the_page_of_tests(studio, form, said):
    answer = studio.post(f"/assignments/{studio.number}/trials", **form)
    assert answer.status_code == 200
    assert said in plain(answer.text)
    assert "Last trials" in answer.text
    assert studio.world.dispatcher.sent == []


def test_broken_draft_is_not_tried_and_says_where(studio):
    answer = studio.save("test_nets.py", "def broken(:\n", kind="verify")
    said = plain(answer.text)
    assert "test_nets.py, line 1: this is not Python" in said
    assert studio.files()["test_nets.py"] == b"def broken(:\n"
    assert studio.world.dispatcher.sent == []


def test_button_beside_the_text_saves_first_and_then_verifies(studio):
    answer = studio.save("test_nets.py", "def test(): assert 3\n", kind="verify")
    assert "Verification" in plain(answer.text)
    assert studio.files()["test_nets.py"] == b"def test(): assert 3\n"
    assert len(studio.world.dispatcher.sent) == 4


def test_unknown_trial_is_refused(studio):
    answer = studio.post(f"/assignments/{studio.number}/trials", kind="guess")
    assert (answer.status_code, "no such trial" in answer.text) == (400, True)


def test_second_verification_of_the_same_files_waits_for_the_first(studio):
    studio.start("verify")
    answer = studio.post(f"/assignments/{studio.number}/trials", kind="verify")
    assert "this is already running with the same files" in plain(answer.text)


def test_cancelling_ends_it_and_workers_find_nothing(studio):
    there = studio.start("verify")
    said = plain(studio.post(there).text)
    assert "The trial was cancelled" in said
    assert "Cancelled" in said
    assert studio.post(there).status_code == 409
    assert "cancelled" in studio.text()


def test_try_that_failed_by_our_fault_says_so(studio):
    there = studio.start("try", hand_in="submissions/wrong/mlp.py")
    studio.give_up("the box was lost")
    said = studio.text(there)
    assert "It was not graded: the box was lost" in said
    assert "not the submission’s fault" in said


def test_reports_that_are_gone_are_told(studio):
    first = studio.verify(honest)
    for each in range(3):
        studio.save("test_nets.py", f"x = {each}\n")
        studio.verify(honest)
    assert "All 4 submissions get the expected result" in studio.text(first)
    studio.get(f"{first}/hand-ins/0", 404)


class TestProof:
    """With the texts that the reference would write made here."""

    @pytest.fixture
    def studio(self, make_world):
        def make(order):
            assert order["programs"] == {"MLP.backward": "two_layer.backward"}
            mistake = {
                "function": "MLP.backward",
                "code": "sign",
                "places": [["", "A2"]],
                "operation": "",
                "head": "# mistake\n",
            }
            return {
                "rest": "rest = 1\n",
                "forms": {"plain": "# form\n"},
                "habits": {"late": "# habit\n"},
                "mistakes": [mistake],
            }

        given = Studio(make_world(make_hand_ins=make))
        given.put(SAMPLES | {"proof/proof.toml": PROOF, "proof/hand_in.py": b"adapter = 1\n"})
        return given

    def test_survivors_right_forms_and_margins(self, studio):
        there = studio.start("prove")

        def answer(claimed):
            wrong = claimed.submission.files["mlp.py"].startswith(b"# habit")
            return [
                case("MLP.forward", "y_hat", deviation=0.1),
                case(
                    "MLP.backward",
                    "dJdW1",
                    Verdict.FAILED if wrong else Verdict.PASSED,
                    deviation=40.0 if wrong else 0.2,
                ),
            ]

        studio.grade(answer)
        said = studio.text(there)
        assert "1 of 2 known mistakes caught" in said
        assert "wrong sign: A2 : MLP.backward loses no points although it is incorrect" in said
        assert "40 ×: steps before it returns" in said
        assert "1 of 2 known mistakes caught" in studio.text()
        with studio.world.database.reading() as session:
            assert store.runs(session, int(there.rsplit("/", 1)[1])) == []

    def test_one_function_alone_is_proved(self, studio):
        assert "<option>MLP.backward</option>" in studio.get().text
        there = studio.start("prove", only="MLP.backward")
        studio.grade(lambda claimed: [case("MLP.backward", "dJdW1", Verdict.FAILED, deviation=40.0)])
        assert "2 of 2 known mistakes caught" in studio.text(there)


def test_reference_writes_the_hand_ins_unless_told_otherwise(world):
    assert world.app.extensions["chainrule"].make_hand_ins is reference_calls.make_hand_ins


def test_report_that_came_in_is_kept_by_the_first_who_looks(studio):
    there = studio.start("verify")
    studio.grade(honest)
    assert "get the expected result" in Studio(studio.world, "ta").text()
    assert "All 4" in studio.text(there)
