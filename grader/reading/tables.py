"""Tables as spreadsheets and learning platforms write them: any encoding, any separator. Pure."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.errors import UsageError
from grader.model.language import _

_SEPARATORS = ",;\t"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
# The line by which Excel is told the separator, in quotes or not.
_SEPARATOR_LINE = re.compile(r'"?sep=(\\t|[,;\t|])"?,*[ \t]*(?:\r\n|\r|\n)', re.I)
# Bytes that are looked at for an encoding.
_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Line:
    """A line of a table: its number in the file, from 1, and its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Dialect:
    """How a table is written: its encoding, its separator, and how many lines say so."""

    encoding: str
    separator: str
    lines_before: int = 0


def text_of(content: bytes) -> str:
    """Return the text of a table, in the encodings that spreadsheets write."""
    return content.decode(_encoding(content), errors="replace")


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF16):
        return "utf-16"
    nothing = content[:_LOOKED_AT].count(0)
    if nothing > len(content[:_LOOKED_AT]) // 4:
        return "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "utf-8"


def dialect(content: bytes) -> Dialect:
    """Return how a table is written."""
    text = text_of(content)
    said = _SEPARATOR_LINE.match(text)
    if said:
        separator = "\t" if said[1] == "\\t" else said[1]
        return Dialect(_encoding(content), separator, lines_before=1)
    first = text.lstrip().partition("\n")[0]
    return Dialect(_encoding(content), max(_SEPARATORS, key=first.count))


def read(content: bytes, where: str) -> tuple[Line, Iterator[Line]]:
    """Return the line that names the columns, and the lines below it that are not empty.

    Raises UsageError for what is not a table; for lines below the first, when they are read.
    """
    found = lines(content, where)
    return next(found, Line(1, [])), (each for each in found if any(cell.strip() for cell in each.cells))


def lines(content: bytes, where: str) -> Iterator[Line]:
    """Yield all lines of a table, without the one that names the separator. Raises UsageError."""
    written = dialect(content)
    text = text_of(content)
    if written.lines_before:
        text = _SEPARATOR_LINE.sub("", text, count=1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=written.separator, strict=True)
    try:
        for cells in reader:
            yield Line(reader.line_num + written.lines_before, cells)
    except csv.Error as error:
        number = reader.line_num + written.lines_before
        raise UsageError(
            _("this is not a table: %(why)s", why=error),
            where=_("%(where)s, line %(number)s", where=where, number=number),
            cure=_("Save it as CSV."),
        ) from None
