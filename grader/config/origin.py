"""Which version of Chainrule this is, and from which commit.

In a checkout git is asked. A wheel and an image have no history: what builds them (setup.py) asks git, or is
told by a variable, and writes the answer into a file. The build runs this file by itself, so it imports
nothing of ours.
"""

import os
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = Path("grader/commit.txt")
# The build of an image has no history to ask, and is told.
VARIABLE = "CHAINRULE_COMMIT"
# What is installed. A change elsewhere leaves the program as it was.
SHIPPED = ("grader", "worker", "reference", "hidden_tests", "pyproject.toml", "setup.py")
# A hook of git has these set, for the repository that runs it.
_OF_HOOKS = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"})


def release(root: Path = ROOT) -> str:
    """Return the version, and in brackets the commit where it is known."""
    known = commit(root)
    return f"{version('chainrule')} ({known})" if known else version("chainrule")


def version(name: str) -> str:
    """Return the version of what is installed under this name, without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def commit(root: Path) -> str:
    """Return the commit of what lies below `root`: ``-dirty`` where that differs, empty if nobody knows."""
    if (root / ".git").exists():
        return _asked(root)
    try:
        return (root / FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _asked(root: Path) -> str:
    try:
        head = _git(root, "rev-parse", "--short", "HEAD")
        changes = _git(root, "status", "--porcelain", "--untracked-files=normal", "--", *SHIPPED)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{head}-dirty" if changes else head


def _git(root: Path, *words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in _OF_HOOKS}
    command = ["git", "--no-optional-locks", "-C", str(root), *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()
