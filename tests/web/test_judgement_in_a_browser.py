"""Judging in a real browser: a PDF in the page, comments at lines, keyboard, axe, widths."""

import re

import pytest
from playwright.sync_api import expect

from grader.arithmetic.deadlines import Dates
from grader.database.tables import AssignmentRow
from grader.services.courses.courses import Rules
from tests.classroom import NOW
from tests.web.browsing import Windows, axe, serving
from tests.web.test_in_a_browser import _tab_to
from tests.web.test_judgement import Office
from tests.web.test_screenshots import _shoot

MLP = b'''import torch


class MLP:
    """A net of two layers."""

    def forward(self, x):
        self.z1 = x @ self.W1.T + self.b1
        return self.f(self.z1) @ self.W2.T + self.b2

    def backward(self, dJdy_hat):
        self.grads["dJdW2"] = dJdy_hat.T @ self.f(self.z1)
'''


FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
# Chromium's own viewer of PDFs is made of such pages.
VIEWER = ("chrome-extension://", "chrome://resources/")


def _pdf(words):
    """Return a PDF of one page that says something."""
    stream = f"BT /F1 18 Tf 50 740 Td ({words}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % FONT,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % each for each in places)
    return (
        made
        + b"xref\n0 5\n0000000000 65535 f \n%strailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (
            table,
            len(made),
        )
    )


FILES = {"mlp.py": MLP, "theory.pdf": _pdf("dJ/dW2 = delta a1")}


@pytest.fixture
def office(make_world, chromium):
    """Ada's hand-in with a PDF, whose theory is not graded yet; items to pick, a comment, a request."""
    world = make_world(Rules(dates=Dates(due_at=NOW)))
    made = Office(world, files=FILES)
    for points, text in (("-2", "A sign is wrong."), ("-1.5", "Dimensions are not checked.")):
        made.post(step="item", part="theory", points=points, text=text)
    made.post(
        step="comment", file="mlp.py", line="8", text="Why is this transposed?\nSee section 2 of the sheet."
    )
    made.post("ada", f"{made.page}/requests", text="My forward pass is right: it agrees with the sheet.")
    with world.database.transaction() as session:
        session.get(AssignmentRow, world.room.assignment.id).title = "Backpropagation by hand"
    world.app.config["WTF_CSRF_ENABLED"] = True
    with serving(world.app) as address:
        made.windows = Windows(chromium, address)
        yield made
        made.windows.close()
    assert made.windows.complaints == []
    assert [each for each in made.windows.strangers if not each.startswith(VIEWER)] == []


def test_assistant_reads_the_pdf_picks_an_item_and_the_student_reads_why(office):
    page = office.windows.open("ta")
    with page.expect_response(re.compile("/pdf/theory.pdf")) as given:
        page.goto(office.judge)
        page.locator("iframe.pdf").scroll_into_view_if_needed()
    assert given.value.ok
    page.get_by_label("A sign is wrong.").check()
    page.get_by_label("Reason, shown to the student").first.fill("Otherwise fine.")
    page.get_by_role("button", name="Save points").click()
    page.wait_for_url("**/judge#parts")
    expect(page.locator(".part")).to_contain_text("8.00 / 10")
    page.get_by_role("link", name="Comment on line 12").click()
    page.get_by_label("Comment", exact=True).fill("Divide by n.")
    page.get_by_role("button", name="Comment", exact=True).click()
    page.wait_for_url("**/judge#files")
    student = office.windows.open("ada")
    student.goto(office.page)
    expect(student.locator(".total")).to_have_text(re.compile(r"^\s*38\.00"))
    expect(student.locator("#judged + .functions")).to_contain_text("Otherwise fine.")
    expect(student.locator(".code li.remarked").last).to_contain_text("Divide by n.")


def test_keyboard_alone_is_enough_to_ask_and_to_answer(office):
    office.world.app.config["WTF_CSRF_ENABLED"] = False
    there = re.search(r'action="(/requests/\d+)"', office.requests())[1]
    office.post("ta", there, answer="No.", decision="decline")
    office.world.app.config["WTF_CSRF_ENABLED"] = True
    page = office.windows.open("ada")
    page.goto(office.page)
    _tab_to(page, "Request a regrade")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("And the second line?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#requests")
    expect(page.locator("article.card").last).to_contain_text("And the second line?")


def test_axe_finds_nothing_and_pages_fit(office):
    page = office.windows.open("instructor")
    there = f"/assignments/{office.world.room.assignment.id}"
    wide = []
    for name, path in (
        ("staff-judge", office.judge),
        ("staff-extensions", f"{there}/extensions"),
        ("staff-requests", f"{there}/requests"),
        ("student-judged", office.page),
    ):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path, wait_until="networkidle")  # the viewer of PDFs takes a while
            assert axe(page) == [], (path, width)
            wide += [] if _shoot(page, name, width) else [(name, width)]
    assert wide == []
