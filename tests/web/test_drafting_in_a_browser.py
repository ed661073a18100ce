"""An instructor edits, tries and verifies tests in a real browser, graded by the real engine.

That nothing of the editor is against the pages' policy is tried on the way: ``site`` refuses a complaint.
"""

import re

import pytest
from playwright.sync_api import expect

from grader.assignment import assignment_folder
from grader.database.tables import AssignmentRow, Course, User
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.tests import drafts
from tests import shipped
from tests.classroom import NOW
from tests.web.browsing import SHIPPED, axe
from tests.web.studio import Studio
from tests.web.test_in_a_browser import _tab_to, site
from tests.web.test_screenshots import _shoot

EXPECTED = b"""[[samples]]
file = "accepted/solution.py"
[[samples]]
file = "wrong_answer/half_mse.py"
score = 40
"""
PROOF = b"""operations = ["identity"]
forms = []
habits = []
[programs]
mse_loss = "mse"
"""
KEPT = {"submissions/accepted/solution.py"}
HALF = "wrong_answer/half_mse.py"


@pytest.fixture
def desk(site):
    """The shipped assignment with two samples and the mistakes of one loss, and a draft that is the same."""
    with site.database.transaction() as session:
        session.get(Course, site.room.course.id).title = "Deep learning"
        actor = session.get(User, site.room.instructor.id)
        whole = assignment_folder.load(SHIPPED)
        courses.publish_suite(
            Act(session, actor, NOW),
            session.get(AssignmentRow, site.shipped),
            whole,
            extras=_extras(whole),
            note="two samples, one loss to prove",
        )
    studio = Studio(site)
    studio.number = site.shipped
    studio.there = f"/assignments/{site.shipped}/tests"
    studio.put({})
    studio.windows = site.windows
    studio.grading = site.grading
    return studio


def _extras(whole):
    """Return what travels with the shipped tests, with few samples: a verification takes a moment then."""
    found = assignment_folder.read_all(SHIPPED)
    dropped = [name for name in found if name.startswith("submissions/") and name not in KEPT]
    few = {name: each for name, each in found.items() if name not in whole.files and name not in dropped}
    few |= {f"submissions/{HALF}": shipped.sample("nyu-hw1", HALF)}
    return few | {"submissions/expected.toml": EXPECTED, "proof/proof.toml": PROOF}


def _open(desk, name="test_losses.py", who="instructor", **options):
    page = desk.windows.open(who, **options)
    page.goto(f"{desk.there}?file={name}")
    return page


def _type_at_the_end(page, text):
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(text)


def test_editor_highlights_indents_and_saves(desk):
    page = _open(desk)
    before = desk.files()["test_losses.py"]
    keyword = page.locator(".cm-line span", has_text=re.compile("^import$")).first
    colours = "each => getComputedStyle(each).color"
    assert keyword.evaluate(colours) != page.locator(".cm-line").first.evaluate(colours)
    _type_at_the_end(page, "\ndef late():\nif True:\n")
    page.keyboard.press("Tab")
    page.keyboard.type("pass")
    page.keyboard.press("Control+s")
    page.locator(".notice", has_text="test_losses.py is saved").wait_for()
    added = desk.files()["test_losses.py"].removeprefix(before)
    assert added == b"\ndef late():\n    if True:\n            pass"
    lines = before.count(b"\n") + 4
    expect(page).to_have_url(re.compile(f"line={lines}"))
    expect(page.locator(".cm-activeLineGutter")).to_have_text(str(lines))


def test_escape_and_tab_lead_out_of_the_editor(desk):
    page = _open(desk)
    page.locator(".cm-content").click()
    page.keyboard.press("Tab")
    expect(page.locator(".cm-content")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_focused()
    expect(page.locator("#keys")).to_contain_text("press Escape and then Tab")


def test_search_finds_in_the_file(desk):
    page = _open(desk)
    page.get_by_role("button", name="Search").click()
    page.locator(".cm-search input[name=search]").press_sequentially("EXTREME")
    page.locator(".cm-searchMatch").first.wait_for()
    assert axe(page) == []


def test_what_is_not_saved_is_not_left_by_mistake(desk):
    page = _open(desk)
    _type_at_the_end(page, "# precious")
    page.on("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        page.get_by_role("link", name="text.md").click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(page.locator(".cm-content")).to_contain_text("# precious")


def test_text_that_is_too_long_stays_in_the_editor(desk):
    page = _open(desk, "text.md")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.insert_text("precious " * 23_000)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Nothing was sent, and your text is still here").wait_for()
    assert axe(page) == []
    page.keyboard.press("Control+z")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Save").click()
    page.locator(".notice", has_text="text.md was already saved").wait_for()


def test_broken_file_leads_to_its_line(desk):
    page = _open(desk)
    lines = desk.files()["test_losses.py"].count(b"\n")
    _type_at_the_end(page, "def broken(:\n")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=f"test_losses.py, line {lines + 1}").click()
    page.wait_for_url("**line=*")
    expect(page.locator(".cm-wrong")).to_contain_text("def broken(:")
    expect(page.locator(".cm-content")).to_be_focused()
    page.get_by_role("button", name="Verify").click()
    page.locator(".notice", has_text="this is not Python").wait_for()


def test_verification_fills_in_and_leads_to_each_report(desk):
    # Proving and publishing are on the whole way, see test_whole_way.
    page = _open(desk)
    _type_at_the_end(page, "\n# asks no less\n")
    desk.grading.held.clear()
    page.get_by_role("button", name="Verify").click()
    page.wait_for_url(re.compile(r"/trials/\d+$"))
    expect(page.locator(".headline")).to_contain_text("0 of 24 submissions graded")
    assert axe(page) == []
    desk.grading.held.set()
    page.get_by_role("heading", name="All 24 submissions get the expected result").wait_for()  # by itself
    expect(page.locator("#spoken")).to_contain_text("all 24 submissions get the expected result")
    row = page.get_by_role("row", name=re.compile("half_mse"))
    expect(row).to_contain_text("40.00")
    row.get_by_role("link").click()
    page.get_by_text("40.00 / 50").wait_for()


def test_trying_a_sample_shows_what_a_student_would_see(desk):
    page = _open(desk)
    page.get_by_label("Try on").select_option("submissions/wrong_answer/half_mse.py")
    page.get_by_role("button", name="Try").click()
    page.get_by_text("40.00 / 50").wait_for()
    expect(page.locator("h2", has_text="Fix this first")).to_be_visible()


def test_second_of_two_editors_sees_both_texts_and_saves_on_top(desk):
    mine, theirs = _open(desk, "text.md"), _open(desk, "text.md", who="admin")
    for page, text, then in ((theirs, "\ntheirs\n", "is saved"), (mine, "\nmine\n", "is not saved yet")):
        _type_at_the_end(page, text)
        page.get_by_role("button", name="Save").click()
        page.get_by_text(then).first.wait_for()
    mine.get_by_role("heading", name="is not saved yet").wait_for()
    expect(mine.get_by_role("table")).to_contain_text("theirs")
    assert axe(mine) == []
    field = mine.get_by_label("Your text")
    field.fill(field.input_value() + "\ntheirs\n")
    mine.get_by_role("button", name="Overwrite with your text").click()
    mine.locator(".notice", has_text="is saved").wait_for()
    assert desk.files()["text.md"].endswith(b"\nmine\n\ntheirs\n")


def test_keyboard_alone_is_enough(desk):
    page = _open(desk)
    page.locator(".cm-content").focus()
    page.keyboard.press("Escape")
    _tab_to(page, "Verify")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="All 24 submissions get the expected result").wait_for()


def test_everything_works_without_javascript(desk):
    page = _open(desk, java_script_enabled=False)
    field = page.get_by_label("test_losses.py", exact=True)
    field.fill(field.input_value() + "# typed plainly\n")
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("You can leave this page").or_(page.get_by_text("get what they must")).wait_for()
    desk.grading.wait()
    page.reload()
    expect(page.get_by_role("heading", name="All 24 submissions get the expected result")).to_be_visible()
    assert desk.files()["test_losses.py"].endswith(b"# typed plainly\n")


def _with_more_points(desk):
    """Return the assignment with two points more for one of its losses."""
    document = desk.files()["assignment.toml"].decode()
    changed = re.sub(r'(name = "mse_loss"\npoints = )10', r"\g<1>12", document)
    assert changed != document
    return changed.encode()


def _with_a_wider_factor(desk):
    return desk.files()["test_losses.py"].replace(b"OF_VALUE = 1.5", b"OF_VALUE = 2.0")


def test_axe_finds_nothing_and_pages_fit(desk):
    page = _open(desk)
    page.get_by_role("button", name="Verify").click()
    page.get_by_role("heading", name="All 24 submissions get the expected result").wait_for()
    desk.put({"assignment.toml": _with_more_points(desk), "test_losses.py": _with_a_wider_factor(desk)})
    page.goto(desk.there)
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("1 cell differs from the live version").wait_for()
    verified = page.url
    pages = {
        "staff-tests": f"{desk.there}?file=test_losses.py&line=16",
        "staff-verify": verified,
        "staff-changes": f"{desk.there}/changes",
        "staff-publish": f"{desk.there}/publish",
        "staff-versions": f"{desk.there}/versions",
    }
    wrong = []
    for name, address in pages.items():
        page.goto(address)
        wrong += [(name, each) for each in axe(page)]
        wrong += [(name, width) for width in (390, 1280) if not _shoot(page, name, width)]
    assert wrong == []


def test_draft_of_the_browser_is_the_draft_of_the_service(desk):
    page = _open(desk)
    page.get_by_text("Add a file").click()
    page.get_by_label("Name", exact=True).fill("data/w.txt")
    page.get_by_role("button", name="Add file").click()
    page.get_by_role("heading", name="data/w.txt").wait_for()
    _type_at_the_end(page, "1 2 3")
    page.get_by_role("button", name="Save").click()
    page.locator(".notice", has_text="data/w.txt is saved").wait_for()
    with desk.world.database.reading() as session:
        draft = drafts.of(session, session.get(AssignmentRow, desk.number))
        assert drafts.contents(session, draft)["data/w.txt"] == b"1 2 3"


__all__ = ["site"]
