"""What is different between two sets of files, line by line, as a reader wants to see it. Pure.

Everything is bounded: files that are no text are only named, and of what is too long the rest is counted.
"""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.model.language import _

CONTEXT_LINES = 3
# Comparing takes time with the product of what differs in two files.
LINES_COMPARED = 4_000
LINES_SHOWN = 1_500
CHARACTERS_SHOWN = 400
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


class FileWay(StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class LineMark(StrEnum):
    """What became of a line."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class DiffLine:
    """A line with its number in the file before, or after; 0: it is not in that one."""

    mark: LineMark
    before: int
    after: int
    text: str


@dataclass(frozen=True)
class FileChange:
    """A file that differs.

    hunks    what changed, each with the lines around it; none for what is no text, or too long
    because  why there are no hunks, empty when there are
    left_out lines of changes that are not shown any more
    """

    name: str
    way: FileWay
    hunks: tuple[tuple[DiffLine, ...], ...] = ()
    added: int = 0
    removed: int = 0
    because: str = ""
    left_out: int = 0


@dataclass(frozen=True)
class Difference:
    """All files that differ, by name."""

    files: tuple[FileChange, ...]

    def of(self, way: FileWay) -> tuple[FileChange, ...]:
        """Return the files that this became of."""
        return tuple(each for each in self.files if each.way is way)

    @property
    def counts(self) -> Mapping[FileWay, int]:
        """Return how many files this became of, for each that occurs."""
        return {way: len(self.of(way)) for way in FileWay if self.of(way)}

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(each.added for each in self.files)

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(each.removed for each in self.files)


def difference(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Difference:
    """Return what differs in the second set of files."""
    names = sorted(before.keys() | after.keys())
    differ = [name for name in names if before.get(name) != after.get(name)]
    # Where not all lines can be shown, those of changed files say most.
    differ.sort(key=lambda name: name not in before or name not in after)
    found, room = {}, LINES_SHOWN
    for name in differ:
        found[name] = one(name, before.get(name), after.get(name), room)
        room -= sum(map(len, found[name].hunks))
    return Difference(tuple(found[name] for name in sorted(found)))


def one(name: str, before: bytes | None, after: bytes | None, room: int = LINES_SHOWN) -> FileChange:
    """Return what differs in one file; None: it is missing. At most ``room`` lines are shown."""
    way = FileWay.ADDED if before is None else FileWay.REMOVED if after is None else FileWay.CHANGED
    texts = [text(each or b"") for each in (before, after)]
    if texts[0] is None or texts[1] is None:
        return FileChange(name, way, because=_("it is not text"))
    old, new = (lines(each) for each in texts if each is not None)
    if max(len(old), len(new)) > LINES_COMPARED:
        return FileChange(
            name,
            way,
            because=_("it has more than %(lines_compared)s lines", lines_compared=f"{LINES_COMPARED:,}"),
        )
    hunks = tuple(_hunks(old, new))
    every = [line for hunk in hunks for line in hunk]
    shown = tuple(_cut(hunks, max(0, room)))
    because = "" if hunks else _("only line endings differ") if before and after else _("it is empty")
    return FileChange(
        name,
        way,
        shown,
        added=sum(line.mark is LineMark.ADDED for line in every),
        removed=sum(line.mark is LineMark.REMOVED for line in every),
        because=because,
        left_out=len(every) - sum(map(len, shown)),
    )


def text(content: bytes) -> str | None:
    """Return a file's text; None for what is none."""
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in found else found


def lines(whole: str) -> list[str]:
    """Return the lines of a text; the end of the last one is not a line of its own."""
    return whole.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n") if whole else []


def _hunks(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[DiffLine, ...]]:
    """Yield what differs between two texts, with the lines around it."""
    hunk: list[DiffLine] = []
    before = after = 0
    for each in list(difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm=""))[2:]:
        begins = _HUNK.fullmatch(each)
        # A line of a text begins with a sign of its own here, never with an @.
        if begins:
            if hunk:
                yield tuple(hunk)
            hunk, before, after = [], int(begins[1]), int(begins[2])
            continue
        mark = _MARKS[each[0]]
        hunk.append(
            DiffLine(
                mark,
                0 if mark is LineMark.ADDED else before,
                0 if mark is LineMark.REMOVED else after,
                _short(each[1:]),
            )
        )
        before += mark is not LineMark.ADDED
        after += mark is not LineMark.REMOVED
    if hunk:
        yield tuple(hunk)


_MARKS: Mapping[str, LineMark] = {" ": LineMark.SAME, "+": LineMark.ADDED, "-": LineMark.REMOVED}


def _short(line: str) -> str:
    return line if len(line) <= CHARACTERS_SHOWN else f"{line[:CHARACTERS_SHOWN]}…"


def _cut(hunks: Sequence[tuple[DiffLine, ...]], room: int) -> Iterator[tuple[DiffLine, ...]]:
    """Yield as many hunks as there is room for, the last one cut."""
    for hunk in hunks:
        if room <= 0:
            return
        yield hunk[:room]
        room -= len(hunk)
