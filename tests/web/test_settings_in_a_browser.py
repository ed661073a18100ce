"""New assignments and their settings in a real browser: both widths, light and dark, keyboard, and axe."""

from playwright.sync_api import expect

from grader.assignment import starter
from grader.database.tables import AssignmentRow, Grading, User
from grader.services.act import Visit
from grader.services.grading import gradings, submitting
from tests.classroom import NOW
from tests.web import shots
from tests.web.browsing import axe, shows
from tests.web.test_in_a_browser import _tab_to, site

__all__ = ["site"]
SOLUTION = "submissions/accepted/solution.py"
TABS = ("text", "points", "rules", "dates")


def _fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def _look(page, name, wrong, *, pictured=True):
    """Note what axe finds and what sticks out at a phone's and a desk's width."""
    wrong += axe(page)
    for width, tallest in ((390, 2200), (1280, 1700)):
        page.set_viewport_size({"width": width, "height": 900})
        if not _fits(page):
            wrong.append(f"{name} is too wide for {width}")
        path = shots.wanted(f"staff-{name}", width) if pictured else None
        if path:
            height = min(tallest, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=path)


def _give_up(site):
    """Let a hand-in be one that we failed to grade."""
    with site.database.transaction() as session:
        user, row = session.get(User, site.room.ada.id), session.get(AssignmentRow, site.shipped)
        made = submitting.submit(
            Visit(session, user, NOW), row, {"mlp.py": b"x = 1\n"}, received_at=NOW, secret=b"s" * 32
        )
        session.flush()
        claim = gradings.claim(session, made.grading.id, "w", now=NOW)
        session.get(Grading, made.grading.id).allowed = 1
        gradings.give_up(session, made.grading.id, claim.attempt, "the box was lost", now=NOW)


def test_axe_finds_nothing_and_pages_fit(site):
    page = site.windows.open("instructor")
    wrong = []
    _give_up(site)
    page.goto(f"/courses/{site.room.course.id}")
    page.get_by_role("link", name="1 submission not graded (our fault)").wait_for()
    _look(page, "course", wrong, pictured=False)
    page.goto(f"/courses/{site.room.course.id}/assignments/new")
    _look(page, "new-assignment", wrong)
    for tab in TABS:
        page.goto(f"/assignments/{site.shipped}/settings/{tab}")
        _look(page, f"settings-{tab}", wrong)
    page.goto(f"/assignments/{site.shipped}/log")
    _look(page, "log", wrong)
    page.goto("/account/tokens")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Create token").click()
    page.get_by_text("It is shown only once").wait_for()
    _look(page, "tokens", wrong, pictured=False)  # it has a secret
    page.goto(f"/assignments/{site.shipped}/settings/dates")
    page.get_by_label("Grace period, minutes").fill("5")
    page.get_by_label("Late penalty per day").fill("300")
    page.locator("form").last.evaluate("form => form.noValidate = true")
    page.locator("form.settings").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("from 0 to 100 percent")
    assert wrong + axe(page) == []


def test_keyboard_alone_begins_an_assignment_and_changes_its_points(site):
    page = site.windows.open("instructor")
    page.goto(f"/courses/{site.room.course.id}")
    _tab_to(page, "New assignment")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="New assignment").wait_for()
    _tab_to(page, "A built-in assignment")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "Title")
    page.keyboard.type("Homework 2")
    page.keyboard.press("Enter")
    page.get_by_text("No tests are published yet").wait_for()
    page.get_by_role("link", name="Points").click()
    page.get_by_label("Points of function 1").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("12.5")
    page.keyboard.press("Enter")
    page.get_by_text("Saved in the draft").wait_for()
    expect(page.get_by_label("Points of function 1")).to_have_value("12.5")
    assert axe(page) == []


def test_assignment_from_nothing_is_published_and_graded_without_a_shell(site):
    page = site.windows.open("instructor")
    page.goto(f"/courses/{site.room.course.id}/assignments/new")
    page.get_by_label("From scratch").check()
    page.get_by_label("Title").fill("Warm-up")
    page.get_by_role("button", name="Create draft").click()
    page.get_by_label("Text", exact=True).fill("# Warm-up\n\nWrite $\\max(x, 0)$.")
    page.get_by_role("button", name="Save in the draft").click()
    page.get_by_text("Saved in the draft").wait_for()
    ada = site.windows.open("ada")
    expect(ada.get_by_role("heading", name="Assignments", exact=True)).to_be_visible()
    expect(ada.get_by_role("link", name="Warm-up")).to_have_count(0)
    page.get_by_role("link", name="Tests", exact=True).click()
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name="submissions get the expected result").wait_for()
    page.get_by_role("link", name="Tests", exact=True).first.click()
    page.get_by_role("button", name="Publish …").click()
    page.get_by_role("button", name="Publish now").click()
    page.get_by_text("are live.").wait_for()
    ada.goto("/")
    ada.get_by_role("link", name="Warm-up").click()
    ada.get_by_label("Drop solution.py here").set_input_files(
        {"name": "solution.py", "mimeType": "text/x-python", "buffer": starter.files("x")[SOLUTION]}
    )
    ada.get_by_role("button", name="Submit").click()
    ada.wait_for_url("**/submissions/*")
    site.grading.wait()
    ada.reload()
    shows(ada, "20.00 / 20")
