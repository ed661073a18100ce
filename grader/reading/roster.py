"""Rosters as tables: CSV of any separator, with the headers that learning platforms write. Pure: bytes in,
rows out; what they mean for a course is grader.services.courses.rosters'.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import TooLarge, UsageError
from grader.feedback.text import phrase, size

MOST_BYTES = 200 << 10
_SEPARATORS = ",;\t"
_LETTERS = re.compile(r"[^a-zäöüß]+")
# What each column may be called, in letters alone.
COLUMNS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"email", "emailaddress", "mail", "address", "adresse", "emailadresse"}),
    "name": frozenset({"name", "fullname", "student"}),
    "first": frozenset({"firstname", "givenname", "vorname"}),
    "last": frozenset({"lastname", "surname", "familyname", "nachname"}),
    "matriculation": frozenset(
        {"matriculation", "matriculationnumber", "idnumber", "studentid", "sisuserid", "matrikelnummer"}
    ),
    "programme": frozenset(
        {"programme", "program", "studyprogramme", "studyprogram", "courseofstudy", "studiengang"}
    ),
    "degree": frozenset({"degree", "degreeaimedat", "abschluss", "abschlussziel"}),
    "role": frozenset({"role", "rolle"}),
}
# A column for the teams of one assignment: "team nyu-hw1".
_TEAM = re.compile(r"team[\s:_-]+([a-z0-9][a-z0-9._-]{0,63})")


@dataclass(frozen=True)
class RosterRow:
    """One person as the table has them; texts as they stand there, empty for what isn't said.

    ``teams``: the name of their team by assignment.
    """

    line: int
    email: str
    name: str
    matriculation: str
    role: str
    teams: tuple[tuple[str, str], ...] = ()
    programme: str = ""
    degree: str = ""


def read(content: bytes, where: str = "roster") -> Sequence[RosterRow]:
    """Return the rows of a table whose first line names its columns; empty lines are passed over.

    Raises UsageError when it is no such table, TooLarge.
    """
    if len(content) > MOST_BYTES:
        raise TooLarge(f"a roster can be {size(MOST_BYTES)} long", where=where, cure="Split it.")
    lines = csv.reader(io.StringIO(text_of(content), newline=""), delimiter=_separator(content), strict=True)
    try:
        header = next(lines, [])
        places, teams = _places(header, where), _team_places(header, where)
        return [row for row in _rows(lines, places, teams) if row is not None]
    except csv.Error as error:
        raise UsageError(
            f"this is not a table: {error}", where=f"{where}, line {lines.line_num}", cure="Save it as CSV."
        ) from None


def text_of(content: bytes) -> str:
    """Return the text of a table, in the encodings that spreadsheets write."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _separator(content: bytes) -> str:
    first = text_of(content).lstrip().partition("\n")[0]
    return max(_SEPARATORS, key=first.count)


def _places(header: Sequence[str], where: str) -> Mapping[str, int]:
    """Return in which column each thing is. Raises UsageError without addresses, or with a column twice."""
    plain = [_LETTERS.sub("", each.lower()) for each in header]
    found = {
        name: [place for place, each in enumerate(plain) if each in called]
        for name, called in COLUMNS.items()
    }
    twice = [name for name, places in found.items() if len(places) > 1]
    if not found["email"] or twice:
        columns = phrase(", ".join(each.strip() for each in header))
        what = f"two columns match {twice[0]}" if twice else "there is no column e-mail"
        cure = f"The first line must name each column once: e-mail, name, …. It is: {columns}."
        raise UsageError(what, where=f"{where}, line 1", cure=cure)
    return {name: places[0] for name, places in found.items() if places}


def _team_places(header: Sequence[str], where: str) -> Mapping[str, int]:
    """Return in which column the teams of each assignment are. Raises UsageError for two of one."""
    found: dict[str, int] = {}
    for place, each in enumerate(header):
        named = _TEAM.fullmatch(each.strip().lower())
        if named and named[1] in found:
            raise UsageError(
                f"two columns hold the teams for {named[1]}", where=f"{where}, line 1", cure="Keep one."
            )
        if named:
            found[named[1]] = place
    return found


def _rows(
    lines: Iterator[list[str]], places: Mapping[str, int], teams: Mapping[str, int]
) -> Iterator[RosterRow | None]:
    for cells in lines:
        if any(each.strip() for each in cells):
            said = {
                name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()
            }
            name = said.get("name", "") or f"{said.get('first', '')} {said.get('last', '')}".strip()
            yield RosterRow(
                lines.line_num,  # type: ignore[attr-defined]
                said["email"],
                name,
                said.get("matriculation", ""),
                said.get("role", "").lower(),
                tuple((slug, cells[at].strip()) for slug, at in teams.items() if at < len(cells)),
                said.get("programme", ""),
                said.get("degree", ""),
            )
