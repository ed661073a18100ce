"""Grades as learning platforms import them: a table of formats, each with the columns its importer knows.

docs/instructor.md says what each importer trips over, and where that is documented.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from grader.model.language import N_
from grader.render.csv import MARK, cell


@dataclass(frozen=True)
class Grade:
    """One student's line. ``score`` is None before there is one; ``submission`` is the one that counts.

    ``waits``: manual parts that nobody has judged yet. ``excused``: the student need not do it.
    """

    name: str
    email: str
    matriculation: str
    team: str
    score: float | None
    max_score: float
    submission: int | None
    received_at: datetime | None
    late_seconds: int
    by_hand: bool
    submissions: int
    waits: Sequence[str] = ()
    excused: bool = False
    programme: str = ""
    degree: str = ""


@dataclass(frozen=True)
class GradeSheet:
    """The grades of an assignment; whoever has ``pass_mark`` points has passed, None: nobody says."""

    title: str
    max_score: float
    grades: Sequence[Grade]
    pass_mark: float | None = None


_Rows = Sequence[Sequence[object]]


@dataclass(frozen=True)
class Format:
    """How one platform wants its grades: ``title`` for people, ``rows`` with the header, if it has one.

    ``mark``: what the file begins with; what a spreadsheet opens needs a byte order mark.
    """

    title: str
    rows: Callable[[GradeSheet], _Rows]
    mark: str = ""


def write(sheet: GradeSheet, name: str, stream: TextIO) -> None:
    """Write grades in the format of that name (a key of FORMATS)."""
    stream.write(FORMATS[name].mark)
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerows([cell(each) for each in row] for row in FORMATS[name].rows(sheet))


def _points(score: float | None) -> object:
    """Return points to a hundredth, as a number with a point; nothing for no score, which is not zero."""
    return None if score is None else round(score, 2)


def _plain(sheet: GradeSheet) -> _Rows:
    header = (
        "name",
        "e-mail",
        "matriculation",
        "programme",
        "degree",
        "team",
        "score",
        "max_score",
        "submission",
        "handed_in",
        "late_seconds",
        "set_by_hand",
        "submissions",
        "waits_for_a_person",
        "excused",
    )
    return [header, *(_plain_row(each) for each in sheet.grades)]


def _plain_row(each: Grade) -> Sequence[object]:
    return (
        each.name,
        each.email,
        each.matriculation,
        each.programme,
        each.degree,
        each.team,
        _points(each.score),
        each.max_score,
        each.submission,
        each.received_at.isoformat(timespec="seconds") if each.received_at else None,
        each.late_seconds if each.submission else None,
        "yes" if each.by_hand else "",
        each.submissions,
        ", ".join(each.waits),
        "yes" if each.excused else "",
    )


def _moodle(sheet: GradeSheet) -> _Rows:
    header = ("Email address", "ID number", sheet.title)
    return [header, *((each.email, each.matriculation, _points(each.score)) for each in sheet.grades)]


def _canvas(sheet: GradeSheet) -> _Rows:
    """Canvas's own number of a student is unknown here; it then goes by the SIS user ID or login ID."""
    header = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", sheet.title)
    possible = ("Points Possible", "", "", "", "", _points(sheet.max_score))
    rows = [
        (each.name, "", each.matriculation, each.email, "", "EX" if each.excused else _points(each.score))
        for each in sheet.grades
    ]
    return [header, possible, *rows]


def _ilias(sheet: GradeSheet) -> _Rows:
    header = (
        "update",
        "usr_id",
        "login",
        "lastname",
        "firstname",
        "status",
        "mark",
        "notice",
        "comment",
        "plagiarism",
        "plag_comment",
    )
    return [header, *(_ilias_row(each, sheet.pass_mark) for each in sheet.grades)]


def _ilias_row(each: Grade, pass_mark: float | None) -> Sequence[object]:
    """The platform's own number and login are left to be filled in; a row without a score changes nothing."""
    first, _, last = each.name.rpartition(" ")
    status = _said(each.score, pass_mark, {None: "notgraded", True: "passed", False: "failed"})
    update = 0 if each.score is None else 1
    return (update, "", "", last, first, status, _points(each.score), "", each.email, "", "")


def _olat(sheet: GradeSheet) -> _Rows:
    """No header; an empty cell leaves what is there."""
    words: Mapping[bool | None, str] = {None: "", True: "y", False: "n"}
    return [
        (each.email, _points(each.score), _said(each.score, sheet.pass_mark, words))
        for each in sheet.grades
        if each.score is not None
    ]


def _said(score: float | None, pass_mark: float | None, words: Mapping[bool | None, str]) -> str:
    return words[None if score is None or pass_mark is None else score >= pass_mark]


FORMATS: Mapping[str, Format] = {
    "plain": Format(N_("plain CSV"), _plain, MARK),
    "moodle": Format("Moodle", _moodle),
    "canvas": Format("Canvas", _canvas),
    "ilias": Format("ILIAS", _ilias),
    "olat": Format(N_("OLAT and OpenOlat"), _olat),
}
