"""What is never changed once it is written: submissions, tests, contents, the audit log."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, inspect

from grader.database.tables.courses import Blob, SuiteFile, SuiteRow
from grader.database.tables.gradings import SubmissionFile, SubmissionRow
from grader.database.tables.records import AuditEntry

# Table → the columns that may change all the same.
LOOSE: Mapping[type, frozenset[str]] = {
    SubmissionRow: frozenset({"counted", "chosen"}),
    SubmissionFile: frozenset(),
    SuiteRow: frozenset(),
    SuiteFile: frozenset(),
    Blob: frozenset(),
    AuditEntry: frozenset(),
}


def _refuse(mapper: Any, connection: Any, row: Any) -> None:
    """Raise ValueError when a frozen column of a row is about to be changed."""
    columns = {each.key for each in mapper.column_attrs}
    changed = {each.key for each in inspect(row).attrs if each.key in columns and each.history.has_changes()}
    forbidden = changed - LOOSE[type(row)]
    if forbidden:
        raise ValueError(f"{mapper.local_table.name} are never changed: {', '.join(sorted(forbidden))}")


for table in LOOSE:
    event.listen(table, "before_update", _refuse)
