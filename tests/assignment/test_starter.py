"""The example that an assignment from scratch begins with, tried by the real engine."""

import pytest

from grader import bootstrap
from grader.assignment import assignment_folder, starter
from grader.assignment.toml_edit import read
from grader.cli.main import run


def test_title_is_the_one_that_was_asked_for_whatever_is_in_it():
    title = 'Übung "2"\\n # [x]'
    assert read(starter.files(title)["assignment.toml"], "hw").title == title


@pytest.mark.slow
def test_every_sample_of_it_gets_what_it_must(tmp_path, monkeypatch, capsys, staff):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    assert new("example", "--in", tmp_path) == 0
    assert f"chainrule verify {tmp_path / 'example'}" in capsys.readouterr().out
    assert run(["verify", str(tmp_path / "example"), "--seeds", "2"], staff) == 0
    assert "3 samples, 0 not as expected, 0 warnings" in capsys.readouterr().out


def new(*arguments):
    return run(["new", *map(str, arguments)], bootstrap.services)


def test_copy_has_every_file_another_title_and_a_guide(tmp_path):
    assert new("ours", "--from", "nyu-hw1", "--title", "Our net", "--in", tmp_path) == 0
    theirs = assignment_folder.read_all(assignment_folder.shipped_folder() / "nyu-hw1")
    ours = assignment_folder.read_all(tmp_path / "ours")
    changed = {name for name in ours if ours[name] != theirs.get(name)}
    assert changed == {"assignment.toml", "README.md"}
    assert assignment_folder.load(tmp_path / "ours").assignment.title == "Our net"
    guide = ours["README.md"].decode()
    assert "| `proof/…` |" in guide
    assert "| `mounted/" not in guide


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("taken",), "this folder already exists"),
        (("Not A Slug",), "characters that are not allowed"),
        (("hw", "--from", "nothing"), "no assignment is called “nothing”"),
    ],
)
def test_what_can_not_be_made_is_told_and_nothing_is_touched(tmp_path, capsys, arguments, said):
    (tmp_path / "taken").mkdir()
    assert new(*arguments, "--in", tmp_path) != 0
    assert said in capsys.readouterr().err
    assert [each.name for each in tmp_path.rglob("*")] == ["taken"]
