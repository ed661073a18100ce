"""A notebook as a module: its code cells in their order, each compiled and run on its own.

nbformat reads the document, jupytext says which lines are magics or commands for a shell. Those are inert,
but for magics that only measure a statement, which then is run without them. A cell that can't be
compiled, raises or takes too long is noted, and the next one runs: whatever else was defined is there.

Code of cell 3 of ``digits.ipynb`` is reported under the file name ``digits.ipynb[3]``, with lines counted
within the cell, and cells of text left out.
"""

import linecache
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import FrameType, ModuleType
from typing import Any, NoReturn

from worker.guest.parsed import Parsed, parse
from worker.wire.message import Note, Values

SUFFIX = ".ipynb"
CODE_LIMIT_BYTES = 256 * 1024
NOTE_LIMIT = 20
TEXT_LIMIT = 2000
# Magics in front of a statement or a cell that is run all the same.
_MEASURING = re.compile(
    r"^(\s*+(?:[\w., ]++=\s*+)?)%{1,2}(?:time|timeit|prun|capture|memit)\b[ \t]*+"
    r"(?:-\w++[ \t]++\S++[ \t]++)*+(.*)$"
)
_CELL_MAGIC = re.compile(r"^\s*%%")
_INERT = "pass  # "


class Unreadable(Exception):
    """Not a notebook, or one with too much code."""


class CellTimeout(BaseException):
    """A cell took too long. No Exception, so that a cell's own ``except Exception`` lets it through."""


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among them, from 1, and its Python."""

    number: int
    text: str


@dataclass(frozen=True)
class Compiled:
    """A cell's code, or why there is none."""

    cell: Cell
    parsed: Parsed | None = None
    why: SyntaxError | None = None


def read(content: bytes) -> tuple[tuple[Cell, ...], bool]:
    """Return the code cells, and whether any of them was saved with what it had put out.

    Raises Unreadable.
    """
    import nbformat

    try:
        document = nbformat.reads(content.decode("utf-8-sig"), as_version=4)
        found = [cell for cell in document.cells if cell.cell_type == "code"]
        sources = [str(cell.source) for cell in found]
        shown = any(cell.get("outputs") for cell in found)
    except Exception as error:  # nbformat raises many kinds for what is no notebook
        raise Unreadable(f"{type(error).__name__}: {error}"[:TEXT_LIMIT]) from None
    if sum(len(source.encode(errors="replace")) for source in sources) > CODE_LIMIT_BYTES:
        raise Unreadable(f"its cells have more than {CODE_LIMIT_BYTES // 1024} KiB of code")
    return tuple(Cell(number, as_python(source)) for number, source in enumerate(sources, start=1)), shown


def as_python(source: str) -> str:
    """Return a cell's source with magics and shell commands made inert, line by line."""
    from jupytext.magics import comment_magic

    lines = _lines(source)
    first = next((line for line in lines if line.strip()), "")
    if _CELL_MAGIC.match(first) and not _MEASURING.match(first):
        return "\n".join(f"# {line}" for line in lines)
    plain = [_without_measuring(line) for line in lines]
    inert = comment_magic(list(plain), explicitly_code=True)
    return "\n".join(
        line if line == before else f"{before[: len(before) - len(before.lstrip())]}{_INERT}{before.strip()}"
        for before, line in zip(plain, inert, strict=True)
    )


def _lines(source: str) -> list[str]:
    """Return the lines as Python counts them: none ends at a form feed or at U+2028."""
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _kept(source: str) -> list[str]:
    """Return the lines as linecache keeps them."""
    return [f"{line}\n" for line in _lines(source)]


def _without_measuring(line: str) -> str:
    found = _MEASURING.match(line)
    return f"{found[1]}{found[2]}" if found else line


def label(path: str, cell: Cell) -> str:
    """Return the file name under which a cell's code is reported."""
    return f"{path}[{cell.number}]"


def compile_cells(path: str, cells: Sequence[Cell], home: str) -> tuple[Compiled, ...]:
    """Compile each cell on its own; runs nothing."""
    return tuple(_compile(cell, f"{home}/{label(path, cell)}") for cell in cells)


def _compile(cell: Cell, file: str) -> Compiled:
    try:
        return Compiled(cell, parse(cell.text, file))
    except SyntaxError as error:
        return Compiled(cell, why=error)
    except (RecursionError, MemoryError, ValueError) as error:
        return Compiled(cell, why=SyntaxError(f"{type(error).__name__}: {error}"))


Describe = Callable[[BaseException], Values]
"""What is said of an exception: type, text and the student's own line."""


@dataclass
class Notebook:
    """A notebook that is run as a module.

    path      its name in the submission
    describe  what to say of what a cell raises
    begun     called with the number of each cell as it begins, and how many there are
    """

    path: str
    cells: Sequence[Compiled]
    cell_seconds: float
    describe: Describe
    begun: Callable[[int, int], None]

    def run(self, home: str) -> tuple[ModuleType, tuple[Note, ...]]:
        """Run all cells; return the module and what went wrong on the way."""
        module = ModuleType(PurePosixPath(self.path).stem)
        module.__file__ = f"{home}/{self.path}"
        module.__dict__.update(_given())
        sys.modules[module.__name__] = module
        notes: list[Note] = []
        for place, each in enumerate(self.cells, start=1):
            self.begun(place, len(self.cells))
            note = self._run(each, module, home)
            if note is not None and len(notes) < NOTE_LIMIT:
                notes.append(note)
        return module, tuple(notes)

    def _run(self, each: Compiled, module: ModuleType, home: str) -> Note | None:
        if each.parsed is None:
            return Note(code="cell_unreadable", values=self._of_syntax(each))
        file = f"{home}/{label(self.path, each.cell)}"
        linecache.cache[file] = (len(each.cell.text), None, _kept(each.cell.text), file)
        try:
            with _at_most(self.cell_seconds):
                exec(each.parsed.code, module.__dict__)  # noqa: S102 - behind all walls
        except CellTimeout:
            return Note(code="cell_timeout", values={"cell": each.cell.number, "seconds": self.cell_seconds})
        except BaseException as error:  # exit() in a cell ends the cell, as in a notebook
            return Note(code="cell_raised", values={"cell": each.cell.number, **self.describe(error)})
        return None

    def _of_syntax(self, each: Compiled) -> Values:
        why = each.why or SyntaxError()
        return {
            "cell": each.cell.number,
            "file": label(self.path, each.cell),
            "line": why.lineno or 0,
            "text": (why.text or "").rstrip("\n")[:TEXT_LIMIT],
            "why": why.msg or "",
        }


def _given() -> Mapping[str, Any]:
    """Return what a notebook has without importing it."""
    return {"display": _inert, "get_ipython": _no_shell}


def _inert(*things: object, **options: object) -> None:
    """Stand in for showing something: nobody looks."""


def _no_shell() -> None:
    """Stand in for IPython's shell, which is not there."""


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise CellTimeout in what runs within, once it has taken so long. The keeper's clock is behind it."""

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        raise CellTimeout

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
