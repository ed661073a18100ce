"""An instructor's regrade in a real browser, graded by the real engine."""

import re

import pytest
from playwright.sync_api import expect

from grader.assignment import assignment_folder
from grader.database.tables import AssignmentRow
from grader.model import Suite
from grader.services.act import Act
from grader.services.courses import courses
from tests.classroom import NOW
from tests.web.browsing import SHIPPED, axe
from tests.web.test_in_a_browser import RIGHT, WRONG, _tab_to, site
from tests.web.test_screenshots import _shoot

__all__ = ["site"]


def other_suite():
    """Return the shipped tests without those of the losses."""
    whole = assignment_folder.load(SHIPPED)
    return Suite(
        whole.assignment, {name: each for name, each in whole.files.items() if name != "test_losses.py"}
    )


@pytest.fixture
def course(site):
    """Three graded hand-ins, and another version of the tests."""
    with site.database.transaction() as session:
        assignment = session.get(AssignmentRow, site.shipped)
        row = courses.publish_suite(
            Act(session, None, NOW), assignment, other_suite(), live=False, note="without the losses"
        )
        site.other = row.digest
    site.app.config["WTF_CSRF_ENABLED"] = False
    for who, path in (("ada", WRONG), ("bob", RIGHT), ("eve", RIGHT)):
        files = {"mlp.py": path.read_bytes() + f"# {who}\n".encode()}
        site.submission(site.browser(who), files=files, assignment=site.shipped)
    site.app.config["WTF_CSRF_ENABLED"] = True
    site.grading.wait()
    return site


def _start(page, course):
    page.goto(f"/assignments/{course.shipped}/regrades")
    page.get_by_label("Tests", exact=True).select_option(course.other)
    page.get_by_role("button", name="Start the regrade").click()
    page.wait_for_url(re.compile(r"/regrades/\d+$"))


def test_instructor_watches_a_regrade_and_makes_it_live(course):
    page = course.windows.open("instructor")
    page.goto(f"/assignments/{course.shipped}")
    page.get_by_role("link", name="Regrade").click()
    course.grading.held.clear()
    _start(page, course)
    expect(page.locator(".headline")).to_contain_text("0 of 3 submissions graded")
    assert axe(page) == []
    course.grading.held.set()
    page.get_by_role("heading", name="Whose score changes").wait_for()  # by itself
    expect(page.locator("#spoken")).to_contain_text("awaits a decision")
    assert axe(page) == []
    down = re.compile(r"down\s+3\s+−60.00")
    expect(page.get_by_role("table", name="Summary")).to_contain_text(down, use_inner_text=True)
    expect(page.get_by_role("table", name="Test cases")).to_contain_text("bce_loss")
    page.get_by_role("button", name="Make it live").click()
    page.get_by_role("heading", name="What changed").wait_for()
    expect(page.locator(".notice")).to_contain_text("students see the new scores")
    student = course.windows.open("bob")
    student.goto(f"/assignments/{course.shipped}")
    expect(student.locator("main")).to_contain_text("30.00 / 50", use_inner_text=True)


def test_keyboard_alone_is_enough_and_the_focus_stays_while_it_runs(course):
    page = course.windows.open("instructor")
    page.goto(f"/assignments/{course.shipped}/regrades")
    course.grading.held.clear()
    _tab_to(page, "Start the regrade")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/regrades/\d+$"))
    _tab_to(page, "Pause")
    with page.expect_response("**/progress"):
        pass
    page.wait_for_function("document.activeElement.id === 'pause'")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Continue").wait_for()
    expect(page.locator(".headline")).to_contain_text("Paused: 0 of 3")
    _tab_to(page, "Cancel the regrade")
    page.keyboard.press("Enter")
    page.locator(".headline", has_text="Cancelled: 0 of 3").wait_for()


def test_axe_finds_nothing_and_pages_fit(course):
    page = course.windows.open("instructor")
    _start(page, course)
    course.grading.wait()
    page.get_by_role("heading", name="Whose score changes").wait_for()
    done = page.url
    wide = []
    for name, path in (
        ("staff-regrade", done),
        ("staff-regrades", f"/assignments/{course.shipped}/regrades"),
    ):
        page.goto(path)
        assert axe(page) == [], path
        wide += [(name, width) for width in (390, 1280) if not _shoot(page, name, width)]
    assert wide == []


def test_everything_works_without_javascript(course):
    page = course.windows.open("instructor", java_script_enabled=False)
    _start(page, course)
    course.grading.wait()
    page.reload()
    page.get_by_label("Show").select_option("down")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**show=down*")
    expect(page.get_by_role("table", name="Changes").locator("tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator(".notice")).to_contain_text("No score has changed")
