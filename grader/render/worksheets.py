"""Grades written into a table that a learning platform gave: its columns and lines stay.

Moodle      the assignment's grading worksheet: *Grade* and *Feedback comments* of who is known by the number
            in *Identifier*, else by address or ID number. Its importer reads UTF-8 with commas and nothing
            else (Moodle, mod/assign/feedback/offline/importgradeslib.php).
Canvas      the gradebook: the assignment's column, of who is known by *ID*, else by login or SIS ID; written
            as it came, with its line of *Points Possible*.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.errors import UsageError
from grader.feedback.text import phrase
from grader.model.language import _
from grader.reading import tables
from grader.reading.tables import Dialect
from grader.render.csv import cell
from grader.render.grades import GradeSheet

MOODLE, CANVAS = "Moodle", "Canvas"
MOST_BYTES = 8 << 20
_LETTERS = re.compile(r"[^a-zäöüß]+")
_NUMBER = re.compile(r"\d+$")
_NUMBER_DIGITS = 20
# Ends of the columns of Canvas's gradebook about everything or about a group; it does not read them.
_CANVAS_TOTALS = (
    *(f"{which} {what}" for which in ("current", "final") for what in ("score", "points", "grade")),
    "(read only)",
)
_POINTS_POSSIBLE = "points possible"


@dataclass(frozen=True)
class Returned:
    """What goes back about one person, who is known by any of these; ``number`` is the platform's own."""

    name: str
    score: float
    number: str = ""
    email: str = ""
    matriculation: str = ""
    feedback: str = ""


def of_sheet(sheet: GradeSheet) -> list[Returned]:
    """Return what goes back of an assignment's grades: whoever has a score."""
    return [
        Returned(each.name, each.score, email=each.email, matriculation=each.matriculation)
        for each in sheet.grades
        if each.score is not None
    ]


@dataclass(frozen=True)
class Filled:
    """The table with grades: whose it is, how many lines were filled, and who is not in it."""

    platform: str
    content: bytes
    lines: int
    missing: Sequence[str]
    remarks: Sequence[str]


@dataclass(frozen=True)
class _Columns:
    """Where things are in a table; what people are known by is looked for in this order."""

    platform: str
    grade: int
    known: Mapping[str, int]
    most: int | None = None
    feedback: int | None = None
    locked: int | None = None


@dataclass(frozen=True)
class _Index:
    """Whose grade is meant by a platform's number, an address or a matriculation number."""

    by: Mapping[str, Mapping[str, Returned]] = field(default_factory=dict)

    def find(self, cells: Mapping[str, str]) -> Returned | None:
        """Return the grade for a line, by the first of its columns that says whose it is."""
        found = (self.by[name].get(text) for name, text in cells.items() if text)
        return next((each for each in found if each), None)


def fill(
    content: bytes, grades: Sequence[Returned], titles: Sequence[str], most: float, where: str
) -> Filled:
    """Return the table with the grades in it. ``titles``: what the assignment's column may be called.

    Cells of people without a grade stay as they are. Raises UsageError for a table of no known platform, or
    one without a column for the assignment.
    """
    written = tables.dialect(content)
    lines = [list(each.cells) for each in tables.lines(content, where)]
    columns = _columns(lines[0] if lines else [], titles, where)
    index, found = _index(grades), set[int]()
    locked = 0
    for line in lines[1:]:
        grade = index.find(_known(line, columns))
        if grade is None or len(line) <= columns.grade:
            continue
        found.add(id(grade))
        if _is_locked(line, columns):
            locked += 1
            continue
        _put(line, columns, grade, comma=_has_comma(line, columns))
    missing = [each.name for each in grades if id(each) not in found]
    remarks = [*_about_most(lines, columns, most), *([_locked(locked)] if locked else [])]
    return Filled(columns.platform, _text(lines, columns, written), len(found) - locked, missing, remarks)


def _columns(header: Sequence[str], titles: Sequence[str], where: str) -> _Columns:
    plain = [_LETTERS.sub("", each.lower()) for each in header]
    if plain[:1] == ["student"] and "section" in plain:
        return _of_canvas(header, plain, titles, where)
    grade = _place(plain, "grade", "bewertung")
    number = _place(plain, "identifier", "id", "teilnehmerin")
    if grade is None or number is None:
        raise UsageError(
            _("this is neither a grading worksheet of Moodle nor a gradebook of Canvas"),
            where=where,
            cure=_("Download the table from the platform again, and give it as it is."),
        )
    people = {
        "number": number,
        "email": _place(plain, "emailaddress", "emailadresse", "email"),
        "matriculation": _place(plain, "idnumber", "idnummer"),
    }
    return _Columns(
        MOODLE,
        grade,
        {name: place for name, place in people.items() if place is not None},
        most=_place(plain, "maximumgrade", "bestwertung"),
        feedback=_place(plain, "feedbackcomments", "feedbackalskommentar"),
        locked=_place(plain, "gradecanbechanged", "bewertungkanngeändertwerden"),
    )


def _of_canvas(header: Sequence[str], plain: Sequence[str], titles: Sequence[str], where: str) -> _Columns:
    people = {
        "number": _place(plain, "id"),
        "email": _place(plain, "sisloginid"),
        "matriculation": _place(plain, "sisuserid"),
    }
    asked = {
        place: _title(each)
        for place, each in enumerate(header)
        if place > plain.index("section") and not each.strip().lower().endswith(_CANVAS_TOTALS)
    }
    wanted = {each.casefold() for each in titles}
    places = [place for place, title in asked.items() if title.casefold() in wanted]
    if len(places) != 1:
        listed = ", ".join(asked.values())
        raise UsageError(
            _("no column, or several, are called %(title)s", title=phrase(titles[0], 80)),
            where=where,
            cure=_("Say which with --column. There are: %(columns)s.", columns=phrase(listed, 400)),
        )
    return _Columns(CANVAS, places[0], {name: place for name, place in people.items() if place is not None})


def _title(column: str) -> str:
    """Return an assignment's title without the number that Canvas puts behind it."""
    title, __, number = column.strip().rpartition(" (")
    return title.strip() if title and number[:-1].isdigit() and number.endswith(")") else column.strip()


def _place(plain: Sequence[str], *names: str) -> int | None:
    return next((plain.index(name) for name in names if name in plain), None)


def _index(grades: Sequence[Returned]) -> _Index:
    return _Index(
        {
            "number": {each.number: each for each in grades if each.number},
            "email": {each.email.lower(): each for each in grades if each.email},
            "matriculation": {each.matriculation: each for each in grades if each.matriculation},
        }
    )


def _known(line: Sequence[str], columns: _Columns) -> Mapping[str, str]:
    """Return what a line says of whose it is. Moodle writes ``Participant 4711``."""
    cells = {name: line[place].strip().lower() for name, place in columns.known.items() if place < len(line)}
    number = _NUMBER.search(cells.get("number", "")[-_NUMBER_DIGITS:])
    return cells | {"number": number[0] if number else ""}


def _is_locked(line: Sequence[str], columns: _Columns) -> bool:
    place = columns.locked
    return place is not None and place < len(line) and line[place].strip().lower() in ("no", "nein")


def _locked(number: int) -> str:
    return _("%(number)s grades can't be changed, says the table; they stay as they are.", number=number)


def _has_comma(line: Sequence[str], columns: _Columns) -> bool:
    """Say whether the platform writes numbers with a comma."""
    return any("," in line[place] for place in (columns.most, columns.grade) if place is not None)


def _put(line: list[str], columns: _Columns, grade: Returned, *, comma: bool) -> None:
    points = f"{grade.score + 0.0:.2f}"
    line[columns.grade] = points.replace(".", ",") if comma else points
    if columns.feedback is not None and columns.feedback < len(line) and grade.feedback:
        line[columns.feedback] = cell(grade.feedback)


def _about_most(lines: Sequence[Sequence[str]], columns: _Columns, most: float) -> list[str]:
    """Say so where the platform gives another number of points at most: points are not scaled."""
    if columns.platform == CANVAS:
        said = [each[columns.grade] for each in lines if each[:1] and _is_possible(each)]
    else:
        said = [each[columns.most] for each in lines[1:] if columns.most and columns.most < len(each)]
    theirs = _number(said[0]) if said else None
    if theirs is None or abs(theirs - most) < 0.005:
        return []
    text = _(
        "The platform has %(theirs)s points at most and the assignment %(ours)s; points were not scaled.",
        theirs=f"{theirs:g}",
        ours=f"{most:g}",
    )
    return [text]


def _is_possible(line: Sequence[str]) -> bool:
    return line[0].strip().lower() == _POINTS_POSSIBLE


def _number(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _text(lines: Sequence[Sequence[str]], columns: _Columns, written: Dialect) -> bytes:
    """Return the table as the platform reads it; its own cells are written as they came."""
    own = written if columns.platform == CANVAS else Dialect("utf-8", ",")
    stream = io.StringIO()
    csv.writer(stream, delimiter=own.separator, lineterminator="\r\n").writerows(lines)
    try:
        return stream.getvalue().encode(own.encoding)
    except UnicodeEncodeError:
        return stream.getvalue().encode("utf-8-sig")
