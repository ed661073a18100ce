"""A place that a box tells is one that the submitted files have, or none."""

import json
import platform
from importlib import metadata

import pytest

from grader.model import Fact
from worker.engine.sources import Sources
from worker.wire.message import Finding

NOTEBOOK = json.dumps(
    {"cells": [{"cell_type": "code", "source": ["a = 1\n", "b = 2\n", "1 / 0"]}, {"cell_type": "markdown"}]}
).encode()
NET = "class MLP:  # has forward, and outer is a function like größe\n".encode() + b"x\n" * 49
SOURCES = Sources({"mlp.py": b"a = 1\nb = 2\r\nc = 3", "own/net.py": NET, "work.ipynb": NOTEBOOK})


def raised(**values):
    return SOURCES.fact(Fact("raised", {"text": "t", **values})).values


def test_libraries_are_told_with_the_versions_that_are_installed_here():
    assert raised(libraries="numpy python")["libraries"] == [
        f"NumPy {metadata.version('numpy')}",
        f"Python {platform.python_version()}",
    ]
    assert raised(libraries="")["libraries"] == ""


@pytest.mark.parametrize("said", ["numpy 9.8.7", "a secret", "Numpy", ["numpy"], 3])
def test_what_a_box_says_of_libraries_besides_is_not_passed_on(said):
    assert not raised(libraries=said)["libraries"]


@pytest.mark.parametrize(
    ("file", "line"),
    [("mlp.py", 1), ("mlp.py", 4), ("own/net.py", 50), ("work.ipynb[1]", 3), ("", 50), ("mlp.py", 0)],
)
def test_a_line_that_is_there_is_told(file, line):
    assert raised(file=file, line=line) == {"text": "t", "file": file, "line": line}


@pytest.mark.parametrize("line", [5, -1, 10**15, True, 2.0, "3", [1], None])
def test_a_line_that_is_not_there_is_left_out(line):
    assert not raised(file="mlp.py", line=line)["line"]


@pytest.mark.parametrize("line", [52, 10**9])
def test_without_a_file_the_longest_one_counts(line):
    assert raised(line=line)["line"] is None


@pytest.mark.parametrize(
    "file", ["0.7341.py", "work.ipynb[3]", "mlp.py[1]", "work.ipynb[0001", 7, ["mlp.py"]]
)
def test_a_file_that_was_not_submitted_is_left_out_with_its_line(file):
    kept = raised(file=file, line=3)
    assert not kept["file"]
    assert not kept["line"]


@pytest.mark.parametrize(("cell", "kept"), [(1, 1), (2, 2), (3, None), (7341, None), ("1", "")])
def test_only_cells_that_the_notebook_may_have_are_told(cell, kept):
    assert raised(cell=cell)["cell"] == kept


@pytest.mark.parametrize(
    ("function", "kept"),
    [
        ("MLP.forward", "MLP.forward"),
        ("outer.<locals>.<lambda>", "outer.<locals>.<lambda>"),
        ("größe", "größe"),
        ("the value is 0.31", ""),
        ("value_is_0_31", ""),
        ("MLP.value_is_0_31", ""),
        ("<0_31>", ""),
        ("MLP..forward", ""),
        ("f" * 201, ""),
        (3, None),
    ],
)
def test_a_function_is_one_that_the_files_name(function, kept):
    assert raised(function=function)["function"] == kept


@pytest.mark.parametrize(("column", "kept"), [(3, 3), (900, None)])
def test_a_column_lies_within_a_line(column, kept):
    assert raised(file="mlp.py", line=1, column=column)["column"] == kept


@pytest.mark.parametrize(("offset", "kept"), [(18, 18), (900, None)])
def test_an_offset_lies_within_the_file(offset, kept):
    assert raised(file="mlp.py", offset=offset)["offset"] == kept


@pytest.mark.parametrize("code", ["suite_broken", "printed_false", "wrong_count", "unusable"])
def test_lines_of_the_hidden_tests_stay(code):
    fact = Fact(code, {"file": "test_it.py", "line": 4_000})
    assert SOURCES.fact(fact) == fact


def test_other_facts_stay_as_they_are():
    fact = Fact("not_close", {"name": "g", "index": [1, 2]})
    assert SOURCES.fact(fact) is fact


def test_a_finding_is_held_to_the_files_too():
    found = Finding(kind="module", what="os", file="mlp.py", line=77, column=900, where="0.31 or so")
    kept = SOURCES.finding(found)
    assert (kept.file, kept.line, kept.column, kept.where) == ("mlp.py", 0, 0, "")
