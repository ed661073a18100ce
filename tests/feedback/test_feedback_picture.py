"""No colour of the picture tells a student what a hidden case would."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback import Moment
from grader.feedback.picture import SIGNS, WORDS, steps
from grader.model import Diagnosis, DiagnosisKind, Sentences, Shown, Sure, Verdict, Visibility
from grader.picture import graphs
from grader.picture.graphs import Graph, Mark, Node
from tests.grader.doubles import ASSIGNMENT, case, report

NOW, PUBLISHED = Moment(), Moment(due=True, published=True)
GRAPH = Graph(
    "A net",
    (
        Node("f", "f forward", "MLP.forward", ("y_hat",), ("x",)),
        Node("g", "f′ backward", "MLP.backward", ("dJdW1",), ("f",)),
    ),
    {"x": (), "f": ("x",), "g": ("f",)},
)
PARTS = ("name", "verdict", "message")


def cases(forward=Verdict.PASSED, backward=Verdict.PASSED, **more):
    """Return one case of each function; `more` goes to the forward one."""
    return [
        replace(case("MLP.forward", "y_hat", forward, **more), id="MLP.forward/t[a]/y_hat"),
        replace(case("MLP.backward", "dJdW1", backward), id="MLP.backward/t[a]/dJdW1"),
    ]


def diagnosis(function="MLP.forward", nodes=("f",), title="derivative left out", **more):
    given = {"kind": DiagnosisKind.FAULT, "sure": Sure.CERTAIN, "cases": (), **more}
    return Diagnosis(code="c", function=function, nodes=nodes, told=Sentences(title, "w", "h"), **given)


def seen(found, diagnoses=(), moment=NOW, shown=ASSIGNMENT.shown):
    facts = replace(report(*found), diagnoses=tuple(diagnoses))
    return {each.key: each for each in steps(GRAPH, facts, replace(ASSIGNMENT, shown=shown), moment)}


def marks(*arguments, **more):
    return [each.mark for each in seen(*arguments, **more).values()]


WRONG = cases(Verdict.FAILED, Verdict.FAILED)


def test_open_cases_are_marked():
    assert marks(cases()) == [Mark.RIGHT, Mark.RIGHT]
    assert marks(WRONG, [diagnosis()]) == [Mark.WRONG, Mark.FOLLOWS]


def test_mistake_is_told_in_a_sentence_at_its_node_alone():
    found = seen(WRONG, [diagnosis()])
    assert found["f"].sentence == "f forward: derivative left out."
    assert found["g"].sentence == ""


def test_two_mistakes_in_a_node_are_both_told():
    found = seen(WRONG, [diagnosis(), diagnosis(title="wrong sign")])
    assert found["f"].sentence == "f forward: derivative left out, wrong sign."


def test_consequence_is_no_mistake_of_its_own():
    follows = diagnosis(
        "MLP.backward",
        ("g",),
        kind=DiagnosisKind.CONSEQUENTIAL,
        because="MLP.forward",
        cases=("MLP.backward/t[a]/dJdW1",),
    )
    found = seen(WRONG, [diagnosis(), follows])
    assert [each.mark for each in found.values()] == [Mark.WRONG, Mark.FOLLOWS]
    assert found["g"].sentence == ""


@pytest.mark.parametrize("part", PARTS)
def test_what_is_hidden_is_shown_to_staff_and_once_it_opens(part):
    shown = replace(Shown(), **{part: Visibility.AFTER_PUBLISH})
    for moment in (None, PUBLISHED):
        assert marks(WRONG, [diagnosis()], moment, shown) == [Mark.WRONG, Mark.FOLLOWS]


@pytest.mark.parametrize("part", ["name", "verdict"])
def test_nodes_of_hidden_cases_are_left_plain(part):
    shown = replace(Shown(), **{part: Visibility.AFTER_PUBLISH})
    assert marks(WRONG, [diagnosis()], NOW, shown) == [Mark.HIDDEN, Mark.HIDDEN]


def test_hidden_messages_hide_the_mistake_and_not_the_verdict():
    shown = replace(Shown(), message=Visibility.NEVER)
    found = seen(WRONG, [diagnosis()], NOW, shown)
    assert [each.mark for each in found.values()] == [Mark.DOUBT, Mark.DOUBT]
    assert {each.sentence for each in found.values()} == {""}


def test_mistake_of_a_function_with_one_hidden_case_is_not_told():
    """It accounts for the hidden cases as well, so it would tell whether they passed."""
    hidden = replace(WRONG[1], id="MLP.backward/t[b]/saturated", visibility=Visibility.NEVER)
    mistakes = [diagnosis("MLP.backward", ("g",))]
    assert marks([*WRONG, hidden], mistakes) == [Mark.DOUBT, Mark.DOUBT]
    assert marks([*WRONG, hidden], mistakes, None) == [Mark.DOUBT, Mark.WRONG]


def test_consequence_of_a_function_with_a_hidden_case_is_not_told():
    mistakes = [diagnosis("MLP.backward", ("g",), because="MLP.forward")]
    found = cases(Verdict.FAILED, Verdict.FAILED, visibility=Visibility.NEVER)
    assert marks(found, mistakes) == [Mark.HIDDEN, Mark.DOUBT]


@given(
    st.sampled_from(list(Verdict)),
    st.sampled_from(list(Verdict)),
    st.booleans(),
    st.sampled_from(["name", "verdict"]),
)
def test_student_can_tell_no_two_hidden_verdicts_apart(one, other, named, part):
    """Neither by a mark, nor by the sentence that a failing case would bring along."""
    shown = replace(Shown(), **{part: Visibility.NEVER})
    mistakes = [diagnosis()] if named else []
    assert seen(cases(one), mistakes, NOW, shown) == seen(cases(other), [], NOW, shown)


def test_every_mark_has_words_and_all_that_matter_a_sign_of_their_own():
    assert set(WORDS) == set(SIGNS) == set(Mark)
    signs = [sign for mark, sign in SIGNS.items() if mark is not Mark.HIDDEN]
    assert len(set(signs)) == len(signs)
    assert all(signs)


@pytest.mark.parametrize("mark", [each for each in Mark if each is not Mark.HIDDEN])
def test_students_read_what_a_sign_means(mark):
    page = (Path(__file__).parents[2] / "docs/student.md").read_text(encoding="utf-8")
    assert f"| {SIGNS[mark]} {WORDS[mark]} |" in page


def test_instructors_example_is_read():
    page = (Path(__file__).parents[2] / "docs/instructor.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[nodes]]" in each]
    assert [each.key for each in graphs.read(example.encode(), "graph.toml").nodes] == [
        "layer.forward",
        "layer.backward",
    ]


def test_foreign_texts_are_made_fit_to_be_shown():
    found = seen(WRONG, [diagnosis(title="evil\u202e\n title")])
    assert found["f"].sentence == "f forward: evil title."
