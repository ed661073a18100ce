"""docs/instructor.md takes a reader from a sheet to a published assignment: followed word for word."""

import re
import shlex
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from grader.cli.database import opened
from grader.cli.main import run
from grader.database.tables import AssignmentRow

PAGE = Path(__file__).resolve().parents[2] / "docs/instructor.md"
SECTION = re.compile(r"^## From a sheet to a published assignment\n(.*?)^## ", re.MULTILINE | re.DOTALL)
# A block, and the last file that was named before it.
BLOCK = re.compile(
    r"(?:`(softplus/[\w./]+)`(?:(?!`softplus/|```).)*?)?^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL
)
EXAMPLES = ("test_example.py", "handout/solution.py", "submissions")

pytestmark = pytest.mark.slow


def _remove(path):
    for each in sorted(path.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    path.rmdir() if path.is_dir() else path.unlink()


def test_guide_followed_word_for_word_ends_with_a_published_assignment(tmp_path, monkeypatch, capsys, staff):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    said = []
    for file, language, text in BLOCK.findall(SECTION.search(PAGE.read_text())[1]):
        if language == "sh":
            for line in text.splitlines():
                assert run(shlex.split(line, comments=True)[1:], staff) == 0, line
                said.append(capsys.readouterr().out)
        else:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(text)
        if len(said) == 1 and language == "sh":
            for name in EXAMPLES:
                _remove(tmp_path / "softplus" / name)
    assert "3 samples, 0 not as expected, 0 warnings" in said[1]
    assert re.search(r"2\.00 / 6$", said[2], re.MULTILINE)
    with opened(staff()) as database, database.reading() as session:
        found = session.scalar(select(AssignmentRow).where(AssignmentRow.slug == "softplus"))
        assert found.live_suite_id is not None
        assert found.due_at == datetime(2026, 12, 4, 23, 59, 59, 999999, ZoneInfo("Europe/Berlin"))
