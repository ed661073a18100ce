from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic import scoring
from grader.model import (
    Assignment,
    Choice,
    Credit,
    Diagnosis,
    DiagnosisKind,
    Fact,
    Function,
    Status,
    Sure,
    Verdict,
)
from tests.grader.doubles import ASSIGNMENT, case, report, sample_report

weights = st.floats(0, 100, allow_nan=False) | st.sampled_from([0.0, 1.0, 1.0])
outcomes = st.lists(st.tuples(weights, st.sampled_from(list(Verdict))), max_size=12)
amounts = st.floats(0, 1000, allow_nan=False)


def one(points, outcome, bonus=False):
    assignment = replace(ASSIGNMENT, functions=(Function("f", points, bonus),), parts=())
    cases = [case("f", f"c{i}", verdict, weight=weight) for i, (weight, verdict) in enumerate(outcome)]
    return scoring.score(assignment, report(*cases))


@given(amounts, outcomes)
def test_score_is_between_nothing_and_all(points, outcome):
    assert 0 <= one(points, outcome).score <= points


@given(amounts, outcomes)
def test_score_of_a_function_is_the_sum_of_its_cases(points, outcome):
    function = one(points, outcome).functions[0]
    assert sum(function.points) == pytest.approx(function.score)


@given(amounts, outcomes.filter(len), st.data())
def test_mending_a_case_never_costs_points(points, outcome, data):
    place = data.draw(st.integers(0, len(outcome) - 1))
    mended = [*outcome]
    mended[place] = (outcome[place][0], Verdict.PASSED)
    assert one(points, mended).score >= one(points, outcome).score - 1e-9


@given(amounts, outcomes, st.randoms())
def test_order_of_cases_does_not_matter(points, outcome, random):
    mixed = random.sample(outcome, len(outcome))
    first, second = one(points, outcome), one(points, mixed)
    assert first.score == pytest.approx(second.score)
    assert first.functions[0].verdict is second.functions[0].verdict


@given(st.lists(st.tuples(amounts, outcomes), max_size=5))
def test_total_is_the_sum_of_the_functions(functions):
    assignment = replace(
        ASSIGNMENT, functions=tuple(Function(f"f{i}", points) for i, (points, _) in enumerate(functions))
    )
    cases = [
        case(f"f{i}", f"c{j}", verdict, weight=weight)
        for i, (_, outcome) in enumerate(functions)
        for j, (weight, verdict) in enumerate(outcome)
    ]
    scored = scoring.score(assignment, report(*cases))
    assert scored.score == pytest.approx(sum(each.score for each in scored.functions))
    assert scored.max_score == pytest.approx(sum(points for points, _ in functions))


@given(amounts, outcomes)
def test_all_points_only_when_every_weighted_case_passed(points, outcome):
    everything = any(w > 0 for w, _ in outcome) and all(v is Verdict.PASSED for w, v in outcome if w > 0)
    scored = one(points, outcome)
    if everything:
        assert scored.score == pytest.approx(points)
    verdict = scored.functions[0].verdict
    if outcome and any(w > 0 for w, _ in outcome):
        assert (verdict is Verdict.PASSED) == everything


def test_sigmoid_slope_at_the_output_costs_16_of_36():
    outcome = [(1.0, Verdict.PASSED)] * 20 + [(1.0, Verdict.FAILED)] * 16
    assert scoring.points_text(one(20, outcome).score) == "11.11"


def test_case_without_weight_is_reported_and_not_scored():
    scored = one(10, [(1.0, Verdict.PASSED), (0.0, Verdict.FAILED)])
    assert scored.score == 10
    assert scored.functions[0].verdict is Verdict.PASSED
    assert len(scored.functions[0].cases) == 2


def test_function_without_cases_gets_nothing_and_staff_is_told():
    scored = one(10, [])
    assert scored.score == 0
    assert scored.functions[0].verdict is Verdict.SKIPPED
    assert scored.notes == (Fact("no_cases", {"name": "f"}),)


def test_function_whose_cases_have_no_weight_gets_nothing():
    scored = one(10, [(0.0, Verdict.PASSED)])
    assert scored.score == 0
    assert scored.notes


def test_file_that_does_not_load_names_how_it_ended():
    loaded = report(load=Fact("import_timeout", {"seconds": 10}))
    scored = scoring.score(ASSIGNMENT, loaded)
    assert {each.verdict for each in scored.functions} == {Verdict.TIMEOUT}
    assert scored.score == 0
    assert scored.notes == ()


def test_bonus_counts_in_the_score_and_not_in_what_can_be_had():
    scored = one(2, [(1.0, Verdict.PASSED)], bonus=True)
    assert (scored.score, scored.max_score) == (2, 0)


def test_case_of_an_undeclared_function_is_told_to_staff():
    scored = scoring.score(ASSIGNMENT, report(case("MLP.forwrad", "y_hat")))
    assert Fact("unknown_function", {"name": "MLP.forwrad"}) in scored.notes
    assert scored.score == 0


def test_fault_of_ours_has_no_score():
    assert scoring.score(ASSIGNMENT, report(status=Status.INTERNAL_ERROR)) is None


def test_parts_are_a_second_view_of_the_same_cases():
    parts = {part.name: part for part in scoring.score(ASSIGNMENT, sample_report()).parts}
    assert (parts["ReLU backward"].passed, parts["ReLU backward"].total) == (2, 6)
    assert parts["Linear backward"].share == 0


def test_gravest_verdict_names_the_function():
    outcome = [(1.0, Verdict.PASSED), (1.0, Verdict.SKIPPED), (1.0, Verdict.TIMEOUT), (1.0, Verdict.FAILED)]
    assert one(1, outcome).functions[0].verdict is Verdict.TIMEOUT


def test_scripts_are_worth_their_verdicts():
    assignment = Assignment("s", "", "mlp.py", (Function("t.py", 0.0),))
    ran = report(case("t.py", "1"), case("t.py", "2", Verdict.FAILED))
    assert scoring.score(scoring.worth_its_cases(assignment, ran), ran).max_score == 2


@pytest.mark.parametrize(
    ("points", "text"), [(41.1111, "41.11"), (0.0, "0.00"), (-0.0, "0.00"), (50, "50.00")]
)
def test_points_are_rounded_for_display_only(points, text):
    assert scoring.points_text(points) == text


def diagnosed(kind, *cases):
    return Diagnosis(kind, "code", "MLP.backward", cases, Sure.CERTAIN)


def credited(credit, fact=None, *diagnoses):
    wrong = case("MLP.backward", "a", Verdict.FAILED, fact)
    graded = report(wrong, case("MLP.backward", "b"), diagnoses=diagnoses)
    [backward] = [
        each
        for each in scoring.score(replace(ASSIGNMENT, credit=credit), graded).functions
        if each.function.name == "MLP.backward"
    ]
    assert sum(backward.points) == pytest.approx(backward.score)
    assert backward.verdict is Verdict.FAILED
    return backward.score


@given(st.floats(0, 1))
def test_what_follows_from_an_earlier_mistake_keeps_the_share_that_is_set(share):
    follows = diagnosed(DiagnosisKind.CONSEQUENTIAL, "MLP.backward/test/a")
    assert credited(Credit(consequential=share), None, follows) == pytest.approx(10 + 10 * share)
    assert credited(Credit(convention=share, transposed=share), None, follows) == 10


@given(st.floats(0, 1))
def test_a_convention_keeps_the_share_that_is_set(share):
    elsewhere = diagnosed(DiagnosisKind.CONVENTION, "MLP.backward/test/a", "bce_loss/test/x")
    assert credited(Credit(convention=share), None, elsewhere) == pytest.approx(10 + 10 * share)


@pytest.mark.parametrize("values", [{"agrees": True}, {"agrees": False}, {}])
def test_right_numbers_transposed_keep_the_share_that_is_set(values):
    fact = Fact("wrong_shape", {"name": "dJdW1", "relation": "transposed", **values})
    assert credited(Credit(transposed=0.5), fact) == (15 if values.get("agrees") else 10)


def test_nothing_is_credited_unless_the_assignment_says_so():
    fact = Fact("wrong_shape", {"name": "dJdW1", "relation": "transposed", "agrees": True})
    kinds = [diagnosed(kind, "MLP.backward/test/a") for kind in DiagnosisKind]
    assert credited(Credit(), fact, *kinds) == 10


OF_THREE = replace(
    ASSIGNMENT,
    functions=tuple(Function(name, 3.0) for name in "abc"),
    parts=(),
    choices=(Choice(("a", "b", "c"), 2),),
)


@given(st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_of_a_choice_the_best_count(right):
    cases = [
        case(name, f"{name}{number}", Verdict.PASSED if number < passed else Verdict.FAILED)
        for name, passed in zip("abc", right, strict=True)
        for number in range(3)
    ]
    scores = scoring.score(OF_THREE, report(*cases))
    assert scores.score == pytest.approx(sum(sorted(right)[1:]))
    assert scores.max_score == 6.0
    assert sum(each.counts for each in scores.functions) == 2
    counted = [each.score for each in scores.functions if each.counts]
    assert min(counted) >= max(each.score for each in scores.functions if not each.counts)


def test_of_equals_the_earlier_ones_count():
    scores = scoring.score(OF_THREE, report(*(case(name, "x") for name in "abc")))
    assert [each.counts for each in scores.functions] == [True, True, False]
