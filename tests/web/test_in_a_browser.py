"""The way of a student through the pages, in a real browser, graded by the real engine."""

import re
import zipfile
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from grader.arithmetic.deadlines import Dates
from grader.database.tables import AssignmentRow, User
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.people import first_account
from tests.classroom import NOW
from tests.web.browsing import SHIPPED, Grading, Windows, add_shipped, axe, serving, shows

WRONG = SHIPPED / "submissions/wrong_answer/sigmoid_slope_at_output.py"
RIGHT = SHIPPED / "submissions/accepted/solution.py"
LESS = re.compile(r"^\s*(?!50\.00)\d+\.\d\d\s*/ 50\s*$")
RULES = Rules(
    Dates(
        due_at=NOW + timedelta(days=14, hours=10, minutes=59),
        late_until=NOW + timedelta(days=17, hours=10, minutes=59),
        grace_seconds=600,
        late_percent_per_day=20,
    ),
    attempts_per_hour=10,
    team_size=2,
)


@pytest.fixture
def site(make_world, engine, chromium):
    """The whole: server, engine and windows; Ada and Bob are a team."""
    world = make_world(Rules(), WTF_CSRF_ENABLED=True)
    world.shipped = add_shipped(world, RULES)
    with world.database.transaction() as session:
        people = [session.get(User, each.id) for each in (world.room.ada, world.room.bob)]
        assignment = session.get(AssignmentRow, world.shipped)
        courses.form_team(Act(session, None, NOW), assignment, "Team Babbage", people)
    grading = Grading(world.database, engine)
    object.__setattr__(world.app.extensions["chainrule"], "dispatcher", grading)
    with serving(world.app) as address:
        world.windows, world.grading = Windows(chromium, address), grading
        yield world
        grading.wait()
        grading.close()
        world.windows.close()
    assert world.windows.complaints == []
    assert world.windows.strangers == []


def _hand_in(page, site, *files):
    page.goto(f"/assignments/{site.shipped}")
    page.get_by_label("Drop mlp.py here").set_input_files([str(each) for each in files])
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"/submissions/\d+$"))
    return page.url


def test_student_hands_in_wrong_then_right_and_nobody_else_sees_it(site):
    page = site.windows.open("ada")
    page.get_by_role("link", name="Two-layer net with a manual backward pass").click()
    site.grading.held.clear()
    site.grading.halved.clear()
    _hand_in(page, site, WRONG)
    expect(page.locator(".headline")).to_contain_text("You are next")
    places = _places(page)
    site.grading.held.set()
    told, all_of_them = page.locator(".functions .verdict:not(.pending)"), page.locator(".functions li")
    expect(told.first).to_be_visible()  # they fill in one after another
    expect(page.locator(".functions .verdict.pending").first).to_be_visible()
    assert _places(page) == places  # and nothing jumps
    site.grading.halved.set()
    shows(page, LESS)
    expect(told).to_have_count(len(places))
    expect(all_of_them).to_have_count(len(places))
    assert _places(page) == places
    expect(page.locator("h2", has_text="Fix this first")).to_be_visible()
    expect(page.locator("#spoken")).to_contain_text("points")
    right = _hand_in(page, site, RIGHT)
    shows(page, "50.00 / 50")
    expect(page.locator(".headline")).to_contain_text("Everything that was tested is correct.")
    mate = site.windows.open("bob")
    mate.goto(right)
    shows(mate, "50.00 / 50")
    for name, said in (("eve", "you can't see it"), (None, "Sign in")):
        other = site.windows.open(name)
        answer = other.goto(right)
        expect(other.locator("main")).to_contain_text(said)
        assert "50.00" not in answer.text()


def _places(page):
    """Return where the functions stand on the page."""
    # In one step: between two, the page may be replaced.
    rows = "[...document.querySelectorAll('.functions li')]"
    script = f"{rows}.map(row => Math.round(row.getBoundingClientRect().y))"
    return page.evaluate(script)


def test_reload_in_the_middle_shows_the_same_and_goes_on(site):
    page = site.windows.open("ada")
    site.grading.halved.clear()
    _hand_in(page, site, RIGHT)
    passed = page.locator(".functions .verdict.passed").first
    expect(passed).to_be_visible()
    page.reload()
    expect(passed).to_be_visible()
    site.grading.halved.set()
    shows(page, "50.00 / 50")


def test_lost_connection_is_taken_up_again(site):
    page = site.windows.open("ada")
    site.grading.held.clear()
    _hand_in(page, site, RIGHT)
    with page.expect_event("requestfailed"):
        page.context.set_offline(True)
    site.grading.wait()
    page.context.set_offline(False)
    shows(page, "50.00 / 50")
    site.windows.complaints.clear()  # that it was offline


UNBROKEN = """
def backward(self, dJdy_hat):
    print("p" * 3000)
    raise ValueError("w" * 5000)


MLP.backward = backward
"""


@pytest.mark.parametrize("width", [390, 1280])
def test_words_without_a_space_do_not_widen_the_page_of_a_result(site, tmp_path, width):
    (tmp_path / "mlp.py").write_text(RIGHT.read_text() + UNBROKEN)
    (tmp_path / f"{'f' * 120}.py").write_text("x = 1\n")
    for name in ("ada", "instructor"):
        page = site.windows.open(name, viewport={"width": width, "height": 800})
        if name == "ada":
            result = _hand_in(page, site, *tmp_path.iterdir())
            page.locator(".total:not(.waiting)").wait_for()
        page.goto(result)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        room = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(room) <= 0, name
    # Staff see its words.
    expect(page.locator(".cases").filter(has_text="raised").first).to_contain_text("w" * 150)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"x", "mlp.py is missing"),
        ("mlp.py", b"", "is empty"),
        ("mlp.py", b"#" * 300_000, "more than 256 KiB"),
    ],
)
def test_wrong_file_is_told_before_it_is_sent(site, tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    page = site.windows.open("ada")
    page.goto(f"/assignments/{site.shipped}")
    page.get_by_label("Drop mlp.py here").set_input_files(str(tmp_path / name))
    expect(page.locator("[data-chosen]")).to_contain_text(said)
    expect(page.get_by_role("button", name="Submit")).to_be_disabled()
    page.get_by_label("Drop mlp.py here").set_input_files(str(RIGHT))
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()


def test_files_can_be_dropped(site):
    page = site.windows.open("ada")
    page.goto(f"/assignments/{site.shipped}")
    page.evaluate(
        """text => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([text], "mlp.py"));
            document.querySelector("[data-drop]").dispatchEvent(
                new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}));
        }""",
        RIGHT.read_text(),
    )
    page.locator("[data-chosen]", has_text="mlp.py").wait_for()
    page.get_by_role("button", name="Submit").click()
    shows(page, "50.00 / 50")


def test_everything_but_live_filling_works_without_javascript(site, tmp_path):
    page = site.windows.open("ada", java_script_enabled=False)
    archive = tmp_path / "mine.zip"
    with zipfile.ZipFile(archive, "w") as each:
        each.write(RIGHT, "solution/mlp.py")
    _hand_in(page, site, archive)
    site.grading.wait()
    page.reload()
    shows(page, "50.00 / 50")
    page.goto(f"/assignments/{site.shipped}")
    page.get_by_label("Drop mlp.py here").set_input_files(str(SHIPPED / "text.md"))
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("main")).to_contain_text("The file mlp.py is missing.")


def test_keyboard_alone_is_enough(site):
    page = site.windows.open()
    page.goto("/sign-in")
    expect(page.get_by_label("E-mail address")).to_be_focused()  # it takes the focus itself
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    _tab_to(page, "Two-layer net with a manual backward pass")
    page.keyboard.press("Enter")
    page.wait_for_url("**/assignments/*")
    _tab_to(page, "Drop mlp.py here")
    page.locator(":focus").set_input_files(str(RIGHT))
    expect(page.get_by_role("button", name="Submit", exact=True)).to_be_enabled()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".total:not(.waiting)").wait_for()
    _tab_to(page, "MLP.forward")
    page.keyboard.press("Enter")
    expect(page.locator("details.cases[open]")).to_have_count(1)


def _tab_to(page, text):
    """Press Tab until what has the focus reads like that, and its focus can be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "() => { const e = document.activeElement; return (e.labels?.[0] ?? e).innerText ?? '' }"
        )
        if said.startswith(text):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"no way to {text}")


def _make_first_account_by_keyboard(site, page):
    with site.database.transaction() as session:
        session.query(User).filter_by(is_admin=True).update({"is_admin": False})
        link = f"/first-account/{first_account.link(session, now=NOW)}"
    page.goto(link)
    assert axe(page) == []
    expect(page.get_by_label("E-mail address")).to_be_focused()
    for text in ("root@example.org", "Root", "three or four words", "three or four words"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Your account is ready").wait_for()


def test_axe_finds_nothing(site):
    page = site.windows.open("ada")
    _hand_in(page, site, WRONG)
    page.locator(".total:not(.waiting)").wait_for()
    result = page.url
    assert axe(page) == []
    for path in (
        "/",
        f"/assignments/{site.shipped}",
        f"/assignments/{site.shipped}/team",
        "/account",
        "/nowhere",
    ):
        page.goto(path)
        assert axe(page) == [], path
    staff = site.windows.open("instructor")
    number = site.room.course.id
    for path in (
        f"/courses/{number}",
        f"/courses/{number}/submissions",
        f"/courses/{number}/people",
        f"/assignments/{site.shipped}/class",
        result,
    ):
        staff.goto(path)
        assert axe(staff) == [], path
    anonymous = site.windows.open()
    anonymous.goto("/sign-in")
    assert axe(anonymous) == []
    _make_first_account_by_keyboard(site, anonymous)
