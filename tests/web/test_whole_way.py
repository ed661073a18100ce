"""An instructor who has never seen a shell runs an assignment, from a shipped one to the exported grades.

Pictures that the documentation shows are made anew on the way: see tests/web/shots.py.
"""

import csv
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from grader.services.courses.courses import Rules
from tests.web.browsing import SHIPPED, Grading, Windows, axe, serving, shows
from tests.web.test_screenshots import _shoot

CLAMPED = "wrong_answer/bce_clamped_coarsely.py"
RIGHT = SHIPPED / "submissions/accepted/solution.py"
EXPECTED = """[[samples]]
file = "accepted/solution.py"
[[samples]]
file = "wrong_answer/bce_clamped_coarsely.py"
score = 40
"""
BEFORE, STRICTER, LOOSER = "OF_VALUE = 1.5", "OF_VALUE = 1.4", "OF_VALUE = 3.0"


@pytest.fixture
def shipped(tmp_path, written):
    """The shipped assignment with three of its samples: all of them are verified elsewhere."""
    folder = tmp_path / "assignments" / SHIPPED.name
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("submissions", "__pycache__"))
    for name in (CLAMPED, "accepted/solution.py"):
        there = folder / "submissions" / name
        there.parent.mkdir(parents=True)
        shutil.copy(written("nyu-hw1") / name, there)
    (folder / "submissions/expected.toml").write_text(EXPECTED)
    return folder.parent


@pytest.fixture
def site(make_world, engine, chromium, shipped):
    """A course whose instructor, Ada and Bob sit at browsers; nobody was asked anything of this kind yet."""
    world = make_world(Rules(), WTF_CSRF_ENABLED=True)
    grading = Grading(world.database, engine)
    parts = world.app.extensions["chainrule"]
    object.__setattr__(parts, "dispatcher", grading)
    object.__setattr__(parts, "settings", replace(parts.settings, assignments=(str(shipped),)))
    with serving(world.app) as address:
        world.windows, world.grading = Windows(chromium, address), grading
        yield world
        grading.wait()
        grading.close()
        world.windows.close()
    assert world.windows.complaints == []
    assert world.windows.strangers == []


def _look(page, name):
    """Take pictures of a page, and say what is wrong with it."""
    assert axe(page) == [], name
    for width in (390, 1280):
        assert _shoot(page, f"way-{name}", width), f"{name} sticks out at {width} px"


def _begin(page, site):
    page.goto(f"/courses/{site.room.course.id}")
    page.get_by_role("link", name="New assignment").click()
    page.get_by_label("Title").fill("Backpropagation by hand")
    page.get_by_label("Short name").fill("hw-1")
    _look(page, "new")
    page.get_by_role("button", name="Create draft").click()
    page.wait_for_url(re.compile(r"/assignments/\d+"))
    return int(re.search(r"/assignments/(\d+)", page.url)[1])


def _replace(page, number, before, after):
    """Select a line in the editor, and type another in its place."""
    page.goto(f"/assignments/{number}/tests?file=test_losses.py")
    page.locator(".cm-line", has_text=before).click()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+End")
    page.keyboard.insert_text(after)


def _press(page, name, site):
    """Start a trial with one of the buttons under the editor, and wait until it is through."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(re.compile(r"/trials/\d+$"))
    site.grading.wait()
    page.locator("#trial:not([hx-get])").wait_for()


def _publish(page, number, note, reason=""):
    page.goto(f"/assignments/{number}/tests")
    page.get_by_role("button", name="Publish …").click()
    page.get_by_label("Note").fill(note)
    if reason:
        page.get_by_label("Why publish them anyway?").fill(reason)
    _look(page, "publish-against-samples" if reason else "publish")
    page.get_by_role("button", name="Publish now").click()
    page.wait_for_url(re.compile(r"/versions"))


def _hand_in(site, who, number, path, folder):
    """Hand a file in, wait until it is graded, and return the student's page."""
    (folder / "mlp.py").write_bytes(Path(path).read_bytes())
    page = site.windows.open(who)
    page.goto("/")
    page.get_by_role("link", name="Backpropagation by hand").click()
    page.get_by_label("Drop mlp.py here").set_input_files(folder / "mlp.py")
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url(re.compile(r"/submissions/\d+$"))
    page.locator(".total", has_text="/").wait_for()
    return page


@pytest.mark.slow
def test_from_a_shipped_assignment_to_exported_grades(site, tmp_path, written):
    page = site.windows.open("instructor")
    number = _begin(page, site)

    _replace(page, number, BEFORE, STRICTER)
    _look(page, "tests")
    page.get_by_label("Mistakes in").select_option("bce_loss")
    _press(page, "Prove", site)
    expect(page.locator("main")).to_contain_text(re.compile(r"\b(\d+) of \1 known mistakes caught"))
    _look(page, "prove")
    page.goto(f"/assignments/{number}/tests?file=test_losses.py")
    _press(page, "Verify", site)
    expect(page.locator("main")).to_contain_text("submissions get the expected result")
    _look(page, "verify")
    assert site.browser("ada").get(f"/assignments/{number}").status_code == 404
    _publish(page, number, "A clamp may change the loss by less.")
    _look(page, "versions")

    ada = _hand_in(site, "ada", number, written("nyu-hw1") / CLAMPED, tmp_path)
    shows(ada, "40.00 / 50")
    shows(_hand_in(site, "bob", number, RIGHT, tmp_path), "50.00 / 50")

    _replace(page, number, STRICTER, LOOSER)
    _press(page, "Verify", site)
    expect(page.locator("main")).to_contain_text("bce_clamped_coarsely.py")
    _publish(page, number, "A clamp is all right.", reason="The sheet asks for no more than that.")

    page.goto(f"/assignments/{number}/regrades")
    page.get_by_role("button", name="Start the regrade").click()
    page.get_by_role("button", name="Make it live").wait_for()
    expect(page.locator("main")).to_contain_text("▲ +5.00")
    _look(page, "regrade")
    ada.reload()
    shows(ada, "40.00 / 50")
    page.get_by_role("button", name="Make it live").click()
    page.get_by_text("students see the new scores").wait_for()
    ada.reload()
    shows(ada, "45.00 / 50")

    page.goto(f"/assignments/{number}/class")
    _look(page, "class")
    page.goto(f"/courses/{site.room.course.id}/gradebook")
    _look(page, "gradebook")
    assert _exported(page, number) == {"ada@example.org": "45.0", "bob@example.org": "50.0"}


def _exported(page, number):
    """Return the scores of the exported table, by address."""
    page.goto(f"/assignments/{number}/export")
    _look(page, "export")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the grades").click()
    table = Path(download.value.path()).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table, newline="")))
    return {each["e-mail"]: each["score"] for each in rows if each["score"]}
