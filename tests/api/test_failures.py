"""Every refusal of the API has the one shape, with the status of the error tree."""

import msgspec
import pytest

from grader import errors
from grader.arithmetic.deadlines import Dates
from grader.errors import ChainruleError, DatabaseUnavailable, GradingFailed
from grader.forms import result_structs
from grader.services.courses.courses import Rules
from grader.web.frame.intake import BODY_BYTES
from tests.api.conftest import Program, zipped
from tests.classroom import MINUTE, NOW


def _problem(answer, status, code):
    assert answer.mimetype == "application/json", answer.text
    problem = msgspec.json.decode(answer.data, type=result_structs.FailureForm).error
    assert (answer.status_code, problem.status, problem.code) == (status, status, code)
    assert problem.what
    return problem


@pytest.mark.parametrize("path", ["/account", "/courses", "/assignments/1", "/submissions/1"])
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic YWRhOng=", "Bearer no-such-token", f"Bearer {'x' * 5000}"]
)
def test_without_a_token_that_holds_there_is_nothing(world, path, header):
    answer = world.app.test_client().get(f"/api/v1{path}", headers={"Authorization": header})
    problem = _problem(answer, 401, "not_signed_in")
    assert problem.cure
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/nowhere", "/submissions/999999", "/submissions/x", "/assignments/99999999999999999999"]
)
def test_what_is_not_there_is_told_in_the_same_shape(program, path):
    _problem(program("ada").get(path), 404, "not_found")


def test_address_outside_the_api_is_still_a_page(world):
    assert world.browser().get("/nowhere").mimetype == "text/html"


def test_wrong_method_says_which_are_right(program):
    answer = program("ada").post("/courses")
    _problem(answer, 405, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/zip"])
def test_upload_that_is_too_large_is_refused(world, program, kind):
    ada, number = program("ada"), world.room.assignment.id
    large = b"x" * (BODY_BYTES + 1)
    path = f"/assignments/{number}/submissions"
    answer = ada.post(path, data=large, content_type=kind)
    assert "does not count as an attempt" in _problem(answer, 413, "too_large").cure


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"other.txt": b"x"}, "mlp.py is missing"),
        ({"../mlp.py": b"x"}, "outside the folder"),
        ({"mlp.py": b"x" * 300_000}, "larger than"),
    ],
)
def test_hand_in_that_can_not_be_read_says_why(world, program, files, said):
    answer = program("ada").submit(world.room.assignment.id, files, as_zip=True)
    assert said in msgspec.json.decode(answer.data, type=result_structs.FailureForm).error.what
    assert answer.status_code in (413, 422)
    assert world.dispatcher.sent == []


def test_body_that_is_no_upload_says_what_to_send(world, program):
    path = f"/assignments/{world.room.assignment.id}/submissions"
    problem = _problem(program("ada").post(path, json={"files": []}), 400, "usage_error")
    assert "application/zip" in problem.cure


def test_broken_zip_is_told(world, program):
    path = f"/assignments/{world.room.assignment.id}/submissions"
    answer = program("ada").post(path, data=zipped({"mlp.py": b"x"})[:-9], content_type="application/zip")
    _problem(answer, 422, "submission_error")


def test_attempts_used_up_and_dates_passed_are_told(make_world):
    world = make_world(Rules(attempts_per_hour=1))
    ada, number = Program(world, "ada"), world.room.assignment.id
    assert ada.submit(number).status_code == 201
    assert "can submit again at" in _problem(ada.submit(number), 429, "too_many_attempts").cure


def test_closed_assignment_is_told(make_world):
    world = make_world(Rules(dates=Dates(due_at=NOW - MINUTE)))
    _problem(Program(world, "ada").submit(world.room.assignment.id), 409, "not_open")


@pytest.mark.parametrize("error", [DatabaseUnavailable, GradingFailed, ChainruleError, ZeroDivisionError])
def test_our_faults_tell_nothing_of_the_inside(world, program, monkeypatch, error):
    class Broken:
        def reading(self):
            raise error("postgresql://secret@inside")

        transaction = reading

    site = world.app.extensions["chainrule"]
    ada = program("ada")
    object.__setattr__(site, "database", Broken())
    answer = ada.get("/account")
    assert "inside" not in answer.text
    assert answer.status_code == getattr(error, "http_status", 500)
    assert msgspec.json.decode(answer.data, type=result_structs.FailureForm).error.cure


def test_every_error_of_the_tree_has_a_name_of_its_own():
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len({errors.code(each) for each in kinds}) == len(kinds)
    assert errors.code(errors.TooManyAttempts) == "too_many_attempts"
