"""An instructor's desk in a browser that runs no script, for tests of the pages of tests."""

import io
import re
from datetime import timedelta
from html import unescape

from grader.database.store import drafts as store
from grader.database.tables import AssignmentRow
from grader.services.act import Act
from grader.services.grading import gradings
from grader.services.tests import drafts, trial_queue
from tests.web.doubles import RIGHT, claim, record


class Studio:
    """The pages of the course's assignment, as somebody of its staff uses them."""

    def __init__(self, world, name="instructor"):
        self.world = world
        self.client = world.browser(name)
        self.number = world.room.assignment.id
        self.there = f"/assignments/{self.number}/tests"

    def get(self, path="", status=200, **query):
        answer = self.client.get(self._address(path), query_string=query)
        assert answer.status_code == status, answer.text
        return answer

    def text(self, path="", **query):
        """Return what a page says, without its markup."""
        return plain(self.get(path, **query).text)

    def post(self, path, **form):
        """Send a form; follow where it leads."""
        return self.client.post(self._address(path), data=form, follow_redirects=True)

    def _address(self, path):
        """Return an address; a short one is of a page of the tests."""
        return path if path.startswith(("/assignments", "/trials")) else self.there + path

    def field(self, name, page=None):
        """Return the value of a hidden field of a page, that of the tests if no other is given."""
        text = page if page is not None else self.get().text
        return unescape(re.search(rf'name="{name}" value="([^"]*)"', text)[1])

    def open(self, name):
        """Return the text of a file as the editor has it, and the digest that goes with it."""
        page = self.get(file=name).text
        text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1]
        return unescape(text), self.field("seen", page)

    def save(self, name, text, seen=None, **more):
        """Save a file's text as a browser sends it, made from what it is now if `seen` says nothing else."""
        if seen is None:
            seen = self.digests().get(name, "")
        return self.post("/file", name=name, text=text.replace("\n", "\r\n"), seen=seen, **more)

    def upload(self, files, **more):
        form = {"revision": self.field("revision"), **more}
        form["files"] = [(io.BytesIO(content), name) for name, content in files.items()]
        return self.post("/upload", **form)

    def put(self, files):
        """Put files into the draft, folders and all."""
        with self.world.database.transaction() as session:
            draft = drafts.begin(Act(session, None, self.world.now), session.get(AssignmentRow, self.number))
            seen = drafts.digests(session, draft)
            drafts.save(Act(session, None, self.world.now), draft, files, seen)

    def digests(self):
        with self.world.database.reading() as session:
            draft = drafts.of(session, session.get(AssignmentRow, self.number))
            if draft is not None:
                return drafts.digests(session, draft)
            return store.digests_of_suite(session, session.get(AssignmentRow, self.number).live_suite_id)

    def files(self):
        """Return what the draft has."""
        with self.world.database.reading() as session:
            return drafts.contents(session, drafts.of(session, session.get(AssignmentRow, self.number)))

    def start(self, kind, **form):
        """Start a trial; returns its page's address."""
        answer = self.client.post(f"/assignments/{self.number}/trials", data={"kind": kind, **form})
        assert "/trials/" in answer.location, plain(self.get(answer.location).text)
        return answer.location

    def grade(self, answer=lambda claimed: RIGHT, **more):
        """Grade what was sent, in its order; ``answer``: claim → cases."""
        sent, self.world.dispatcher.sent[:] = self.world.dispatcher.sent[:], []
        for number in sent:
            claimed = claim(self.world.database, number, self.world.now)
            record(self.world.database, claimed, answer(claimed), self.world.now, **more)

    def give_up(self, why):
        """Fail what was sent by our fault, as often as it is tried."""
        sent, self.world.dispatcher.sent[:] = self.world.dispatcher.sent[:], []
        for _ in range(trial_queue.TRIES):
            for number in sent:
                claimed = claim(self.world.database, number, self.world.now)
                with self.world.database.transaction() as session:
                    gradings.give_up(session, number, claimed.attempt, why, now=self.world.now)
            self.world.now += timedelta(hours=1)

    def verify(self, answer):
        """Verify the draft, and let it be graded so; returns the trial's address."""
        there = self.start("verify")
        self.grade(answer)
        return there

    def live(self):
        with self.world.database.reading() as session:
            return session.get(AssignmentRow, self.number).live_suite_id


def plain(page):
    """Return the words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())
