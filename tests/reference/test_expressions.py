"""Expressions: the sheet's numbers, points to ask at, intermediates that are known by their numbers alone."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.feedback.mistake_words import title
from reference.diagnosis.matching import Evidence
from reference.diagnosis.search import diagnose
from reference.expressions import EXPRESSIONS, SHEET, gradients, values, words
from reference.points import LEAST_GRADIENT, NEAR_ONE, draw
from reference.programs import MISTAKES, Chain, SigmoidSlope, Written
from reference.programs.chain import FORWARD, SLOPE, SLOPE_ALONE
from reference.programs.expression import GRADIENTS, VALUES
from reference.recognition import carried_back, read, recognise, same
from tests.reference.central import central_difference
from worker.examiner.check import Rng

ASKED = ("A", "B", "C")
FORMULAS = {
    "f": lambda w, x, y, z: 4 * (x * y * z + max(z, w)),
    "A": lambda a, b, c, d: (a - b * c) * d,
    "B": lambda a, b, c, d: math.sqrt(a + b + c**3) + math.log(a / d),
    "C": lambda a, b, c, d: d - math.exp((a + b) * c),
}


def at_sheet():
    return {name: torch.tensor([value], dtype=torch.float64) for name, value in SHEET.items()}


def drawn(name, seed=0, points=4):
    return draw(EXPRESSIONS[name], Rng(seed, name), points)


# What students write instead, or on the way: its sign decides whether it raises.
SIGNED = {
    "f": lambda w, x, y, z: (w, x, y, z, z - w),
    "A": lambda a, b, c, d: (a, b, c, d, a - b * c),
    "B": lambda a, b, c, d: (a, b, c, d, a + b, a + b + c),
    "C": lambda a, b, c, d: (a, b, c, d, a + b),
}


@pytest.mark.parametrize("name", SIGNED)
def test_every_seed_asks_at_points_of_the_same_signs_and_at_both(name):
    found = set()
    for seed in range(64):
        signs = torch.stack(SIGNED[name](*drawn(name, seed).values())) > 0
        assert signs.any(1).all()
        assert not signs.all(1).any()
        found.add(str(signs.tolist()))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "value", "slopes"),
    [
        ("A", 30, [1, -4, 7, 30]),
        ("B", 8.374293, [0.565094, 0.065094, 3.124534, -1]),
        ("C", 1 - 2.06e-9, [-8.2446e-9, -8.2446e-9, 1.0306e-8, 1]),
    ],
)
def test_the_sheets_point_has_the_sheets_numbers(name, value, slopes):
    lines = EXPRESSIONS[name].lines
    found = gradients(lines, at_sheet())
    assert float(values(lines, at_sheet())[lines[-1].name]) == pytest.approx(value, rel=1e-6)
    assert [float(found[each]) for each in "abcd"] == pytest.approx(slopes, rel=1e-4)


def test_the_sheets_point_is_blind_where_the_drawn_ones_see():
    lines = EXPRESSIONS["A"].lines
    faults = {"3": "factor_left_out_second"}
    for inputs, is_blind in ((at_sheet(), True), (drawn("A"), False)):
        program = Written("A", lines, inputs, VALUES)
        found = program.answers(faults)["value 3"]
        assert same(found, program.answers()["value 3"]) is is_blind


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_way_of_writing_it_has_its_value_and_its_slopes(name):
    expression, inputs = EXPRESSIONS[name], drawn(name)
    for lines in expression.ways:
        found, last = values(lines, inputs), lines[-1].name
        for point in range(4):
            arguments = torch.stack([inputs[each][point] for each in expression.inputs])
            assert float(found[last][point]) == pytest.approx(FORMULAS[name](*arguments.tolist()), rel=1e-12)
            slopes = central_difference(
                lambda at: torch.tensor(FORMULAS[name](*at.tolist()), dtype=torch.float64), arguments
            )
            own = gradients(lines, inputs)
            assert [float(own[each][point]) for each in expression.inputs] == pytest.approx(
                slopes.tolist(), rel=1e-5, abs=1e-7
            )


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_points_lie_where_the_expression_exists_and_nothing_hides(name, seed):
    inputs = drawn(name, seed)
    for lines in EXPRESSIONS[name].ways:
        found = {**values(lines, inputs), **gradients(lines, inputs)}
        assert all(bool(each.isfinite().all()) for each in found.values())
        assert min(float(each.abs().min()) for each in gradients(lines, inputs).values()) > LEAST_GRADIENT
    assert min(float((each.abs() - 1).abs().min()) for each in inputs.values()) >= NEAR_ONE * (1 - 1e-12)


def test_lines_are_written_as_people_write_them():
    assert [words(EXPRESSIONS["B"].lines, line.name) for line in EXPRESSIONS["B"].lines] == [
        "c³", "a + b", "a + b + c³", "√(a + b + c³)", "a/d", "log(a/d)", "√(a + b + c³) + log(a/d)",
    ]  # fmt: skip
    assert words(EXPRESSIONS["A"].lines, "3") == "(a − b·c)·d"


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_intermediates_are_known_by_their_numbers(name, seed):
    inputs = drawn(name, seed)
    for lines in EXPRESSIONS[name].ways:
        found = recognise(inputs, values(lines, inputs))
        for line in lines:
            assert found[line.name].operation is line.operation
            assert {*found[line.name].operands} == {*line.operands}


def test_two_operations_at_once_are_no_step():
    inputs = drawn("A")
    a, b, c, _ = inputs.values()
    assert recognise(inputs, {"both": a - b * c})["both"] is None


def test_a_forward_pass_of_somebodys_own_is_read_and_differentiated():
    inputs = drawn("C")
    a, b, c, d = inputs.values()
    own = {"ac": a * c, "bc": b * c, "sum": a * c + b * c}
    own |= {"e": own["sum"].exp(), "y": d - own["sum"].exp()}
    reading = read(EXPRESSIONS["C"], inputs, own)
    assert [line.name for line in reading.lines] == [*own]
    assert reading.cases == (("ac",), ("bc",), ("sum", "e"), ("y",))
    assert same(gradients(reading.lines, inputs)["a"], -c * own["e"])


def test_a_negative_product_stands_for_the_product():
    inputs = drawn("A")
    a, b, c, d = inputs.values()
    reading = read(EXPRESSIONS["A"], inputs, {"m": -b * c, "s": a - b * c, "A": (a - b * c) * d})
    assert (reading.theirs, reading.signs["1"]) == ({"1": "m", "2": "s", "3": "A"}, -1.0)


@pytest.mark.parametrize("name", ASKED)
def test_what_each_gradient_is_by_the_later_ones_is_the_chain_rule(name):
    inputs, lines = drawn(name), EXPRESSIONS[name].lines
    right = gradients(lines, inputs)
    found = carried_back(lines, inputs | values(lines, inputs), right)
    assert {*found} == {*right} - {lines[-1].name}
    assert all(same(found[each], right[each]) for each in found)


def questions(kind):
    """Return the questions of one function."""
    rng = Rng(3, kind)
    x, w = rng.uniform(0.2, 1.2, 5), rng.normal(5, 5)
    if kind in (FORWARD, SLOPE):
        return [Chain(x, w, kind), Chain(x, torch.ones_like(w), kind)]
    if kind == SLOPE_ALONE:
        return [SigmoidSlope(rng.normal(5))]
    return [Written(kind, EXPRESSIONS[kind].lines, drawn(kind), asked) for asked in (VALUES, GRADIENTS)]


def answered(program, mistake):
    """Return what somebody answers who makes a mistake, as far as that are numbers."""
    one = next((each for each in program.hypotheses if is_alike(each, mistake)), mistake)
    answers = program.answers(program.broken(one) or {})
    given = {name: value for name, value in answers.items() if value.isfinite().all()}
    whole = replace(program, given=frozenset(given)) if isinstance(program, Written) else program
    return Evidence(whole, given)


@pytest.mark.parametrize("kind", [*ASKED, FORWARD, SLOPE, SLOPE_ALONE])
def test_a_mistake_is_named_or_told_beside_what_gives_the_same_numbers(kind):
    for mistake in MISTAKES[kind]():
        found = [answered(program, mistake) for program in questions(kind)]
        assert any(each.wrong for each in found), (mistake.code, mistake.where)
        [explanation] = diagnose(found)
        said = {title(code) for code in (explanation.code, *(each.code for each in explanation.others))}
        assert title(mistake.code) in said, (mistake.code, mistake.where)


def is_alike(one, other):
    return (one.code, one.where) == (other.code, other.where)


def test_with_all_weights_one_only_relative_numbers_tell_where_the_slope_is_taken():
    program = Chain(torch.tensor([0.5]).double(), torch.ones(1, 5).double(), SLOPE)
    wrong = program.answers({f"σ{step}′": "slope_at_output" for step in range(1, 6)})["value"]
    assert abs(float(wrong - program.answers()["value"])) < 3e-5
    assert not same(wrong, program.answers()["value"])


def test_the_sheets_chain_has_the_sheets_slope():
    program = Chain(torch.tensor([0.5]).double(), torch.tensor([[1, -2, 3, 0.5, 4]]).double(), SLOPE)
    assert float(program.answers()["value"]) == pytest.approx(-0.00215821, abs=5e-9)
