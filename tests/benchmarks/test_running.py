"""The benchmarks run: each of their processes once, with the smallest counts."""

import runpy
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import contenders
from benchmarks.service import large_class
from benchmarks.table import Figures, render

ROOT = Path(__file__).resolve().parents[2]
# What is started as `python -m`, but for the two that another one starts with arguments of its own.
PROGRAMS = sorted(
    str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
    for path in (ROOT / "benchmarks").rglob("*.py")
    if "click.command" in path.read_text()
)

pytestmark = pytest.mark.slow


def test_there_are_programs():
    assert "benchmarks.__main__" in PROGRAMS


@pytest.mark.parametrize("program", PROGRAMS)
def test_program_starts(program, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["program", "--help"])
    monkeypatch.delitem(sys.modules, program, raising=False)  # runpy warns of what is there already
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: ")


def test_each_procedure_runs_the_tests_that_ship(engine):
    exam = contenders.sample_exam()
    costs = [
        contenders.warm(engine, exam, 1, 1),
        *contenders.floor(exam, 1),
        contenders.fresh_pytest(exam, 1, 1),
        contenders.scripts(exam, 1, 1),
    ]
    assert all(each.cpu_seconds > 0 for each in costs[1:])
    named = contenders.diagnosing(exam, 3)
    assert named.samples == 3
    with contenders.MemoryPeak(list) as peak:
        pass
    packages = contenders.packages(engine, replace(exam, imports=contenders.IMPORTS))
    assert packages.first_seconds > 0
    figures = Figures({"CPU": "one"}, tuple(costs), tuple(costs), costs[0], peak, 1, 60, named, packages)
    assert "engine ÷ floor" in render(figures)


def test_pages_of_a_class_are_measured(engine):
    found = large_class.measure(2, 1, turns=1, open_grader=lambda settings: nullcontext(engine))
    assert (found.students, found.each) == (2, 1)
    assert all(each.size_bytes > 0 for each in found.pages)
