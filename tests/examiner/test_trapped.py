"""What autograd costs that the trap caught: whom, and with which line."""

import pytest

from worker.examiner.trapped import KIND, Trapped, costs, noticed, refuses, told
from worker.examiner.verdicts import SYMBOLIC_MESSAGE
from worker.wire.exam import Exam
from worker.wire.message import Caught, Finding, Line, LoadFailed

FUNCTIONS = ("MLP.forward", "MLP.backward", "mse_loss")
SEEN = (
    Finding(kind="name", what="eval", file="mlp.py", line=1, column=1),
    Finding(kind="autograd", what="torch.autograd.grad", file="mlp.py", line=7, column=9, where="helper"),
)


def exam(breach="function", autograd="forbid"):
    return Exam(suite="s", functions=FUNCTIONS, module="mlp", seed=1, breach=breach, autograd=autograd)


def call(*names, line=7):
    """A caught call, by the qualified names of the functions that led to it."""
    return Caught(lines=tuple(Line(file="mlp.py", line=line, function=name, source="") for name in names))


@pytest.mark.parametrize(
    ("names", "under", "costing"),
    [
        (["MLP.backward"], "MLP.backward", {"MLP.backward"}),
        (["MLP.backward", "helper"], "MLP.backward", {"MLP.backward"}),
        (["MLP.backward.<locals>.<lambda>"], "MLP.backward", {"MLP.backward"}),
        (["MLP.backward", "MLP.forward"], "MLP.backward", {"MLP.forward"}),
        (["MLP.forward"], "MLP.backward", {"MLP.forward"}),
        (["MLP.__init__"], "MLP.forward", {"MLP.forward"}),
        (["helper"], "mse_loss", {"mse_loss"}),
        ([], "mse_loss", {"mse_loss"}),
        (["<module>"], "", set(FUNCTIONS)),
        (["<module>", "helper"], "", set(FUNCTIONS)),
        (["<module>", "MLP.backward"], "", {"MLP.backward"}),
        (["MLP"], "", {"MLP.forward", "MLP.backward"}),
    ],
)
def test_it_costs_the_function_that_used_it(names, under, costing):
    assert set(costs([Trapped(call(*names), under)], exam(), ())) == costing


def test_it_costs_the_submission_where_that_is_the_rule():
    assert set(costs([Trapped(call("mse_loss"), "mse_loss")], exam("submission"), ())) == set(FUNCTIONS)


@pytest.mark.parametrize(("breach", "autograd"), [("nothing", "forbid"), ("function", "report")])
def test_it_costs_nothing_where_that_is_the_rule(breach, autograd):
    assert costs([Trapped(call("mse_loss"), "mse_loss")], exam(breach, autograd), ()) == {}


def test_the_line_is_the_one_that_called():
    cost = costs([Trapped(call("mse_loss", line=3), "mse_loss")], exam(), SEEN)
    assert cost == {"mse_loss": {"line": 3, "file": "mlp.py", "function": "mse_loss"}}


def test_a_call_from_no_line_of_the_students_gets_the_one_that_the_source_shows():
    cost = costs([Trapped(Caught(), "mse_loss")], exam(), SEEN)
    assert cost == {"mse_loss": {"line": 7, "file": "mlp.py", "function": "helper"}}
    assert costs([Trapped(Caught(), "mse_loss")], exam(), ()) == {"mse_loss": {"line": None}}


def test_what_was_caught_is_told_once_a_line_in_the_words_of_the_source():
    calls = [Trapped(call("helper", line=line)) for line in (7, 7, 9)]
    assert told(calls, SEEN) == (
        Finding(kind=KIND, what="torch.autograd.grad", file="mlp.py", line=7, column=9, where="helper"),
        Finding(kind=KIND, what="autograd", file="mlp.py", line=9, column=1, where="helper"),
    )


def test_an_import_that_it_ended_is_refused_with_its_line():
    failed = LoadFailed(code="import_raised", values={"text": "other"}, caught=(call("<module>", line=4),))
    assert refuses(failed, exam()) == (
        "autograd_disabled",
        {"line": 4, "file": "mlp.py", "function": "<module>"},
    )


def test_an_import_of_sympy_is_refused_with_its_line():
    place = {"line": 4, "file": "mlp.py", "function": "<module>"}
    failed = LoadFailed(
        code="import_raised", values={"text": SYMBOLIC_MESSAGE, "type": "ImportError", **place}
    )
    assert refuses(failed, exam()) == ("symbolic_refused", place)
    assert refuses(failed, exam(autograd="report")) is None


@pytest.mark.parametrize(
    ("code", "text", "autograd"),
    [
        ("import_raised", "no such file", "forbid"),
        ("syntax_error", "autograd is disabled", "forbid"),
        ("import_raised", "autograd is disabled", "report"),
    ],
)
def test_an_import_that_something_else_ended_is_not(code, text, autograd):
    assert refuses(LoadFailed(code=code, values={"text": text}), exam(autograd=autograd)) is None


def test_numerical_derivatives_are_told_once_a_line_and_cost_nothing():
    def hint(line, what="finite_differences"):
        lines = (Line(file="mlp.py", line=line, function="helper", source=""),)
        return Caught(lines=lines, what=what)

    found = noticed(
        [hint(7), hint(7), hint(9, "complex_step"), hint(11, "anything else"), Caught(what="complex_step")]
    )
    assert [(each.kind, each.what, each.line) for each in found] == [
        ("numerical", "finite differences", 7),
        ("numerical", "complex step", 9),
    ]
