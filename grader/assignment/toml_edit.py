"""Changes what assignment.toml says, as a form asks, and leaves all else in it as its author wrote it.

The document is cut at its headers; only the parts that say something else afterwards are written anew, in
them only the values that change. Comments, order and layout stay, byte for byte.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from grader.assignment import assignment_folder, assignment_toml
from grader.errors import AssignmentError
from grader.model import Assignment, schema
from grader.model.language import _

Values = Mapping[str, Any]
# What a row may leave out, with what it means then.
_LEFT_OUT: Values = {"bonus": False, "what": "", "files": [], "entry": ""}
# A document that people write is shorter; each form parses it several times.
LONGEST = 256 * 1024


@dataclass(frozen=True)
class Piece:
    """A header with its keys. ``lead``: comments right above it; ``tail``: what stands below the last key."""

    lead: str
    text: str
    tail: str

    def __str__(self) -> str:
        return self.lead + self.text + self.tail


def read(content: bytes, slug: str) -> Assignment:
    """Return what a document asks for. Raises AssignmentError, whose ``where`` names the key."""
    if len(content) > LONGEST:
        raise AssignmentError(
            _("it is larger than %(longest)s KiB, too large for a form", longest=LONGEST // 1024),
            where=assignment_folder.FILE,
        )
    return assignment_toml.parse(schema.parse(content, assignment_folder.FILE, AssignmentError), slug)


def edited(content: bytes, wanted: Assignment) -> bytes:
    """Return the document with that changed which it doesn't say as `wanted` does.

    Raises AssignmentError when the document is not in order, when what is wanted is not (``where`` names
    the key), and when the document is laid out so that it can't be changed here.
    """
    now = read(content, wanted.slug)
    if now == wanted:
        return content
    try:
        pieces = _pieces(content.decode("utf-8"))
        for name, values in _tables(wanted).items():
            _put(pieces, name, _differing(_tables(now)[name], values))
        for name, rows in _lists(wanted).items():
            _put_rows(pieces, name, _lists(now)[name], rows)
        made = "".join(map(str, pieces)).encode("utf-8")
    except (TOMLKitError, tomllib.TOMLDecodeError, LookupError, TypeError, ValueError):
        raise _unusual() from None
    if read(made, wanted.slug) != wanted:
        raise _unusual()
    return made


def _unusual() -> AssignmentError:
    return AssignmentError(
        _("a form can't edit this layout of the file"),
        where=assignment_folder.FILE,
        cure=_("Nothing was saved. Edit assignment.toml itself, under Tests."),
    )


def _tables(asked: Assignment) -> dict[str, dict[str, Any]]:
    """Return what an assignment says in the document's words; what stands above all headers is called ""."""
    tables: dict[str, dict[str, Any]] = {
        "": {
            name: getattr(asked, name)
            for name in ("title", "entry", "files", "text", "device", "isolation", "bonus_cap")
        },
        "forbid": asdict(asked.forbidden),
        "limits": asdict(asked.limits),
        "visibility": asdict(asked.shown),
        "credit": {name: _share(each) for name, each in asdict(asked.credit).items()},
    }
    return {name: _plain(each) for name, each in tables.items()}


def _lists(asked: Assignment) -> dict[str, list[dict[str, Any]]]:
    """Return what an assignment lists, each row in the document's words."""
    return {
        "functions": [_plain(asdict(each)) for each in asked.functions],
        "parts": [{"name": each} for each in asked.parts],
        "manual": [_plain(asdict(each)) for each in asked.manual],
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(each) for name, each in values.items()}


def _value(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _share(share: float) -> float | str:
    return next((word for word, each in schema.SHARES.items() if each == share), share)


def _differing(now: Values, wanted: Values) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if now.get(name) != value}


def _pieces(text: str) -> list[Piece]:
    """Cut a document at its headers; the first piece is what stands above them all, and may be empty."""
    lines = _lines(text)
    starts = [0, *_headers(lines), len(lines)]
    pieces, lead = [], ""
    for start, end in pairwise(starts):
        body, tail = _without_tail(lines[start:end])
        below = _right_above(tail) if end < len(lines) else 0
        pieces.append(Piece(lead, "".join(body), "".join(tail[: len(tail) - below])))
        lead = "".join(tail[len(tail) - below :])
    return pieces


def _lines(text: str) -> list[str]:
    """Return the lines of a document, which end at line feeds and nowhere else."""
    *whole, last = text.split("\n")
    return [each + "\n" for each in whole] + [last] * bool(last)


def _headers(lines: Sequence[str]) -> Iterator[int]:
    """Yield the lines that are headers, and not inside of a text or list that goes over several lines."""
    start = 0
    for place, line in enumerate(lines):
        if line.lstrip(" \t").startswith("[") and _is_whole(lines[start:place]):
            yield place
            start = place


def _is_whole(lines: Sequence[str]) -> bool:
    try:
        tomllib.loads("".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _without_tail(lines: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Split off the comments and empty lines at the end, unless they end a text of several lines."""
    end = len(lines)
    while end and _says_nothing(lines[end - 1]):
        end -= 1
    return (lines[:end], lines[end:]) if _is_whole(lines[:end]) else (lines, [])


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


def _right_above(tail: Sequence[str]) -> int:
    """Return how many comment lines stand right above what follows."""
    number = 0
    while number < len(tail) and tail[len(tail) - 1 - number].strip():
        number += 1
    return number


def _name(piece: Piece) -> tuple[str, bool]:
    """Return what a piece's header names, and whether it is a row of a list; "" for a piece without."""
    for name, value in tomllib.loads(piece.text).items():
        return name, isinstance(value, list)
    return "", False


def _put(pieces: list[Piece], name: str, changes: Values) -> None:
    """Change values of a table, which is added at the end where there is none."""
    if not changes:
        return
    if not name or name in tomllib.loads(pieces[0].text):
        pieces[0] = _changed(pieces[0], (name,) if name else (), changes)
        return
    for place, piece in enumerate(pieces[1:], start=1):
        if _name(piece) == (name, False):
            pieces[place] = _changed(piece, (name,), changes)
            return
    pieces[-1] = _closed(pieces[-1])
    pieces.append(Piece("\n", f"[{name}]\n{tomlkit.dumps(changes)}", ""))


def _closed(piece: Piece) -> Piece:
    """Return the piece with its last line ended, so that another can follow."""
    whole = str(piece)
    if not whole or whole.endswith("\n"):
        return piece
    return replace(piece, tail=piece.tail + "\n") if piece.tail else replace(piece, text=piece.text + "\n")


def _changed(piece: Piece, path: Sequence[str | int], changes: Values) -> Piece:
    """Return the piece with other values; comments beside them stay."""
    if not changes:
        return piece
    document = tomlkit.parse(_closed(replace(piece, lead="", tail="")).text)
    table: Any = document
    for step in path:
        table = table[step]
    for key, value in changes.items():
        if not (isinstance(value, list) and key in table and _changed_in_place(table[key], value)):
            table[key] = value
    return replace(piece, text=tomlkit.dumps(document))


def _changed_in_place(array: Any, wanted: Sequence[str]) -> bool:
    """Take out of a list what is not wanted, and add what is missing; false where the order is another."""
    kept = [each for each in array if each in wanted]
    added = [each for each in wanted if each not in kept]
    if kept + added != list(wanted):
        return False
    for place in reversed([place for place, each in enumerate(array) if each not in wanted]):
        del array[place]
    array.extend(added)
    return True


def _put_rows(pieces: list[Piece], name: str, now: Sequence[Values], wanted: Sequence[Values]) -> None:
    """Change the rows of a list: a row keeps its piece by its name, or by its place when it is renamed."""
    if now == wanted:
        return
    places = [place for place, piece in enumerate(pieces) if place and _name(piece) == (name, True)]
    if len(places) != len(now):
        raise LookupError(name)
    rows = _rows(name, [pieces[place] for place in places], now, wanted)
    if not places:
        pieces[-1] = _closed(pieces[-1])
        pieces.extend(replace(each, lead="\n") for each in rows)
        return
    lead = pieces[places[0]].lead
    tails = [pieces[place].tail for place in places]
    for place, row, tail in zip(places, rows, tails, strict=False):
        pieces[place] = replace(row, tail=tail)
    for place, tail in list(zip(places, tails, strict=True))[len(rows) :]:
        pieces[place] = Piece("", "", tail if tail.strip() else "")
    # What is said above the first row is said of all of them.
    pieces[places[0]] = replace(pieces[places[0]], lead=lead)
    if len(rows) > len(places):
        last = places[-1]
        pieces[last] = _closed(replace(pieces[last], tail=""))
        more = [replace(each, lead="\n") for each in rows[len(places) :]]
        pieces[last + 1 : last + 1] = [*more[:-1], replace(more[-1], tail=tails[-1])]


def _rows(name: str, old: Sequence[Piece], now: Sequence[Values], wanted: Sequence[Values]) -> list[Piece]:
    """Return the wanted rows without what stands below them; a row that there was keeps its piece."""
    rows = []
    for row, place in zip(wanted, _kept(now, wanted), strict=True):
        if place is None:
            told = {key: value for key, value in row.items() if value != _LEFT_OUT.get(key)}
            rows.append(Piece("", f"[[{name}]]\n{tomlkit.dumps(told)}", ""))
        else:
            piece = _changed(old[place], (name, 0), _differing(now[place], row))
            rows.append(_closed(replace(piece, lead=piece.lead if place else "", tail="")))
    return rows


def _kept(now: Sequence[Values], wanted: Sequence[Values]) -> list[int | None]:
    """Return for each wanted row which one it was: that of its name, or in its place; None: a new one."""
    by_name = {row["name"]: place for place, row in enumerate(now)}
    kept = [by_name.get(row["name"]) for row in wanted]
    taken = set(kept)
    for place, found in enumerate(kept):
        if found is None and place < len(now) and place not in taken:
            kept[place] = place
    return kept
