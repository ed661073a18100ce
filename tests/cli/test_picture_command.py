"""`chainrule picture` writes what an assignment with a graph has to have, or says why it can't."""

import os
import subprocess
import sys

import pytest

from grader.assignment import assignment_folder
from grader.cli.main import run
from grader.picture import graphs
from tests.grader.doubles import ASSIGNMENT_TOML, services, write_assignment

GRAPH = """
title = "A net"
[[nodes]]
key = "net.forward"
label = "Net"
function = "MLP.forward"
cases = ["y_hat"]
inputs = [{ from = "x", shape = "n × 3" }]
[[values]]
key = "x"
label = "x"
"""


@pytest.fixture
def folder(tmp_path):
    return write_assignment(tmp_path / "nets", ASSIGNMENT_TOML, **{"graph.toml": GRAPH})


def picture(folder):
    return run(["picture", str(folder)], services)


def test_assignment_with_its_pictures_is_in_order(folder, capsys):
    assert picture(folder) == 0
    assert capsys.readouterr().out.split() == [str(folder / name) for name in graphs.PICTURES]
    assert graphs.FILE in assignment_folder.load(folder).files


def test_drawing_again_changes_nothing(folder):
    picture(folder)
    first = {name: (folder / name).read_bytes() for name in graphs.PICTURES}
    picture(folder)
    assert first == {name: (folder / name).read_bytes() for name in graphs.PICTURES}


def test_mistake_in_the_graph_is_told_with_its_place(folder, capsys):
    (folder / "graph.toml").write_text(GRAPH.replace('from = "x"', 'from = "z"'), encoding="utf-8")
    assert picture(folder) == 3
    assert capsys.readouterr().err.splitlines() == [
        f"chainrule: {folder}/graph.toml: net.forward: from: nothing is called “z”",
        "Known: x, net.forward.",
    ]


def test_folder_without_a_graph_is_told(tmp_path, capsys):
    assert picture(tmp_path) == 3
    assert "graph.toml" in capsys.readouterr().err


def test_picture_that_is_older_than_the_graph_is_refused(folder):
    picture(folder)
    grown = GRAPH + '[[nodes]]\nkey = "more"\nlabel = "More"\nfunction = "MLP.forward"\ncases = ["y_hat"]\n'
    (folder / "graph.toml").write_text(grown, encoding="utf-8")
    with pytest.raises(assignment_folder.AssignmentError, match="chainrule picture"):
        assignment_folder.load(folder)


def test_without_graphviz_the_command_says_what_to_install(folder, tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "grader", "picture", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 3
    assert "apt-get install graphviz" in done.stderr
    assert "Traceback" not in done.stderr
