"""Diagnoses as codes and values: the sentences of before go into ``told``, and come back on the way down."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SENTENCES = ("title", "what", "help", "where", "others")
VALUES = ("places", "operation", "traits", "factor", "within", "names", "told")
GRADINGS = sa.table("gradings", sa.column("id", sa.Integer), sa.column("diagnoses", sa.Text))
AT_ONCE = 500


def upgrade() -> None:
    """Go to this revision: every sentence is kept as it is."""
    _change(_with_values)


def downgrade() -> None:
    """Go back to the one before: of what was graded since, the code stands for the sentences."""
    _change(_with_sentences)


def _change(changed: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    for number, text in _kept(connection):
        rows = _read(text)
        if rows:
            new = json.dumps([changed(row) for row in rows], ensure_ascii=True, separators=(",", ":"))
            chosen = GRADINGS.c.id == number
            connection.execute(sa.update(GRADINGS).where(chosen).values(diagnoses=new))


def _kept(connection: sa.Connection) -> Iterator[tuple[int, str]]:
    """Yield the gradings that have diagnoses, some at a time."""
    last = -1
    while True:
        query = sa.select(GRADINGS).where(GRADINGS.c.id > last, GRADINGS.c.diagnoses != "[]")
        found = connection.execute(query.order_by(GRADINGS.c.id).limit(AT_ONCE)).all()
        if not found:
            return
        yield from ((row.id, row.diagnoses) for row in found)
        last = found[-1].id


def _read(text: str) -> list[dict[str, Any]]:
    """Return the diagnoses; nothing where these are not what any version wrote."""
    try:
        rows = json.loads(text)
    except ValueError:
        return []
    return rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else []


def _with_values(row: dict[str, Any]) -> dict[str, Any]:
    if "title" not in row:
        return row
    told = {name: row[name] for name in SENTENCES if name in row}
    return {name: value for name, value in row.items() if name not in SENTENCES} | {"told": told}


def _with_sentences(row: dict[str, Any]) -> dict[str, Any]:
    if "title" in row:
        return row
    plain = {"title": row.get("code", ""), "what": "", "help": "", "where": "", "others": []}
    told = row.get("told") or plain
    kept = {name: value for name, value in row.items() if name not in (*SENTENCES, *VALUES)}
    return kept | told
