"""Regrades over the API, and ``chainrule regrade --server`` against a real server."""

import threading

import pytest

from grader.cli.main import run
from grader.database.tables import AssignmentRow, Grading, Regrade
from grader.model import Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.regrades import regrades
from tests.api.conftest import Program, token_of
from tests.api.test_submit import GradesAtOnce, Served
from tests.classroom import NOW, suite
from tests.grader.doubles import case, report, services

OTHER = suite(test_more_py=b"def test(): pass\n")
RIGHT = report(case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1"))
WRONG = report(case("MLP.forward", "y_hat"), case("MLP.backward", "dJdW1", Verdict.FAILED))


class GradesAside(GradesAtOnce):
    """A dispatcher whose worker takes regrades once they are let go."""

    def __init__(self, world, decide):
        super().__init__(world, decide)
        self.held = []
        self.hold = False

    def send(self, grading_id):
        self.held.append(grading_id) if self.hold else super().send(grading_id)

    def let_go(self):
        """Grade all that was held, in another thread; returns it."""
        thread = threading.Thread(target=lambda: [GradesAtOnce.send(self, each) for each in self.held])
        thread.start()
        return thread


@pytest.fixture
def course(database, tmp_path, monkeypatch):
    """A server with two graded hand-ins, and another version of its tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAINRULE_TOKEN", raising=False)
    world = Served(database, tmp_path)
    world.answer = RIGHT
    world.serve(lambda source: world.answer)
    world.aside = GradesAside(world, lambda source: world.answer)
    object.__setattr__(world.app.extensions["chainrule"], "dispatcher", world.aside)
    for name in ("ada", "bob"):
        world.submission(world.browser(name))
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        courses.publish_suite(Act(session, None, NOW), assignment, OTHER, live=False)
    world.answer = WRONG
    yield world
    world.stop()


@pytest.fixture
def staff(course):
    """A program of the instructor's."""
    return Program(course, "instructor")


def chainrule(world, *arguments, who="instructor"):
    given = ["--server", world.url, "--token", token_of(world, who)]
    return run(["regrade", "nets", "--suite", OTHER.digest[:8], *arguments, *given], services)


def test_server_regrades_and_the_changes_are_shown_here(course, capsys):
    assert chainrule(course, "--csv", "changes.csv") == 0
    out = capsys.readouterr().out
    assert "2 submissions (all)" in out
    assert "0 up (+0.00), 2 down (−40.00), 0 the same" in out
    assert "no score has changed" in out
    assert chainrule(course, "--apply") == 0
    assert "is live" in capsys.readouterr().out
    with course.database.reading() as session:
        assert session.query(Grading).count() == 4
        assert {each.score for each in session.query(Grading).filter_by(live=True)} == {10.0}


def test_dry_run_starts_nothing(course, capsys):
    assert chainrule(course, "--dry-run", "--students", "ada@example.org") == 0
    assert "1 submission (all, of ada@example.org)" in capsys.readouterr().out
    with course.database.reading() as session:
        assert session.query(Regrade).count() == 0


def test_assistant_may_regrade_but_not_decide_and_students_may_nothing(course, capsys):
    assert chainrule(course, "--apply", who="ta") == 2
    assert "only the course's staff" in capsys.readouterr().err
    assert chainrule(course, who="ada") == 2
    with course.database.reading() as session:
        assert session.get(Regrade, 1).state == "running"  # as the row says: it awaits a decision


def test_unknown_tests_are_named_by_the_server(course, capsys):
    assert chainrule(course, "--suite", "123456789") == 2
    assert "has no such version" in capsys.readouterr().err


def test_waits_for_the_servers_workers(course, capsys):
    course.aside.hold = True
    program = threading.Thread(target=lambda: results.append(chainrule(course)))
    results = []
    program.start()
    while not course.aside.held:
        program.join(0.05)
    course.aside.let_go().join()
    program.join()
    assert results == [0]
    assert "2 down" in capsys.readouterr().out


def test_regrade_stopped_by_somebody_is_told(course, capsys):
    course.aside.hold = True
    results = []
    program = threading.Thread(target=lambda: results.append(chainrule(course)))
    program.start()
    while not course.aside.held:
        program.join(0.05)
    with course.database.transaction() as session:
        regrades.cancel(Act(session, None, NOW), session.get(Regrade, 1))
    program.join()
    assert results == [2]
    assert "regrade 1 is cancelled: 0 of 2" in capsys.readouterr().err


def test_steps_over_the_api(course, staff):
    course.aside.hold = True
    made = staff.post("/assignments/1/regrades", json={"which": "latest"})
    assert (made.status_code, made.json["state"], made.json["total"]) == (201, "running", 2)
    again = staff.post("/assignments/1/regrades", json={"which": "latest"})
    assert again.json["id"] == made.json["id"]
    path = f"/regrades/{made.json['id']}"
    assert staff.post(path, json={"step": "pause"}).json["state"] == "paused"
    assert staff.post(path, json={"step": "pause"}).json["error"]["code"] == "conflict"
    assert staff.post(path, json={"step": "continue"}).json["state"] == "running"
    assert staff.post(path, json={"step": "live"}).status_code == 409
    course.aside.let_go().join()
    changes = staff.get(f"{path}/changes").json
    assert (changes["numbers"]["down"], changes["points_down"]) == (2, -40.0)
    assert [each["after"] for each in changes["changes"]] == [10.0, 10.0]
    stale = staff.post(path, json={"step": "live", "basis": "0.0"})
    assert (stale.status_code, "Look at the changes again" in stale.json["error"]["cure"]) == (409, True)
    live = staff.post(path, json={"step": "live", "basis": changes["basis"]})
    assert live.json["state"] == "live"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"step": 3}', b"\xff"])
def test_body_of_another_form_is_refused(course, staff, body):
    staff.post("/assignments/1/regrades", json={})
    answer = staff.post("/regrades/1", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "usage_error")
    answer = staff.post("/regrades/1", json={"step": "explode"})
    assert "pause" in answer.json["error"]["cure"]
