"""From what tests have shown to the diagnoses of a report."""

import re
from dataclasses import replace

import msgspec
import pytest
import torch

from grader.feedback.mistake_words import words
from reference.programs import TwoLayer
from tests.reference.questions import hypotheses, questions
from worker.engine import facts
from worker.examiner.check import Asked
from worker.examiner.diagnosing import Case, Shown, diagnose
from worker.wire.exam import LONGEST_NAME, Done

FUNCTIONS = ("MLP.forward", "MLP.backward", "mse_loss", "bce_loss")
KINDS = {
    "MLP.forward": "two_layer.forward",
    "MLP.backward": "two_layer.backward",
    "mse_loss": "mse",
    "bce_loss": "bce",
}


def made(kind, code):
    return next(one for one in hypotheses(kind) if one.code == code)


def shown(function, *mistakes, codes=None, found=None, seed=3):
    """Return what the tests of a function show of somebody who makes these mistakes."""
    asked = []
    for program, earlier in questions(KINDS[function], seed):
        one = Asked(program, earlier)
        faults = {}
        for mistake in mistakes:
            faults |= program.broken(mistake) or {}
        answers = {name: value.float() for name, value in program.answers(faults).items()}
        one.answer(**(answers if found is None else found(answers)))
        asked.append(one)
    names = asked[0].program.names
    cases = {name: Case(f"{function}/{name}", (codes or {}).get(name, "not_close")) for name in names}
    return Shown(function, asked, cases)


def said(*tests):
    return [(each.function, each.code) for each in diagnose(tests, FUNCTIONS)]


def test_nothing_is_said_of_functions_that_failed_nothing():
    right = dict.fromkeys(("dJdW1", "dJdb1", "dJdW2", "dJdb2"), "ok")
    assert said(shown("MLP.backward", codes=right)) == []


def test_three_mistakes_in_three_functions_are_three_diagnoses_in_the_order_of_the_functions():
    tests = (
        shown("bce_loss", made("bce", "minus_on_first_term_only")),
        shown("mse_loss", made("mse", "root_of_mean")),
        shown("MLP.backward", made("two_layer.backward", "slope_at_output")),
    )
    assert said(*tests) == [
        ("MLP.backward", "slope_at_output"),
        ("mse_loss", "root_of_mean"),
        ("bce_loss", "minus_on_first_term_only"),
    ]


@pytest.mark.parametrize("name", ["x < 0 & y", "`dW1`", "two\nlines", "\x1b[31mred", "long" * 100])
def test_whatever_a_test_calls_its_answers_the_diagnosis_can_be_sent(name):
    test = shown("MLP.backward", made("two_layer.backward", "slope_at_output"))
    for asked in test.asked:
        asked.names = {"f": name}
    sent = diagnose([replace(test, function=name)], (name,))
    [got] = msgspec.msgpack.decode(msgspec.msgpack.encode(Done(diagnoses=sent)), type=Done).diagnoses
    assert got.code == "slope_at_output"
    [(_, shows)] = got.names
    assert shows == re.sub(r"[\n\x1b]", " ", name)[:LONGEST_NAME]


def test_only_failed_cases_are_named():
    mistake = made("two_layer.backward", "slope_at_output")
    [one] = diagnose([shown("MLP.backward", mistake, codes={"dJdW2": "ok", "dJdb2": "ok"})], FUNCTIONS)
    assert one.cases == ("MLP.backward/dJdW1", "MLP.backward/dJdb1")


def test_what_follows_from_forward_is_told_as_such():
    mistake = made("two_layer.forward", "bias_left_out")
    told = diagnose([shown("MLP.forward", mistake), shown("MLP.backward", mistake)], FUNCTIONS)
    assert [(one.code, one.because) for one in told] == [
        ("bias_left_out", ""),
        ("consequential", "MLP.forward"),
    ]


def cubed(answers):
    return {name: value**3 for name, value in answers.items()}


def test_answers_that_hold_for_the_own_forward_follow_from_it():
    odd = shown("MLP.forward", found=lambda answers: {name: value**3 for name, value in answers.items()})
    backward = shown(
        "MLP.backward", found=lambda answers: {name: value**3 for name, value in answers.items()}
    )
    assert [one.code for one in diagnose([odd, backward], FUNCTIONS)] == ["unknown", "unknown"]
    backward.asked[0].follows.update(backward.asked[0].program.names)
    assert [one.code for one in diagnose([odd, backward], FUNCTIONS)] == ["unknown", "consequential"]


def test_a_loss_builds_on_no_other_loss():
    tests = [shown("mse_loss", made("mse", "half")), shown("bce_loss", made("bce", "half"))]
    assert said(*tests) == [("mse_loss", "half"), ("bce_loss", "half")]


def test_what_the_feedback_code_says_goes_before_what_the_numbers_say():
    codes = dict.fromkeys(("dJdW1", "dJdb1", "dJdW2", "dJdb2"), "changed_parameter")
    odd = shown("MLP.backward", codes=codes, found=lambda answers: {n: v + 1 for n, v in answers.items()})
    assert said(odd) == [("MLP.backward", "parameters_changed")]


def test_answers_of_any_type_are_taken():
    for value in (None, "text", [1.0], 3, 2.5, torch.zeros(2, dtype=torch.complex64), object(), True):
        diagnose([shown("mse_loss", found=lambda _, v=value: {"value": v, "gradient": v})], FUNCTIONS)


def test_a_test_that_asked_nothing_is_passed_over():
    assert said(Shown("MLP.backward", (), {"a": Case("a", "raised")})) == []


def test_a_question_without_an_answer_is_no_evidence_against_one_with():
    mistake = made("two_layer.backward", "batch_mean")
    test = shown("MLP.backward", mistake)
    test.asked[0].found = {}
    assert ("MLP.backward", "batch_mean") in said(test)
    assert all(isinstance(one.program, TwoLayer) for one in test.asked)


def test_an_assignment_that_calls_the_gradients_otherwise_is_told_of_them_in_its_words():
    test = shown("MLP.backward", made("two_layer.backward", "batch_sum"))
    called = {name: name.replace("dJd", "dLd") for name in test.cases}
    for one in test.asked:
        one.names = called
    cases = {
        called[name]: Case(f"MLP.backward/{called[name]}", case.code) for name, case in test.cases.items()
    }
    [told] = diagnose([replace(test, cases=cases)], FUNCTIONS)
    assert told.code == "batch_sum"
    assert set(told.cases) == {case.id for case in cases.values()}
    read = words(facts.diagnosis(told))
    assert "dLdW1" in read.where
    assert not any("dJd" in text for text in (read.title, read.what, read.help, read.where))
