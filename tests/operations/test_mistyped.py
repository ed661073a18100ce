"""A mistyped data folder makes nothing, and every command says what to do about it."""

import io
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest

from grader.cli.main import program, run
from grader.config import Settings
from grader.database import migrations
from grader.database.db import Database
from grader.errors import ChainruleError, DatabaseUnavailable
from grader.serving.ready import check_tables
from tests.grader.doubles import services, write_assignment

# These begin something, so they may make a database, a file of their own or the secret that seeds come from.
# They are not tried here, nor are those that work on a server or without any data.
MAKE = {"serve", "migrate", "restore", "grade", "verify", "prove"}
ELSEWHERE = {"new", "picture", "samples", "doctor", "submit"}
# Tried as processes of their own, since they set up logs for good.
LONG = ("worker", "web")
GIVEN = {
    "email": "ada@example.org", "emails": "ada@example.org", "student": "ada@example.org", "course": "ml",
    "slug": "nets", "name": "nets", "file": "some.csv", "out": "ada.zip", "grading": "1",
}  # fmt: skip


def _commands(command, path=()):
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _commands(each, (*path, name))
    else:
        yield path, command


def _words(path, command):
    words = list(path)
    for each in command.params:
        if isinstance(each, click.Argument) and each.required:
            words.append(GIVEN[each.name])
        elif each.required:
            words += [each.opts[-1], GIVEN[each.name]]
        elif "--password-stdin" in each.opts:
            words.append("--password-stdin")
    return words


TRIED = [
    _words(path, each)
    for path, each in _commands(program)
    if path[0] not in MAKE | ELSEWHERE and path[0] not in LONG
]


@pytest.mark.parametrize("words", TRIED, ids=" ".join)
def test_command_that_finds_no_database_makes_nothing_and_says_what_to_do(
    words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    write_assignment(tmp_path / "nets")
    Path("some.csv").write_text("e-mail\nada@example.org\n")
    before = sorted(tmp_path.rglob("*"))
    made = services(data=str(tmp_path / "mistyped"), secret="", assignments=(str(tmp_path),))
    assert run(words, lambda: made) == DatabaseUnavailable.exit_code
    said = capsys.readouterr().err
    assert f"{tmp_path}/mistyped/chainrule.db" in said
    assert "no database found" in said
    assert "CHAINRULE_DATA" in said
    assert "chainrule serve" in said
    assert sorted(tmp_path.rglob("*")) == before


def _migrate(settings):
    migrations.migrate(Database(settings.database))


@pytest.mark.parametrize("word", LONG)
def test_process_that_finds_no_database_ends_and_makes_nothing(word, tmp_path):
    environment = {**os.environ, "CHAINRULE_DATA": str(tmp_path / "mistyped"), "CHAINRULE_DATABASE_URL": ""}
    ended = subprocess.run(
        [sys.executable, "-m", "grader", word], env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == DatabaseUnavailable.exit_code
    assert "no database found" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_database_without_tables_is_left_without(tmp_path, empty_database):
    empty_database.make()
    url = empty_database.url.render_as_string(hide_password=False)
    with pytest.raises(ChainruleError, match="no tables yet") as refused:
        check_tables(Settings(data=str(tmp_path), database_url=url))
    assert "chainrule migrate" in refused.value.cure
    with empty_database.reading() as session:
        assert session.connection().dialect.get_table_names(session.connection()) == []


def test_database_that_goes_away_is_not_made_anew(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/chainrule.db")
    with pytest.raises(DatabaseUnavailable), database.transaction():
        pass
    database.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", [check_tables, _migrate])
def test_file_that_is_no_database_of_ours_is_left_as_it_is_and_told(tmp_path, step):
    file = tmp_path / "chainrule.db"
    file.write_bytes(b"some other file" * 100)
    with pytest.raises(DatabaseUnavailable, match="not a database") as refused:
        step(Settings(data=str(tmp_path)))
    assert "CHAINRULE_DATA" in refused.value.cure
    assert file.read_bytes() == b"some other file" * 100


@pytest.mark.parametrize("step", [check_tables, _migrate])
def test_tables_of_a_version_that_is_not_known_are_told_as_such(tmp_path, step):
    with sqlite3.connect(tmp_path / "chainrule.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    with pytest.raises(ChainruleError, match=r"does not know \(9999\)") as refused:
        step(Settings(data=str(tmp_path)))
    assert "Install the version" in refused.value.cure
