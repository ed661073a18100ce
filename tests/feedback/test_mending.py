"""The cards of what to fix: one per mistake, for this reader, without anything that is hidden."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback import Moment, staff_view, student_view
from grader.model import Choice, Diagnosis, DiagnosisKind, Fact, Sentences, Shown, Sure, Verdict, Visibility
from tests.grader.doubles import ASSIGNMENT, case, report

PAIRS = ("relu, relu", "relu, sigmoid", "sigmoid, relu", "sigmoid, sigmoid")


def told(function="MLP.backward", *names, kind=DiagnosisKind.FAULT, sure=Sure.CERTAIN, **more):
    cases = tuple(f"{function}/test/{name}" for name in names)
    said = {"title": "a title", "what": "f′: what is wrong.", "help": "What to do."}
    said |= {key: more.pop(key) for key in ("title", "what", "others") if key in more}
    return Diagnosis(
        kind=kind, code="code", function=function, cases=cases, sure=sure, told=Sentences(**said), **more
    )


def backward(wrong, diagnoses, *more, **fields):
    """Return a report whose backward is wrong for these pairs."""
    cases = [
        case(
            "MLP.backward",
            f"dJdW1 ({pair})",
            Verdict.FAILED if pair in wrong else Verdict.PASSED,
            **fields,
        )
        for pair in PAIRS
    ]
    return report(*more, *cases, diagnoses=tuple(diagnoses))


SIGMOID = [pair for pair in PAIRS if "sigmoid" in pair]


def test_a_mistake_is_one_card_with_what_where_help_and_how_sure():
    names = [f"dJdW1 ({pair})" for pair in SIGMOID]
    [card] = staff_view(
        backward(SIGMOID, [told("MLP.backward", *names, nodes=("f.backward",))]), ASSIGNMENT
    ).mend
    assert (card.where, card.title, card.message) == ("MLP.backward", "a title", "f′: what is wrong.")
    assert (card.help, card.nodes) == ("What to do.", ("f.backward",))
    assert card.sure.startswith("Certain")
    assert card.shows == "It shows in 3 of 4 cases: wherever sigmoid is used."


def test_the_title_sums_the_function_up():
    names = [f"dJdW1 ({pair})" for pair in SIGMOID]
    view = staff_view(backward(SIGMOID, [told("MLP.backward", *names)]), ASSIGNMENT)
    [phrase] = [each.phrase for each in view.functions if each.name == "MLP.backward"]
    assert phrase == "a title (1 of 4 correct)"


def test_others_that_give_the_same_numbers_are_named():
    one = told("MLP.backward", "dJdW1 (relu, relu)", sure=Sure.EITHER, others=("this", "that"))
    [card] = staff_view(backward(["relu, relu"], [one]), ASSIGNMENT).mend
    assert card.sure == "Not certain: the same numbers come from this or that."


def test_a_wrong_case_that_no_diagnosis_accounts_for_has_a_card_of_its_own():
    one = told("MLP.backward", "dJdW1 (relu, relu)")
    cards = staff_view(backward(["relu, relu", "sigmoid, relu"], [one]), ASSIGNMENT).mend
    assert [card.where for card in cards] == ["MLP.backward", "MLP.backward, dJdW1 (sigmoid, relu)"]


def test_what_counts_comes_before_one_of_a_choice_that_does_not():
    equal = tuple(replace(each, points=10.0) for each in ASSIGNMENT.functions[:2])
    chosen = replace(ASSIGNMENT, functions=equal, choices=(Choice(("MLP.forward", "MLP.backward"), 1),))
    facts = backward(SIGMOID[:1], [], case("MLP.forward", "y_hat", Verdict.FAILED))
    places = [card.where.partition(",")[0] for card in staff_view(facts, chosen).mend]
    assert places == ["MLP.backward", "MLP.forward"]


def test_what_follows_from_a_mistake_is_listed_under_it():
    first = told("MLP.forward", "y")
    follows = told(
        "MLP.backward",
        "dJdW1 (relu, relu)",
        kind=DiagnosisKind.CONSEQUENTIAL,
        title="correct, given your MLP.forward",
        because="MLP.forward",
    )
    wrong = case("MLP.forward", "y", Verdict.FAILED)
    [card] = staff_view(backward(["relu, relu"], [first, follows], wrong), ASSIGNMENT).mend
    assert card.where == "MLP.forward"
    assert card.follows == ("MLP.backward: correct, given your MLP.forward",)
    assert [(each.function, each.kind) for each in card.mistakes] == [
        ("MLP.forward", DiagnosisKind.FAULT),
        ("MLP.backward", DiagnosisKind.CONSEQUENTIAL),
    ]


def test_a_convention_is_told_once():
    shared = {"kind": DiagnosisKind.CONVENTION, "title": "the mean is taken elsewhere"}
    one = told("MLP.forward", "y", what="J: over k. More.", nodes=("a",), **shared)
    other = told("MLP.backward", "dJdW1 (relu, relu)", what="dJdW1: over n. More.", nodes=("b",), **shared)
    wrong = case("MLP.forward", "y", Verdict.FAILED)
    [card] = staff_view(backward(["relu, relu"], [one, other], wrong), ASSIGNMENT).mend
    assert card.where == "MLP.forward and MLP.backward"
    assert card.message.startswith("J: over k. dJdW1: over n.")
    assert card.nodes == ("a", "b")


@given(st.sampled_from(list(Visibility)), st.booleans(), st.booleans())
def test_a_diagnosis_is_shown_as_soon_as_the_message_of_one_of_its_cases_is(message, due, published):
    moment = Moment(due, published)
    assignment = replace(ASSIGNMENT, shown=Shown(message=message))
    one = told("MLP.backward", "dJdW1 (relu, relu)")
    view = student_view(backward(["relu, relu"], [one]), assignment, moment)
    assert bool(view.mend) == moment.shows(message)
    titled = any("a title" in each.phrase for each in view.functions)
    assert titled == moment.shows(message)


def test_names_of_hidden_cases_are_not_summed_up():
    assignment = replace(ASSIGNMENT, shown=Shown(name=Visibility.NEVER))
    names = [f"dJdW1 ({pair})" for pair in SIGMOID]
    [card] = student_view(backward(SIGMOID, [told("MLP.backward", *names)]), assignment).mend
    assert "sigmoid" not in card.shows


@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.SKIPPED])
def test_what_is_right_or_was_not_run_needs_no_card(verdict):
    assert staff_view(report(case("MLP.forward", "y", verdict, Fact("ok"))), ASSIGNMENT).mend == ()
