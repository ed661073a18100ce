"""What a hidden case knows stays hidden on every way out of the web, however the submission carries it."""

import io
import logging
import zipfile

import pytest

from grader.database.tables import AssignmentRow, User
from grader.model import Fact, Verdict, Visibility
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from tests.classroom import NOW, TOML, suite
from tests.web.doubles import case, claim

INPUT = "hidden-input-0.3141592"
OPEN = TOML + b'[visibility]\noutput = "never"\n'
CLOSED = (
    TOML
    + b"""
[visibility]
name = "after_publish"
verdict = "after_publish"
message = "after_publish"
output = "never"
total = "after_publish"
"""
)


def _cases():
    """Return what a submission leaves that puts the inputs it gets into all it can write."""
    raised = Fact(
        "raised",
        {"type": INPUT, "text": INPUT, "line": 3, "file": INPUT, "function": INPUT},
    )
    yield case("MLP.forward", "y_hat", Verdict.ERROR, raised, output=INPUT)
    yield case("MLP.backward", "dJdW1", Verdict.FAILED, Fact("assertion", {"text": INPUT}), output=INPUT)
    yield case(
        "MLP.backward",
        f"case {INPUT}",
        Verdict.FAILED,
        description=INPUT,
        visibility=Visibility.AFTER_PUBLISH,
        output=INPUT,
    )


def _publish(world, toml):
    with world.database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        actor = session.get(User, world.room.instructor.id)
        courses.publish_suite(Act(session, actor, NOW), assignment, suite(toml))


def _given(rule, values):
    """Return what a rule's address is built of; numbers of things that this test doesn't make are 1."""
    return {name: values.get(name, 1) for name in rule.arguments}


def _everything(world, client, number):
    """Return what every page that takes a GET says, by its address."""
    values = {
        "course_id": world.room.course.id,
        "assignment_id": world.room.assignment.id,
        "submission_id": number,
        "name": "mlp.py",
        "secret": "none",
        "filename": "style.css",
        "user_id": 1,
        "regrade_id": 1,
        "tab": "text",
        "pdf": "mlp.pdf",
    }
    adapter = world.app.url_map.bind("localhost")
    rules = [rule for rule in world.app.url_map.iter_rules() if "GET" in rule.methods]
    urls = [adapter.build(rule.endpoint, _given(rule, values)) for rule in rules]
    return {url: _text(client.get(url, buffered=True)) for url in urls}


def _text(answer):
    """Return what an answer says; of an archive, what all files in it say."""
    if answer.mimetype != "application/zip":
        return answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return "\n".join(archive.read(each).decode(errors="replace") for each in archive.namelist())


@pytest.mark.parametrize("toml", [OPEN, CLOSED], ids=["verdicts shown", "all kept back"])
@pytest.mark.parametrize("running", [False, True], ids=["graded", "running"])
def test_inputs_of_hidden_cases_reach_no_student(world, toml, running, caplog):
    caplog.set_level(logging.DEBUG)
    _publish(world, toml)
    client = world.browser("ada")
    number = world.submission(client)
    if running:
        claimed = claim(world.database, world.dispatcher.sent[-1])
        with world.database.transaction() as session:
            for each in _cases():
                gradings.note_case(session, claimed.grading_id, claimed.attempt, each)
    else:
        world.grade(_cases(), output="")
    for url, text in _everything(world, client, number).items():
        assert INPUT not in text, url
    assert INPUT not in caplog.text
    assert INPUT in world.browser("instructor").get(f"/submissions/{number}").text or running


def test_scores_kept_back_are_on_no_page(world):
    _publish(world, CLOSED)
    client = world.browser("ada")
    number = world.submission(client)
    world.grade(
        [
            case("MLP.forward", "y_hat"),
            case("MLP.backward", "a", Verdict.FAILED),
            case("MLP.backward", "b"),
            case("MLP.backward", "c"),
        ]
    )
    page = client.get(f"/submissions/{number}").text
    assert "23.33" not in "".join(_everything(world, client, number).values())
    assert "13.33" not in page
    assert "hidden until the results are published" in page
    assert "3 hidden until the results are published" in page  # so that counts add up
    assert "23.33" in world.browser("ta").get(f"/submissions/{number}").text


def test_results_appear_once_they_are_published(world):
    _publish(world, CLOSED)
    client = world.browser("ada")
    number = world.submission(client)
    world.grade([case("MLP.forward", "y_hat"), case("MLP.backward", "a")])
    with world.database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        courses.publish_results(Act(session, None, NOW), assignment, NOW)
    assert "30.00" in client.get(f"/submissions/{number}").text


def test_what_a_submission_writes_is_never_markup(world):
    evil = "<script>alert(1)</script>"
    client = world.browser("ada")
    number = world.submission(
        client, files={"mlp.py": f"x = '{evil}'\n\u202e".encode(), f"{evil[:8]}.txt": b"x"}
    )
    cases = [case("MLP.forward", evil, Verdict.FAILED, Fact("not_close", {"name": evil}), description=evil)]
    world.grade(cases, output=evil)
    for who in ("ada", "instructor"):
        page = world.browser(who).get(f"/submissions/{number}").text
        assert evil not in page
        assert "&lt;script&gt;" in page
        assert "\u202e" not in page
