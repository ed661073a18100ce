"""Submissions that look for what is not theirs: every one finds nothing."""

import sys
import textwrap
from pathlib import Path

import pytest

from tests.hostile.boxed import printed_by
from worker.sandbox import view

# Folders on the way to what a box runs are there, and nothing else is in them.
LEADING_THERE = {str(folder) for start in (sys.prefix, view.PROJECT) for folder in Path(start).parents}

SEARCHES = {
    "tests and references on disk": """
        import os
        for root, folders, files in os.walk("/"):
            if root.startswith(("/usr/lib", "/usr/share", "/usr/local", "/usr/include")):
                folders[:] = []
            for name in folders + files:
                if name in ("hidden_tests", "reference", "examiner", "assignment.toml", "grader"):
                    path = os.path.join(root, name)
                    masked = root.endswith("-packages") and os.path.isdir(path) and not os.listdir(path)
                    if not masked and "/torch/" not in path:
                        print(path)
    """,
    "system files": """
        import os
        for path in ("/etc/passwd", "/etc/shadow", "/root/.bashrc", "/home", "/run", "/var", "/sys/class"):
            if os.path.exists(path):
                print(path)
    """,
    "the worker's environment": """
        import os
        print(*(name for name in os.environ if "SECRET" in name or "PASSWORD" in name), sep="", end="")
        for path in ("/proc/1/environ", "/proc/self/environ", "/proc/self/maps", "/proc/self/fd"):
            if os.path.exists(path):
                print(path)
    """,
    "modules of the grader in memory": """
        import sys
        for name in list(sys.modules):
            if name.split(".")[0] in ("grader", "reference", "hidden_tests", "pytest", "_pytest"):
                print(name)
            if name.startswith("worker.examiner") or name.startswith("worker.engine"):
                print(name)
        for name in ("reference.tolerance", "grader.model", "hidden_tests", "worker.examiner"):
            try:
                __import__(name)
                print("imported", name)
            except ImportError:
                pass
    """,
    "objects of the grader in memory": """
        import gc, types
        for thing in gc.get_objects():
            name = getattr(thing, "__module__", "") if isinstance(thing, (type, types.FunctionType)) else ""
            if isinstance(name, str) and name.split(".")[0] in ("grader", "reference", "hidden_tests"):
                print(name, thing)
            if isinstance(name, str) and name.startswith("worker.examiner"):
                print(name, thing)
    """,
    "other processes": """
        import os
        for pid in range(2, 5000):
            try:
                os.kill(pid, 0)
                print("process", pid)
            except OSError:
                pass
        print("" if os.getppid() == 0 else os.getppid(), end="")
    """,
    "open descriptors": """
        import os
        for number in range(4, 1024):
            try:
                os.fstat(number)
                print("descriptor", number)
            except OSError:
                pass
    """,
    "the network": """
        import socket
        for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 40):
            try:
                socket.socket(family, socket.SOCK_STREAM)
                print("socket", family)
            except OSError:
                pass
    """,
}


@pytest.mark.parametrize("search", SEARCHES, ids=list(SEARCHES))
def test_finds_nothing(trapped, search, monkeypatch):
    found = set(printed_by(trapped, textwrap.dedent(SEARCHES[search])).splitlines())
    assert found - LEADING_THERE == set()


def test_bytes_of_an_earlier_submission_are_not_in_memory(plain):
    printed_by(plain, "secret = 'canary-' + '7461636f' * 4\nprint('ok')\n")
    search = """
        import ctypes, gc
        needle = "canary-" + "7461" "636f"
        found = [x for x in gc.get_objects() if isinstance(x, dict) and any(
            isinstance(v, str) and v.startswith(needle) for v in list(x.values()))]
        print(len([x for x in found if x is not globals()]))
    """
    assert printed_by(plain, textwrap.dedent(search)).strip() == "0"


def test_a_variable_of_the_worker_never_comes_in(monkeypatch):
    from worker.sandbox import box, policy

    monkeypatch.setenv("CHAINRULE_SECRET", "hunter2")
    with box.start(box.guest(policy.PLAIN, warm=False)) as zygote:
        look = "import os, sys\nprint([v for v in os.environ.values() if 'hunter2' in v], sys.argv)\n"
        assert "hunter2" not in printed_by(zygote, look)
