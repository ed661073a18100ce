import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.assignment import assignment_folder, assignment_toml
from grader.errors import AssignmentError, UnknownAssignment
from grader.model import Autograd, Credit, Function, Script, Visibility, schema
from tests.grader.doubles import ASSIGNMENT_TOML, write_assignment

SHIPPED = assignment_folder.available([assignment_folder.shipped_folder()])


@pytest.fixture
def folder(tmp_path):
    return write_assignment(tmp_path / "nets")


@pytest.mark.parametrize("slug", SHIPPED)
def test_shipped_assignment_is_in_order(slug):
    suite = assignment_folder.load(SHIPPED[slug])
    assert suite.assignment.slug == slug
    assert "assignment.toml" in suite.files
    assert not [name for name in suite.files if name.startswith(("handout/", "submissions/"))]


def test_homework_one_is_worth_50_points():
    assignment = assignment_folder.load(SHIPPED["nyu-hw1"]).assignment
    assert sum(function.points for function in assignment.functions) == 50
    assert assignment.forbidden.autograd is Autograd.FORBID


def test_everything_can_be_said(tmp_path):
    toml = """
title = "Nets"
entry = "mlp.py"
files = ["mlp.py", "theory.py"]
text = "text.md"
device = "cpu"
isolation = "test"
[[functions]]
name = "f"
points = 2.5
bonus = true
[[parts]]
name = "ReLU"
[forbid]
autograd = "report"
modules = ["jax"]
names = ["eval"]
breach = "submission"
[limits]
test_seconds = 1
memory_bytes = 268435456
[visibility]
output = "after_due"
[scripts."old.py"]
function = "f"
verdicts = 4
"""
    files = {"text.md": "Do.", "old.py": "import mlp", "data/x.csv": "1"}
    suite = assignment_folder.load(write_assignment(tmp_path / "nets", toml, **files))
    assignment = suite.assignment
    assert assignment.functions == (Function("f", 2.5, True),)
    assert assignment.limits.test_seconds == 1.0
    assert assignment.shown.output is Visibility.AFTER_DUE
    assert assignment.scripts == {"old.py": Script("f", 4)}
    assert set(suite.files) == {"assignment.toml", "test_nets.py", "old.py", "data/x.csv"}


MISTAKES = {
    "an unknown key": ("entry", "entri", "missing key", "entry"),
    "a key in the wrong table": (
        "points = 10\n",
        "points = 10\nbonsu = true\n",
        "functions[1].bonsu",
        "bonus",
    ),
    "no title": ('title = "Nets"', "", "title", "missing"),
    "a number for a text": ('title = "Nets"', "title = 3", "title", "text"),
    "a text for a number": ("points = 10\n", 'points = "10"\n', "functions[1].points", "number"),
    "negative points": ("points = 10\n", "points = -1\n", "functions[1].points", "at least 0"),
    "endless points": ("points = 10\n", "points = inf\n", "functions[1].points", "number"),
    "points that are no number": ("points = 10\n", "points = nan\n", "functions[1].points", "number"),
    "a function twice": ("MLP.backward", "MLP.forward", "functions", "twice"),
    "an entry that is no module": ("mlp.py", "my-mlp.py", "entry", "can't be loaded"),
    "an entry outside": ("mlp.py", "../mlp.py", "entry", "can't be loaded"),
    "no TOML": ('title = "Nets"', "title = ", "assignment.toml", "line 2"),
}


@pytest.mark.parametrize(("old", "new", "where", "what"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_is_told_with_file_and_key(tmp_path, old, new, where, what):
    folder = write_assignment(tmp_path / "nets", ASSIGNMENT_TOML.replace(old, new))
    with pytest.raises(AssignmentError) as caught:
        assignment_folder.load(folder)
    said = str(caught.value)
    assert str(folder / "assignment.toml") in said
    assert where in said
    assert what in said


FURTHER_MISTAKES = {
    "an unknown device": ('device = "gup"', "Did you mean “gpu”?"),
    "an unknown limit": ("[limits]\ntest_second = 3", "Did you mean “test_seconds”?"),
    "an unknown visibility": ('[visibility]\nname = "allways"', "Did you mean “always”?"),
    "a script that is not there": (
        '[scripts."tets.py"]\nfunction = "MLP.forward"',
        "missing file tets.py",
    ),
    "a script for no function": ('[scripts."test_nets.py"]\nfunction = "MLP.forwrad"', "“MLP.forward”"),
    "a text that is not there": ('text = "text.md"', "missing file text.md"),
    "a table for a list": ("[parts]\nname = 1", "write [[parts]]"),
    "a list of numbers": ("files = [1]", "list of strings"),
    "a file twice": ('files = ["a", "a"]', "twice"),
    "a part twice": ('[[parts]]\nname = "a"\n[[parts]]\nname = "a"', "twice"),
    "a grading of hours": ("[limits]\ntotal_seconds = 7200", "from 0.1 to 1800"),
    "half a process": ("[limits]\nprocesses = 0.5", "whole number"),
}


@pytest.mark.parametrize(("line", "said"), FURTHER_MISTAKES.values(), ids=FURTHER_MISTAKES)
def test_mistake_is_told_with_a_proposal(tmp_path, line, said):
    toml = ASSIGNMENT_TOML + line if line.startswith("[") else line + ASSIGNMENT_TOML
    with pytest.raises(AssignmentError) as caught:
        assignment_folder.load(write_assignment(tmp_path / "nets", toml))
    assert said in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_description_is_an_assignment_or_refused(data):
    for content in (data, ASSIGNMENT_TOML.encode() + b"\n" + data):
        try:
            suite = assignment_folder.from_files(
                {"assignment.toml": content, "test_a.py": b""}, slug="a", where="a"
            )
        except AssignmentError as error:
            assert "assignment.toml" in str(error)
        else:
            assert suite.assignment.functions


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
KEYS = "title entry files text device isolation functions parts forbid limits visibility scripts points name"


@given(st.dictionaries(st.sampled_from(KEYS.split()), VALUES))
def test_any_table_is_an_assignment_or_refused(values):
    given_values = {"title": "Nets", "entry": "a.py", "functions": [{"name": "f", "points": 1}]} | values
    try:
        assignment_toml.parse(schema.Table(given_values, "assignment.toml", AssignmentError), "a")
    except AssignmentError as error:
        assert error.where.startswith("assignment.toml: ")


def test_folder_without_tests_is_refused(folder):
    (folder / "test_nets.py").unlink()
    with pytest.raises(AssignmentError, match="there are no tests"):
        assignment_folder.load(folder)


def test_folder_without_a_description_is_refused(tmp_path):
    with pytest.raises(AssignmentError, match=r"missing assignment\.toml"):
        assignment_folder.load(tmp_path)


def test_description_in_another_encoding_is_refused(folder):
    (folder / "assignment.toml").write_bytes('title = "Übung"'.encode("latin-1"))
    with pytest.raises(AssignmentError, match="byte 9 is not UTF-8"):
        assignment_folder.load(folder)


def test_folder_whose_name_is_no_name_is_refused(tmp_path):
    with pytest.raises(AssignmentError, match="Rename it"):
        assignment_folder.load(write_assignment(tmp_path / "my nets"))


def test_zip_is_the_same_assignment(folder, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"nets/{path.name}")
    (tmp_path / "nets.zip").write_bytes(packed.getvalue())
    assert assignment_folder.load(tmp_path / "nets.zip") == assignment_folder.load(folder)


def test_broken_zip_is_an_assignment_error(tmp_path):
    (tmp_path / "nets.zip").write_bytes(b"PK not")
    with pytest.raises(AssignmentError):
        assignment_folder.load(tmp_path / "nets.zip")


def changed(folder: Path, name):
    before = assignment_folder.load(folder).digest
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    return assignment_folder.load(folder).digest != before


@pytest.mark.parametrize(
    "name", ["assignment.toml", "test_nets.py", "helper.py", "nets/layers.py", "data/a/x.txt"]
)
def test_what_influences_a_verdict_changes_the_version(folder, name):
    assert changed(folder, name)


@pytest.mark.parametrize(
    "name", ["handout/mlp.py", "submissions/accepted/a.py", "README.md", "__pycache__/a.py", ".git/x.py"]
)
def test_what_does_not_influence_a_verdict_does_not(folder, name):
    assert not changed(folder, name)


def test_assignment_is_found_by_name_before_a_path(tmp_path, monkeypatch):
    first, second = write_assignment(tmp_path / "a/nets"), write_assignment(tmp_path / "b/nets")
    assert assignment_folder.find("nets", [first.parent, second.parent]) == first
    monkeypatch.chdir(second.parent)
    assert assignment_folder.find("nets", []) == Path("nets")


def test_unknown_assignment_gets_a_proposal(folder):
    with pytest.raises(UnknownAssignment, match="Did you mean “nets”"):
        assignment_folder.find("netz", [folder.parent, folder / "nowhere"])


def parsed(more):
    """Return the assignment that the description is with something added."""
    table = schema.parse(f"{ASSIGNMENT_TOML}{more}".encode(), "assignment.toml", AssignmentError)
    return assignment_toml.parse(table, "nets")


def test_credit_is_a_word_or_a_share():
    said = '[credit]\nconsequential = "half"\ntransposed = 0.25\nconvention = "full"\n'
    assert parsed(said).credit == Credit(0.5, 0.25, 1.0)


@pytest.mark.parametrize("value", ['"some"', "1.5", "-0.1", "true"])
def test_a_credit_that_is_no_share_is_refused(value):
    with pytest.raises(AssignmentError, match="none, half, full, or a number from 0 to 1"):
        parsed(f"[credit]\ntransposed = {value}\n")


SEVERAL = """
title = "Nets"
entry = "mlp.py"
limits = { test_seconds = 3 }

[[entries]]
file = "digits.ipynb"
optional = true
limits = { import_seconds = 90 }

[[functions]]
name = "forward"
points = 2
[[functions]]
name = "backward"
points = 2
[[functions]]
name = "predict"
points = 1
bonus = true
entry = "digits.ipynb"

[[choices]]
functions = ["forward", "backward"]
best = 1

[interface]
network = "MLP"

[seeds]
count = 8
"""


def several(old="", new=""):
    assert old in SEVERAL
    return assignment_toml.parse(
        schema.parse(SEVERAL.replace(old, new).encode(), "assignment.toml", AssignmentError), "nets"
    )


def test_a_suite_has_as_many_seeds_as_it_says_or_64():
    assert several().seeds == 8
    assert several("[seeds]\ncount = 8\n").seeds == 64


def test_each_entry_has_its_own_rules_and_the_first_ones_limits():
    first, second = several().loaded
    assert (first.file, first.optional, second.file, second.optional) == (
        "mlp.py",
        False,
        "digits.ipynb",
        True,
    )
    assert (second.limits.import_seconds, second.limits.test_seconds) == (90, 3)
    assert [each.name for each in several().functions_of(second)] == ["predict"]
    assert [each.name for each in several().functions_of(first)] == ["forward", "backward"]


@pytest.mark.parametrize(
    ("old", "new", "where", "what"),
    [
        ('"digits.ipynb"\noptional', '"mlp.ipynb"\noptional', "entries", "“mlp” appears twice"),
        ('"digits.ipynb"\noptional', '"digits.txt"\noptional', "entries[1].file", "can't be loaded"),
        (
            'entry = "digits.ipynb"',
            'entry = "digit.ipynb"',
            "functions[3].entry",
            "Did you mean “digits.ipynb”",
        ),
        (
            '"forward", "backward"]',
            '"forward", "predict"]',
            "choices[1].functions",
            "not a function without bonus",
        ),
        ("best = 1", "best = 2", "choices[1].functions", "can't be chosen"),
        ("count = 8", "count = 0", "seeds.count", "at least 1"),
        ("count = 8", "number = 8", "seeds.number", ""),
        ('network = "MLP"', "network = 1", "interface.network", "text in quotes"),
        ("import_seconds = 90", "total_seconds = 9000", "entries[1].limits.total_seconds", "to 1800"),
    ],
)
def test_mistake_about_entries_is_told_with_its_key(old, new, where, what):
    with pytest.raises(AssignmentError) as refused:
        several(old, new)
    assert refused.value.where == f"assignment.toml: {where}"
    assert what in str(refused.value)
