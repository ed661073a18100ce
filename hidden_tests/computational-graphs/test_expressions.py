"""Hidden tests of A, B and C: their intermediates, values and gradients, at points of the grading's own.

Intermediates are told by their numbers at several points at once, whatever they are called and however the
expression was taken apart. Each line of the nearest way of writing it is a case; one that is wrong costs its
own case, and what is right for it keeps its points (`asked.within`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import torch

from reference.expressions import EXPRESSIONS, gradients, values
from reference.points import draw
from reference.programs.expression import GRADIENTS, VALUES, Written, gradient_name, value_name
from reference.recognition import carried_back, follows_from_own, read, same, their_lines
from reference.tolerance import as_tensor

POINTS = 4
LINES = {name: len(each.lines) for name, each in EXPRESSIONS.items()}
INPUTS = ("a", "b", "c", "d")
MOST_DEPARTURES = 1
"""Lines that may be no step of the expression while others follow from them: else it is another one."""


def intermediates_of(name):
    return tuple(f"{name} {number}" for number in range(1, LINES[name] + 1))


def values_of(name):
    return tuple(value_name(number) for number in range(1, LINES[name] + 1))


def gradients_of(name, inputs=INPUTS):
    return tuple(gradient_name(each) for each in (*range(1, LINES[name] + 1), *inputs))


@dataclass(frozen=True)
class Entry:
    """One entry of a dict of the student's at all points; NaN where it is no number, with what is wrong."""

    numbers: torch.Tensor
    wrong: tuple[str, dict] | None


@dataclass(frozen=True)
class Answer:
    """What the student's function gave at all points, and what its intermediates are."""

    expression: object
    inputs: dict
    values: dict
    gradients: dict
    reading: object

    @property
    def numbers(self):
        """Intermediates by their own names."""
        return {name: entry.numbers for name, entry in self.values.items()}

    @property
    def right(self):
        """Every line as it should be, by its name."""
        return values(self.reading.lines, self.inputs)

    @property
    def follows(self):
        """Lines that are right for the student's own, if these are still about this expression."""
        found = follows_from_own(self.reading, self.inputs, self.numbers)
        departed = [line.name for line in self.reading.lines if line.name not in found]
        return found if len(departed) <= MOST_DEPARTURES else frozenset()


def ask(submission, check, rng, name):
    """Call the student's function at hidden points and read what it gave."""
    expression = EXPRESSIONS[name]
    inputs = draw(expression, rng, POINTS)
    points = torch.stack([inputs[each] for each in expression.inputs], 1).tolist()
    pairs = [pair(check, name, getattr(submission, name)(*point)) for point in points]
    found = columns(check, f"values of {name}", [first for first, _ in pairs])
    entries = {each: entry for each, entry in found.items() if each not in expression.inputs}
    check.true(entries, "no_entries", name=f"values of {name}")
    slopes = columns(check, f"gradients of {name}", [second for _, second in pairs])
    numbers = {each: entry.numbers for each, entry in entries.items()}
    return Answer(expression, inputs, entries, slopes, read(expression, inputs, numbers))


def pair(check, name, answer):
    """Return the two dicts that a call gave."""
    check.true(answer is not None, "returned_none", name=f"{name}(…)")
    is_pair = isinstance(answer, tuple | list) and len(answer) == 2
    check.true(is_pair and all(isinstance(each, Mapping) for each in answer), "not_two_dicts", name=name)
    return tuple(dict(each.items()) for each in answer)


def columns(check, what, dicts):
    """Return the entries of dicts that have the same keys at all points."""
    check.true(all([*each] == [*dicts[0]] for each in dicts), "entries_differ", name=what)
    return {name: entry([each[name] for each in dicts]) for name in dicts[0]}


def entry(given):
    """Return one number for each point."""
    tensors = [as_tensor(each) for each in given]
    if any(each is None or each.numel() != 1 or each.is_complex() for each in tensors):
        return Entry(torch.full((len(given),), torch.nan), ("not_one_number", {}))
    numbers = torch.stack([each.double().reshape(()) for each in tensors])
    if not numbers.isfinite().all():
        return Entry(numbers, ("own_nan", {}))
    coarse = [each.dtype for each in tensors if each.is_floating_point() and each.dtype != torch.float64]
    values = {"actual": str(coarse[0]).removeprefix("torch."), "expected": "float64"} if coarse else {}
    return Entry(numbers, ("wrong_dtype", values) if coarse else None)


def compare(check, given, expected, name, sign=1.0):
    """Compare an entry with what it should be, each point relative to its own size."""
    if given.wrong:
        check.true(False, given.wrong[0], name=name, **given.wrong[1])
    zero = expected == 0
    ratio = torch.where(zero, 1 + given.numbers, sign * given.numbers / torch.where(zero, 1.0, expected))
    check.close(ratio, torch.ones_like(expected), name=name, dtype=torch.float64)


def lines_of(answer, number):
    """Return the lines that count for a case, which are counted from 1."""
    return answer.reading.cases[number - 1]


def compare_line(check, answer, line, number):
    """Compare the intermediate that stands for a line."""
    theirs = answer.reading.theirs.get(line)
    check.true(theirs is not None, "intermediate_missing", name=f"intermediate {number}")
    sign = answer.reading.signs.get(line, 1.0)
    place = [*answer.values].index(theirs) + 1
    compare(check, answer.values[theirs], answer.right[line], f"entry {place} of values", sign)


def judge_lines(check, answer, cases, asked):
    """Compare every intermediate, and note which are right for the student's own before them."""
    for number, case in enumerate(cases, start=1):
        with check.case(case):
            for line in lines_of(answer, number):
                compare_line(check, answer, line, number)
        if check.failed(case) and all(line in answer.follows for line in lines_of(answer, number)):
            asked.within.add(case)


def ask_values(check, answer, name):
    """Note the question about the values, as far as there are numbers."""
    given = {
        value_name(number): answer.reading.signs.get(line.name, 1.0) * answer.values[theirs].numbers
        for number, line in enumerate(answer.reading.lines, start=1)
        if (theirs := answer.reading.theirs.get(line.name)) and answer.values[theirs].wrong is None
    }
    lines, inputs = answer.reading.lines, answer.inputs
    asked = check.ask(Written(name, lines, inputs, VALUES, given=frozenset(given)))
    asked.answer(**given)
    return asked


def judge_intermediates(submission, check, rng, name):
    """Judge the forward pass of one expression."""
    answer = ask(submission, check, rng, name)
    asked = check.ask(Written(name, answer.reading.lines, answer.inputs, VALUES, given=frozenset()))
    judge_lines(check, answer, intermediates_of(name), asked)


def judge_values(submission, check, rng, name):
    """Judge the values of one expression."""
    answer = ask(submission, check, rng, name)
    judge_lines(check, answer, values_of(name), ask_values(check, answer, name))


def slopes_by_case(answer):
    """Yield each case of the gradients with the student's keys, what is right there, and the signs."""
    right = gradients(answer.reading.lines, answer.inputs)
    for number, lines in enumerate(answer.reading.cases, start=1):
        signs = answer.reading.signs
        yield (
            gradient_name(number),
            [(answer.reading.theirs.get(line), right[line] * signs.get(line, 1.0)) for line in lines],
        )
    for each in answer.expression.inputs:
        yield gradient_name(each), [(each, right[each])]


def compare_slope(check, answer, key, expected, case):
    """Compare the gradient that the student has under a key; None where there is no such intermediate."""
    check.true(key is not None, "intermediate_missing", name=f"intermediate {case.split()[-1]}")
    called = key if key in answer.expression.inputs else f"entry {[*answer.values].index(key) + 1} of values"
    check.true(key in answer.gradients, "gradient_missing", name=called)
    compare(check, answer.gradients[key], expected, f"the gradient of {called}")


def judge_gradients(submission, check, rng, name):
    """Judge the gradients of one expression with respect to its intermediates and inputs."""
    answer = ask(submission, check, rng, name)
    by_case = dict(slopes_by_case(answer))
    for case, expected in by_case.items():
        with check.case(case):
            for key, right in expected:
                compare_slope(check, answer, key, right, case)
    failed = {case for case in by_case if check.failed(case)}
    asked = ask_gradients(check, answer, name, {case: rows[0][0] for case, rows in by_case.items()}, failed)
    carried = carried_by_own(answer)
    for case in failed:
        if all(key in carried for key, _ in by_case[case]):
            asked.within.add(case)


def ask_gradients(check, answer, name, keys, failed):
    """Note the question about the gradients, as far as there are numbers.

    Where the forward pass is another one, those that failed are asked of that: they may be right for it.
    """
    own = answer.reading.own
    departs = own is not None and len(own) == len(answer.reading.lines) and len(answer.follows) < len(own)
    signs = {
        gradient_name(number): answer.reading.signs.get(line.name, 1.0)
        for number, line in enumerate(answer.reading.lines, start=1)
    }
    given = {
        case: answer.gradients[key].numbers * signs.get(case, 1.0)
        for case, key in keys.items()
        if key in answer.gradients and answer.gradients[key].wrong is None
        if not departs or case in failed
    }
    lines = own if departs and failed else answer.reading.lines
    wrong = bool(failed) and not departs
    asked = check.ask(Written(name, lines, answer.inputs, GRADIENTS, wrong, frozenset(given)))
    asked.answer(**given)
    return asked


def carried_by_own(answer):
    """Return the keys whose gradients are right for the student's own forward pass and later gradients.

    What is 0 carries nothing: anything is right behind it.
    """
    lines = their_lines(answer.reading)
    if lines is None or not answer.follows:
        return frozenset()
    given = {key: each.numbers for key, each in answer.gradients.items()}
    own = carried_back(lines, answer.inputs | answer.numbers, given)
    return frozenset(
        key for key, value in own.items() if key in given and value.all() and same(given[key], value)
    )


@pytest.mark.function("intermediates")
@pytest.mark.cases(*intermediates_of("A"))
@pytest.mark.weight(1 / LINES["A"])
def test_intermediates_of_a(submission, check, rng):
    """The intermediates of A, one operation each."""
    judge_intermediates(submission, check, rng, "A")


@pytest.mark.function("intermediates")
@pytest.mark.cases(*intermediates_of("B"))
@pytest.mark.weight(1 / LINES["B"])
def test_intermediates_of_b(submission, check, rng):
    """The intermediates of B, one operation each."""
    judge_intermediates(submission, check, rng, "B")


@pytest.mark.function("intermediates")
@pytest.mark.cases(*intermediates_of("C"))
@pytest.mark.weight(1 / LINES["C"])
def test_intermediates_of_c(submission, check, rng):
    """The intermediates of C, one operation each."""
    judge_intermediates(submission, check, rng, "C")


@pytest.mark.function("A")
@pytest.mark.cases(*values_of("A"))
@pytest.mark.weight(1 / LINES["A"])
def test_values_of_a(submission, check, rng):
    """The values of A and its intermediates."""
    judge_values(submission, check, rng, "A")


@pytest.mark.function("A")
@pytest.mark.cases(*gradients_of("A"))
@pytest.mark.weight(2 / len(gradients_of("A")))
def test_gradients_of_a(submission, check, rng):
    """The gradients of A with respect to its intermediates and inputs."""
    judge_gradients(submission, check, rng, "A")


@pytest.mark.function("B")
@pytest.mark.cases(*values_of("B"))
@pytest.mark.weight(1 / LINES["B"])
def test_values_of_b(submission, check, rng):
    """The values of B and its intermediates."""
    judge_values(submission, check, rng, "B")


@pytest.mark.function("B")
@pytest.mark.cases(*gradients_of("B"))
@pytest.mark.weight(2 / len(gradients_of("B")))
def test_gradients_of_b(submission, check, rng):
    """The gradients of B with respect to its intermediates and inputs."""
    judge_gradients(submission, check, rng, "B")


@pytest.mark.function("C")
@pytest.mark.cases(*values_of("C"))
@pytest.mark.weight(1 / LINES["C"])
def test_values_of_c(submission, check, rng):
    """The values of C and its intermediates."""
    judge_values(submission, check, rng, "C")


@pytest.mark.function("C")
@pytest.mark.cases(*gradients_of("C"))
@pytest.mark.weight(2 / len(gradients_of("C")))
def test_gradients_of_c(submission, check, rng):
    """The gradients of C with respect to its intermediates and inputs."""
    judge_gradients(submission, check, rng, "C")


@pytest.mark.function("f")
@pytest.mark.cases("value", "gradients")
def test_worked_example(submission, check, rng):
    """The worked example as it came. Reported, for no points."""
    answer = ask(submission, check, rng, "f")
    right = gradients(answer.expression.lines, answer.inputs)
    with check.case("value"):
        compare(check, [*answer.values.values()][-1], answer.right[answer.reading.lines[-1].name], "f")
    with check.case("gradients"):
        for each in answer.expression.inputs:
            compare_slope(check, answer, each, right[each], each)
