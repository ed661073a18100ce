"""A diagnosis is a code and values; the sentences are made of the catalogue when somebody looks."""

import ast
import string

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback import staff_view, told
from grader.feedback.mistake_words import NEWER, bare, title, where, words
from grader.feedback.mistakes import CHAPTERS, COUNTED, PLACES, ROWS, TRAITS
from grader.model import Diagnosis, DiagnosisKind, Other, Sentences, Sure, Term, Verdict
from reference.faults import CATALOGUE, Fault
from reference.operations import SQUARED_ERRORS
from reference.programs import MISTAKES, Chain, DescentStep, Jacobian, SoftplusLoss
from reference.programs.hidden_layer_mistakes import GRADIENTS, LOSSES, OUTPUT, VALUE
from tests.grader.doubles import ASSIGNMENT, case, report
from tests.reference import test_expressions as expressions
from tests.reference.questions import KINDS, questions

EVERY = [row for chapter in CHAPTERS for row in chapter.rows]
VALUES = frozenset({"where", "names", "traits", "only", "times", "meaning", "within", "because", "code"})
ONE = torch.ones(1, dtype=torch.float64)
OTHERS = (
    Chain(ONE, torch.ones(1, 5, dtype=torch.float64), "sigmoid_chain"),
    DescentStep(ONE, ONE, 0.1),
    SoftplusLoss(ONE, ONE),
    Jacobian(ONE, "relu", "regression"),
)
"""Programs that are asked elsewhere, for what is special of their questions."""


def diagnosis(code, *places, kind=DiagnosisKind.FAULT, sure=Sure.CERTAIN, **more):
    terms = tuple(Term(*place) for place in places)
    return Diagnosis(kind, code, "MLP.backward", ("MLP.backward/test/dJdW1",), sure, terms, **more)


def kept(title="a title", what="f′: what.", advice="Do it.", place="f′", **more):
    return Sentences(title, what, advice, place, **more)


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_code_of_the_reference_has_words_and_no_other_code_has():
    assert set(ROWS) == set(CATALOGUE)


def test_no_code_has_two_rows():
    codes = [code for row in EVERY for code in row.codes.split()]
    assert len(codes) == len(set(codes))


def test_how_common_a_mistake_is_is_the_same_for_the_page_and_for_the_search():
    assert {code: row.seen for code, row in ROWS.items()} == {
        code: fault.seen for code, fault in CATALOGUE.items()
    }
    assert all(row.seen <= COUNTED for row in EVERY)


def test_every_word_for_a_place_is_one_of_the_vocabulary_and_every_one_is_used():
    made = [place for make in MISTAKES.values() for one in make() for place in one.places]
    asked = [
        place for kind in expressions.ASKED for one in expressions.questions(kind) for place in one.places
    ]
    kept = [place for row in (LOSSES, VALUE, OUTPUT, *GRADIENTS.values()) for place in row]
    assert {place.word for place in (*made, *asked, *kept)} == set(PLACES)


def test_every_trait_is_one_of_the_vocabulary_and_every_one_is_used():
    programs = [program for kind in KINDS for program, _ in questions(kind, 3)]
    assert {trait.word for one in (*programs, *OTHERS) for trait in one.traits()} == set(TRAITS)


def test_texts_are_one_line_and_hold_no_numbers_of_a_question():
    for row in EVERY:
        for text in (row.title, row.what, row.help):
            assert text
            assert "\n" not in text
            assert len(text) <= 120
            assert placeholders(text) <= VALUES


def test_a_wrong_line_and_a_right_one_are_python_and_differ():
    for row in EVERY:
        assert bool(row.wrong) == bool(row.right), row.codes
        assert row.wrong != row.right or not row.wrong
        for line in (row.wrong, row.right):
            ast.parse(line)
    assert {row.codes for row in EVERY if not row.wrong} == {"consequential", "carried_on", "unknown"}


def test_a_sentence_names_the_steps_and_the_operation():
    said = words(diagnosis("slope_at_output", ("", "f′"), ("", "g′"), operation="tanh"))
    assert said.where == "f′ and g′ (tanh)"
    assert said.what.startswith("f′ and g′ (tanh): the derivative is taken at the activated value;")


def test_a_sentence_begins_with_a_capital():
    said = words(diagnosis("half", ("value_of", "MSE")))
    assert said.what == "The value of MSE: there is a factor ½ that this assignment does not have."


def test_a_mistake_that_is_at_no_step_is_said_without_one():
    assert words(diagnosis("parameters_changed")).what.startswith("Backward changes")
    assert words(diagnosis("swapped")).what.startswith("The numbers of one stand")


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        ((-2, 0, 2.0), "2/n² times what it should be (n rows, k outputs)."),
        ((1, 1, -0.5), "−1·n·k/2 times what it should be (n rows, k outputs)."),
        ((0, 0, -1.0), "−1 times what it should be."),
        ((-1, -1, 0.25), "1/(4·n·k) times what it should be (n rows, k outputs)."),
        ((3, 0, 7.0), "7·n^3 times what it should be (n rows, k outputs)."),
    ],
)
def test_a_factor_is_written_as_people_do(factor, text):
    said = words(diagnosis("constant_factor", ("", "dJdW1"), kind=DiagnosisKind.FACTOR, factor=factor))
    assert said.what == f"dJdW1: {text}"


def test_what_is_unknown_is_said_with_where_it_deviates():
    one = diagnosis(
        "unknown",
        ("", "dJdW1"),
        ("", "dJdb1"),
        traits=(Term("output_activation", "relu"), Term("single_row")),
    )
    assert words(one).what == (
        "No known mistake gives these numbers. What deviates: dJdW1 and dJdb1, "
        "only where the output activation is relu, only where the batch has a single row."
    )


def test_a_convention_says_what_departs_in_this_function():
    said = words(diagnosis("convention", ("", "dJdW1"), within="batch_mean"))
    assert said.what.startswith("dJdW1: averaged over the batch. Another function takes that back")


def test_others_are_said_once_each_and_the_first_few():
    alike = tuple(Other(f"own_factor{side}", (Term("", "x·y"),)) for side in ("", "_first", "_second"))
    more = (Other("doubled"), Other("halved"), Other("sign"))
    said = words(diagnosis("minus_lost", ("", "x"), sure=Sure.EITHER, others=(*alike, *more)))
    assert said.others[0] == "the wrong factor of a product: x·y"
    assert len(said.others) == 3


def test_an_assignment_is_told_in_its_own_words():
    said = words(diagnosis("bias_row_kept", ("", "dW1"), names=(("dW1", "dH"), ("W2", "V"))))
    assert said.what == "dH: the way back keeps the part of V that belongs to the ones."
    assert said.help.endswith("drop V's bias row.")


def test_a_code_or_a_word_that_only_a_newer_worker_knows_is_said_plainly():
    said = words(diagnosis("hat_forgotten", ("beside_the", "W"), ("new_word",), within="x"))
    assert said.title == NEWER.title == title("hat_forgotten")
    assert said.what.startswith("Beside the W and new word: this version of Chainrule has no words for it.")
    assert "hat_forgotten" in said.what


def test_names_can_not_bring_in_values_lines_or_what_can_not_be_seen():
    one = diagnosis("sign", ("", "{because}\n\x1b[31m\u202e<b>{0}"), names=(("sign", "{code}"),))
    facts = report(case("MLP.backward", "dJdW1", Verdict.FAILED), diagnoses=(one,))
    [card] = staff_view(facts, ASSIGNMENT).mend
    assert card.message == "{because} <b>{0}: the {code} is the opposite one."
    assert card.mistakes[0].places == (Term("", "{because} <b>{0}"),)


def test_a_card_carries_the_code_and_values_that_its_sentences_are_made_of():
    one = diagnosis("batch_mean", ("", "dW1"), names=(("dW1", "dJdW1"),), factor=(-1, 0, 1.0))
    facts = report(case("MLP.backward", "dJdW1", Verdict.FAILED), diagnoses=(one,))
    [card] = staff_view(facts, ASSIGNMENT).mend
    [mistake] = card.mistakes
    assert (mistake.code, mistake.places, mistake.factor) == (
        "batch_mean",
        (Term("", "dJdW1"),),
        (-1, 0, 1.0),
    )
    # Ids of cases may be hidden, and the names are in the places already.
    assert (mistake.cases, mistake.names) == ((), ())


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_number_that_json_does_not_know_is_no_part_of_a_card(number):
    assert bare(diagnosis("constant_factor", factor=(1, 0, number))).factor is None


SLOPE = kept(
    "derivative taken at the output",
    "f′: the derivative is taken at the activated value; it belongs at the pre-activation z.",
    "Keep z in forward and take f′(z); if only a = f(z) is kept, write the derivative in terms of a.",
)
MEAN = kept(
    "mean left out",
    "The gradient of MSE: a sum, not divided by n·k.",
    "Here the loss is the mean over all n·k elements, in the value and in the gradient.",
    "the gradient of MSE",
)


@pytest.mark.parametrize(("code", "said"), [("slope_at_output", SLOPE), ("not_divided", MEAN)])
def test_sentences_of_before_speak_in_the_row_of_today_where_that_is_certain(code, said):
    assert told.row_of(code, said) is ROWS[code]
    assert words(diagnosis(code, told=said)).what == said.what


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("slope_at_output", kept()),
        ("slope_squared", SLOPE),
        ("hat_forgotten", SLOPE),
        ("not_divided", Sentences(MEAN.title, MEAN.what.replace("n·k", "n·q"), MEAN.help, MEAN.where)),
        ("slope_at_output", Sentences(SLOPE.title, SLOPE.what, SLOPE.help, SLOPE.where, ("another: g′",))),
    ],
)
def test_sentences_of_before_that_may_be_of_no_row_are_shown_as_they_were(code, said):
    shown = words(diagnosis(code, told=said))
    assert (shown.title, shown.what, shown.help, shown.where, shown.others) == (
        said.title,
        said.what,
        said.help,
        said.where,
        said.others,
    )


def test_rows_that_old_sentences_may_speak_in_need_nothing_but_the_place():
    for code in told._DIGESTS:
        row = ROWS[code]
        assert placeholders(row.what) <= {"where"}
        assert placeholders(row.title) | placeholders(row.help) == set()


terms = st.lists(st.builds(Term, st.text(max_size=9), st.text(max_size=9)), max_size=3).map(tuple)


@given(
    st.sampled_from(sorted(ROWS)) | st.text(max_size=9),
    terms,
    terms,
    st.none() | st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.floats()),
    st.lists(st.builds(Other, st.text(max_size=9), terms), max_size=5).map(tuple),
    st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=3).map(tuple),
)
def test_any_code_with_any_values_can_be_said(code, places, traits, factor, others, names):
    one = Diagnosis(
        DiagnosisKind.FAULT, code, "f", (), Sure.EITHER, places, "", traits, factor, "", others, names
    )
    said = words(one)
    assert said.title
    assert said.what
    assert len(said.others) <= 3


def test_the_reference_has_no_words_of_its_own():
    assert set(Fault.__dataclass_fields__) == {"code", "seen", "factor"}
    assert set(SQUARED_ERRORS.faults) <= set(ROWS)


def test_a_place_without_a_word_is_its_name():
    assert where([Term("", "dJdW1"), Term("layer", "2")]) == "dJdW1 and Linear 2"
