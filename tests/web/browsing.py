"""A real browser on a real server, with an assignment that ships and the real engine behind it."""

import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from waitress import create_server

from grader.assignment import assignment_folder
from grader.database.tables import Course, GradingKind, User
from grader.model import Submission
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from tests.classroom import NOW
from tests.web.doubles import PASSWORD

CHROMIUM = "/usr/bin/chromium"
SHIPPED = assignment_folder.shipped_folder() / "nyu-hw1"
AXE = (Path(__file__).parent / "vendored/axe-4.14.1.min.js").read_text()
QUIET = [
    "--no-sandbox",  # tests also run as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--font-render-hinting=none",
]
AT_ONCE = 4
# A page gets where it should; when depends on the machine.
MOST_MILLISECONDS = 300_000
expect.set_options(timeout=MOST_MILLISECONDS)


class Grading:
    """Grades in threads of this process with a real grader.

    Nothing is begun until ``held`` is set. Each has told half of its cases until ``halved`` is set.
    """

    def __init__(self, database, grader):
        self.database = database
        self.grader = grader
        self.held, self.halved = threading.Event(), threading.Event()
        self.held.set()
        self.halved.set()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._sent = []

    def send(self, grading_id):
        self._sent.append(self._pool.submit(self._grade, grading_id))

    def _grade(self, grading_id):
        self.held.wait()
        with self.database.transaction() as session:
            claim = gradings.claim(session, grading_id, "w", now=NOW)
        if claim is None:  # somebody stopped it meanwhile
            return
        report = self.grader.grade(
            Submission(claim.submission.files),
            claim.suite,
            seed=claim.seed,
            device=claim.device,
            measure=claim.kind is GradingKind.DRAFT,
            only=claim.only,
        )
        if not self.halved.is_set():
            self._tell(grading_id, claim.attempt, report.cases[: len(report.cases) // 2])
            self.halved.wait()
        with self.database.transaction() as session:
            gradings.record(session, grading_id, claim.attempt, report, now=NOW)

    def _tell(self, grading_id, attempt, cases):
        for each in cases:
            with self.database.transaction() as session:
                gradings.note_case(session, grading_id, attempt, each)

    def wait(self):
        """Wait until everything that was sent is graded."""
        self.held.set()
        self.halved.set()
        for each in self._sent:
            each.result()

    def close(self):
        """Wait for what is being graded, and end the threads."""
        self.held.set()
        self.halved.set()
        self._pool.shutdown()


@contextlib.contextmanager
def serving(app):
    """Give the address of the application on a server of its own."""
    sockets = {}
    server = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        # In its own thread, which would else wait for descriptors that are gone.
        server.trigger.pull_trigger(lambda: [each.close() for each in list(sockets.values())])
        thread.join(180)
        server.task_dispatcher.shutdown()
        assert not thread.is_alive()


def add_shipped(world, rules):
    """Add the shipped assignment to the course; return its number."""
    suite = assignment_folder.load(SHIPPED)
    everything = assignment_folder.read_all(SHIPPED)
    extras = {name: each for name, each in everything.items() if name not in suite.files}
    with world.database.transaction() as session:
        course = session.get(Course, world.room.course.id)
        actor = session.get(User, world.room.instructor.id)
        return courses.add_assignment(Act(session, actor, NOW), course, suite, rules, extras=extras).id


@pytest.fixture(scope="session")
def chromium():
    """Debian's browser, without its background conversations."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: run `make setup`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Windows:
    """Browser windows of people; what they complain about and whom else they ask is noted."""

    def __init__(self, chromium, address):
        self.chromium = chromium
        self.address = address
        self.complaints = []
        self.strangers = []
        self._contexts = []

    def open(self, name=None, **options):
        """Return a window, signed in by typing as that person."""
        context = self.chromium.new_context(base_url=self.address, locale="en-GB", **options)
        self._contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(MOST_MILLISECONDS)
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._ask)
        if name:
            page.goto("/sign-in")
            page.get_by_label("E-mail address").fill(f"{name}@example.org")
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/")
        return page

    def _note(self, message):
        # That a page answers 403, 404 or 422 is what some tests ask for.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _ask(self, request):
        if not request.url.startswith((self.address, "data:")):
            self.strangers.append(request.url)

    def close(self):
        """Close all windows."""
        for each in self._contexts:
            each.close()


def axe(page):
    """Return what axe finds wrong with a page, one line each; in the dark only colours are another matter."""
    page.evaluate(AXE)
    found = []
    for scheme, only in (("dark", ", runOnly: ['color-contrast']"), ("light", "")):
        page.emulate_media(color_scheme=scheme)
        asked = f"axe.run(document, {{resultTypes: ['violations']{only}}})"
        found += [
            f"{scheme}: {each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in page.evaluate(asked)["violations"]
            for node in each["nodes"]
        ]
    return found


def total(page):
    """Return the large figures of a result, as soon as there are some."""
    return re.sub(r"\s+", " ", page.locator(".total:not(.waiting)").inner_text()).strip()


def shows(page, figures):
    """Wait until the large figures of a result are these."""
    expect(page.locator(".total")).to_have_text(figures, use_inner_text=True)
