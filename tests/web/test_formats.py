"""Numbers, dates and formulas as people write them."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from grader.feedback.installed import REQUIREMENTS
from grader.model import VERDICTS, Verdict
from grader.web.frame import formats, sheet
from grader.web.frame.sheet import Sheets

NOW = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 12, 4, 22, 59, tzinfo=UTC), "Fri 4 Dec, 23:59"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Fri 1 Jan 2027, 00:30"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "Thu 2 Jul, 00:00"),
    ],
)
def test_moments_are_told_in_the_courses_zone(at, said):
    assert formats.moment(at, ZURICH, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (30, "in less than a minute"),
        (-30, "just now"),
        (90, "in 2 minutes"),
        (-3600, "1 hour ago"),
        (23.96 * 3600, "in 1 day"),
        (2.4 * 86400, "in 2 days"),
        (-56 * 60, "56 minutes ago"),
    ],
)
def test_distances_are_rounded_to_what_matters(seconds, said):
    assert formats.relative(NOW + timedelta(seconds=seconds), NOW) == said


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_a_sign_and_a_colour(verdict):
    style = (Path(sheet.__file__).parents[1] / "static/style.css").read_text(encoding="utf-8")
    assert VERDICTS[verdict].sign
    assert f".verdict.{verdict} {{" in style or f".verdict.{verdict}," in style


def test_tenths_are_told_by_their_limits():
    assert [formats.tenth(place) for place in (0, 4, 10)] == ["0 to 9 %", "40 to 49 %", "100 %"]


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 bytes"), (15, "15 bytes"), (2500, "2.4 KiB"), (20 << 20, "20 MiB")]
)
def test_sizes_are_rounded(count, said):
    assert formats.size(count) == said


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(5, 10, 50), (12, 10, 100), (-1, 10, 0), (None, 10, 0), (5, 0, 0)]
)
def test_bars_stay_in_their_frame(part, whole, percent):
    assert formats.share(part, whole) == percent


def test_formulas_become_mathml_in_the_line_and_on_their_own():
    page = sheet.rendered("The slope $\\sigma'(z)$ is\n\n$$\n\\frac{1}{n}\\sum_i x_i < 1\n$$\n")
    assert page.count("<math") == 2
    assert 'display="block"' in page
    assert "<mfrac>" in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        r"$\text{<script>alert(1)</script>}$",
        r"$\text{<img src=x onerror=alert(1)>}$",
        r"$\text{<a href='javascript:alert(1)'>x</a>}$",
        r"$\href{javascript:alert(1)}{x}$",
        r"$$\style{color:red}{x}$$",
        '```"><script>alert(1)</script>\nx\n```',
    ],
)
def test_text_can_bring_nothing_in_but_text(text):
    page = sheet.rendered(text).lower()
    for bad in ("<script", "<img", 'href="javascript', "href='javascript", "style="):
        assert bad not in page


@pytest.mark.parametrize("text", [r"$\frac{$", r"$\notacommand{x}$", "$x^$", "costs 5$ and 6$"])
def test_formula_that_cant_be_read_is_shown_as_written(text):
    assert sheet.rendered(text).startswith("<p>")


def test_headings_go_below_that_of_the_page_and_wide_blocks_can_be_reached():
    page = sheet.rendered("# A\n\n## B\n\n```\nx\n```\n\n| a |\n|:-:|\n| 1 |\n")
    assert "<h2>A</h2>" in page
    assert "<h3>B</h3>" in page
    assert '<pre tabindex="0">' in page
    assert "<h1" not in page
    assert "style" not in page


def test_sheets_are_made_once_and_the_oldest_are_forgotten():
    sheets = Sheets()
    files = {"text.md": b"# T", "handout/a/x.py": b"1", "submissions/accepted/s.py": b"solution"}
    for number in range(sheet.KEPT + 1):
        made = sheets.make(number, files, "text.md")
    assert sheets.get(0) is None
    assert sheets.get(sheet.KEPT) is made
    with zipfile.ZipFile(io.BytesIO(made.handout)) as archive:
        assert archive.namelist() == ["a/x.py", REQUIREMENTS]
    assert sheets.make(99, {}, "").handout == b""


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (1e-12, "0 %"),
        (0.001, "1 %"),
        (0.5, "50 %"),
        (0.996, "99 %"),
        (1 - 1e-12, "100 %"),
        (1.1, "110 %"),
    ],
)
def test_only_all_is_a_hundred_percent(share, said):
    assert formats.percent(share) == said
