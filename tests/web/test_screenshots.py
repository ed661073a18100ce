"""Every page at the width of a phone and of a desk: nothing sticks out sideways.

Pictures that the documentation shows are made anew on the way: see tests/web/shots.py.
"""

import pytest
from playwright.sync_api import expect

from grader.database.tables import AssignmentRow, Course, Grading, Role, User
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from grader.services.people import accounts
from tests.classroom import NOW
from tests.web import shots
from tests.web.browsing import Grading as Grader
from tests.web.browsing import Windows, add_shipped, serving
from tests.web.test_in_a_browser import RIGHT, RULES, WRONG

TALLEST = {390: 2200, 1280: 1700}


@pytest.fixture
def site(make_world, engine, chromium):
    """A course in the middle of its term."""
    world = make_world(Rules(), WTF_CSRF_ENABLED=True)
    world.shipped = add_shipped(world, RULES)
    with world.database.transaction() as session:
        room = world.room
        actor = session.get(User, room.instructor.id)
        for each, name in ((room.ada, "Ada Byron"), (room.bob, "Bob Babbage"), (room.eve, "Eve Somerville")):
            session.get(User, each.id).name = name
        session.get(Course, room.course.id).title = "Deep learning"
        session.get(AssignmentRow, room.assignment.id).title = "Warm-up: tensors by hand"
        people = [session.get(User, each.id) for each in (room.ada, room.bob)]
        assignment = session.get(AssignmentRow, world.shipped)
        courses.form_team(Act(session, actor, NOW), assignment, "Team Analytical", people)
        course = session.get(Course, room.course.id)
        world.invitation = accounts.invite(
            Act(session, actor, NOW), course, "mary@example.org", Role.STUDENT, name="Mary"
        )
    world.dispatcher = Grader(world.database, engine)
    object.__setattr__(world.app.extensions["chainrule"], "dispatcher", world.dispatcher)
    with serving(world.app) as address:
        world.windows = Windows(chromium, address)
        yield world
        world.dispatcher.wait()
        world.windows.close()
    assert world.windows.complaints == []


def _hand_in(site, who, path):
    site.app.config["WTF_CSRF_ENABLED"] = False
    number = site.submission(site.browser(who), files={"mlp.py": path.read_bytes()}, assignment=site.shipped)
    site.app.config["WTF_CSRF_ENABLED"] = True
    return number


def _half_way(site, number):
    """Let a grading run, and stop telling in the middle of its cases."""
    with site.database.transaction() as session:
        grading = session.query(Grading).filter_by(submission_id=number).one().id
        claimed = gradings.claim(session, grading, "w", now=NOW)
    report = site.dispatcher.grader.grade(
        claimed.submission, claimed.suite, seed=claimed.seed, device=claimed.device
    )
    for each in report.cases[: len(report.cases) // 2]:
        with site.database.transaction() as session:
            gradings.note_case(session, grading, claimed.attempt, each)


def _given_up(site, number):
    with site.database.transaction() as session:
        row = session.query(Grading).filter_by(submission_id=number).one()
        row.allowed = 1
        session.flush()
        claimed = gradings.claim(session, row.id, "w", now=NOW)
        gradings.give_up(session, row.id, claimed.attempt, "the sandbox was lost twice", now=NOW)


def _shoot(page, name, width):
    """Say whether the page fits, and keep its picture where that is asked for."""
    page.set_viewport_size({"width": width, "height": 844 if width < 500 else 900})
    inner = page.evaluate("document.scrollingElement.scrollWidth")
    path = shots.wanted(name, width)
    if path:
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST[width])
        page.screenshot(
            path=path,
            full_page=True,
            clip={"x": 0, "y": 0, "width": width, "height": height},
        )
    return inner <= width


WIDTHS = (390, 1280)


def test_pages_fit(site):
    number, course = site.shipped, site.room.course.id
    wrong = _hand_in(site, "ada", WRONG)
    right = _hand_in(site, "ada", RIGHT)
    site.dispatcher.wait()
    site.dispatcher.send = lambda grading: None
    running, waiting, lost = (_hand_in(site, "eve", WRONG) for _ in range(3))
    _half_way(site, running)
    _given_up(site, lost)
    pages = {
        "ada": {
            "assignments": "/",
            "assignment": f"/assignments/{number}",
            "result-wrong": f"/submissions/{wrong}",
            "result-right": f"/submissions/{right}",
            "team": f"/assignments/{number}/team",
            "account": "/account",
            "not-found": "/nowhere",
        },
        "eve": {
            "result-running": f"/submissions/{running}",
            "result-waiting": f"/submissions/{waiting}",
            "result-our-fault": f"/submissions/{lost}",
        },
        "instructor": {
            "staff-course": f"/courses/{course}",
            "staff-submissions": f"/courses/{course}/submissions",
            "staff-people": f"/courses/{course}/people",
            "staff-teams": f"/assignments/{number}/team",
            "staff-our-fault": f"/submissions/{lost}",
        },
        None: {"sign-in": "/sign-in", "invitation": f"/invitation/{site.invitation}"},
    }
    wide = []
    for who, addresses in pages.items():
        page = site.windows.open(who)
        for name, address in addresses.items():
            page.goto(address)
            wide += [(name, width) for width in WIDTHS if not _shoot(page, name, width)]
    page = site.windows.open("ada", color_scheme="dark")
    page.goto(f"/submissions/{wrong}")
    wide += [width for width in WIDTHS if not _shoot(page, "result-wrong-dark", width)]
    page.goto(f"/assignments/{number}")
    page.get_by_label("Drop mlp.py here").set_input_files(str(WRONG.parent.parent / "expected.toml"))
    expect(page.locator("[data-chosen]")).to_contain_text("mlp.py is missing")
    wide += [width for width in WIDTHS if not _shoot(page, "assignment-wrong-file-dark", width)]
    assert wide == []


def test_every_picture_is_shown_by_the_documentation_and_is_there():
    assert {each.name for each in shots.FOLDER.iterdir()} == shots.shown()
