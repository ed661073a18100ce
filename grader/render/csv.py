"""Results of many submissions as CSV, one row each. Cells that a spreadsheet would run are made text.

Tables for people begin with a byte order mark, without which Excel takes UTF-8 for an older encoding.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from grader.feedback.text import phrase
from grader.feedback.view import View
from grader.reading.platforms import Owner

NOBODY = Owner("", "")
MARK = "\ufeff"

# Spreadsheets take a cell that begins so for a formula; the wide forms are folded to these on import.
_FORMULA = ("=", "+", "-", "@", "|", "%", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Where a semicolon separates, as in much of Europe, a comma's table is split inside its cells.
_SPLIT = re.compile(f"([;,\t]\\s*)(?=[{re.escape(''.join(_FORMULA))}])")
_BEFORE = ("file", "student", "student_id", "assignment", "status", "score", "max_score")
_AFTER = ("summary", "device", "seed", "suite", "submission", "seconds")


@dataclass(frozen=True)
class CsvRow:
    """One submission of the table: its view, or the problem because of which it could not be read.

    ``problem`` of one that was graded says what of it was left out, or is missing.
    """

    name: str
    owner: Owner | None
    view: View | None
    problem: str = ""


def write(results: Iterable[CsvRow], functions: Sequence[str], stream: TextIO) -> None:
    """Write a header and a row per result, for spreadsheets."""
    stream.write(MARK)
    writer = csv.writer(stream, lineterminator="\r\n")
    verdicts = [f"{name} verdict" for name in functions]
    writer.writerow([cell(each) for each in (*_BEFORE, *functions, *verdicts, *_AFTER)])
    for result in results:
        owner = result.owner or NOBODY
        named = [result.name, owner.name, owner.id]
        writer.writerow([cell(each) for each in (*named, *_row(result.view, result.problem, functions))])


def cell(value: object) -> str:
    """Return the value as a cell: numbers without noise, text on one line that no spreadsheet will run."""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(round(value, 6) if isinstance(value, float) else value)
    text = str(value)
    plain = _SPLIT.sub(r"\1'", phrase(text, 1_000))
    return f"'{plain}" if text.startswith(_FORMULA) or plain.startswith(_FORMULA) else plain


def _row(view: View | None, problem: str, functions: Sequence[str]) -> list[object]:
    if view is None:
        empty = [None] * (2 * len(functions))
        return [None, "unreadable", None, None, *empty, problem, *[None] * (len(_AFTER) - 1)]
    by_name = {each.name: each for each in view.functions}
    known = [by_name.get(each) for each in functions]
    return [
        view.assignment,
        view.status.value,
        view.score,
        view.max_score,
        *(each.score if each else None for each in known),
        *(each.verdict.value if each and each.verdict else None for each in known),
        f"{view.headline}{problem}",
        view.device,
        str(view.seed),
        view.suite,
        view.submission,
        view.timing.total_seconds,
    ]
