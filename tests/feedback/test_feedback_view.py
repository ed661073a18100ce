import json as plain_json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback import Moment, staff_view, student_view
from grader.feedback.summary import function_phrase, headline
from grader.feedback.view import CaseView
from grader.model import Fact, Finding, Shown, Status, Timing, Verdict, Visibility
from grader.render import json
from tests.grader.doubles import ASSIGNMENT, case, report, sample_report

SECRET = "0.4711"
PAIRS = [(f, g) for f in ("relu", "sigmoid", "identity") for g in ("relu", "sigmoid", "identity")]
GRADIENTS = ("dJdW1", "dJdb1", "dJdW2", "dJdb2")
NOW, DUE, PUBLISHED = Moment(), Moment(due=True), Moment(due=True, published=True)
visibilities = st.sampled_from(list(Visibility))


def backward(wrong):
    return [
        case("MLP.backward", f"{d} ({f}, {g})", Verdict.FAILED if wrong(d, f, g) else Verdict.PASSED)
        for d in GRADIENTS
        for f, g in PAIRS
    ]


def raising(**more):
    """Return a case whose exception text, printed text and tests' text carry what is hidden."""
    values = {"type": "ValueError", "text": SECRET, "line": 7, "file": f"{SECRET}.py", "function": SECRET}
    return case("MLP.forward", "y_hat", Verdict.ERROR, Fact("raised", values), output=f"x={SECRET}", **more)


def everything(view):
    return plain_json.dumps(json.document(view), ensure_ascii=False)


def test_a_case_remarks_on_what_its_verdict_does_not_say():
    shown = CaseView("layout", (), Verdict.PASSED, 0.0, 0.0, "Correct.")
    assert shown.remark == ""
    assert replace(shown, message=None).remark == ""
    assert replace(shown, message="Read as folded.").remark == "Read as folded."
    assert replace(shown, verdict=Verdict.FAILED, message="x is incorrect.").remark == "x is incorrect."


def test_staff_sees_everything():
    view = staff_view(report(raising()), ASSIGNMENT)
    case_view = view.functions[0].cases[0]
    assert SECRET in case_view.message
    assert SECRET in case_view.output
    assert view.seed == 5


def test_student_sees_type_and_line_and_not_the_text():
    case_view = student_view(report(raising()), ASSIGNMENT).functions[0].cases[0]
    assert case_view.message == "Your code raised ValueError at line 7."


@given(visibilities, visibilities, visibilities, visibilities, st.none() | visibilities, st.booleans())
def test_texts_of_hidden_output_never_reach_a_student(name, verdict, text, total, own, due):
    shown = Shown(name, verdict, text, Visibility.NEVER, total)
    assignment = replace(ASSIGNMENT, shown=shown)
    failing = report(
        raising(visibility=own), case("MLP.forward", "z", fact=Fact("assertion", {"text": SECRET}))
    )
    for moment in (Moment(due, False), Moment(due, True)):
        assert SECRET not in everything(student_view(failing, assignment, moment))


def test_instructor_may_open_the_output():
    assignment = replace(ASSIGNMENT, shown=Shown(output=Visibility.AFTER_DUE))
    assert SECRET not in everything(student_view(report(raising()), assignment, NOW))
    after = student_view(report(raising()), assignment, DUE).functions[0].cases[0]
    assert SECRET in after.message
    assert after.output == f"x={SECRET}"


def test_mark_on_a_test_does_not_open_its_output():
    view = student_view(report(raising(visibility=Visibility.ALWAYS)), ASSIGNMENT)
    assert SECRET not in everything(view)


@pytest.mark.parametrize(
    ("visibility", "shown_at"),
    [
        (Visibility.ALWAYS, [NOW, DUE, PUBLISHED]),
        (Visibility.AFTER_DUE, [DUE, PUBLISHED]),
        (Visibility.AFTER_PUBLISH, [PUBLISHED]),
        (Visibility.NEVER, []),
    ],
)
def test_hidden_case_keeps_its_place_and_nothing_else(visibility, shown_at):
    hidden = case("MLP.forward", f"name {SECRET}", Verdict.FAILED, visibility=visibility, seconds=3.0)
    for moment in (NOW, DUE, PUBLISHED):
        seen = student_view(report(hidden), ASSIGNMENT, moment).functions[0]
        assert len(seen.cases) == 1
        if moment in shown_at:
            assert (seen.cases[0].name, seen.cases[0].verdict) == (f"name {SECRET}", Verdict.FAILED)
        else:
            assert (seen.cases[0].name, seen.cases[0].verdict) == ("hidden case 1", None)
            assert (seen.cases[0].points, seen.cases[0].message, seen.cases[0].seconds) == (None, None, 0.0)
            assert (seen.score, seen.verdict, seen.phrase) == (None, None, "")


def test_hidden_case_is_the_same_whether_it_passed_or_failed():
    assignment = replace(ASSIGNMENT, shown=Shown(total=Visibility.NEVER))
    passed, failed = (
        student_view(report(case("MLP.forward", "y", verdict, visibility=Visibility.NEVER)), assignment)
        for verdict in (Verdict.PASSED, Verdict.FAILED)
    )
    assert passed == failed


def test_hidden_total_hides_the_functions_scores_too():
    assignment = replace(ASSIGNMENT, shown=Shown(total=Visibility.AFTER_PUBLISH))
    view = student_view(sample_report(), assignment)
    assert view.score is None
    assert {each.score for each in view.functions} == {None}
    assert student_view(sample_report(), assignment, PUBLISHED).score == pytest.approx(15.0)


def test_hidden_message_shows_the_verdict_alone():
    assignment = replace(ASSIGNMENT, shown=Shown(message=Visibility.NEVER))
    view = student_view(sample_report(), assignment)
    wrong = [each for function in view.functions for each in function.cases if each.verdict is Verdict.FAILED]
    assert wrong
    assert {(each.message, each.advice) for each in wrong} == {(None, "")}
    assert view.mend == ()


def test_hidden_names_do_not_show_in_the_phrase():
    assignment = replace(ASSIGNMENT, shown=Shown(name=Visibility.NEVER))
    view = student_view(sample_report(), assignment)
    assert view.functions[1].phrase == "2 of 8 correct"
    assert "sigmoid" not in everything(view)


def test_hidden_case_without_weight_does_not_hide_the_function():
    cases = case("MLP.forward", "y"), case("MLP.forward", "z", weight=0.0, visibility=Visibility.NEVER)
    assert student_view(report(*cases), ASSIGNMENT).functions[0].score == 10


def test_student_is_not_told_the_seed_or_our_reasons():
    view = student_view(report(status=Status.INTERNAL_ERROR, why="lost"), ASSIGNMENT)
    assert (view.seed, view.why, view.score) == (None, "", None)
    assert view.headline == "We could not grade this. It is our fault, and nothing is lost."


def test_student_is_not_told_what_time_and_memory_could_carry():
    timing = Timing(1.2345678, 0.5, 123_456)
    slow = report(case("MLP.forward", "y", seconds=0.4711), timing=timing)
    view = student_view(slow, ASSIGNMENT)
    assert (view.timing, view.functions[0].cases[0].seconds) == (Timing(1.2, 0.5, 0), 0.0)
    assert staff_view(slow, ASSIGNMENT).timing == timing


def test_notes_about_the_suite_are_for_staff():
    graded = report(
        case("MLP.forward", "y"), notes=(Fact("import_missing", {"module": "pandas", "line": 1}),)
    )
    assert len(staff_view(graded, ASSIGNMENT).notes) == 2
    [note] = student_view(graded, ASSIGNMENT).notes
    assert note.startswith("pandas was imported at line 1")


def test_file_that_does_not_load_is_said_once_and_first():
    load = Fact("syntax_error", {"line": 4, "why": "expected ':'", "text": "def f()"})
    view = student_view(report(load=load), ASSIGNMENT)
    said = "Your file can't be read as Python: expected ':' at line 4. The line reads \"def f()\"."
    assert view.headline == view.load == view.mend[0].message == said
    assert view.score == 0


def test_claim_about_loading_that_nobody_knows_reads_as_a_crash():
    view = staff_view(report(load=Fact("box_lsot"), notes=(Fact("odd"),)), ASSIGNMENT)
    assert view.headline == "While it was imported, your file ended the whole Python process."
    assert view.notes == ()


def test_code_that_a_test_made_up_is_told_to_staff_only():
    odd = report(case("MLP.forward", "y", Verdict.FAILED, Fact(f"x > {SECRET}")))
    assert SECRET in staff_view(odd, ASSIGNMENT).functions[0].cases[0].message
    assert student_view(odd, ASSIGNMENT).mend[0].message == "The result is not what it should be."


def test_findings_are_cleaned():
    found = Finding("autograd", "torch\x1b[31m.grad", "mlp\u202e.py", 3, 1)
    [cleaned] = staff_view(report(findings=(found,)), ASSIGNMENT).findings
    assert (cleaned.what, cleaned.file) == ("torch.grad", "mlp.py")


def test_what_to_mend_first_is_the_first_wrong_case_that_is_scored():
    [first] = staff_view(sample_report(), ASSIGNMENT).mend
    assert first.where == "MLP.backward, dJdW1 (relu, sigmoid)"
    assert first.message.startswith("dJdW1 (relu, sigmoid) is incorrect")
    assert first.help


def test_headline_says_what_is_right_and_what_is_not():
    assert staff_view(sample_report(), ASSIGNMENT).headline == (
        "MLP.forward is correct. MLP.backward: 2 of 8 correct, incorrect wherever sigmoid is used."
    )
    right = report(case("MLP.forward", "y"), case("MLP.backward", "d"))
    assert staff_view(right, ASSIGNMENT).headline == "Everything that was tested is correct."


def test_headline_does_not_claim_hidden_tests_are_right():
    hidden = report(case("MLP.forward", "y"), case("MLP.backward", "d", visibility=Visibility.AFTER_DUE))
    view = student_view(hidden, ASSIGNMENT)
    assert view.headline == "MLP.forward is correct. Other results are not shown yet."


FIRST, SIGMOID = ("dJdW1", "dJdb1"), "sigmoid"
PHRASES = {
    "either": (lambda d, f, g: SIGMOID in (f, g), "16 of 36 correct, incorrect wherever sigmoid is used"),
    "slope at the output": (
        lambda d, f, g: g == SIGMOID or (f == SIGMOID and d in FIRST),
        "20 of 36 correct, incorrect only with sigmoid",
    ),
    "one gradient": (lambda d, f, g: d == "dJdW1", "27 of 36 correct, incorrect in dJdW1"),
    "two gradients": (lambda d, f, g: d in FIRST, "18 of 36 correct, incorrect in dJdW1 and dJdb1"),
    "a gradient with one activation": (
        lambda d, f, g: d == "dJdW1" and "relu" in (f, g),
        "31 of 36 correct, incorrect in dJdW1 wherever relu is used",
    ),
    "the hidden activation": (
        lambda d, f, g: f == "identity",
        "24 of 36 correct, incorrect wherever the first is identity",
    ),
    "two output activations": (
        lambda d, f, g: g != "identity",
        "12 of 36 correct, incorrect wherever the second is relu or sigmoid",
    ),
    "a gradient with hidden activations": (
        lambda d, f, g: d in FIRST and f != "identity",
        "24 of 36 correct, incorrect in dJdW1 and dJdb1 wherever the first is relu or sigmoid",
    ),
    "a gradient here and there": (
        lambda d, f, g: (d, f, g) in [("dJdW1", "relu", "relu"), ("dJdW1", "sigmoid", "identity")],
        "34 of 36 correct, incorrect only in dJdW1 with identity or relu",
    ),
    "everything": (lambda d, f, g: True, "0 of 36 correct"),
    "nothing": (lambda d, f, g: False, ""),
    "equal ones": (lambda d, f, g: f == g, "24 of 36 correct"),
}


@pytest.mark.parametrize(("wrong", "phrase"), PHRASES.values(), ids=PHRASES)
def test_phrase_says_what_the_wrong_cases_have_in_common(wrong, phrase):
    assert function_phrase(backward(wrong)) == phrase


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        (Fact("wrong_shape", {"relation": "transposed"}), " (transposed)"),
        (Fact("wrong_shape", {"relation": ""}), " (wrong shape)"),
        (Fact("raised", {"type": "ValueError"}), " (an exception)"),
        (Fact("not_close"), ""),
    ],
)
def test_phrase_says_in_which_way_all_are_wrong(fact, kind):
    cases = [case("f", name, Verdict.FAILED, fact) for name in ("a", "b")]
    assert function_phrase([*cases, case("f", "c")]) == f"1 of 3 correct, incorrect in a and b{kind}"
    mixed = case("f", "d", Verdict.FAILED, Fact("timeout"))
    assert function_phrase([*cases, mixed]) == "0 of 3 correct"


def test_phrase_does_not_tell_what_hidden_messages_would():
    fact = Fact("wrong_shape", {"relation": "transposed"})
    wrong = report(*[case("MLP.forward", name, Verdict.FAILED, fact) for name in ("a", "b")])
    assignment = replace(ASSIGNMENT, shown=Shown(message=Visibility.NEVER))
    assert student_view(wrong, ASSIGNMENT).functions[0].phrase == "0 of 2 correct (transposed)"
    assert student_view(wrong, assignment).functions[0].phrase == "0 of 2 correct"


def test_phrase_lists_no_long_names():
    cases = [case("t.py", f"print({'x' * 50}{i})", Verdict.FAILED, Fact("printed_false")) for i in "ab"]
    assert function_phrase([*cases, case("t.py", "print(y)")]) == "1 of 3 correct"


def test_case_without_weight_is_mended_last():
    cases = (
        case("MLP.forward", "extreme", Verdict.FAILED, weight=0.0),
        case("MLP.forward", "y", Verdict.FAILED),
    )
    assert staff_view(report(*cases), ASSIGNMENT).mend[0].where == "MLP.forward, y"


def test_phrase_of_a_single_case_is_its_verdict():
    assert function_phrase([case("f", "y", Verdict.TIMEOUT)]) == "out of time"


@given(st.lists(st.tuples(st.text(max_size=12), st.sampled_from(list(Verdict)), st.floats(0, 2)), max_size=8))
def test_any_names_can_be_summed_up(cases):
    named = [case("f", name, verdict, weight=weight) for name, verdict, weight in cases]
    assert isinstance(function_phrase([replace(each, id=str(i)) for i, each in enumerate(named)]), str)


def test_nothing_scored_is_no_praise():
    assert headline([], [], scored=False) == "Nothing in this submission could be scored."


def test_what_a_phrase_takes_from_names_can_be_seen():
    named = [case("f", "a\x1b[31m\u202e", Verdict.FAILED), case("f", "b", Verdict.PASSED)]
    assert function_phrase(named) == "1 of 2 correct, incorrect in a"
