"""What a box says of places in the submission, held to the files that were submitted.

A line number, a cell, a file's or a function's name comes out of a process that has seen hidden inputs, and
a student reads it. So none is passed on that the submission's own files don't have: what is left is a choice
among the lines that are there.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from importlib import metadata
from platform import python_version
from types import MappingProxyType
from typing import Any

from msgspec import structs

from grader.model import Fact
from worker.wire.message import Finding

NOTEBOOK = ".ipynb"
CELL = re.compile(r"(.+\.ipynb)\[(\d{1,4})\]")
# Parts of a qualified name that Python puts in, and no file says.
OF_PYTHON = frozenset("<module> <locals> <lambda> <listcomp> <setcomp> <dictcomp> <genexpr>".split())
# Their lines are those of the hidden tests, and no word of the box.
OF_SUITE = frozenset(
    {
        "suite_broken",
        "printed_false",
        "wrong_count",
        "missing_entry",
        "missing_member",
        "unusable",
        "diagnosis_failed",
    }
)
# As a box names it: what people call it, and under which name it is installed.
LIBRARIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "python": ("Python", ""),
        "numpy": ("NumPy", "numpy"),
        "torch": ("PyTorch", "torch"),
        "pandas": ("pandas", "pandas"),
        "matplotlib": ("Matplotlib", "matplotlib"),
        "sklearn": ("scikit-learn", "scikit-learn"),
        "scipy": ("SciPy", "scipy"),
    }
)
NO_FILES: Mapping[str, bytes] = MappingProxyType({})


class Sources:
    """The files of a box. Sizes are counted when first asked for."""

    def __init__(self, files: Mapping[str, bytes] = NO_FILES) -> None:
        self._files = files
        self._lines: dict[str, int] = {}

    def fact(self, fact: Fact) -> Fact:
        """Return what was said without places that can't be."""
        if fact.code in OF_SUITE or not PLACES.keys() & fact.values.keys():
            return fact
        file = str(fact.values.get("file") or "")
        checked: dict[str, Any] = dict(fact.values)
        for name in PLACES.keys() & checked.keys():
            if not PLACES[name](self, file, checked[name]):
                checked[name] = "" if isinstance(checked[name], str) else None
        if checked.get("libraries"):
            checked["libraries"] = _with_versions(checked["libraries"].split())
        return Fact(fact.code, checked)

    def finding(self, found: Finding) -> Finding:
        """Return a finding without places that can't be."""
        line = found.line if self.has_line(found.file, found.line) else 0
        column = found.column if self.has_column(found.file, found.column) else 0
        file = found.file if self.has_file(found.file, found.file) else ""
        where = found.where if self.names(file, found.where) else ""
        return structs.replace(found, file=file, line=line, column=column, where=where)

    def has_file(self, _: str, name: object) -> bool:
        """Whether there is such a file, or such a code cell of a notebook."""
        if not isinstance(name, str) or name in self._files:
            return isinstance(name, str)
        cell = CELL.fullmatch(name)
        return cell is not None and self.has_cell(cell[1], int(cell[2]))

    def has_line(self, file: str, line: object) -> bool:
        """Whether the file, or any of them if none is named, has such a line; 0 says that it is not known."""
        if not isinstance(line, int) or isinstance(line, bool):
            return False
        named = CELL.fullmatch(file)
        if file and not self.has_file(file, file):
            return line == 0
        files = [named[1] if named else file] if file else list(self._files)
        return 0 <= line <= max(map(self._count, files), default=0)

    def has_cell(self, file: str, cell: object) -> bool:
        """Whether the notebook, or any of them, may have so many cells."""
        names = [file] if file in self._files else list(self._files)
        most = max((self._files[name].count(b'"cell_type"') for name in names), default=0)
        return isinstance(cell, int) and 1 <= cell <= most

    def has_column(self, file: str, column: object) -> bool:
        """Whether the file may have a line of that length."""
        named = CELL.fullmatch(file)
        content = self._files.get(named[1] if named else file, b"")
        longest = max(map(len, _lines(content)))
        return isinstance(column, int) and 0 <= column <= longest + 1

    def has_offset(self, file: str, offset: object) -> bool:
        """Whether the file has such a byte."""
        return isinstance(offset, int) and 0 <= offset <= len(self._files.get(file, b""))

    def names(self, _: str, name: object) -> bool:
        """Whether this may be the qualified name of a function or class: the files say each part of it."""
        return isinstance(name, str) and all(
            part in OF_PYTHON or self._says(part) for part in name.split(".") if name
        )

    def are_libraries(self, _: str, names: object) -> bool:
        """Whether these are names of libraries; their versions are ours to say."""
        return isinstance(names, str) and {*names.split()} <= LIBRARIES.keys()

    def _says(self, name: str) -> bool:
        return name.isidentifier() and any(name.encode() in content for content in self._files.values())

    def _count(self, name: str) -> int:
        """Return the number of a file's lines, one more where an error stands at its end."""
        if name not in self._lines:
            content = self._files.get(name, b"")
            lines = len(_lines(content)) + 1
            # A line of a notebook's cell is a string of its JSON, or a part of one.
            self._lines[name] = lines + content.count(b"\\n") if name.endswith(NOTEBOOK) else lines
        return self._lines[name]


def _with_versions(names: Iterable[str]) -> list[int | float | str]:
    """Return names as people say them, with the versions of this environment, which the boxes have, too."""
    found: list[int | float | str] = []
    for name in dict.fromkeys(names):
        called, distribution = LIBRARIES[name]
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{called} {metadata.version(distribution) if distribution else python_version()}")
    return found


def _lines(content: bytes) -> list[bytes]:
    """Return the lines of a file as Python counts them."""
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


PLACES: Mapping[str, Callable[[Sources, str, object], bool]] = MappingProxyType(
    {
        "file": Sources.has_file,
        "line": Sources.has_line,
        "cell": Sources.has_cell,
        "column": Sources.has_column,
        "offset": Sources.has_offset,
        "function": Sources.names,
        "libraries": Sources.are_libraries,
    }
)
