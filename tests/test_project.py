"""The frame holds together: pins, make targets, and pages that tell the truth."""

import os
import re
import subprocess
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from grader import errors
from grader.config import Settings
from grader.model import Limits, Verdict
from grader.model.bounds import BOUNDS
from worker.examiner.scripts import VERDICT_LIMIT
from worker.sandbox.probe_table import PROBES
from worker.wire import limits

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_every_dependency_is_pinned(project):
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    names = {re.match(r"[\w-]+", each)[0] for each in project["dependencies"] + extras}
    pinned = re.findall(r"^([\w-]+)==\S+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert names <= set(pinned)


def test_pins_hold_for_every_build_of_a_version():
    assert "+" not in (ROOT / "constraints.txt").read_text()


def test_make_lists_its_targets():
    listed = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("setup", "demo", "test", "check", "lint", "bench", "test-gpu", "clean"):
        assert f"make {target} " in listed


@pytest.mark.parametrize("script", [".ci/run", "deploy/setup.sh", "deploy/demo.sh"])
def test_script_can_be_run(script):
    assert os.access(ROOT / script, os.X_OK)
    assert "set -euo pipefail" in (ROOT / script).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("verdict", list(Verdict))
def test_students_read_what_a_verdict_means(verdict):
    page = (ROOT / "docs/student.md").read_text(encoding="utf-8")
    assert f"| {verdict.replace('_', ' ')} |" in page


def test_operators_read_the_limits_as_they_are():
    page = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    usual = Limits()
    for row in (
        f"| import | {usual.import_seconds:g} s |",
        f"| one cell of a notebook | {usual.cell_seconds:g} s |",
        f"| one test | {usual.test_seconds:g} s |",
        f"| whole grading | {usual.total_seconds:g} s |",
        f"| memory | {usual.memory_bytes // 2**30} GiB |",
        f"| processes and threads | {usual.processes} |",
        f"| output | {usual.output_bytes // 1024} KiB ",
    ):
        assert row in page


def test_operators_read_the_bounds_as_they_are():
    page = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    kib, mib = 1024, limits.MIB
    for what, most in (
        ("an answer without the contents of its arrays", f"{limits.REPLY_VALUE_LIMIT_BYTES // mib} MiB"),
        ("values in an answer", f"{limits.NODE_LIMIT:,}"),
        ("the arrays of an answer together", f"{limits.REPLY_ARRAY_LIMIT_BYTES // mib} MiB"),
        (
            "memory for a grading's tests and the answers to them",
            f"{limits.EXAMINER_LIMIT_BYTES // mib} MiB",
        ),
        ("what is said of loading", f"{limits.WORD_LIMIT_BYTES // mib} MiB"),
        ("verdicts that a script prints", f"{VERDICT_LIMIT:,}"),
        ("a name in a report", f"{BOUNDS.name} characters"),
        ("a text in a report", f"{BOUNDS.text:,} characters"),
        ("notes of a report", f"{BOUNDS.notes}"),
        ("findings of a report", f"{BOUNDS.findings}"),
        ("a report as JSON", f"{BOUNDS.report_bytes // kib} KiB"),
        ("details of cases, whatever the suite itself says", f"{BOUNDS.least_bytes // kib} KiB"),
    ):
        assert f"| {what} | {most} |" in page
    assert Settings().examiner_bytes == limits.EXAMINER_LIMIT_BYTES


@pytest.mark.parametrize("name", [each.name for each in fields(Settings)])
def test_operators_read_every_setting(name):
    page = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    assert f"| `CHAINRULE_{name.upper()}` | `{name}` |" in page


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.wall.name)
def test_operators_read_what_each_wall_is_for(probe):
    page = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    assert f"| {probe.wall.value} | {probe.guards} | {probe.lost} |" in page


def test_operators_read_every_exit_code():
    page = (ROOT / "docs/operator.md").read_text(encoding="utf-8")
    classes = [each for each in vars(errors).values() if hasattr(each, "exit_code")]
    assert {f"| {each.exit_code} |" for each in classes} <= set(re.findall(r"^\| \d+ \|", page, re.MULTILINE))
