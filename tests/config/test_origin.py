"""Which commit a program is from: asked of git in a checkout, read in what was built, otherwise not known."""

import os
import re
import subprocess
import sys
from importlib import metadata

import pytest

from grader.config import origin

NOBODY = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
          "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}  # fmt: skip
VERSION = metadata.version("chainrule")


def _git(folder, *words):
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-C", folder, *words], env={**own, **NOBODY}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    (folder / "grader").mkdir(parents=True)
    (folder / "grader/main.py").write_text("1\n")
    (folder / "NOTES.md").write_text("1\n")
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "first")):
        _git(folder, *words)
    return folder


def test_checkout_says_the_commit_it_is_at(checkout):
    assert origin.commit(checkout) == _git(checkout, "rev-parse", "--short", "HEAD")
    assert origin.release(checkout) == f"{VERSION} ({origin.commit(checkout)})"


@pytest.mark.parametrize("name", ["grader/main.py", "grader/new.py"], ids=["changed", "added"])
def test_checkout_says_that_it_was_changed(checkout, name):
    (checkout / name).write_text("2\n")
    assert origin.commit(checkout) == _git(checkout, "rev-parse", "--short", "HEAD") + "-dirty"


def test_change_of_what_is_not_installed_is_none(checkout):
    (checkout / "NOTES.md").write_text("2\n")
    assert "dirty" not in origin.commit(checkout)


def test_hook_of_another_repository_changes_nothing(checkout, tmp_path):
    _git(tmp_path, "init", "-q", "other")
    asked = f"print(origin.commit(Path({str(checkout)!r})))"
    code = f"from pathlib import Path\nfrom grader.config import origin\n{asked}"
    environment = {**os.environ, "GIT_DIR": str(tmp_path / "other/.git")}
    done = subprocess.run([sys.executable, "-c", code], cwd=origin.ROOT, env=environment, capture_output=True)
    assert done.stdout.decode().strip() == _git(checkout, "rev-parse", "--short", "HEAD")


def test_what_was_built_says_what_its_build_wrote_though_it_lies_in_somebodys_repository(checkout):
    installed = checkout / "env/site-packages"
    (installed / "grader").mkdir(parents=True)
    assert origin.release(installed) == VERSION
    (installed / origin.FILE).write_text("8288fbb")
    assert origin.release(installed) == f"{VERSION} (8288fbb)"
    (installed / origin.FILE).write_text("")
    assert origin.release(installed) == VERSION


def test_history_that_is_not_there_is_not_known(tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    assert origin.commit(tmp_path) == ""
    _git(tmp_path, "init", "-q", "empty")
    assert origin.commit(tmp_path / "empty") == ""


def test_without_git_the_version_is_said_alone():
    command = [sys.executable, "-m", "grader", "--version"]
    done = subprocess.run(
        command, cwd=origin.ROOT, env={"PATH": "/nowhere"}, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.startswith(f"chainrule {VERSION}\n"), done.stderr


def test_program_says_version_and_commit_in_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "grader", "--version"],
        cwd=origin.ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    first = done.stdout.split("\n")[0]
    assert first == f"chainrule {origin.release()}"
    assert re.fullmatch(r"chainrule \d+\.\d+\.\d+( \([0-9a-f]{7,40}(-dirty)?\))?", first)
