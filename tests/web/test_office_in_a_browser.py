"""Export and roster in a real browser: by keyboard, at both widths, and nothing for axe to find."""

import csv
from pathlib import Path

from tests.web.browsing import axe
from tests.web.test_in_a_browser import _tab_to, site

__all__ = ["site"]


def _fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_axe_finds_nothing_and_pages_fit(site):
    page = site.windows.open("instructor")
    people = f"/courses/{site.room.course.id}/people"
    wrong = []
    for path in (
        f"/assignments/{site.shipped}/export",
        f"/courses/{site.room.course.id}/settings",
        people,
        f"{people}/import",
    ):
        page.goto(path)
        wrong += axe(page)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            wrong += [] if _fits(page) else [f"{path} is too wide for {width}"]
    page.get_by_label("or paste the table").fill(
        "e-mail,name\nada@example.org,Ada Byron\nnew@example.org,New\nx\nx\n"
        + "a" * 60
        + "@example.org,Long\n"
    )
    page.get_by_role("button", name="Preview the changes").click()
    page.get_by_role("heading", name="To be changed: 1").wait_for()
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        wrong += [] if _fits(page) else [f"the plan is too wide for {width}"]
    wrong += axe(page)
    page.get_by_role("button", name="Apply the changes").click()
    page.get_by_role("heading", name="Send these links").wait_for()
    assert wrong + axe(page) == []


def test_keyboard_alone_brings_grades_and_a_roster(site, tmp_path):
    page = site.windows.open("instructor")
    page.goto(f"/assignments/{site.shipped}/export")
    _tab_to(page, "For")
    page.keyboard.press("m")  # Moodle
    _tab_to(page, "Download the grades")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "grades.csv")
    [header, *rows] = csv.reader((tmp_path / "grades.csv").read_text().splitlines())
    assert (header[0], len(rows)) == ("Email address", 3)
    page.goto(f"/courses/{site.room.course.id}/people/import")
    _tab_to(page, "A CSV file")
    path = Path(tmp_path / "roster.csv")
    path.write_text("e-mail,name\nada@example.org,Ada Byron\n")
    page.locator(":focus").set_input_files(str(path))
    _tab_to(page, "Preview the changes")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Not in the file: 2").wait_for()
    _tab_to(page, "Remove 2")
    page.keyboard.press("Space")
    _tab_to(page, "Apply the changes")
    page.keyboard.press("Enter")
    page.locator(".notice", has_text="Done: 0 invited, 1 changed, 2 removed.").wait_for()
