"""``chainrule submit`` against a real server in a thread, whose dispatcher grades at once."""

import json
import threading
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from grader.arithmetic.deadlines import Dates
from grader.cli.client import Client, Waiting
from grader.cli.main import run
from grader.errors import ServerUnreachable
from grader.services.courses.courses import Rules
from tests.api.conftest import token_of
from tests.classroom import MINUTE, NO_RULES, NOW
from tests.grader.doubles import FakeGrader, report, services
from tests.web.conftest import World
from tests.web.doubles import RIGHT, WRONG, claim
from worker.service import queued_grading

SOURCE = "class MLP: ...\n"


class GradesAtOnce:
    """A dispatcher that is its own worker."""

    def __init__(self, world, decide):
        self.world = world
        self.grader = FakeGrader(decide)

    def send(self, grading_id):
        queued_grading.run(grading_id, self.world.database, self.grader, "w", self.world.settings)


class Served(World):
    """A world behind a real socket."""

    def serve(self, decide):
        site = self.app.extensions["chainrule"]
        if decide:
            object.__setattr__(site, "dispatcher", GradesAtOnce(self, decide))
        self.server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def start(database, tmp_path, monkeypatch):
    """Starts a server; ends it with the test."""
    monkeypatch.chdir(tmp_path)
    Path("mlp.py").write_text(SOURCE)
    running = []

    def start(decide=lambda source: report(*WRONG), rules=NO_RULES):
        running.append(Served(database, tmp_path, rules).serve(decide))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def chainrule(world, *arguments, who="ada", token=None):
    given = ["--token", token or token_of(world, who)] if who else []
    made = services()
    return run(["submit", *arguments, "-a", "nets", "--server", world.url, *given], lambda: made)


def test_result_is_the_table_that_grade_prints(start, capsys):
    world = start()
    assert chainrule(world, "mlp.py") == 0
    out = capsys.readouterr().out
    assert out.startswith("nets · mlp.py · tests ")
    assert "20.00 / 30" in out.splitlines()[0]
    assert "Fix this first\n  MLP.backward, dJdW1: " in out
    assert f"The result is at {world.url}/submissions/1" in out


def test_json_has_submission_and_report(start, capsys):
    assert chainrule(start(lambda source: report(*RIGHT)), "mlp.py", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["submission"]["score"] == document["report"]["score"] == 30


def test_folder_files_and_zip_are_handed_in_alike(start, tmp_path):
    seen = []
    world = start(lambda source: seen.append(source) or report(*RIGHT))
    (tmp_path / "hw").mkdir()
    (tmp_path / "hw/mlp.py").write_text(SOURCE)
    (tmp_path / "hw/more.py").write_text("x = 1\n")
    import shutil

    packed = shutil.make_archive("packed", "zip", "hw")
    for given in (["hw"], [packed], ["hw/mlp.py", "hw/more.py"], ["mlp.py"]):
        assert chainrule(world, *given) == 0
    assert seen == [SOURCE] * 4


def test_server_that_is_not_named_is_asked_for(start, monkeypatch, capsys):
    monkeypatch.delenv("CHAINRULE_SERVER", raising=False)
    assert run(["submit", "mlp.py", "-a", "nets", "--token", "x"], services) == 2
    assert "CHAINRULE_SERVER" in capsys.readouterr().err


def test_wait_for_nothing_only_hands_in(start, capsys):
    world = start(decide=None)
    assert chainrule(world, "mlp.py", "--wait", "0") == 0
    assert "not graded yet" in capsys.readouterr().out
    assert len(world.dispatcher.sent) == 1


def test_grading_that_does_not_come_in_time_is_told(start, capsys):
    assert chainrule(start(decide=None), "mlp.py", "--wait", "0.3") == 6
    assert "still in the queue" in capsys.readouterr().err


def test_our_fault_is_told_as_ours(start, capsys):
    world = start(lambda source: RuntimeError("the box fell over"))
    object.__setattr__(
        world.app.extensions["chainrule"],
        "settings",
        type(world.settings)(**{**vars(world.settings), "attempts": 1}),
    )
    assert chainrule(world, "mlp.py") == 6
    out = capsys.readouterr().out
    assert "our fault" in out
    assert "fell over" not in out


def test_waiting_goes_on_while_it_runs_and_slows_down(start):
    world = start(decide=None)
    client = Client(world.url, token_of(world, "ada"))
    first = client.submit(client.assignment("nets", None), _zip())
    pauses, told = [], []

    def sleep(seconds):
        pauses.append(seconds)
        if len(pauses) == 3:
            world.claimed = claim(world.database, world.dispatcher.sent[-1])
        if len(pauses) == 6:
            from tests.web.doubles import record

            record(world.database, world.claimed, RIGHT)

    done = client.wait(first, Waiting(60, lambda result: told.append(result.submission.status), sleep))
    assert done.submission.score == 30
    assert told == ["queued"] * 3 + ["running"] * 3
    assert pauses == sorted(pauses)
    assert pauses[-1] > 3 * pauses[0]


def _zip():
    from tests.api.conftest import zipped

    return zipped({"mlp.py": SOURCE.encode()})


@pytest.mark.parametrize(
    ("rules", "files", "code", "said"),
    [
        (Rules(dates=Dates(due_at=NOW - MINUTE)), ["mlp.py"], 4, "this assignment closed"),
        (Rules(), ["nowhere.py"], 4, "file not found"),
        (Rules(), ["other.txt"], 4, "mlp.py is missing"),
    ],
)
def test_refusals_say_why(start, capsys, rules, files, code, said):
    Path("other.txt").write_text("x")
    assert chainrule(start(rules=rules), *files) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "more", "said"),
    [
        (["mlp.py", "-c", "other"], {}, "no assignment “nets”"),
        (["mlp.py"], {"token": "wrong"}, "is not valid"),
        (["mlp.py"], {"who": "stranger"}, "you are in the course"),
        (["mlp.py"], {"who": None}, "a token is needed"),
    ],
)
def test_wrong_usage_says_what_to_do(start, capsys, monkeypatch, arguments, more, said):
    monkeypatch.delenv("CHAINRULE_TOKEN", raising=False)
    assert chainrule(start(), *arguments, **more) == 2
    assert said in capsys.readouterr().err


def test_server_that_is_not_there_is_told(start, capsys):
    world = start()
    made = services()
    arguments = ["submit", "mlp.py", "-a", "nets", "--server", "http://127.0.0.1:1", "--token", "x"]
    assert run(arguments, lambda: made) == 9
    assert "127.0.0.1:1: no answer" in capsys.readouterr().err
    assert world.url


@pytest.mark.parametrize("answer", [(200, "<html>"), (200, "{}"), (502, "bad gateway"), (302, "")])
def test_server_that_is_none_of_ours_is_told(answer, tmp_path):
    from flask import Flask, Response

    app = Flask("other")
    asked = []

    @app.route("/<path:rest>")
    def anything(rest):
        asked.append(rest)
        return Response(answer[1], answer[0], {"Location": "/elsewhere"})

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(ServerUnreachable):
            Client(f"http://127.0.0.1:{server.server_port}", "t").assignment("nets", None)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asked == ["api/v1/courses"]  # a token goes to no other address
