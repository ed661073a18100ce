"""The pages of regrades, as staff finds them: start, progress, changes, decisions."""

import csv
import io
import re

import pytest

from grader.arithmetic.regrade_diff import Way
from grader.database.tables import AssignmentRow, Grading, GradingKind, RegradeState, SubmissionRow, User
from grader.model import Verdict
from grader.services.act import Act
from grader.services.courses import courses, suites
from grader.services.grading import gradings
from grader.services.judgement import marking
from grader.web.regrades.regrades import STATES, endings
from tests.classroom import NOW, suite
from tests.web.doubles import RIGHT, WRONG, claim, record

OTHER = suite(test_more_py=b"def test(): pass\n")


class Staffroom:
    """A world whose hand-ins were graded, its instructor's browser, and another version of the tests."""

    def __init__(self, world):
        self.world = world
        self.client = world.browser("instructor")
        self.list = f"/assignments/{world.room.assignment.id}/regrades"
        for name, cases in (("ada", WRONG), ("bob", RIGHT), ("eve", RIGHT)):
            world.submission(world.browser(name))
            world.grade(cases)
        with world.database.transaction() as session:
            assignment = session.get(AssignmentRow, world.room.assignment.id)
            courses.publish_suite(Act(session, None, NOW), assignment, OTHER, live=False, note="<b>new")
        world.dispatcher.sent.clear()

    def start(self, **form):
        """Start a regrade; returns the address of its page."""
        answer = self.client.post(self.list, data={"suite": OTHER.digest, "which": "all"} | form)
        assert answer.status_code == 303, answer.text
        return answer.location

    def grade(self, *cases):
        """Grade what was sent, in its order, with these cases each."""
        for number, each in zip(self.world.dispatcher.sent, cases, strict=True):
            record(
                self.world.database, claim(self.world.database, number, self.world.now), each, self.world.now
            )

    def text(self, address):
        answer = self.client.get(address)
        assert answer.status_code == 200
        return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())

    def step(self, page, name, **form):
        return self.client.post(page, data={"step": name} | form, follow_redirects=True)

    def basis(self, page):
        return re.search(r'name="basis" value="([^"]+)"', self.client.get(page).text)[1]


@pytest.fixture
def room(world):
    return Staffroom(world)


def test_list_is_empty_first_and_offers_the_versions(room):
    said = room.text(room.list)
    assert "No regrades yet" in said
    assert f"{OTHER.digest[:6]}" in said
    assert "&lt;b&gt;new" in said
    assert "Regrade" in room.text(f"/assignments/{room.world.room.assignment.id}")
    page = room.start()
    assert "Regrade 1" in room.text(room.list)
    assert "running" in room.text(room.list)
    assert "grading continues" in room.text(page)


def test_progress_then_changes_then_live(room):
    page = room.start()
    assert len(room.world.dispatcher.sent) == 3  # at once, not by the next sweep
    said = room.client.get(page).text
    assert f'hx-get="{page}/progress"' in said
    assert "0 of 3 submissions graded" in said
    assert "Whose score changes" not in said
    room.grade(RIGHT, WRONG, RIGHT)
    part = room.client.get(f"{page}/progress", headers={"HX-Request": "true"}).text
    assert "hx-get" not in part
    assert "Regrade 1: awaits a decision." in part
    said = room.text(page)
    assert "▲ up 1 +10.00" in said
    assert "▼ down 1 −10.00" in said
    assert "MLP.backward , dJdW1 ( incorrect → correct )".replace(" ", "") in said.replace(" ", "")
    answer = room.step(page, "live", basis=room.basis(page))
    assert "students see the new scores" in answer.text
    assert "What changed" in answer.text
    assert "▲ up" in answer.text
    with room.world.database.reading() as session:
        live = session.query(Grading).filter_by(live=True).order_by(Grading.submission_id)
        assert [(each.kind, each.score) for each in live] == [
            (GradingKind.REGRADE, 30.0), (GradingKind.REGRADE, 20.0), (GradingKind.REGRADE, 30.0),
        ]  # fmt: skip
        assignment = session.get(AssignmentRow, room.world.room.assignment.id)
        assert suites.live_suite(session, assignment).digest == OTHER.digest


def test_table_is_confined_to_what_is_asked_for(room):
    page = room.start()
    room.grade(RIGHT, WRONG, RIGHT)
    rows = {
        show: [name for name in ("Ada", "Bob", "Eve") if f'<th scope="row">{name}' in room.client.get(
            f"{page}?show={show}").text]
        for show in ("changed", "up", "down", "everybody", "by_hand", "nonsense")
    }  # fmt: skip
    assert rows == {
        "changed": ["Ada", "Bob"],
        "up": ["Ada"],
        "down": ["Bob"],
        "everybody": ["Ada", "Bob", "Eve"],
        "by_hand": [],
        "nonsense": ["Ada", "Bob"],
    }


def test_table_is_in_the_order_that_is_asked_for(room):
    page = room.start()
    room.grade(RIGHT, WRONG, RIGHT)
    found = {}
    for order in ("student", "newest", "score", "nonsense"):
        text = room.client.get(f"{page}?show=everybody&order={order}").text
        found[order] = re.findall(r'<th scope="row">(Ada|Bob|Eve)', text)
    assert found == {
        "student": ["Ada", "Bob", "Eve"],
        "newest": ["Eve", "Bob", "Ada"],
        "score": ["Bob", "Ada", "Eve"],
        "nonsense": ["Ada", "Bob", "Eve"],
    }


def test_pause_continue_cancel(room):
    page = room.start()
    assert "The regrade is paused" in room.step(page, "pause").text
    said = room.client.get(page).text
    assert "Paused: 0 of 3" in said
    assert "hx-get" not in said
    assert "The regrade continues" in room.step(page, "continue").text
    assert "The regrade was cancelled" in room.step(page, "cancel").text
    assert "Cancelled: 0 of 3" in room.text(page)
    answer = room.step(page, "continue")
    assert answer.status_code == 409
    assert "was cancelled" in answer.text


def test_drop_changes_nothing(room):
    page = room.start()
    room.grade(WRONG, WRONG, WRONG)
    assert "No score has changed" in room.step(page, "drop").text
    with room.world.database.reading() as session:
        assert {each.kind for each in session.query(Grading).filter_by(live=True)} == {GradingKind.SUBMISSION}


def test_page_that_is_out_of_date_makes_nothing_live(room):
    page = room.start()
    room.grade(WRONG, WRONG, WRONG)
    seen = room.basis(page)
    with room.world.database.transaction() as session:
        assignment = session.get(AssignmentRow, room.world.room.assignment.id)
        newest = suite(test_more_py=b"# newest\n")
        courses.publish_suite(Act(session, None, NOW), assignment, newest)
    answer = room.step(page, "live", basis=seen)
    assert answer.status_code == 409
    assert "Look at the changes again" in answer.text
    assert room.step(page, "live", basis=room.basis(page)).status_code == 200


def test_same_regrade_twice_and_nobody_chosen_are_told(room):
    room.start()
    answer = room.client.post(room.list, data={"suite": OTHER.digest})
    assert answer.status_code == 409
    assert "is still running" in answer.text
    answer = room.client.post(room.list, data={"suite": OTHER.digest, "only": "timeout"})
    assert answer.status_code == 400
    assert "o submissions match" in answer.text
    answer = room.client.post(room.list, data={"suite": "123456"})
    assert answer.status_code == 404


def test_choice_stands_on_the_page(room):
    page = room.start(which="latest", only="failed", students="ada@example.org, bob@example.org")
    said = room.text(page)
    assert "the latest of each student or team, submitted by ada@example.org, bob@example.org" in said
    assert len(room.world.dispatcher.sent) == 1


def test_what_a_person_set_is_marked_and_stays(room):
    with room.world.database.transaction() as session:
        handed = session.query(SubmissionRow).order_by(SubmissionRow.id).first()
        marking.override(Act(session, None, NOW), handed, 12.5, "as agreed")
    page = room.start()
    room.grade(RIGHT, RIGHT, RIGHT)
    said = room.text(f"{page}?show=by_hand")
    assert "One submission has a total or points set by hand" in said
    assert "by hand: 12.50" in said
    room.step(page, "live", basis=room.basis(page))
    assert "12.50 / 30" in room.world.browser("ada").get("/submissions/1").text.replace(
        ' <span class="of">', " "
    )


def test_table_to_download_has_everybody_and_runs_no_formula(room):
    with room.world.database.transaction() as session:
        session.get(User, room.world.room.ada.id).name = "=cmd()"
    page = room.start()
    room.grade(RIGHT, WRONG, RIGHT)
    answer = room.client.get(f"{page}/changes.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="nets-regrade-1.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 3
    assert {each["student"] for each in rows} == {"'=cmd()", "Bob", "Eve"}
    assert {each["change"] for each in rows} == {Way.UP, Way.DOWN, Way.SAME}


def test_students_see_nothing_of_it_before_it_is_live(room):
    page = room.start()
    room.grade(WRONG, WRONG, WRONG)
    said = room.world.browser("bob").get("/submissions/2").text
    assert "30.00" in said
    room.step(page, "live", basis=room.basis(page))
    said = room.world.browser("bob").get("/submissions/2").text
    assert "30.00" not in said


def test_what_we_could_not_grade_is_told_with_its_student(room):
    page = room.start()
    number = room.world.dispatcher.sent[0]
    with room.world.database.transaction() as session:
        session.get(Grading, number).allowed = 1
    claimed = claim(room.world.database, number, room.world.now)
    with room.world.database.transaction() as session:
        gradings.give_up(session, number, claimed.attempt, "no card", now=NOW)
    del room.world.dispatcher.sent[0]
    room.grade(RIGHT, RIGHT)
    said = room.text(f"{page}?show=lost")
    assert "not graded, our fault 1" in said
    assert "Submissions that could not be graded keep their scores" in said
    assert "Ada" in said
    assert "in the queue again" in room.step(page, "retry").text
    assert "2 of 3 submissions graded" in room.text(page)
    assert room.step(page, "retry").status_code == 409


def test_hand_ins_since_are_told(room):
    page = room.start()
    room.grade(RIGHT, RIGHT, RIGHT)
    room.world.now = NOW.replace(hour=13)
    room.world.submission(room.world.browser("eve"))
    assert "Submitted since the regrade started, and not part of it: 1" in room.text(page)


def test_states_have_words():
    assert set(STATES) == set(RegradeState)
    assert {each.value for each in Verdict} < set(endings())
