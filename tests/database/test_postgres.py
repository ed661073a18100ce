"""A PostgreSQL that can't be reached, or answers no more, is told in words and within seconds."""

import signal

import pytest
from sqlalchemy import text

from grader.database import migrations
from grader.database.db import Database
from grader.errors import DatabaseUnavailable, SettingsError
from tests.processes import tell

STEPS = pytest.mark.parametrize("step", [migrations.current, migrations.migrate])


@STEPS
def test_wrong_name_user_or_place_is_told_with_the_settings_to_look_at(postgres, step):
    for url in (
        postgres.url("missing"),
        postgres.url("postgres").replace("chainrule@", "nobody_there@"),
        postgres.url("postgres") + "/elsewhere",
        "postgresql://chainrule@127.0.0.1:1/chainrule",
    ):
        with pytest.raises(DatabaseUnavailable, match="can't be reached") as refused:
            step(Database(url))
        assert "CHAINRULE_DATABASE_URL" in refused.value.cure


@STEPS
@pytest.mark.parametrize("url", ["postgresql://host:port/name", "postgresql://127.0.0.1/name?foo=bar"])
def test_address_that_can_be_none_is_a_wrong_setting(step, url):
    with pytest.raises(SettingsError, match="not a usable database address"):
        step(Database(url))


def test_server_that_answers_no_more_is_waited_for_no_longer_than_asked(postgres):
    database = Database(postgres.url("postgres"), connections=1, answer_seconds=0.5)
    with database.reading() as session:
        backend = session.scalars(text("SELECT pg_backend_pid()")).one()
    tell([backend], signal.SIGSTOP)
    try:
        with database.reading() as session:  # by a new connection: the old one was tried first
            assert session.scalars(text("SELECT 1")).one() == 1
    finally:
        tell([backend], signal.SIGCONT)
        database.close()


def test_answer_that_takes_too_long_is_waited_for_no_longer(postgres):
    database = Database(postgres.url("postgres"), answer_seconds=0.5)
    with pytest.raises(DatabaseUnavailable, match=r"within 0\.5 s"), database.reading() as session:
        session.execute(text("SELECT pg_sleep(120)"))
    with database.reading() as session:
        assert session.scalars(text("SELECT 1")).one() == 1
    database.close()


def test_wait_for_a_connection_has_an_end(postgres):
    postgres.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseUnavailable, match="can't be reached"):
            migrations.current(Database(postgres.url("postgres") + "&connect_timeout=2"))
    finally:
        postgres.process.send_signal(signal.SIGCONT)
