"""Who changes, by how much, because of what."""

from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic.regrade_diff import Case, Handed, Run, Way, causes_of, compare
from grader.model import Verdict

W1, B1, NEW = (Case("MLP.backward", name, name) for name in ("dJdW1", "dJdb1", "dJdW2"))
PASSED, FAILED, ERROR = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR


def _handed(number, before, after, who="Ada", **more):
    runs = (None if each is None else Run(each, 30.0) for each in (before, after))
    return Handed(number, who, f"{who}@example.org", True, *runs, **more)


def test_sums_go_up_and_down_and_the_largest_difference_comes_first():
    found = compare(
        [_handed(1, 10.0, 12.0), _handed(2, 20.0, 10.0), _handed(3, 5.0, 5.0), _handed(4, 1.0, 2.5)]
    )
    assert [each.handed.submission for each in found.changes] == [2, 1, 4, 3]
    assert (found.numbers[Way.UP], found.numbers[Way.DOWN], found.numbers[Way.SAME]) == (2, 1, 1)
    assert (found.points[Way.UP], found.points[Way.DOWN]) == (3.5, -10.0)


def test_score_where_there_was_none_is_up_and_what_could_not_be_graded_is_told():
    found = compare([_handed(1, None, 12.0), _handed(2, 12.0, None, lost=True), _handed(3, 12.0, None)])
    assert {each.handed.submission: each.way for each in found.changes} == {
        1: Way.UP, 2: Way.LOST, 3: Way.TO_COME,
    }  # fmt: skip
    assert found.points[Way.UP] == 12.0


def test_another_order_of_summation_changes_nobody():
    assert compare([_handed(1, 0.1 + 0.2, 0.3)]).numbers[Way.SAME] == 1


def test_cause_is_the_case_that_passed_in_one_run_only():
    before = Run(10.0, 30.0, {W1: FAILED, B1: PASSED})
    after = Run(20.0, 30.0, {W1: PASSED, B1: PASSED})
    [cause] = causes_of(before, after)
    assert (cause.case, cause.before, cause.after) == (W1, FAILED, PASSED)


def test_another_kind_of_failure_is_no_cause_but_a_case_that_is_new_or_gone_is():
    before = Run(10.0, 30.0, {W1: FAILED, B1: FAILED})
    after = Run(5.0, 30.0, {W1: ERROR, NEW: FAILED})
    assert {each.case for each in causes_of(before, after)} == {B1, NEW}


def test_causes_are_counted_over_the_class_commonest_first():
    up = (Run(0.0, 30.0, {W1: FAILED}), Run(9.0, 30.0, {W1: PASSED}))
    down = (Run(9.0, 30.0, {W1: PASSED, B1: PASSED}), Run(0.0, 30.0, {W1: FAILED, B1: FAILED}))
    pairs = [up, down, up]
    found = compare(Handed(n, "Ada", "a@b.c", True, *runs) for n, runs in enumerate(pairs))
    assert found.causes == [(W1, 2, 1), (B1, 0, 1)]


def test_what_a_person_decided_is_flagged():
    handed = [
        _handed(1, 1.0, 2.0, set_by_hand=3.0),
        _handed(2, 1.0, 2.0, points_by_hand=True),
        _handed(3, 1.0, 2.0),
    ]
    found = compare(handed)
    assert found.by_hand == 2
    assert [each.by_hand for each in sorted(found.changes, key=lambda each: each.handed.submission)] == [
        True, True, False,
    ]  # fmt: skip


SCORES = st.one_of(st.none(), st.floats(0, 100))


@given(st.lists(st.tuples(SCORES, SCORES), max_size=30))
def test_nobody_is_lost_and_sums_have_their_sign(scores):
    found = compare(_handed(number, *pair) for number, pair in enumerate(scores))
    assert sum(found.numbers.values()) == len(found.changes) == len(scores)
    assert found.points[Way.UP] >= 0 >= found.points[Way.DOWN]
    assert [abs(each.difference) for each in found.changes] == sorted(
        (abs(each.difference) for each in found.changes), reverse=True
    )


def test_case_that_speaks_against_a_change_is_not_its_cause():
    before = Run(10.0, 30.0, {W1: PASSED, B1: FAILED})
    after = Run(5.0, 30.0, {W1: FAILED, B1: PASSED, NEW: PASSED})
    [change] = compare([Handed(1, "Ada", "a@b.c", True, before, after)]).changes
    assert [each.case for each in change.causes] == [W1]
