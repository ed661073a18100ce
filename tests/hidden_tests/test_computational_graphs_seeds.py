"""What the tests of A, B and C say does not depend on the points, and nobody is credited for something else.

The hidden tests run in this process, with the examiner's own comparisons and diagnosis.
"""

import inspect
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import shipped
from tests.hidden_tests import double
from worker.examiner.check import Check, Rng
from worker.examiner.diagnosing import Case, Shown, diagnose
from worker.examiner.errors import CheckFailed
from worker.examiner.verdicts import PASSED

FOLDER = Path(__file__).parents[2] / "hidden_tests" / "computational-graphs"
WRONG = sorted(
    name
    for name in shipped.entries_of("computational-graphs")
    if name.startswith("wrong_answer/") and name.endswith(".py")
)
SEEDS = (11, 12)


@pytest.fixture(scope="module")
def tests():
    """The hidden tests about graphs.py, with what their marks say; by one parameter at most."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        modules = [double.load(FOLDER / f"test_{name}.py") for name in ("expressions", "chain")]
    finally:
        sys.path.remove(str(FOLDER))
        for name in set(sys.modules) - before:
            del sys.modules[name]
    return [item for module in modules for item in items(module)]


def items(module):
    for name, function in vars(module).items():
        if name.startswith("test_"):
            yield from double.expand(function)


def run(tests, submission, seed):
    """Return code by case, and what was shown for a diagnosis."""
    codes, shown = {}, []
    for item in tests:
        check, name = Check(double.judge, lambda _: False), f"{item.function.__name__}{item.id}"
        given = {"submission": submission, "check": check, "rng": Rng(seed, name)} | item.params
        rest = PASSED
        try:
            item.function(**{each: given[each] for each in inspect.signature(item.function).parameters})
        except CheckFailed as error:
            rest = double.judge(error)
        (function,), names = item.mark("function", ()), item.mark("cases", ())
        found = {each: check.outcomes.get(each, rest).code for each in names}
        codes |= {f"{function}/{name}/{each}": code for each, code in found.items()}
        cases = {each: Case(f"{name}/{each}", code) for each, code in found.items()}
        shown.append(Shown(function, check.asked, cases))
    return codes, shown


def said(shown):
    return sorted(
        (each.function, each.kind, each.code, repr((each.places, each.operation, each.traits)), each.cases)
        for each in diagnose(shown, [*dict.fromkeys(each.function for each in shown)])
    )


@pytest.mark.parametrize("name", WRONG)
def test_the_same_cases_fail_for_the_same_reasons_at_other_points(tests, written, name):
    submission = double.load(written("computational-graphs") / name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a root of a negative number, say
        (codes, shown), (others, shown_then) = (run(tests, submission, seed) for seed in SEEDS)
    assert codes == others
    assert set(codes.values()) != {"ok"}
    assert said(shown) == said(shown_then)


def credited(tests, a):
    """Return which cases about A pass or are credited, for a hand-in that has only A."""
    codes, shown = run(
        [each for each in tests if each.mark("function", ())[0] == "A"], SimpleNamespace(A=a), 5
    )
    within = {name for each in shown for one in each.asked for name in one.within}
    return {case.rpartition("/")[2] for case, code in codes.items() if code == "ok"} | within


def test_another_expression_is_not_credited_though_its_gradients_are_right(tests):
    def sums(a, b, c, d):
        values = {"s": a + b, "t": a + b + c, "u": a + b + c + d}
        return values, dict.fromkeys([*values, "a", "b", "c", "d"], 1.0)

    assert credited(tests, sums) == {"gradient 3"}  # that of the result itself is 1 in any case


def test_zeros_carry_nothing(tests):
    def zeros(a, b, c, d):
        values = {"s": b * c, "t": a - b * c, "u": (a - b * c) * d}
        return values, dict.fromkeys([*values, "a", "b", "c", "d"], 0.0)

    assert credited(tests, zeros) == {"value 1", "value 2", "value 3"}


def test_one_wrong_number_costs_its_own_entry_alone(tests):
    def wrong_in_one(a, b, c, d):
        values = {"s": b * c, "t": a - b * c, "u": (a - b * c) * d}
        slopes = {"u": 1.0, "t": 7 * d, "s": -7 * d, "a": 7 * d, "b": -7 * d * c, "c": -7 * d * b}
        return values, slopes | {"d": a - b * c}

    values = {f"value {number}" for number in (1, 2, 3)}
    kept = {"gradient 3", "gradient 1", *(f"gradient {each}" for each in "abcd")}
    assert credited(tests, wrong_in_one) == values | kept
