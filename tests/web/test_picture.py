"""The computation graph on a result's page: marked, in words, and fit for each screen and reader."""

import re

import pytest
from playwright.sync_api import expect

from grader.assignment import assignment_folder
from grader.database.tables import AssignmentRow, User
from grader.model import Diagnosis, DiagnosisKind, Fact, Status, Sure, Term, Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from tests.classroom import NOW
from tests.web import shots
from tests.web.browsing import SHIPPED, Windows, add_shipped, axe, serving
from tests.web.doubles import case

GRADIENTS = ("dJdW1", "dJdb1", "dJdW2", "dJdb2")
WRONG = ("dJdW1", "dJdb1")
TITLE = "The two-layer net and its two losses"
MISTAKE = Diagnosis(
    DiagnosisKind.FAULT,
    "slope_of_identity",
    "MLP.backward",
    tuple(f"MLP.backward/t/{name}" for name in WRONG),
    Sure.CERTAIN,
    places=(Term("", "f′"),),
    nodes=("f.backward",),
)


def cases(wrong=WRONG, **more):
    """Return a case of each kind that the shipped assignment has; `more` goes to those of backward."""
    yield case("MLP.forward", "y_hat")
    for name in GRADIENTS:
        yield case("MLP.backward", name, Verdict.FAILED if name in wrong else Verdict.PASSED, **more)
    for function in ("mse_loss", "bce_loss"):
        yield from (case(function, name) for name in ("value", "gradient"))


@pytest.fixture
def shipped(make_world):
    """A course with the shipped assignment, and a result with one mistake in it."""
    world = make_world(Rules())
    world.shipped = add_shipped(world, Rules())
    world.number = world.submission(world.browser("ada"), assignment=world.shipped)
    return world


def publish(world, change=dict, drawings=()):
    """Publish the shipped assignment with its files changed, its drawings even unchecked."""
    everything = change(assignment_folder.read_all(SHIPPED))
    suite = assignment_folder.from_files(everything, slug="nyu-hw1", where="nyu-hw1")
    extras = {name: each for name, each in everything.items() if name not in suite.files} | dict(drawings)
    with world.database.transaction() as session:
        assignment, actor = (
            session.get(AssignmentRow, world.shipped),
            session.get(User, world.room.instructor.id),
        )
        courses.publish_suite(Act(session, actor, NOW), assignment, suite, extras=extras)
    world.number = world.submission(world.browser("ada"), assignment=world.shipped)


def page(world, who="ada"):
    return world.browser(who).get(f"/submissions/{world.number}").text


def test_mistake_is_marked_in_both_pictures_and_told_in_words(shipped):
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    text = page(shipped)
    assert text.count('<g class="step backward wrong" data-key="f.backward">') == 2
    assert text.count('<g class="step backward follows" data-key="linear1.backward">') == 2
    assert text.count('<g class="step forward right"') == 2 * 6
    assert "f′ backward: derivative left out." in text
    assert "<li>Linear 1 backward: follows from it</li>" in text
    assert "the tests put in their own numbers here" in text


def test_picture_and_card_lead_to_each_other(shipped):
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    text = page(shipped)
    (card,) = re.findall(r'<article class="card mend" id="(.+?)">.*?</article>', text, re.DOTALL)
    assert f'<a href="#{card}">f′ backward: derivative left out.</a>' in text
    assert '<a href="#graph">' in text.split(f'id="{card}"')[1].split("</article>")[0]
    assert 'id="graph"' in text


def test_pictures_keep_to_the_content_security_policy(shipped):
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    section = page(shipped).split('<figure class="graph">')[1].split("<figcaption>")[0]
    assert "<svg" in section
    assert not [each for each in ("style=", "<script", "<style", "href", "url(") if each in section]


def test_assignment_without_a_graph_has_no_picture(shipped):
    publish(
        shipped, lambda found: {name: each for name, each in found.items() if not name.startswith("graph")}
    )
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    assert "<figure" not in page(shipped)


@pytest.mark.parametrize(
    "report",
    [{"load": Fact("syntax_error", {"line": 1})}, {"status": Status.INTERNAL_ERROR, "why": "lost"}],
    ids=["file not loaded", "our fault"],
)
def test_nothing_is_drawn_where_no_case_ran(shipped, report):
    shipped.grade(() if "status" in report else cases(), **report)
    assert "<figure" not in page(shipped)
    assert "<figure" not in page(shipped, "instructor")


def test_broken_picture_costs_the_page_nothing_else(shipped, caplog):
    publish(shipped, drawings={"graph.svg": b"<svg onload='alert(1)'/>"})
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    text = page(shipped)
    assert "<figure" not in text
    assert "onload" not in text
    assert "All test cases" in text
    assert "no picture of grading" in caplog.text


@pytest.mark.parametrize("hidden", ["name", "verdict"])
def test_hidden_cases_show_through_no_colour(shipped, hidden):
    rule = f'{hidden} = "after_publish"'.encode()
    publish(
        shipped,
        lambda found: (
            found
            | {"assignment.toml": found["assignment.toml"].replace(f'{hidden} = "always"'.encode(), rule)}
        ),
    )
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    text = page(shipped)
    assert "derivative left out" not in text.split("<figure")[1].split("</figure>")[0]
    assert text.count('<g class="step backward hidden"') == 2 * 6
    assert not [
        each for each in (" right", " wrong", " follows", " doubt") if f'ward{each}" data-key' in text
    ]
    assert "derivative left out" in page(shipped, "ta")


@pytest.fixture
def windows(shipped, chromium):
    """Browser windows on that course."""
    shipped.grade(cases(), diagnoses=(MISTAKE,))
    with serving(shipped.app) as address:
        given = Windows(chromium, address)
        yield given
        given.close()
    assert given.complaints == []
    assert given.strangers == []


def boxes(window, selector):
    return [each.bounding_box() for each in window.locator(selector).all()]


@pytest.mark.parametrize(("width", "shown", "other"), [(390, "narrow", "wide"), (1280, "wide", "narrow")])
def test_each_screen_has_its_picture(shipped, windows, width, shown, other):
    window = windows.open("ada", viewport={"width": width, "height": 900})
    window.goto(f"/submissions/{shipped.number}")
    expect(window.get_by_role("img", name=TITLE)).to_have_count(1)
    expect(window.locator(f"svg.picture.{shown}")).to_be_visible()
    expect(window.locator(f"svg.picture.{other}")).to_be_hidden()
    assert window.evaluate("document.scrollingElement.scrollWidth") <= width
    (frame,) = boxes(window, f"svg.picture.{shown}")
    for box in boxes(window, f"svg.picture.{shown} .sign circle"):
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["y"]
    assert axe(window) == []
    path = shots.wanted("graph", width) if shown == "wide" else None
    if path:
        window.locator("section", has=window.locator("figure.graph")).screenshot(path=path)


def test_text_stays_within_its_step(shipped, windows):
    for width, shown in ((390, "narrow"), (1280, "wide")):
        window = windows.open("ada", viewport={"width": width, "height": 900})
        window.goto(f"/submissions/{shipped.number}")
        for step in window.locator(f"svg.picture.{shown} .step").all():
            outline = step.locator("> path").bounding_box()
            for text in step.locator("> text").all():
                box = text.bounding_box()
                assert outline["x"] <= box["x"]
                assert box["x"] + box["width"] <= outline["x"] + outline["width"]


def test_marks_differ_without_colour(shipped, windows):
    """By the outline's dashes and width, and by a sign."""
    window = windows.open("ada", viewport={"width": 1280, "height": 900})
    window.goto(f"/submissions/{shipped.number}")
    looks = set()
    for mark, key in (("right", "g.backward"), ("wrong", "f.backward"), ("follows", "linear1.backward")):
        step = window.locator(f'svg.picture.wide [data-key="{key}"].{mark}')
        style = step.locator("> path").evaluate(
            "e => [getComputedStyle(e).strokeWidth, getComputedStyle(e).strokeDasharray].join(' ')"
        )
        looks.add((style, step.locator(".sign text").inner_html()))
    assert len({style for style, _ in looks}) == len({sign for _, sign in looks}) == 3


def test_paper_gets_the_wide_picture(shipped, windows):
    window = windows.open("ada", viewport={"width": 390, "height": 900})
    window.goto(f"/submissions/{shipped.number}")
    window.emulate_media(media="print")
    expect(window.locator("svg.picture.wide")).to_be_visible()
    expect(window.locator("svg.picture.narrow")).to_be_hidden()
