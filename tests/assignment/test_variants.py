"""A variant of a shipped assignment takes that one's files, with its own names in them."""

import zipfile

import pytest

from grader.assignment import assignment_folder, variants
from grader.errors import AssignmentError
from grader.picture import graphs
from grader.verifying import proof_file

SHIPPED = assignment_folder.shipped_folder()
VARIANT = SHIPPED / "two-layer-rows"
BASE = {
    "assignment.toml": b"the base's own",
    "text.md": b"the base's own",
    "test_nets.py": b"def test_W1(): ...",
    "data/numbers.csv": b"1,2",
    "handout/mlp.py": b"the base's own",
    "submissions/accepted/right.py": b"the base's own",
    "graph.toml": b'function = "MLP.forward"\nlabel = "dJdW1\\ndJdb1"\nwhy = "W12, MLPs and aMLP"',
}


def shipped(name):
    return BASE if name == "nets" else {}


def completed(table, **more):
    files = {"assignment.toml": table.encode(), **more}
    return variants.completed(files, "assignment.toml", shipped, "mine")


def test_what_lacks_comes_from_the_base_and_what_is_there_stays():
    own = {"test_nets.py": b"mine"}
    found = completed('[interface]\nbase = "nets"', **own)
    assert set(found) == {"assignment.toml", "test_nets.py", "data/numbers.csv", "graph.toml"}
    assert found["test_nets.py"] == b"mine"
    assert found["graph.toml"] == BASE["graph.toml"]


def test_names_are_replaced_as_words_and_in_no_program():
    found = completed('[interface]\nbase = "nets"\nMLP = "Net"\ndJdb1 = "db"\nW1 = "dJdW1"\ndJdW1 = "W1"')
    assert found["graph.toml"].decode() == (
        'function = "Net.forward"\nlabel = "W1\\ndb"\nwhy = "W12, MLPs and aMLP"'
    )
    assert found["test_nets.py"] == BASE["test_nets.py"]


def test_a_method_may_have_another_name():
    found = completed('[interface]\nbase = "nets"\nMLP = "Net"\n"MLP.forward" = "Net.predict"')
    assert b'"Net.predict"' in found["graph.toml"]


@pytest.mark.parametrize("table", ["", "title = 1", "not toml =", "[interface]\nMLP = 3", "interface = 3"])
def test_without_a_base_nothing_is_taken(table):
    assert set(completed(table)) == {"assignment.toml"}


def test_a_base_that_is_not_shipped_is_refused_with_its_key():
    with pytest.raises(AssignmentError, match="no shipped assignment") as refused:
        completed('[interface]\nbase = "../secrets"')
    assert refused.value.where == "mine/assignment.toml: interface.base"


def test_a_zip_of_the_variant_is_the_same_suite(tmp_path):
    buffer = tmp_path / "two-layer-rows.zip"
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(VARIANT.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(VARIANT))
    assert assignment_folder.load(buffer).digest == assignment_folder.load(VARIANT).digest


def test_the_variant_has_tests_graph_and_proof_under_its_own_names():
    files, suite = assignment_folder.read_all(VARIANT), assignment_folder.load(VARIANT)
    assert {"test_network.py", "test_losses.py", "interface.py", "assignment.toml"} <= set(suite.files)
    graph = graphs.read(files[graphs.FILE], "graph")
    names = {each.name for each in suite.assignment.functions}
    assert {node.function for node in graph.nodes} <= names
    assert b">dLdA1<" in files["graph.svg"]
    assert b"dJd" not in files["graph.svg"]
    proof = proof_file.read(files, suite.assignment, "mine")
    assert set(proof.programs) <= names
    assert files["proof/hand_in.py"] == (SHIPPED / "nyu-hw1/proof/hand_in.py").read_bytes()
