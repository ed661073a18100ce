"""Rosters as tables: CSV of any separator, with the headers that learning platforms and universities write.

Pure: bytes in, rows out; what they mean for a course is grader.services.courses.rosters'.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import TooLarge, UsageError
from grader.feedback.text import phrase, size
from grader.model.language import _
from grader.reading import tables
from grader.reading.tables import Line

MOST_BYTES = 200 << 10
MOST_ROWS = 20_000
MOST_COLUMNS = 500
MOST_TEAM_COLUMNS = 20
_LETTERS = re.compile(r"[^a-zäöüß]+")
# What each column may be called, in letters alone. Where a table has several, the earlier set is meant: a
# matriculation number rather than a platform's own number, an address rather than a login.
COLUMNS: Mapping[str, Sequence[frozenset[str]]] = {
    "email": (
        frozenset({"email", "emailaddress", "mail", "address", "adresse", "emailadresse", "mailadresse"}),
        frozenset({"sisloginid", "loginid", "login", "username", "anmeldename", "benutzername"}),
    ),
    "name": (
        frozenset({"name", "fullname", "vollständigername", "vollername", "sortname"}),
        frozenset({"student", "teilnehmerin", "nutzerin", "studierende", "studierender"}),
    ),
    "first": (frozenset({"firstname", "givenname", "vorname", "rufname"}),),
    "last": (frozenset({"lastname", "surname", "familyname", "nachname", "familienname"}),),
    "matriculation": (
        frozenset(
            "matriculation matriculationnumber matriculationno matrikelnummer matrikelnr matrikel matrnr "
            "mtknr mtnr mnr registrationnumber".split()
        ),
        frozenset(
            "idnumber idnummer studentid studentnumber studentennummer sisuserid sid institutionsnummer "
            "institutionalidentifier".split()
        ),
    ),
    "programme": (
        frozenset("programme program studyprogramme studyprogram courseofstudy studiengang stg".split()),
    ),
    "degree": (frozenset({"degree", "degreeaimedat", "abschluss", "abschlussziel", "abschl"}),),
    "role": (frozenset({"role", "roles", "rolle", "rollen"}),),
}
# What platforms call the roles of a course.
ROLES: Mapping[str, str] = {
    "teilnehmer/in": "student",
    "teilnehmer": "student",
    "participant": "student",
    "studierende": "student",
    "studierende/r": "student",
    "student/in": "student",
    "tutor": "ta",
    "tutor/in": "ta",
    "teaching assistant": "ta",
    "non-editing teacher": "ta",
    "teacher": "instructor",
    "trainer/in": "instructor",
    "dozent/in": "instructor",
    "lehrende": "instructor",
}
# A column for the teams of one assignment: "team nyu-hw1".
_TEAM = re.compile(r"team[\s:_-]+([a-z0-9][a-z0-9._-]{0,63})")
# Canvas writes the points of each assignment, and which are posted by hand, as if they were students.
_NOBODY = frozenset({"points possible", "student, test"})


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


@dataclass(frozen=True)
class Roster:
    """The people of a table, and the columns that say nothing of them as far as we know."""

    rows: Sequence[RosterRow]
    unused: Sequence[str]


def read(content: bytes, where: str = "roster") -> Roster:
    """Return the people of a table whose first line names its columns; empty lines are passed over.

    Raises UsageError when it is no such table, TooLarge.
    """
    if len(content) > MOST_BYTES:
        most = size(MOST_BYTES)
        raise TooLarge(
            _("the roster is larger than %(most)s", most=most), where=where, cure=_("Split the file.")
        )
    header, lines = tables.read(content, where)
    if len(header.cells) > MOST_COLUMNS:
        what = _("the roster has more than %(most)s columns", most=MOST_COLUMNS)
        raise TooLarge(what, where=where, cure=_("Keep the columns about people and teams."))
    places, teams = _places(header.cells, where), _team_places(header.cells, where)
    rows: list[RosterRow] = []
    for line in lines:
        if len(rows) >= MOST_ROWS:
            what = _("the roster has more than %(most)s rows", most=MOST_ROWS)
            raise TooLarge(what, where=where, cure=_("Split the file."))
        rows += _row(line, places, teams)
    used = {*places.values(), *teams.values()}
    unused = [each.strip() for place, each in enumerate(header.cells) if place not in used and each.strip()]
    return Roster(rows, unused)


def _places(header: Sequence[str], where: str) -> Mapping[str, int]:
    """Return in which column each thing is. Raises UsageError without addresses, or with a column twice."""
    plain = [_LETTERS.sub("", each.lower()) for each in header]
    found = {name: _called(plain, sets) for name, sets in COLUMNS.items()}
    twice = [name for name, places in found.items() if len(places) > 1]
    if not found["email"] or twice:
        columns = phrase(", ".join(each.strip() for each in header))
        what = _("two columns match %(name)s", name=twice[0]) if twice else _("there is no column e-mail")
        cure = _(
            "The first line must name each column once: e-mail, name, …. It is: %(columns)s.", columns=columns
        )
        raise UsageError(what, where=_("%(where)s, line 1", where=where), cure=cure)
    return {name: places[0] for name, places in found.items() if places}


def _called(plain: Sequence[str], sets: Sequence[frozenset[str]]) -> list[int]:
    """Return the columns of the first set of names that any column has."""
    for names in sets:
        places = [place for place, each in enumerate(plain) if each in names]
        if places:
            return places
    return []


def _team_places(header: Sequence[str], where: str) -> Mapping[str, int]:
    """Return in which column the teams of each assignment are. Raises UsageError for two of one."""
    found: dict[str, int] = {}
    first = _("%(where)s, line 1", where=where)
    for place, each in enumerate(header):
        named = _TEAM.fullmatch(each.strip().lower())
        if named and named[1] in found:
            raise UsageError(
                _("two columns hold the teams for %(slug)s", slug=named[1]), where=first, cure=_("Keep one.")
            )
        if named:
            found[named[1]] = place
    if len(found) > MOST_TEAM_COLUMNS:
        what = _("more than %(most)s columns hold teams", most=MOST_TEAM_COLUMNS)
        raise UsageError(what, where=first, cure=_("Split the file."))
    return found


def _row(line: Line, places: Mapping[str, int], teams: Mapping[str, int]) -> Iterator[RosterRow]:
    """Yield the person of a line, if it is about one."""
    cells = line.cells
    said = {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()}
    if not any(said.values()) or (said.get("name", "").lower() in _NOBODY and "@" not in said["email"]):
        return
    name = _in_order(said.get("name", "")) or f"{said.get('first', '')} {said.get('last', '')}".strip()
    role = said.get("role", "").lower()
    yield RosterRow(
        line.number,
        said["email"],
        name,
        said.get("matriculation", ""),
        ROLES.get(role, role),
        tuple((slug, cells[at].strip()) for slug, at in teams.items() if at < len(cells)),
        said.get("programme", ""),
        said.get("degree", ""),
    )


def _in_order(name: str) -> str:
    """Return a name with the first name first: some tables have ``Byron, Ada``."""
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() else name
