"""Programs that an assignment brings itself: where one raises, the grading goes on, and staff hears of it."""

import pytest

from tests.examiner.examining import cases, examine, examiner

SUITE = """
import pytest, torch
from reference.programs import Loss

class Own(Loss):
    def broken(self, hypothesis):
        {raised}

@pytest.mark.function("mse_loss")
@pytest.mark.cases("value", "gradient")
def test_it(submission, check, rng):
    y, p = rng.normal(5, 3).float(), rng.normal(5, 3).float()
    asked = check.ask(Own("mse", y, p))
    value, gradient = submission.mse_loss(y, p)
    asked.answer(value=value, gradient=gradient)
    with check.case("value"):
        check.scalar(value, ((y - p) ** 2).mean(), name="J")
    with check.case("gradient"):
        check.close(gradient, 2 * (p - y) / y.numel(), name="dJdy_hat")
"""
WRONG = "def mse_loss(y, p):\n    return ((p - y) ** 2).mean(), (p - y) / y.numel()\n"


@pytest.mark.parametrize(
    ("raised", "text"),
    [
        ("return {}['nowhere']", "KeyError: 'nowhere'"),
        ("return len(3)", "TypeError: object of type 'int' has no len()"),
        ("return [][3]", "IndexError: list index out of range"),
        ("raise SystemError('odd')", "SystemError: odd"),
    ],
)
def test_a_mistake_that_can_not_be_tried_costs_no_grading(tmp_path, raised, text):
    with examiner(tmp_path) as path:
        said = examine(path, WRONG, {"test_it.py": SUITE.format(raised=raised)})
    assert said[-1].why == ""
    assert cases(said) == {
        "mse_loss/test_it/value": ("passed", "ok"),
        "mse_loss/test_it/gradient": ("failed", "not_close"),
    }
    [note] = said[-1].notes
    assert note.code == "diagnosis_failed"
    assert note.values == {"name": "mse_loss", "file": "test_it.py", "line": 7, "text": text}
