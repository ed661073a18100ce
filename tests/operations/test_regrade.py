"""``chainrule regrade`` on this machine's database, with an engine that grades by the source."""

import csv
import io
import threading
from pathlib import Path

import pytest

from grader import clock
from grader.cli.main import INTERRUPTED, run
from grader.database.db import Database
from grader.database.store import audit, courses
from grader.database.tables import Grading, GradingKind, Regrade
from grader.errors import SandboxUnavailable
from grader.model import Status, Verdict
from grader.queue import regrading
from grader.services.act import Act
from grader.services.grading import gradings
from grader.services.regrades import regrades
from tests.classroom import NOW, SUITE_FILES, TOML, submit
from tests.grader.doubles import report, services, write_assignment
from tests.services.regrading import OTHER, Desk, cases

NEW = {"test_new.py": "def test(): assert 1\n"}
RIGHT = report(*cases(Verdict.PASSED))
WRONG = report(*cases(Verdict.FAILED))


class Shell:
    """Runs the command on a data folder of its own; remembers what was graded, in order."""

    def __init__(self, folder):
        self.folder = folder
        self.graded = []
        self.answers = {}
        self.meanwhile = lambda: None
        assert self("migrate", command=()) == 0
        self.database = Database(f"sqlite:///{folder}/chainrule.db")
        self.desk = Desk(self.database)

    def decide(self, source):
        self.meanwhile()
        self.graded.append(source.split()[1] if source.startswith("#") else source)
        return self.answers.get(self.graded[-1], WRONG)

    def __call__(self, *arguments, command=("regrade", "nets")):
        made = services(self.decide, data=str(self.folder))
        return run([*command, *map(str, arguments)], lambda: made)

    def rows(self):
        with self.database.reading() as session:
            return session.query(Grading).filter_by(kind=GradingKind.REGRADE).order_by(Grading.id).all()


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = Shell(tmp_path)
    yield made
    made.database.close()


def test_class_is_regraded_and_shown_and_no_score_changes(shell, capsys):
    ada, bob = shell.desk.hand_in("ada", "bob")
    shell.answers["ada"] = RIGHT
    assert shell("--suite", OTHER.digest[:8], "--csv", "changes.csv") == 0
    out, err = capsys.readouterr()
    assert f"nets · tests {OTHER.digest[:6]} · 2 submissions (all)" in out
    assert "▼ 2 Bob   30.00 →  10.00  MLP.backward, dJdW1" in out
    assert "0 up (+0.00), 1 down (−20.00), 1 the same" in out
    assert "no score has changed" in out
    assert "2 of 2 graded" in err
    assert "\x1b" not in out + err
    assert shell.desk.scores() == {ada: 30.0, bob: 30.0}
    rows = list(csv.DictReader(io.StringIO(Path("changes.csv").read_text(encoding="utf-8"))))
    assert [(each["student"], each["before"], each["after"]) for each in rows] == [
        ("Bob", "30.0", "10.0"), ("Ada", "30.0", "30.0"),
    ]  # fmt: skip


def test_run_again_it_goes_on_and_applies_without_grading_twice(shell, capsys):
    ada, bob = shell.desk.hand_in("ada", "bob")
    assert shell("--suite", OTHER.digest) == 0
    assert sorted(shell.graded) == ["ada", "bob"]
    assert shell("--suite", OTHER.digest, "--apply") == 0
    assert sorted(shell.graded) == ["ada", "bob"]
    assert "is live" in capsys.readouterr().out
    assert shell.desk.scores() == {ada: 10.0, bob: 10.0}
    with shell.database.reading() as session:
        assert shell.desk.assignment(session).live_suite_id == shell.desk.suite
        assert [each.action for each in audit.about(session, "regrade:1")][-1] == "regrade.made_live"


def test_dry_run_says_how_many_and_writes_nothing(shell, capsys):
    shell.desk.hand_in("ada", "ada", "bob")
    write_assignment(shell.folder / "nets", TOML.decode(), **NEW)
    assert shell("--suite", "nets", "--which", "latest", "--students", "ada@example.org", "--dry-run") == 0
    assert "1 submission (the latest of each, of ada@example.org)" in capsys.readouterr().out
    assert shell.rows() == []
    with shell.database.reading() as session:
        assert len(courses.suites(session, shell.desk.room.assignment.id)) == 2


def test_folder_is_published_but_not_made_live_and_known_the_second_time(shell):
    shell.desk.hand_in("ada")
    write_assignment(shell.folder / "nets", TOML.decode(), **NEW)
    assert shell("--suite", "nets") == 0
    assert shell("--suite", "nets") == 0
    with shell.database.reading() as session:
        newest, *others = courses.suites(session, shell.desk.room.assignment.id)
        assert (newest.note, len(others)) == ("for a regrade", 2)
        assert shell.desk.assignment(session).live_suite_id != newest.id
    assert shell.graded == ["ada"]


def test_folder_that_is_live_already_is_not_published_again(shell):
    shell.desk.hand_in("ada")
    folder = shell.folder / "nets"
    folder.mkdir()
    for name, content in SUITE_FILES.items():
        (folder / name).write_bytes(content)
    assert shell("--suite", "nets") == 0
    with shell.database.reading() as session:
        assert len(courses.suites(session, shell.desk.room.assignment.id)) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--suite", "123456"), "has no such version of the tests"),
        (("--only", "timeout"), "no submissions match"),
        (("--only", "nonsense"), "can't be selected by this"),
        (("--students", "nobody@example.org"), "nobody in the course"),
        (("--csv", "nowhere/changes.csv"), "folder not found"),
        (("--course", "other"), "no course has this assignment"),
        (("--server", "https://grading.example.org"), "a token is needed"),
    ],
)
def test_wrong_usage_is_told_and_starts_nothing(shell, capsys, monkeypatch, arguments, said):
    monkeypatch.delenv("CHAINRULE_TOKEN", raising=False)
    shell.desk.hand_in("ada")
    assert shell(*arguments) == 2
    assert said in capsys.readouterr().err
    assert shell.rows() == []


def test_machine_without_a_sandbox_stops_at_once_and_nothing_is_lost(shell, capsys):
    shell.desk.hand_in("ada", "bob", "eve")
    missing = SandboxUnavailable("bubblewrap is missing", cure="Install it.")
    shell.answers = dict.fromkeys(("ada", "bob", "eve"), missing)
    assert shell("--suite", OTHER.digest, "--jobs", "1") == SandboxUnavailable.exit_code
    assert "bubblewrap is missing" in capsys.readouterr().err
    assert [(each.status, each.attempt) for each in shell.rows()] == [
        (Status.QUEUED, 1), (Status.QUEUED, 0), (Status.QUEUED, 0),
    ]  # fmt: skip
    shell.answers.clear()
    assert shell("--suite", OTHER.digest) == 0


def test_hand_in_that_somebody_waits_for_is_graded_first(shell):
    shell.desk.hand_in("ada", "bob", "eve")
    late = {"mlp.py": b"# live hand-in\n"}

    def hand_in():
        if len(shell.graded) == 1:
            with shell.database.transaction() as session:
                submit(session, shell.desk.room, shell.desk.room.ada, late)

    shell.meanwhile = hand_in
    assert shell("--suite", OTHER.digest, "--jobs", "1") == 0
    assert shell.graded == ["ada", "bob", "live", "eve"]


def test_killed_and_run_again_each_is_graded_once(shell, capsys):
    shell.desk.hand_in(*["ada", "bob", "eve"] * 3)

    def interrupt():
        if len(shell.graded) == 4:
            raise KeyboardInterrupt

    shell.meanwhile = interrupt
    assert shell("--suite", OTHER.digest, "--jobs", "1") == INTERRUPTED
    done = len(shell.graded)
    shell.meanwhile = lambda: None
    assert shell("--suite", OTHER.digest, "--jobs", "1") == 0
    assert f": {done} of 9 are done" in capsys.readouterr().err
    assert len(shell.graded) == 9
    rows = shell.rows()
    assert {each.status for each in rows} == {Status.GRADED}
    assert len({each.submission_id for each in rows}) == len(rows) == 9


def test_what_a_killed_process_held_is_taken_over_when_its_lease_is_over(shell, monkeypatch):
    shell.desk.hand_in("ada", "bob")
    regrade = shell.desk.start(now=NOW)
    first, _ = shell.rows()
    with shell.database.transaction() as session:
        assert gradings.claim(session, first.id, "killed", now=NOW)
    assert clock.now() > NOW + gradings.Pace().lease  # long ago
    assert shell("--suite", OTHER.digest) == 0
    assert [each.attempt for each in shell.rows()] == [2, 1]
    assert shell.desk.progress(regrade).graded == 2


def test_several_at_once_grade_each_once(shell):
    shell.desk.hand_in(*["ada", "bob", "eve"] * 5)
    regrade = shell.desk.start(now=NOW)
    made = services(shell.decide, data=str(shell.folder))

    def work(name):
        with made.open_grader() as grader:
            crew = regrading.Crew(
                lambda number, worker: made.grade_row(number, shell.database, grader, worker), 3, name
            )
            regrading.run(shell.database, regrade, crew, lambda found: None)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(shell.graded) == 15
    assert {(each.status, each.attempt) for each in shell.rows()} == {(Status.GRADED, 1)}


def test_regrade_that_somebody_stops_is_told(shell, capsys):
    shell.desk.hand_in("ada", "bob", "eve")

    def pause():
        if not shell.graded:
            with shell.database.transaction() as session:
                regrades.pause(Act(session, None, clock.now()), session.get(Regrade, 1))

    shell.meanwhile = pause
    assert shell("--suite", OTHER.digest, "--jobs", "1") == 2
    assert "regrade 1 is paused: 1 of 3 were graded" in capsys.readouterr().err


def test_what_could_not_be_graded_is_our_fault_and_has_an_exit_code(shell, capsys):
    shell.desk.hand_in("ada", "bob")
    shell.answers["bob"] = RuntimeError("the box fell over")
    assert shell("--suite", OTHER.digest) == 6
    assert "1 could not be graded (our fault)" in capsys.readouterr().out
