"""Hidden tests of A, B and C: their intermediates, values and gradients, at points of the grading's own.

Intermediates are told by their numbers at several points at once, whatever they are called and however the
expression was taken apart. Each line of the nearest way of writing it is a case; one that is wrong costs its
own case, and what is right for it keeps its points (`asked.within`).
"""

import pytest
from entries import ask, compare

from reference.expressions import EXPRESSIONS, gradients
from reference.programs.expression import GRADIENTS, VALUES, Written, gradient_name, value_name
from reference.recognition import sheets_lines

LINES = {name: len(each.lines) for name, each in EXPRESSIONS.items()}
INPUTS = ("a", "b", "c", "d")


def intermediates_of(name):
    return tuple(f"{name} {number}" for number in range(1, LINES[name] + 1))


def values_of(name):
    return tuple(value_name(number) for number in range(1, LINES[name] + 1))


def gradients_of(name, inputs=INPUTS):
    return tuple(gradient_name(each) for each in (*range(1, LINES[name] + 1), *inputs))


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
    """Yield each case of the gradients with the student's keys and what is right there."""
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
    keys = {case: {key for key, _ in rows} for case, rows in by_case.items()}
    failed = {case for case in keys if check.failed(case)}
    lines = answer.reading.own or ()
    own, sheets = answer.carried(lines), answer.carried(sheets_lines(answer.reading))
    is_own = answer.departs and len(own) > len(sheets) and len(lines) == len(answer.reading.lines)
    asked = ask_gradients(check, answer, name, failed if is_own else set(keys), is_own=is_own)
    asked.within.update(case for case in failed if keys[case] <= own | sheets)


def ask_gradients(check, answer, name, cases, *, is_own):
    """Note the question about the gradients of these cases, as far as there are numbers.

    is_own  asked of the student's own forward pass, which is another one: they may be right for it
    """
    given = {
        case: sign * answer.gradients[key].numbers
        for case, key, sign in keys_by_case(answer)
        if case in cases and key in answer.gradients and answer.gradients[key].wrong is None
    }
    lines = answer.reading.own if is_own else answer.reading.lines
    wrong = answer.departs and not is_own
    asked = check.ask(Written(name, lines, answer.inputs, GRADIENTS, wrong, frozenset(given)))
    asked.answer(**given)
    return asked


def keys_by_case(answer):
    """Yield each case with the student's key for it, and the sign of their intermediate."""
    for number, line in enumerate(answer.reading.lines, start=1):
        yield (
            gradient_name(number),
            answer.reading.theirs.get(line.name),
            answer.reading.signs.get(line.name, 1.0),
        )
    yield from ((gradient_name(each), each, 1.0) for each in answer.expression.inputs)


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
