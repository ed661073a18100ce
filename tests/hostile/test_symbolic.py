"""Submissions that leave derivatives to sympy or to finite differences, which are to be written by hand."""

import textwrap

import pytest

from grader.feedback.view import staff_view, student_view
from grader.model import Verdict
from tests.hostile.autograd_cases import TRIED, file
from tests.hostile.boxed import printed_by
from tests.hostile.test_autograd_verdicts import graded, suite_of
from worker.examiner.verdicts import SYMBOLIC_MESSAGE as RECOGNISED
from worker.sandbox.policy import SYMBOLIC_MESSAGE

# However it is spelt: what is really imported counts.
SPELLINGS = {
    "import": "import sympy",
    "a part of it": "import sympy.core.function as f",
    "from": "from sympy import diff",
    "a star": "from sympy import *",
    "__import__": "__import__('sym' + 'py')",
    "importlib.import_module": "import importlib\nimportlib.import_module('sympy')",
    "importlib.__import__": "import importlib\nimportlib.__import__('sympy')",
    "exec": "exec('import sympy')",
    "pkgutil": "import pkgutil\npkgutil.resolve_name('sympy')",
    "under torch's name": "from torch.utils._sympy.functions import sympy",
    "a class under torch's name": "from torch.utils._sympy.functions import S",
    "after torch has used it": "import torch\ntorch.optim.SGD([torch.ones(2)], lr=1.0)\nimport sympy",
}

# Of torch this is no more than numbers; what it loads for that is its own affair.
TORCHS_OWN = {
    "torch.optim": """
        w.grad = torch.ones(2)
        torch.optim.Adam([w], lr=0.5).step()
        print(round(w[0].item(), 3))
        """,
    "lr_scheduler": """
        o = torch.optim.SGD([w], lr=1.0)
        s = torch.optim.lr_scheduler.CosineAnnealingLR(o, 10)
        o.step()
        s.step()
        print(round(o.param_groups[0]["lr"], 3))
        """,
    "torch.func": "print(torch.func.vmap(lambda v: 2 * v)(torch.ones(2)).tolist())",
}
PRINTED = {"torch.optim": "0.5", "lr_scheduler": "0.976", "torch.func": "[2.0, 2.0]"}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_sympy_is_refused_with_the_reason(trapped, spelling):
    tried = textwrap.indent(SPELLINGS[spelling], "    ")
    source = f"try:\n{tried}\nexcept ImportError as error:\n    print(error)"
    assert printed_by(trapped, source).strip() == SYMBOLIC_MESSAGE


@pytest.mark.parametrize("use", TORCHS_OWN)
def test_torch_keeps_what_it_needs_of_it(trapped, use):
    source = f"import torch\nw = torch.ones(2)\n{textwrap.dedent(TORCHS_OWN[use])}"
    assert printed_by(trapped, source).strip() == PRINTED[use]


def test_where_autograd_is_allowed_sympy_is_too(plain):
    assert printed_by(plain, "import sympy\nx = sympy.Symbol('x')\nprint(sympy.diff(x**2))").strip() == "2*x"


def test_an_import_costs_the_file_with_its_line_and_reason(engine):
    report = graded(engine, file("import sympy"), suite_of())
    assert {(case.verdict, case.fact.code) for case in report.cases} == {
        (Verdict.FORBIDDEN, "symbolic_refused")
    }
    view = student_view(report, suite_of().assignment)
    assert view.score == 0
    assert "imported sympy at line 1 of net.py" in view.load
    assert "write derivatives by hand" in view.load


def test_an_import_in_a_function_costs_that_function(engine):
    source = file(backward="import importlib\nimportlib.import_module('sympy')\nreturn g")
    report = graded(engine, source, suite_of())
    wrong = {case.function for case in report.cases if case.verdict is Verdict.FORBIDDEN}
    assert wrong == {"Net.backward"}
    assert {case.fact.code for case in report.cases if case.verdict is not Verdict.FORBIDDEN} == {"ok"}


def test_who_does_without_it_loses_nothing(engine):
    report = graded(engine, file(TRIED.format("import sympy")), suite_of())
    assert {case.verdict for case in report.cases} == {Verdict.PASSED}


def test_the_examiner_knows_what_a_box_says():
    assert RECOGNISED in SYMBOLIC_MESSAGE


BY_DIFFERENCES = """
h, x = 1e-3, self.f.x if isinstance(self.f, Relu) else self.f.y.atanh()
slope = torch.zeros_like(x)
for i in range(len(x)):
    for k in range(len(x[0])):
        e = torch.zeros_like(x)
        e[i, k] = h
        slope[i, k] = ((self.f.forward(x + e) - self.f.forward(x - e)) / (2 * h))[i, k]
return g * slope
"""


def test_finite_differences_are_a_note_for_staff_and_cost_nothing(engine):
    suite = suite_of()
    source = file(backward=BY_DIFFERENCES.strip())
    report = graded(engine, source, suite)
    assert Verdict.FORBIDDEN not in {case.verdict for case in report.cases}
    [line] = [n for n, text in enumerate(source.splitlines(), start=1) if "x + e" in text]
    [found] = staff_view(report, suite.assignment).findings
    assert (found.kind, found.what, found.line, found.where) == (
        "numerical",
        "finite differences",
        line,
        "Net.backward",
    )
    assert student_view(report, suite.assignment).findings == ()
