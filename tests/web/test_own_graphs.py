"""The graphs of a student's own on the page of a result: drawn, in words, and only as far as seen."""

import pytest
from playwright.sync_api import expect

from grader.feedback.own_graph import CODE
from grader.model import Fact
from grader.services.courses.courses import Rules
from tests.feedback.test_student_graph import GRAPH
from tests.web.browsing import Windows, add_shipped, axe, serving
from tests.web.doubles import case


@pytest.fixture
def graded(make_world):
    """A course with a result in which a test has read a graph."""
    world = make_world(Rules())
    world.shipped = add_shipped(world, Rules())
    world.number = world.submission(world.browser("ada"), assignment=world.shipped)
    world.grade([case("mse_loss", "value"), case("mse_loss", "your graph", fact=Fact(CODE, GRAPH))])
    return world


def page(world):
    return world.browser("ada").get(f"/submissions/{world.number}").text


def test_graph_is_drawn_and_told_in_words(graded):
    text = page(graded)
    section = text.split('id="own-graphs"')[1].split("</section>")[0]
    assert "Your graph of A" in section
    assert section.count('class="step wrong"') == 2
    assert "<li>e = b·c: −28, correct; gradient −1, incorrect</li>" in section
    assert not [each for each in ("style=", "<script", "href", "url(") if each in section]


def test_result_without_one_has_no_such_section(graded):
    graded.number = graded.submission(graded.browser("ada"), assignment=graded.shipped)
    graded.grade([case("mse_loss", "value")])
    assert "own-graphs" not in page(graded)


@pytest.mark.parametrize("width", [390, 1280])
def test_graph_fits_the_screen_and_everybody_can_read_it(graded, chromium, width):
    with serving(graded.app) as address:
        windows = Windows(chromium, address)
        window = windows.open("ada", viewport={"width": width, "height": 900})
        window.goto(f"/submissions/{graded.number}")
        expect(window.get_by_role("img", name="Your graph of A")).to_be_visible()
        assert window.evaluate("document.scrollingElement.scrollWidth") <= width
        for step in window.locator("section:has(#own-graphs) .step").all():
            outline = step.locator("> path").bounding_box()
            for text in step.locator("> text").all():
                box = text.bounding_box()
                assert outline["x"] <= box["x"]
                assert box["x"] + box["width"] <= outline["x"] + outline["width"]
        assert axe(window) == []
        windows.close()
        assert windows.complaints == []
