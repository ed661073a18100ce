"""What submissions are graded with, as the pages, the handout and docs/student.md say it."""

import platform
import re
from pathlib import Path

from grader.feedback import installed
from worker.engine.sources import LIBRARIES
from worker.guest.installed import DISTRIBUTIONS

ROOT = Path(__file__).resolve().parent.parent.parent
PINNED = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE))


def test_python_is_first_and_versions_are_those_that_are_pinned():
    (python, number), *packages = installed.versions()
    assert (python, number) == ("Python", platform.python_version())
    assert dict(packages) == {called: PINNED[name] for called, name in installed.CALLED.items()}


def test_requirements_are_a_list_that_pip_reads():
    lines = installed.requirements().decode().splitlines()
    assert platform.python_version() in lines[0]
    assert [line for line in lines if not line.startswith("#")] == [
        f"{name}=={PINNED[name]}" for name in installed.CALLED.values()
    ]


def test_box_and_engine_call_packages_as_the_pages_do():
    assert {called: name for name, called in DISTRIBUTIONS} == dict(installed.CALLED)
    for called, name in LIBRARIES.values():
        assert not name or installed.CALLED[called] == name


def test_page_for_students_has_the_versions_of_this_release():
    page = (ROOT / "docs/student.md").read_text(encoding="utf-8")
    for called, name in installed.CALLED.items():
        assert f"| {called} | {PINNED[name]} |" in page
