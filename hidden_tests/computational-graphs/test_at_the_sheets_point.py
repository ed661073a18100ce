"""The student's own graphs with their numbers at the sheet's point: reported, not scored.

Nothing here is hidden, and this file comes first, so that what students call their entries can't carry a
hidden number into the picture. The sheet's point alone would not tell a sum from a product, so three further
points, which never change, are asked as well.
"""

import pytest
import torch
from entries import ask_at

from reference.expressions import SHEET, gradients, words
from reference.recognition import recognise, same

FURTHER = {"a": (1.7, 2.3, -1.4), "b": (0.6, 2.4, 3.1), "c": (0.8, 1.2, 1.6), "d": (1.3, 0.7, -2.2)}
POINTS = {name: torch.tensor([SHEET[name], *others], dtype=torch.float64) for name, others in FURTHER.items()}
MOST_ENTRIES = 24
LONGEST_NAME = 16
RIGHT, WRONG, UNKNOWN = 1, 0, -1


def rows(answer):
    """Yield for each input and entry: name, formula, operands by place, value and gradient with verdicts."""
    lines = recognise(answer.inputs, answer.numbers)
    right = gradients(answer.reading.lines, answer.inputs)
    stands_for = {theirs: line for line, theirs in answer.reading.theirs.items()}
    places = [*answer.inputs, *answer.values]
    for key in places:
        line, is_input = lines.get(key), key in answer.inputs
        asked = key if is_input else stands_for.get(key)
        sign = answer.reading.signs.get(asked, 1.0)
        value = answer.inputs[key] if is_input else answer.values[key].numbers
        slope = answer.gradients[key].numbers if key in answer.gradients else None
        yield (
            key[:LONGEST_NAME],
            words((line,), key) if line else "",
            " ".join(str(places.index(each)) for each in line.operands) if line else "",
            written(value),
            "" if slope is None else written(slope),
            RIGHT if is_input else verdict(sign * value, answer.right.get(asked)),
            WRONG if slope is None else verdict(sign * slope, right.get(asked)),
        )


def written(numbers):
    """Return the number at the sheet's point as people write it."""
    return f"{float(numbers[0]):.5g}".replace("-", "−")


def verdict(found, expected):
    """Return whether numbers are right at all points; unknown where nothing is asked."""
    if expected is None:
        return UNKNOWN
    return RIGHT if same(found, expected) else WRONG


def report(submission, check, name):
    """Note the student's own graph of one expression."""
    with check.case("your graph"):
        answer = ask_at(submission, check, POINTS, name)
        columns = zip(*[*rows(answer)][:MOST_ENTRIES], strict=True)
        keys = ("called", "formulas", "operands", "values", "slopes", "values_right", "slopes_right")
        said = dict(zip(keys, map(list, columns), strict=True))
        check.note("own_graph", name=name, inputs=len(answer.inputs), **said)


@pytest.mark.function("A")
@pytest.mark.cases("your graph")
@pytest.mark.weight(0)
def test_graph_of_a(submission, check):
    """Your graph of A, with your numbers at the sheet's point. Reported, not scored."""
    report(submission, check, "A")


@pytest.mark.function("B")
@pytest.mark.cases("your graph")
@pytest.mark.weight(0)
def test_graph_of_b(submission, check):
    """Your graph of B, with your numbers at the sheet's point. Reported, not scored."""
    report(submission, check, "B")


@pytest.mark.function("C")
@pytest.mark.cases("your graph")
@pytest.mark.weight(0)
def test_graph_of_c(submission, check):
    """Your graph of C, with your numbers at the sheet's point. Reported, not scored."""
    report(submission, check, "C")
