"""Looking at a class in a real browser: hand-ins graded by the real engine, keyboard, axe, widths."""

import re

import pytest
from playwright.sync_api import expect

from grader.database.tables import AssignmentRow, Course, Role
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.grading import submitting
from grader.services.people import accounts
from tests.classroom import NOW, SECRET
from tests.web.browsing import axe
from tests.web.test_in_a_browser import RIGHT, WRONG, _tab_to, site
from tests.web.test_screenshots import _shoot

__all__ = ["site"]


@pytest.fixture
def course(site, written):
    """A class of two, of whom one handed in twice, and one who made the same mistake as before."""
    site.app.config["WTF_CSRF_ENABLED"] = False
    other = written("nyu-hw1") / "wrong_answer/half_mse.py"
    for who, path in (("ada", RIGHT), ("ada", WRONG), ("eve", other)):
        files = {"mlp.py": path.read_bytes() + f"# {who}\n".encode()}
        site.submission(site.browser(who), files=files, assignment=site.shipped)
    site.app.config["WTF_CSRF_ENABLED"] = True
    site.grading.wait()
    return site


@pytest.fixture
def crowd(course, written):
    """The same with ten more: nine handed in samples that ship, and the last has handed in nothing."""
    folder = written("nyu-hw1")
    samples = [*sorted((folder / "wrong_answer").glob("*.py"))[:8], folder / "load_error/missing_comma.py"]
    sent = []
    with course.database.transaction() as session:
        assignment = session.get(AssignmentRow, course.shipped)
        room = session.get(Course, course.room.course.id)
        for number, path in enumerate([*samples, None], 1):
            user = accounts.create_user(
                Act(session, None, NOW), f"s{number}@example.org", f"Student {number}"
            )
            courses.enrol(Act(session, None, NOW), room, user, Role.STUDENT)
            if path:
                given = {"received_at": NOW, "secret": SECRET}
                handed = submitting.submit(
                    Visit(session, user, NOW), assignment, {"mlp.py": path.read_bytes()}, **given
                )
                sent.append(handed.grading.id)
    for each in sent:
        course.grading.send(each)
    course.grading.wait()
    return course


def test_instructor_goes_from_a_figure_to_the_submissions_behind_it(course):
    page = course.windows.open("instructor")
    page.goto(f"/assignments/{course.shipped}")
    page.get_by_role("link", name="Class").click()
    expect(page.locator(".lead")).to_contain_text("2 graded")
    mistakes = page.get_by_role("table", name="Mistakes").locator("tbody tr")
    expect(mistakes.nth(1)).to_be_visible()
    mistakes.first.get_by_role("link", name="1", exact=True).click()
    page.wait_for_url("**/submissions?*")
    rows = page.get_by_role("table", name="Submissions").locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=re.compile("remove.*mistake")).click()
    expect(rows).to_have_count(2)
    page.get_by_label("Incorrect function").select_option("mse_loss")
    page.get_by_role("button", name="Show").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Eve")
    rows.get_by_role("link").click()
    page.wait_for_url(re.compile(r"/submissions/\d+$"))


def test_keyboard_alone_is_enough(course):
    page = course.windows.open("instructor")
    page.goto(f"/assignments/{course.shipped}/class")
    _tab_to(page, "Eve")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/submissions/\d+$"))
    page.goto(f"/courses/{course.room.course.id}/submissions")
    _tab_to(page, "Student, team or number")
    page.keyboard.type("eve")
    page.keyboard.press("Enter")
    page.wait_for_url("**text=eve*")
    expect(page.get_by_role("table", name="Submissions").locator("tbody tr")).to_have_count(1)


def test_axe_finds_nothing_and_pages_fit(crowd):
    page = crowd.windows.open("instructor")
    listed = f"/courses/{crowd.room.course.id}/submissions?assignment={crowd.shipped}&counting=1&tenth=8"
    wide = []
    for name, path in (
        ("staff-class", f"/assignments/{crowd.shipped}/class"),
        ("staff-class-empty", f"/assignments/{crowd.room.assignment.id}/class"),
        ("staff-submissions-chosen", listed),
    ):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            assert axe(page) == [], (path, width)
            wide += [] if _shoot(page, name, width) else [(name, width)]
    assert wide == []
    page.goto(f"/assignments/{crowd.shipped}/class?order=lowest")
    students = page.get_by_role("table", name=re.compile("Share of each function")).locator("tbody tr")
    expect(students).to_have_count(1 + 2 + 9)
    expect(page.locator(".warning").first).to_contain_text("Student 9")
