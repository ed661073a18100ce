"""The documents name what the code has, and their pictures show it."""

import ast
import re
from pathlib import Path

import pytest

from grader.assignment import assignment_folder
from tests import drawing, names, rooms
from tests.process_table import CONNECTIONS, PROCESSES

ROOT = Path(__file__).resolve().parent.parent
DESIGN = (ROOT / "docs/design.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = (ROOT / "docs/design.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs/decisions").glob("*.md")))
GLOSSARY = re.findall(r"^\| ([^|`]+?) \| [^|]+ \| `([^`]+)` \|$", DESIGN, re.MULTILINE)
TOP = rooms.of_the_top(rooms.arrows(rooms.modules(*rooms.PRODUCT)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page):
    named = dict.fromkeys(names.mentioned(page.read_text(encoding="utf-8")))
    assert [name for name in named if not names.exists(name)] == []


@pytest.mark.parametrize(("word", "carrier"), GLOSSARY, ids=[word for word, _ in GLOSSARY])
def test_what_carries_a_word_of_the_glossary_is_there(word, carrier):
    assert names.exists(carrier)


def test_glossary_has_each_word_once():
    words = [word for row, _ in GLOSSARY for word in row.split(", ")]
    assert len(words) > 50
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("block", re.findall(r"^```python\n(.*?)^```", DESIGN, re.MULTILINE | re.DOTALL))
def test_calls_that_are_shown_can_be_made(block):
    shown = [call for call in names.calls(ast.parse(block)) if "submitting." in ast.unparse(call.func)]
    assert shown
    for call in shown:
        found = names.function(ast.unparse(call.func))
        assert isinstance(found, ast.FunctionDef)
        arguments = {each.arg for each in (*found.args.args, *found.args.kwonlyargs)}
        assert {each.arg for each in call.keywords} <= arguments
        assert len(call.args) <= len(found.args.args)


@pytest.mark.parametrize(
    "name",
    ["grader.model.Sweet", "Check.tell", "scoring.summed", "worker/keeper.py", "proof/none.py", "no.such"],
)
def test_what_the_code_lacks_is_found_out(name):
    assert [*names.mentioned(f"As `{name}` says")] == [name]
    assert not names.exists(name)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_process_is_started_as_the_table_says(process):
    assert not process.runs or names.function(process.runs) is not None
    if process.starts:
        found = names.function(process.starts)
        assert found is not None
        assert process.by in {ast.unparse(call.func) for call in names.calls(found)}
    assert process.parent in {"", *(each.name for each in PROCESSES)}


@pytest.mark.parametrize("connection", CONNECTIONS, ids=lambda it: f"{it.first}-{it.second}")
def test_messages_of_a_connection_are_there(connection):
    assert {connection.first, connection.second} <= {each.name for each in PROCESSES}
    assert all(names.exists(f"worker.wire.{message}") for message in connection.messages)


def test_every_fork_of_the_worker_is_in_the_table():
    forking = {
        module.name
        for module in rooms.modules("worker")
        for call in names.calls(ast.parse(module.source))
        if ast.unparse(call.func) == "os.fork"
    }
    # A probe of the doctor, and a self-test of the trap: they end before anybody is graded.
    told = {each.starts for each in PROCESSES} | {"worker.sandbox.probes", "worker.sandbox.autograd_trap"}
    assert [name for name in forking if not any(f"{one}.".startswith(f"{name}.") for one in told)] == []


@pytest.mark.parametrize("name", drawing.drawings())
def test_committed_picture_says_what_the_code_says(name):
    committed = (drawing.FOLDER / name).read_text(encoding="utf-8")
    fresh = drawing.drawn(drawing.drawings()[name])
    assert drawing.told(committed) == drawing.told(fresh), "run `make pictures`"


def test_only_needed_arrows_are_drawn():
    assert drawing.needed({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_contributors_read_every_room():
    rows = re.findall(
        r"^\| ((?:`[\w.]+`(?:, )?)+) \|", GUIDE.split("## Rooms")[1].split("\n## ")[0], re.MULTILINE
    )
    told = [room for row in rows for room in re.findall(r"`([\w.]+)`", row)]
    assert sorted(told) == sorted({*TOP, "hidden_tests"} - {"grader.__main__"})


def test_readme_shows_the_version_of_the_tests_that_ship():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    suite = assignment_folder.load(assignment_folder.shipped_folder() / "nyu-hw1")
    assert set(re.findall(r"^nyu-hw1 .* tests (\w+) ", readme, re.MULTILINE)) == {suite.digest[:6]}
