"""What a program gets over the API: the same as a person on the pages, no more."""

import msgspec
import pytest

from grader.database.store import people
from grader.database.tables import AssignmentRow, Grading, User
from grader.forms import result_structs
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from grader.services.people import accounts
from tests.classroom import NOW, TOML, suite
from tests.web.doubles import RIGHT, WRONG, claim


def _of(form, answer, status=200):
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    return msgspec.json.decode(answer.data, type=form)


def test_token_says_whose_it_is_and_that_it_was_used(world, program):
    ada = program("ada")
    assert _of(result_structs.AccountForm, ada.get("/account")).email == "ada@example.org"
    with world.database.reading() as session:
        [token] = people.tokens(session, world.room.ada.id)
    assert token.last_used_at == NOW


@pytest.mark.parametrize(
    ("who", "roles"), [("ada", ["student"]), ("ta", ["ta"]), ("stranger", []), ("admin", ["instructor"])]
)
def test_courses_are_those_of_the_reader(world, program, who, roles):
    found = _of(result_structs.CoursesForm, program(who).get("/courses")).courses
    assert [each.role for each in found] == roles
    for each in found:
        assert [(one.slug, one.entry) for one in each.assignments] == [("nets", "mlp.py")]


def test_assignment_before_its_opening_is_told_to_staff_only(world, program):
    with world.database.transaction() as session:
        session.get(AssignmentRow, world.room.assignment.id).opens_at = NOW.replace(year=2027)
    number = world.room.assignment.id
    assert program("ta").get(f"/assignments/{number}").status_code == 200
    ada = program("ada")
    assert _of(result_structs.CoursesForm, ada.get("/courses")).courses[0].assignments == []
    for path in (f"/assignments/{number}", f"/assignments/{number}/submissions"):
        assert ada.get(path).status_code == 404
    assert ada.submit(number).status_code == 404


@pytest.mark.parametrize("as_zip", [False, True], ids=["form", "zip"])
def test_hand_in_is_taken_queued_sent_and_graded(world, program, as_zip):
    ada = program("ada")
    answer = ada.submit(world.room.assignment.id, {"mlp.py": b"x = 1\n", "more.py": b""}, as_zip=as_zip)
    made = _of(result_structs.ResultForm, answer, 201)
    assert (made.submission.status, made.report) == ("queued", None)
    assert made.submission.files == {"mlp.py": 6, "more.py": 0}
    assert answer.headers["Location"] == f"/api/v1/submissions/{made.submission.id}"
    assert len(world.dispatcher.sent) == 1
    world.grade(WRONG)
    done = _of(result_structs.ResultForm, ada.get(f"/submissions/{made.submission.id}"))
    assert done.submission.status == done.report.status == "graded"
    assert (done.submission.score, done.submission.max_score, done.report.score) == (20, 30, 20)
    assert done.report.mend[0].where == "MLP.backward, dJdW1"
    assert done.submission.page.endswith(f"/submissions/{made.submission.id}")


def test_result_fills_in_while_it_runs(world, program):
    ada = program("ada")
    number = _of(result_structs.ResultForm, ada.submit(world.room.assignment.id), 201).submission.id
    claimed = claim(world.database, world.dispatcher.sent[-1])
    with world.database.transaction() as session:
        for each in RIGHT[:2]:
            gradings.note_case(session, claimed.grading_id, claimed.attempt, each)
    running = _of(result_structs.ResultForm, ada.get(f"/submissions/{number}"))
    assert running.submission.status == running.report.status == "running"
    assert [each.name for each in running.report.functions] == ["MLP.forward"]
    assert running.submission.score is None


def test_history_says_which_one_counts(world, program):
    ada, number = program("ada"), world.room.assignment.id
    for cases in (RIGHT, WRONG):
        assert ada.submit(number).status_code == 201
        world.grade(cases)
    found = _of(result_structs.HistoryForm, ada.get(f"/assignments/{number}/submissions"))
    assert [(each.attempt, each.score, each.counts) for each in found.submissions] == [
        (2, 20, True),
        (1, 30, False),
    ]
    assert (
        _of(result_structs.HistoryForm, program("bob").get(f"/assignments/{number}/submissions")).submissions
        == []
    )


@pytest.mark.parametrize(
    ("who", "status"),
    [("ada", 200), ("bob", 404), ("ta", 200), ("instructor", 200), ("admin", 200), ("stranger", 404)],
)
def test_submission_is_shown_to_its_owner_and_staff(world, program, who, status):
    number = _of(
        result_structs.ResultForm, program("ada").submit(world.room.assignment.id), 201
    ).submission.id
    assert program(who).get(f"/submissions/{number}").status_code == status


def test_team_mate_reads_what_the_other_handed_in(world, program):
    with world.database.transaction() as session:
        team = [session.get(User, each.id) for each in (world.room.ada, world.room.bob)]
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "Team A", team)
    made = _of(result_structs.ResultForm, program("ada").submit(world.room.assignment.id), 201).submission
    seen = _of(result_structs.ResultForm, program("bob").get(f"/submissions/{made.id}")).submission
    assert (seen.by, seen.team) == ("Ada", "Team A")


def test_our_fault_is_told_without_its_reason_to_students(world, program):
    ada = program("ada")
    number = _of(result_structs.ResultForm, ada.submit(world.room.assignment.id), 201).submission.id
    claimed = claim(world.database, world.dispatcher.sent[-1])
    with world.database.transaction() as session:
        session.get(Grading, claimed.grading_id).allowed = 1
        gradings.give_up(session, claimed.grading_id, claimed.attempt, "the box was lost", now=NOW)
    theirs = ada.get(f"/submissions/{number}")
    assert "our fault" in theirs.text
    assert "the box was lost" not in theirs.text
    assert "the box was lost" in program("ta").get(f"/submissions/{number}").text


def test_score_that_waits_is_in_no_answer(world, program):
    with world.database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        hidden = TOML + b'[visibility]\ntotal = "after_publish"\n'
        courses.publish_suite(Act(session, None, NOW), assignment, suite(hidden))
    ada, number = program("ada"), world.room.assignment.id
    made = _of(result_structs.ResultForm, ada.submit(number), 201).submission
    world.grade(WRONG)
    one = _of(result_structs.ResultForm, ada.get(f"/submissions/{made.id}"))
    assert (one.submission.score, one.submission.raw_score, one.report.score) == (None, None, None)
    listed = _of(result_structs.HistoryForm, ada.get(f"/assignments/{number}/submissions"))
    assert (listed.withheld, listed.submissions[0].score) == (True, None)
    assert _of(result_structs.ResultForm, program("ta").get(f"/submissions/{made.id}")).submission.score == 20


def test_revoked_token_opens_nothing(world, program):
    ada = program("ada")
    with world.database.transaction() as session:
        user = session.get(User, world.room.ada.id)
        for each in people.tokens(session, user.id):
            accounts.revoke_token(session, user, each.id, now=NOW)
    assert ada.get("/account").status_code == 401


def test_cookie_signs_nobody_in_here(world):
    browser = world.browser("ada")
    assert browser.get("/").status_code == 200
    assert browser.get("/api/v1/courses").status_code == 401
    assert world.hand_in(browser).status_code == 303


def test_token_opens_no_page(world, program):
    ada = program("ada")
    assert ada.client.get("/", headers=ada.headers).status_code == 302
