import contextlib
import math
import sqlite3
import stat
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from grader.database import migrations, report_rows
from grader.database.db import Database
from grader.database.tables import Grading, SubmissionRow, User, Worker
from grader.errors import DatabaseUnavailable, SettingsError
from grader.model import (
    CaseResult,
    Diagnosis,
    DiagnosisKind,
    Fact,
    Finding,
    Limits,
    Other,
    Report,
    Sentences,
    Status,
    Sure,
    Term,
    Timing,
    Verdict,
    Visibility,
    bounds,
)
from grader.services.grading import gradings, results
from tests.classroom import NOW, open_classroom, submit

anything = st.text(st.characters(), max_size=20)
numbers = st.floats(allow_nan=False)
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    numbers,
    anything,
    st.lists(st.one_of(st.integers(), numbers, anything)),
)
codes = st.text("abcdefghij_", min_size=1, max_size=20)
facts = st.builds(Fact, codes, st.dictionaries(anything, plain, max_size=3))
cases = st.builds(
    CaseResult,
    id=anything,
    name=anything,
    function=anything,
    verdict=st.sampled_from(Verdict),
    fact=facts,
    parts=st.lists(anything, max_size=2).map(tuple),
    weight=st.floats(0, 1e6),
    visibility=st.one_of(st.none(), st.sampled_from(Visibility)),
    description=anything,
    output=anything,
    seconds=st.floats(0, 1e6),
)
terms = st.lists(st.builds(Term, anything, anything), max_size=2).map(tuple)
texts = st.lists(anything, max_size=2).map(tuple)
diagnoses = st.builds(
    Diagnosis,
    kind=st.sampled_from(DiagnosisKind),
    code=anything,
    function=anything,
    cases=texts,
    sure=st.sampled_from(Sure),
    places=terms,
    operation=anything,
    traits=terms,
    factor=st.none() | st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.floats(-1e9, 1e9)),
    within=anything,
    others=st.lists(st.builds(Other, anything, terms, anything), max_size=2).map(tuple),
    names=st.lists(st.tuples(anything, anything), max_size=2).map(tuple),
    nodes=texts,
    because=anything,
    told=st.none() | st.builds(Sentences, anything, anything, anything, anything, texts),
)
reports = st.builds(
    Report,
    assignment=st.just("nets"),
    suite=st.none(),
    submission=st.none(),
    device=st.sampled_from(["cpu", "cuda"]),
    seed=st.integers(0, 2**63 - 1),
    status=st.just(Status.GRADED),
    cases=st.lists(cases, max_size=4).map(tuple),
    load=facts,
    findings=st.lists(
        st.builds(Finding, anything, anything, anything, st.integers(0, 9), st.integers(0, 9)), max_size=2
    ).map(tuple),
    diagnoses=st.lists(diagnoses, max_size=2).map(tuple),
    notes=st.lists(facts, max_size=2).map(tuple),
    output=anything,
    versions=st.dictionaries(anything, anything, max_size=2),
    limits=st.builds(Limits, import_seconds=st.floats(0.1, 100), memory_bytes=st.integers(0, 2**40)),
    timing=st.builds(Timing, st.floats(0, 100), st.floats(0, 100), st.integers(0, 2**40)),
    why=anything,
)


def _user(email="a@example.org", **more):
    return User(email=email, name="A", created_at=NOW, **more)


def _add_user_and(unit, then):
    with unit() as session:
        session.add(_user())
        session.flush()
        then()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=reports)
def test_any_report_comes_back_exactly_within_its_bounds(database, facts):
    with database.transaction() as session:
        if session.get(Grading, 1) is None:
            room = open_classroom(session)
            submit(session, room, room.ada)
        run = session.get(Grading, 1)
        run.status, run.attempt, run.lease_until = Status.QUEUED, 0, None
    with database.transaction() as session:
        claim = gradings.claim(session, 1, "w", now=NOW)
        given_facts = Report(
            **{
                **{name: getattr(facts, name) for name in facts.__dataclass_fields__},
                "suite": claim.suite.digest,
                "submission": claim.submission.digest,
            }
        )
        assert gradings.record(session, 1, claim.attempt, given_facts, now=NOW)
    with database.reading() as session:
        kept = results.report(session, session.get(Grading, 1))
    assert kept == bounds.cut(given_facts)
    assert report_rows.differences(kept, bounds.cut(given_facts)) == []


def test_values_that_are_no_numbers_are_kept(database):
    with database.transaction() as session:
        row = Worker(name="w", seen_at=NOW, queues=[], device="cpu", facts={"a": [math.nan, math.inf]})
        session.add(row)
    with database.reading() as session:
        nan, inf = session.get(Worker, "w").facts["a"]
    assert math.isnan(nan)
    assert inf == math.inf


def test_moments_keep_their_instant(database):
    there = datetime(2026, 7, 1, 1, 0, 0, 123456, timezone(timedelta(hours=2)))
    with database.transaction() as session:
        session.add(Worker(name="w", seen_at=there, queues=[], device="cpu", facts={}))
    with database.reading() as session:
        seen = session.get(Worker, "w").seen_at
    assert (seen, seen.tzinfo) == (there, UTC)


def test_moment_without_a_zone_is_refused(database):
    with pytest.raises(Exception, match="without a zone"), database.transaction() as session:
        session.add(Worker(name="w", seen_at=datetime(2026, 1, 1), queues=[], device="c", facts={}))  # noqa: DTZ001


def test_raised_error_undoes_everything(database):
    with pytest.raises(ZeroDivisionError):
        _add_user_and(database.transaction, lambda: 1 / 0)
    with database.reading() as session:
        assert session.get(User, 1) is None


def test_reader_can_not_write(database):
    with pytest.raises(Exception, match=r"read.?only"):
        _add_user_and(database.reading, lambda: None)
    with database.transaction() as session:
        session.add(_user())


def test_what_was_handed_in_is_never_changed(database):
    with database.transaction() as session:
        room = open_classroom(session)
        number = submit(session, room, room.ada).submission.id
    for change in ({"digest": "0" * 64}, {"received_at": NOW - timedelta(days=1)}, {"user_id": room.bob.id}):
        with pytest.raises(ValueError, match="never changed"):
            _change(database, number, change)
    _change(database, number, {"counted": False, "chosen": True})


def _change(database, number, values):
    with database.transaction() as session:
        row = session.get(SubmissionRow, number)
        for name, value in values.items():
            setattr(row, name, value)


def test_rows_can_be_used_after_the_commit(database):
    with database.transaction() as session:
        user = _user()
        session.add(user)
    assert user.email == "a@example.org"


def test_readers_do_not_wait_for_a_writer(database):
    with database.transaction() as writer:
        writer.add(_user())
        writer.flush()
        with database.reading() as session:  # the writer ends after it, so a wait would have no end
            assert session.get(User, 1) is None


def test_reader_sees_one_state(database):
    with database.reading() as reader:
        assert reader.execute(text("SELECT count(*) FROM users")).scalar() == 0
        with database.transaction() as session:
            session.add(_user())
        assert reader.execute(text("SELECT count(*) FROM users")).scalar() == 0
    with database.reading() as reader:
        assert reader.execute(text("SELECT count(*) FROM users")).scalar() == 1


def test_writers_wait_for_each_other(database):
    def work(name):
        for number in range(5):
            with database.transaction() as session:
                session.add(_user(f"{name}{number}@example.org"))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdef"]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM users")).scalar() == 30


def test_sqlite_is_set_up(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/new/folder/x.db")
    database.make()
    with database.transaction() as session:
        said = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        }
    database.close()
    assert said == {"journal_mode": "wal", "busy_timeout": 15_000, "foreign_keys": 1, "synchronous": 1}
    assert (tmp_path / "new/folder").stat().st_mode & 0o77 == 0


def test_database_that_stays_locked_is_our_fault_in_our_words(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db", busy_seconds=0.1)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked"), database.transaction():
        pass
    other.execute("ROLLBACK")
    with database.transaction():
        pass
    other.close()
    database.close()


def test_full_disk_is_our_fault_and_nothing_is_half_kept(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db")
    migrations.migrate(database)
    with database.transaction() as session:
        room = open_classroom(session)
        pages = session.execute(text("PRAGMA page_count")).scalar()
    with pytest.raises(DatabaseUnavailable, match="full"):
        _submit_with_pages(database, room, pages + 2)
    with database.transaction() as session:
        session.execute(text("PRAGMA max_page_count=1000000"))
        assert session.get(SubmissionRow, 1) is None
        assert submit(session, room, room.ada).submission.id == 1
    database.close()


def _submit_with_pages(database, room, most):
    with database.transaction() as session:
        session.execute(text(f"PRAGMA max_page_count={most}"))
        submit(session, room, room.ada, {"mlp.py": b"x" * 200_000})


def test_more_users_than_connections_are_told_to_come_back(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/x.db", connections=1)
    database.make()
    database.engine.pool._timeout = 0.05
    with database.reading(), database.reading(), database.reading():
        with pytest.raises(DatabaseUnavailable), database.reading():
            pass
    database.close()


def test_database_that_is_away_is_said_so_without_the_password():
    database = Database("postgresql://ada:geheim@/nothing?host=/nowhere")
    with pytest.raises(DatabaseUnavailable) as caught, database.reading():
        pass
    assert "geheim" not in str(caught.value)
    database.close()


@pytest.mark.parametrize("url", ["", "x", "mysql://a/b", "sqlite://", "sqlite:///:memory:"])
def test_address_that_can_not_be_used_is_refused(url):
    with pytest.raises(SettingsError, match="database_url"):
        Database(url)


def test_file_of_a_new_database_is_its_owners_alone(tmp_path):
    path = tmp_path / "sub" / "new.db"
    with contextlib.closing(Database(f"sqlite:///{path}")) as database:
        migrations.migrate(database)
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    assert "new.db" in modes


def test_place_where_no_database_can_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="CHAINRULE_DATA"):
        Database(f"sqlite:///{tmp_path}/file/chainrule.db").make()


def test_the_first_users_of_a_new_file_wait_for_each_other(tmp_path):
    file = tmp_path / "new.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        problems = []

        def use():
            mine = Database(f"sqlite:///{file}")
            try:
                with mine.reading():
                    pass
            except Exception as error:
                problems.append(error)
            mine.close()

        user = threading.Thread(target=use)
        user.start()
        time.sleep(0.3)
        other.execute("ROLLBACK")
        user.join()
    assert problems == []
