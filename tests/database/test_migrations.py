"""Migrations on copies that have rows in every table, in both databases."""

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from grader.database import migrations
from grader.database.db import Database
from grader.database.tables import Base
from grader.errors import ChainruleError
from tests.classroom import open_classroom, submit
from tests.databases import columns, contents

REVISIONS = migrations.revisions()
ROWS = 3
VALUES = {
    sa.Boolean: lambda number: bool(number % 2),
    sa.Integer: lambda number: number,
    sa.Float: lambda number: number / 2,
    sa.String: lambda number: f"t{number}",
    sa.DateTime: lambda number: datetime(2026, 1, number, tzinfo=UTC),
    sa.LargeBinary: lambda number: bytes([number]),
}
DROPPING = """
import sqlalchemy as sa
from alembic import op

revision = "made_up"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    {body}


def downgrade():
    pass
"""


def _value(column, number):
    """Return the value of a column in the row of that number; rows point to rows of the same number."""
    kinds = [kind for kind in VALUES if isinstance(column.type, kind)]
    return VALUES[kinds[0]](number)


def fill(database):
    """Put rows into every table there is, whatever the tables are at this revision."""
    metadata = sa.MetaData()
    metadata.reflect(database.engine)
    with database.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = replica")
        else:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in metadata.tables.values():
            if table.name != "alembic_version":
                rows = [
                    {each.name: _value(each, number) for each in table.columns}
                    for number in range(1, ROWS + 1)
                ]
                connection.execute(table.insert(), rows)


def test_tables_are_what_the_code_expects(database):
    assert migrations.differences(database) == []
    assert migrations.is_current(database)


def test_difference_is_noticed(database):
    with database.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE workers")
        connection.exec_driver_sql("ALTER TABLE users ADD COLUMN shoe_size INTEGER")
    found = " ".join(migrations.differences(database))
    assert "workers" in found
    assert "shoe_size" in found


@pytest.mark.parametrize("start", REVISIONS)
def test_rows_survive_every_migration(empty_database, start):
    migrations.migrate(empty_database, start)
    fill(empty_database)
    known, before = columns(empty_database), contents(empty_database)
    migrations.migrate(empty_database)
    assert contents(empty_database, known) == before
    assert all(len(rows) == ROWS for rows in before.values())
    assert migrations.is_current(empty_database)
    migrations.migrate(empty_database, start)
    assert contents(empty_database) == before


def test_way_down_leaves_nothing(database):
    migrations.migrate(database, "base")
    assert contents(database) == {}
    assert migrations.current(database) is None
    migrations.migrate(database)
    assert migrations.differences(database) == []


def test_real_rows_survive_a_round_trip(database):
    with database.transaction() as session:
        room = open_classroom(session)
        submit(session, room, room.ada)
    before = contents(database)
    migrations.migrate(database)
    assert contents(database) == before


def _made_up(folder, body):
    """Return a folder of migrations with one of our own making."""
    versions = folder / "made_up" / "versions"
    versions.mkdir(parents=True)
    (versions / "made_up.py").write_text(DROPPING.format(body=body))
    real = migrations._FOLDER
    (versions.parent / "env.py").write_text((real / "env.py").read_text())
    return versions.parent


def _forget_revision(database):
    with database.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("DELETE FROM alembic_version")


def test_dropping_a_column_takes_no_rows_along(database, tmp_path):
    with database.transaction() as session:
        room = open_classroom(session)
        submit(session, room, room.ada)
    before = contents(database)
    _forget_revision(database)
    body = "with op.batch_alter_table('submissions') as batch: batch.drop_column('draft')"
    migrations.migrate(database, folder=_made_up(tmp_path, body))
    after = contents(database)
    assert after["submission_files"] == before["submission_files"] != []
    assert len(after["submissions"]) == 1
    with database.transaction() as session:
        assert session.execute(sa.text("SELECT 1")).scalar() == 1
        if database.engine.dialect.name == "sqlite":
            assert session.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1


def test_migration_that_leaves_rows_astray_changes_nothing(database, tmp_path):
    with database.transaction() as session:
        room = open_classroom(session)
        submit(session, room, room.ada)
    before = contents(database)
    _forget_revision(database)
    folder = _made_up(tmp_path, "op.execute('DELETE FROM submissions WHERE id = 1')")
    with pytest.raises((ChainruleError, sa.exc.IntegrityError)):
        migrations.migrate(database, folder=folder)
    assert contents(database) == before


def test_several_migrate_at_once(empty_database):
    problems = []

    def work():
        mine = Database(empty_database.url.render_as_string(hide_password=False))
        try:
            migrations.migrate(mine)
        except Exception as error:
            problems.append(error)
        mine.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert migrations.differences(empty_database) == []


def test_every_name_of_a_constraint_follows_the_convention(database):
    inspector = sa.inspect(database.engine)
    for table in Base.metadata.tables.values():
        names = {each["name"] for each in inspector.get_foreign_keys(table.name)}
        assert names == {str(each.name) for each in table.foreign_key_constraints}
