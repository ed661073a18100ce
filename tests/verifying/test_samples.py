from dataclasses import replace

import pytest

from grader.assignment import assignment_folder
from grader.errors import AssignmentError
from grader.model import Entry, Fact, Status, Submission, Verdict
from grader.verifying import samples
from tests.grader.doubles import ASSIGNMENT, case, report, sample_report

SHIPPED = assignment_folder.available([assignment_folder.shipped_folder()])
TWO = replace(ASSIGNMENT, entries=(Entry("digits.ipynb", optional=True),))
LISTED = """
[[samples]]
file = "wrong_answer/sigmoid.py"
why = "Wrong with a sigmoid."
covers = ["a-row"]
score = 15.0
scores = { "MLP.forward" = 10.0, "MLP.backward" = 5.0 }
failed = ["MLP.backward/* (*, sigmoid)", "MLP.backward/* (sigmoid, *)"]
"""


def read(listed=LISTED, **more):
    files = {"submissions/wrong_answer/sigmoid.py": b"wrong", samples.LIST: listed.encode()} | more
    return samples.samples(files, ASSIGNMENT, "nets")


def differences(graded, listed=LISTED):
    return samples.differences(read(listed)[0], ASSIGNMENT, graded)


@pytest.mark.parametrize("slug", SHIPPED)
def test_shipped_samples_are_listed_in_order(slug):
    suite = assignment_folder.load(SHIPPED[slug])
    files = assignment_folder.read_all(SHIPPED[slug])
    found = samples.samples(files, suite.assignment, slug)
    listed = {each.file for each in found}
    assert {f"handout/{suite.assignment.entry}"} < listed
    there = [f"submissions/{name}" for name in samples.as_files(files, slug)]
    assert there
    assert [name for name in there if not {name, name.rpartition("/")[0]} & listed] == []


def test_sample_that_gets_what_it_must_differs_in_nothing():
    assert differences(sample_report()) == []


def test_lost_points_are_told():
    graded = report(case("MLP.forward", "y_hat", Verdict.FAILED), *sample_report().cases[1:])
    assert differences(graded) == [
        "5.00 points, not 15.00",
        "MLP.forward 0.00 points, not 10.00",
        "MLP.forward failed, not passed",
        "MLP.forward/y_hat failed, though it must pass",
    ]


def test_same_points_for_other_cases_are_told():
    graded = [each for each in sample_report().cases if each.function == "MLP.backward"]
    wrong = Verdict.FAILED
    swapped = [
        case("MLP.backward", each.name, wrong if "W1" in each.name else each.verdict) for each in graded
    ]
    found = differences(report(case("MLP.forward", "y_hat"), *swapped))
    assert "MLP.backward/dJdW1 (relu, relu) failed, though it must pass" in found


def test_case_that_must_not_pass_is_told():
    right = [case("MLP.backward", each.name) for each in sample_report().cases[1:9]]
    found = differences(report(case("MLP.forward", "y_hat"), *right))
    assert "MLP.backward/dJdW1 (relu, sigmoid) passed, though it must not pass" in found


def test_verdict_is_compared():
    listed = LISTED + 'verdicts = { "MLP.backward" = "timeout" }\n'
    assert differences(sample_report(), listed) == ["MLP.backward failed, not timeout"]


def test_way_of_not_loading_is_compared():
    listed = (
        '[[samples]]\nfile = "wrong_answer/sigmoid.py"\nscore = 0.0\nload = "syntax_error"\nfailed = ["*"]\n'
    )
    assert differences(report(load=Fact("syntax_error")), listed) == []
    assert differences(report(load=Fact("import_raised")), listed) == [
        "loading ended with import_raised, not syntax_error"
    ]


def test_fault_of_ours_is_never_as_expected():
    assert differences(report(status=Status.INTERNAL_ERROR, why="lost")) == ["it was not graded: lost"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('file = "wrong_answer/sigmiod.py"', "missing file submissions/wrong_answer/sigmiod.py"),
        ('file = "wrong_answer/sigmoid.py"\nverdcts = 1', "Did you mean “verdicts”?"),
        ('file = "wrong_answer/sigmoid.py"\nscores = { "MLP.forwrad" = 1 }', "Did you mean “MLP.forward”?"),
        ('file = "wrong_answer/sigmoid.py"\nverdicts = { "MLP.forward" = "late" }', "not one of passed"),
    ],
)
def test_mistake_in_the_list_is_told(line, said):
    with pytest.raises(AssignmentError) as caught:
        read(f"[[samples]]\n{line}\n")
    assert said in str(caught.value)
    assert samples.LIST in str(caught.value)


def test_without_a_list_the_folder_says_what_is_expected():
    files = {
        "submissions/accepted/a.py": b"",
        "submissions/time_limit/b.py": b"",
        "handout/mlp.py": b"",
    }
    handout, accepted, slow = samples.samples(files, ASSIGNMENT, "nets")
    assert (handout.file, handout.score, accepted.score) == ("handout/mlp.py", 0.0, 30.0)
    assert samples.differences(slow, ASSIGNMENT, sample_report()) == ["no function ended with timeout"]
    with pytest.raises(AssignmentError, match="Did you mean “accepted”"):
        samples.samples({"submissions/acepted/a.py": b""}, ASSIGNMENT, "nets")


def test_accepted_sample_must_get_all_points_without_saying_so():
    files = {"submissions/accepted/a.py": b"", samples.LIST: b'[[samples]]\nfile = "accepted/a.py"\n'}
    assert samples.samples(files, ASSIGNMENT, "nets")[0].score == 30


def test_sample_may_be_a_folder():
    listed = '[[samples]]\nfile = "wrong_answer/two"\n'
    more = {"submissions/wrong_answer/two/mlp.py": b"1", "submissions/wrong_answer/two/layers.py": b"2"}
    assert set(read(listed, **more)[0].submission.files) == {"mlp.py", "layers.py"}


def test_what_the_samples_leave_unproved_is_told():
    assert len(samples.gaps((), ASSIGNMENT)) == 3
    files = {"submissions/accepted/a.py": b"", "submissions/wrong_answer/b.py": b"", "handout/mlp.py": b""}
    assert samples.gaps(samples.samples(files, ASSIGNMENT, "nets"), ASSIGNMENT) == []


def test_folder_with_any_of_the_entries_is_one_sample():
    files = {
        "submissions/accepted/both/mlp.py": b"1",
        "submissions/accepted/both/digits.ipynb": b"2",
        "submissions/accepted/notebook/digits.ipynb": b"3",
        "submissions/accepted/alone.py": b"4",
        "submissions/accepted/notes/readme.txt": b"5",
    }
    found = {each.file: dict(each.submission.files) for each in samples.samples(files, TWO, "nets")}
    assert found == {
        "submissions/accepted/both": {"mlp.py": b"1", "digits.ipynb": b"2"},
        "submissions/accepted/notebook": {"digits.ipynb": b"3"},
        "submissions/accepted/alone.py": {"mlp.py": b"4"},
    }


def test_handout_is_handed_in_with_all_its_entries():
    files = {"handout/mlp.py": b"1", "handout/digits.ipynb": b"2", "handout/test1.py": b"3"}
    [handout] = samples.samples(files, TWO, "nets")
    assert (handout.score, dict(handout.submission.files)) == (0.0, {"mlp.py": b"1", "digits.ipynb": b"2"})


def test_bonus_on_top_is_all_points_as_well():
    assert "no sample gets all points" not in " ".join(
        samples.gaps((samples.Sample("submissions/accepted/a.py", Submission({}), score=32.0),), ASSIGNMENT)
    )
