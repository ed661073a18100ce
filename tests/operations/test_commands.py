"""The commands for operators: accounts, courses, backup, restore, replay."""

import io
import sqlite3
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from grader.cli.main import run
from grader.database import passwords
from grader.database.db import Database
from grader.database.store import audit, courses, people
from grader.database.tables import AssignmentRow, Base, Course, Grading
from grader.model import Status, Verdict
from grader.services.act import Act
from grader.services.grading import gradings, results
from grader.services.people import accounts, first_account
from tests.classroom import NOW, open_classroom, report, submit
from tests.grader.doubles import services, write_assignment

PASSWORD = "correct horse battery"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def chainrule(folder):
    """Runs a command on a data folder of its own."""

    def chainrule(*arguments, decide=None, **settings):
        made = services(decide or (lambda source: None), **({"data": str(folder)} | settings))
        return run([*map(str, arguments)], lambda: made)

    return chainrule


@pytest.fixture
def first(chainrule, folder):
    """The database after the first course was made at a shell."""
    assert chainrule("migrate") == 0
    assert chainrule("admin", "course", "ml", "--title", "ML", "--zone", "Europe/Zurich") == 0
    given = Database(f"sqlite:///{folder}/chainrule.db")
    yield given
    given.close()


def test_storage_of_a_course_is_told_and_changed_at_a_shell(first, chainrule, capsys):
    assert chainrule("admin", "storage", "ml") == 0
    assert "0 bytes of 10 GiB used" in capsys.readouterr().out
    assert chainrule("admin", "storage", "ml", "2.5") == 0
    assert chainrule("admin", "storage", "ml", "much") != 0
    assert "Write GiB" in capsys.readouterr().err
    with first.reading() as session:
        assert session.scalars(select(Course.storage_limit_bytes)).all() == [5 << 29]


def test_first_account_can_sign_in(chainrule, folder, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert chainrule("migrate") == 0
    arguments = ("admin", "account", "Ada@example.org", "--administrator", "--password-stdin")
    assert chainrule(*arguments) == 0
    database = Database(f"sqlite:///{folder}/chainrule.db")
    with database.reading() as session:
        user = accounts.authenticate(session, "ada@example.org", PASSWORD)
    database.close()
    assert user.is_admin
    assert PASSWORD not in capsys.readouterr().out


def test_weak_password_makes_no_account(chainrule, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert chainrule("admin", "account", "ada@example.org", "--password-stdin") == 2
    assert "10 characters" in capsys.readouterr().err


def test_assignment_gets_its_dates_in_the_courses_zone(chainrule, folder, first, capsys):
    write_assignment(folder / "nets", text_md="", **{"handout/mlp.py": "x\n"})
    due = ("--due", "2026-07-01 23:59", "--attempts", "5", "--counts", "best")
    assert chainrule("admin", "assignment", "ml", "nets", *due) == 0
    with first.reading() as session:
        [row] = courses.assignments(session, courses.course_by_slug(session, "ml").id)
    assert row.due_at == datetime(2026, 7, 1, 21, 59, tzinfo=UTC)
    assert (row.attempts_per_hour, row.counts) == (5, "best")
    assert chainrule("admin", "assignment", "ml", "nets") == 2
    assert "--update" in capsys.readouterr().err
    assert chainrule("admin", "assignment", "ml", "nets", "--update") == 0
    with first.reading() as session:
        assert session.get(AssignmentRow, row.id).due_at is None
        assert len(courses.suites(session, row.id)) == 2


def test_assignment_with_a_sample_that_can_not_be_made_is_not_added(chainrule, folder, first, capsys):
    listed = '[[samples]]\nfile = "wrong/a.py"\nfrom = "accepted/b.py"\nreplace = [["x", "y"]]\n'
    write_assignment(folder / "nets", **{"submissions/expected.toml": listed})
    assert chainrule("admin", "assignment", "ml", "nets") == 3
    assert "there is no file submissions/accepted/b.py" in capsys.readouterr().err
    with first.reading() as session:
        assert courses.assignments(session, courses.course_by_slug(session, "ml").id) == []


def test_shipped_assignment_can_be_added_by_its_name(chainrule, first):
    assert chainrule("admin", "assignment", "ml", "nyu-hw1") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("assignment", "other", "nyu-hw1"), "course not found"),
        (("assignment", "ml", "nyu-hw1", "--due", "tomorrow"), "is not a date"),
        (("enrol", "ml", "nobody@example.org"), "no account"),
        (("token", "nobody@example.org"), "no account"),
        (("course", "ml"), "course of that name"),
        (("course", "x", "--zone", "Mars"), "time zone does not exist"),
        (("invite", "ml", "nonsense"), "not an e-mail address"),
    ],
)
def test_wrong_usage_is_told(chainrule, first, capsys, arguments, said):
    assert chainrule("admin", *arguments) == 2
    assert said in capsys.readouterr().err


def test_invitation_and_token_work(chainrule, first, capsys):
    wanted = ("ml", "ada@example.org", "--role", "ta", "--server", "https://x/")
    assert chainrule("admin", "invite", *wanted) == 0
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("https://x/invitation/")
    with first.transaction() as session:
        accounts.accept_invitation(
            session, link.rpartition("/")[2], now=datetime.now(UTC), password=passwords.hashed(PASSWORD)
        )
    assert chainrule("admin", "token", "ada@example.org") == 0
    secret = capsys.readouterr().out.strip()
    with first.reading() as session:
        assert accounts.user_of_token(session, secret).email == "ada@example.org"
    assert chainrule("admin", "enrol", "ml", "ada@example.org", "--role", "instructor") == 0
    assert chainrule("admin", "people", "ml") == 0
    assert "instructor\tada@example.org\t" in capsys.readouterr().out


def test_first_link_is_printed_until_there_is_an_administrator(chainrule, first, capsys, monkeypatch):
    assert chainrule("admin", "first-link", "--server", "https://x/") == 0
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("https://x/first-account/")
    with first.transaction() as session:
        secret, hashed = link.rpartition("/")[2], passwords.hashed(PASSWORD)
        first_account.make(session, secret, "ada@example.org", "Ada", hashed, now=datetime.now(UTC))
    assert chainrule("admin", "first-link") == 2
    assert "--administrator" in capsys.readouterr().err


def test_migrate_makes_the_tables_and_then_does_nothing(chainrule, capsys):
    assert chainrule("migrate") == 0
    assert "from none" in capsys.readouterr().out
    assert chainrule("migrate") == 0
    assert "from" not in capsys.readouterr().out


def _filled(database):
    """Put a course with a graded submission into the database; return the grading's number."""
    with database.transaction() as session:
        room = open_classroom(session)
        number = submit(session, room, room.ada).grading.id
    with database.transaction() as session:
        claimed = gradings.claim(session, number, "w", now=NOW)
        assert gradings.record(session, number, claimed.attempt, report(claimed), now=NOW)
    return number


def _rows(database):
    """Return all rows as the code reads them, whatever kind of database keeps them."""
    with database.reading() as session:
        tables = {each.name: session.execute(each.select()) for each in Base.metadata.sorted_tables}
        return {name: sorted(map(str, rows)) for name, rows in tables.items()}


def _url(database):
    return database.url.render_as_string(hide_password=False)


def test_backup_restored_is_the_same_on_any_database(chainrule, database, empty_database, capsys):
    _filled(database)
    assert chainrule("backup", "copy.backup", database_url=_url(database)) == 0
    assert stat.S_IMODE(Path("copy.backup").stat().st_mode) == 0o600
    target = _url(empty_database).replace("/chainrule.db", "/restored.db")
    assert chainrule("restore", "copy.backup", database_url=target) == 0
    restored = Database(target)
    assert _rows(restored) == _rows(database)
    with restored.transaction() as session:  # numbers go on where they were
        accounts.create_user(Act(session, None, NOW), "late@example.org", "Late")
    assert len(_rows(restored)["users"]) == len(_rows(database)["users"]) + 1
    restored.close()


def test_restore_refuses_a_database_that_is_not_empty(chainrule, first, capsys):
    assert chainrule("backup", "copy.backup") == 0
    before = _rows(first)
    assert chainrule("restore", "copy.backup") == 2
    assert "not empty" in capsys.readouterr().err
    assert _rows(first) == before


def test_backup_overwrites_nothing(chainrule, first):
    Path("copy.backup").write_text("precious")
    assert chainrule("backup", "copy.backup") == 2
    assert Path("copy.backup").read_text() == "precious"
    assert chainrule("backup", "nowhere/copy.backup") == 2


def test_restore_takes_only_backups(chainrule, folder):
    Path("text").write_text("hello")
    sqlite3.connect("other.db").execute("CREATE TABLE t (x)").connection.close()
    broken = bytearray(b"SQLite format 3\0" + b"\xff" * 5000)
    Path("broken").write_bytes(broken)
    for name in ("text", "other.db", "broken", "nowhere"):
        assert chainrule("restore", name) == 2


def _replayed(database, change):
    """Return what a double of the engine answers to a replay."""
    with database.transaction() as session:
        before = results.report(session, session.get(Grading, 1))
    return lambda source: change(before)


def test_replay_says_that_nothing_differs(chainrule, folder, capsys):
    database = Database(f"sqlite:///{folder}/chainrule.db")
    chainrule("migrate")
    number = _filled(database)
    assert chainrule("replay", number, decide=_replayed(database, lambda before: before)) == 0
    assert "came out the same" in capsys.readouterr().out
    database.close()


def test_replay_says_what_differs(chainrule, folder, capsys):
    database = Database(f"sqlite:///{folder}/chainrule.db")
    chainrule("migrate")
    number = _filled(database)

    def other(before):
        cases = (replace(before.cases[0], verdict=Verdict.FAILED), *before.cases[1:])
        return replace(before, cases=cases, versions={"torch": "3"})

    assert chainrule("replay", number, decide=_replayed(database, other)) == 7
    out = capsys.readouterr().out
    assert "f/1: passed" in out
    assert "torch" in out
    failed = _replayed(database, lambda before: replace(before, status=Status.INTERNAL_ERROR, why="lost"))
    assert chainrule("replay", number, decide=failed) == 6
    assert chainrule("replay", 99) == 2
    database.close()


def test_grades_are_exported_for_a_platform_and_overwrite_nothing(chainrule, folder, first, capsys):
    with first.transaction() as session:
        room = open_classroom(session)
        made = submit(session, room, room.ada).grading.id
    with first.transaction() as session:
        claim = gradings.claim(session, made, "w", now=NOW)
        gradings.record(session, made, claim.attempt, report(claim), now=NOW)
    assert chainrule("export", "nets", "--as", "moodle") == 0
    assert "3 students in nets-moodle.csv" in capsys.readouterr().out
    assert "ada@example.org,,30.0" in (folder / "nets-moodle.csv").read_text()
    assert chainrule("export", "nets", "--as", "moodle") == 2
    assert "--out" in capsys.readouterr().err
    for kind in ("gradescope", "submissions", "all-submissions"):
        assert chainrule("export", "nets", "--as", kind, "--out", f"{kind}.zip") == 0
        assert (folder / f"{kind}.zip").read_bytes().startswith(b"PK")
    (folder / "sheet.csv").write_text("Identifier,Email address,Grade\nParticipant 7,Ada@example.org,\n")
    assert chainrule("export", "nets", "--fill", "sheet.csv") == 0
    assert "1 grade for Moodle in nets-filled.csv" in capsys.readouterr().out
    assert "Participant 7,Ada@example.org,30.00" in (folder / "nets-filled.csv").read_text()
    with first.reading() as session:
        done = [each.after for each in audit.about(session, f"assignment:{room.assignment.id}")]
    assert done[-5:] == [
        {"what": each} for each in ("moodle", "gradescope", "submissions", "all-submissions", "filled")
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "Available: nets"),
        (("nets", "--as", "submissions"), "there are no submissions yet"),
        (("nets", "--out", "nowhere/x.csv"), "can't be written"),
    ],
)
def test_export_that_fails_leaves_no_file(chainrule, folder, first, capsys, arguments, said):
    with first.transaction() as session:
        open_classroom(session)
    before = set(folder.iterdir())
    assert chainrule("export", *arguments) == 2
    assert said in capsys.readouterr().err
    assert set(folder.iterdir()) == before


def test_roster_says_what_would_change_and_changes_it_when_told_to(chainrule, folder, first, capsys):
    with first.transaction() as session:
        open_classroom(session)
    (folder / "roster.csv").write_text(
        "email,name\nada@example.org,Ada Byron\nstranger@example.org\nnew@example.org\nx\n"
    )
    assert chainrule("admin", "roster", "nets", "roster.csv", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "line 2: change ada@example.org: name: Ada → Ada Byron" in said
    assert "line 3: enrol stranger@example.org" in said
    assert "line 5: refused: x: email: this is not an e-mail address" in said
    assert "not in the file: bob@example.org" in said
    assert chainrule("admin", "roster", "nets", "roster.csv", "--yes", "--server", "https://x.org/") == 0
    assert "new@example.org  https://x.org/invitation/" in capsys.readouterr().out
    assert chainrule("admin", "roster", "nets", "roster.csv", "--yes", "--remove") == 2
    assert "while rows are refused" in capsys.readouterr().err
    (folder / "roster.csv").write_text("email\nada@example.org\n")
    assert chainrule("admin", "roster", "nets", "roster.csv", "--yes", "--remove") == 0
    assert chainrule("admin", "unenrol", "nets", "ada@example.org") == 0
    with first.reading() as session:
        course = courses.course_by_slug(session, "nets")
        left = {each.user.email for each in people.roster(session, course.id)}
    assert left == {"ta@example.org", "instructor@example.org"}
    assert chainrule("admin", "unenrol", "nets", "instructor@example.org") == 2


def test_roster_that_nobody_confirms_changes_nothing(chainrule, folder, first, monkeypatch, capsys):
    with first.transaction() as session:
        open_classroom(session)
    (folder / "roster.csv").write_text("email,name\nada@example.org,Ada Byron\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert chainrule("admin", "roster", "nets", "roster.csv") == 130
    with first.reading() as session:
        assert people.user_by_email(session, "ada@example.org").name == "Ada"


def test_student_is_forgotten_after_it_was_said_what_goes(chainrule, folder, first, monkeypatch, capsys):
    with first.transaction() as session:
        room = open_classroom(session)
        submit(session, room, room.ada)
    assert chainrule("admin", "data", "ada@example.org", "--out", "ada.zip") == 0
    assert "1 submissions written to ada.zip" in capsys.readouterr().out
    assert chainrule("admin", "data", "ada@example.org", "--out", "ada.zip") == 2
    assert chainrule("forget", "ada@example.org", "--dry-run") == 0
    assert "nets: 1 submissions are deleted with their scores" in capsys.readouterr().out
    assert chainrule("admin", "keep", "nets", "--days", "30", "--forgetting", "texts") == 0
    assert chainrule("admin", "expire", "--dry-run") == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert chainrule("forget", "ada@example.org") == 130
    with first.reading() as session:
        assert people.user_by_email(session, "ada@example.org")
    assert chainrule("forget", "ada@example.org", "--yes") == 0
    assert "files and texts of 1 submissions are deleted, scores stay" in capsys.readouterr().out
    assert chainrule("forget", "ada@example.org", "--yes") == 2
    assert chainrule("forget", "ta@example.org", "--yes") == 2
    assert "on the staff (nets)" in capsys.readouterr().err
    assert chainrule("admin", "expire", "--yes") == 0
    assert "nothing was changed" in capsys.readouterr().out
