"""A notebook as a module: its code cells in their order, each compiled and run on its own.

nbformat reads the document. A cell that is Python is run as it is; of others IPython's rules say what is a
magic (worker.guest.magics), which our own shell runs (worker.guest.shell). As in Jupyter, the module is
``__main__``. A cell that can't be compiled, raises or takes too long is noted, and the next one runs:
whatever else was defined is there.

Code of cell 3 of ``digits.ipynb`` is reported under the file name ``digits.ipynb[3]``, with lines counted
within the cell, and cells of text left out.
"""

import signal
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType, ModuleType
from typing import NoReturn

from worker.guest.interactive import Interactive, Steps, compile_steps, features_of, keep_lines
from worker.guest.magic_table import MAGICS
from worker.guest.magics import Converter
from worker.guest.parsed import Parsed, parse
from worker.guest.shell import Shell, appear
from worker.wire import patience
from worker.wire.message import Note, Values

SUFFIX = ".ipynb"
CODE_LIMIT_BYTES = 256 * 1024
NOTE_LIMIT = 20
TEXT_LIMIT = 2000


class Unreadable(Exception):
    """Not a notebook, or one with too much code."""


class CellTimeout(BaseException):
    """A cell took too long. No Exception, so that a cell's own ``except Exception`` lets it through.

    ``values`` say which limit it was.
    """

    def __init__(self, values: Values) -> None:
        super().__init__()
        self.values = values


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among them, from 1, and its text."""

    number: int
    text: str


@dataclass(frozen=True)
class Compiled:
    """A cell's code, or why there is none.

    parsed     what is looked at
    python     the cell as Python, as the session's inputs have it
    steps      what is run
    automatic  what is run instead if the word is no variable then
    """

    cell: Cell
    parsed: Parsed | None = None
    python: str = ""
    steps: Steps | None = None
    automatic: tuple[str, Steps] | None = None
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
    return tuple(Cell(number, _lines_end_alike(each)) for number, each in enumerate(sources, start=1)), shown


def _lines_end_alike(source: str) -> str:
    return source.replace("\r\n", "\n").replace("\r", "\n")


def label(path: str, cell: Cell) -> str:
    """Return the file name under which a cell's code is reported."""
    return f"{path}[{cell.number}]"


def compile_cells(path: str, cells: Sequence[Cell], home: str) -> tuple[Compiled, ...]:
    """Compile each cell on its own; runs nothing."""
    compiling = _Compiling(f"{home}/{path}", Converter())
    return tuple(compiling.compile(cell) for cell in cells)


@dataclass
class _Compiling:
    """Compiles cells one after the other: features of ``__future__`` hold from one to the next."""

    path: str
    converter: Converter
    features: int = 0

    def compile(self, cell: Cell) -> Compiled:
        """Return a cell's code, or why there is none."""
        file, found = label(self.path, cell), self.converter.convert(cell.text)
        automatic = found.automatic and (found.automatic[0], compile_steps(found.automatic[1], file))
        try:
            steps = compile_steps(found.text, file, features=self.features)
            parsed = parse(found.seen, file, PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            return Compiled(cell, automatic=automatic, why=error)
        except (RecursionError, MemoryError, ValueError) as error:
            return Compiled(cell, automatic=automatic, why=SyntaxError(f"{type(error).__name__}: {error}"))
        self.features |= features_of(steps)
        return Compiled(cell, parsed, found.text, steps, automatic)


Describe = Callable[[BaseException], Values]
"""What is said of an exception: type, text and the student's own line."""


@dataclass
class Notebook:
    """A notebook that is run as a module.

    path      its name in the submission
    describe  what to say of what a cell raises
    begun     called with the number of each cell as it begins, and how many there are
    metered   whether ``cell_seconds`` are CPU seconds, with a net of wall clock behind them, or wall clock
    """

    path: str
    cells: Sequence[Compiled]
    cell_seconds: float
    describe: Describe
    begun: Callable[[int, int], None]
    metered: bool = True

    def run(self, home: str) -> tuple[ModuleType, tuple[Note, ...]]:
        """Run all cells; return the module and what went wrong on the way."""
        module = ModuleType("__main__")
        module.__file__ = f"{home}/{self.path}"
        sys.modules["__main__"] = module
        session = Interactive(module.__dict__)
        shell = Shell(session, home, MAGICS, _texts)
        appear(shell)
        notes: list[Note] = []
        for place, each in enumerate(self.cells, start=1):
            self.begun(place, len(self.cells))
            shell.begin(f"{home}/{label(self.path, each.cell)}", each.cell.text)
            notes += [note for note in self._run(each, shell) if len(notes) < NOTE_LIMIT]
        session.close()
        return module, tuple(notes)

    def _run(self, each: Compiled, shell: Shell) -> list[Note]:
        steps = each.steps
        if each.automatic is not None and not shell.knows(each.automatic[0]):
            steps = each.automatic[1]
        if steps is None:
            return [Note(code="cell_unreadable", values=self._of_syntax(each))]
        shell.session.put_in(each.python or each.cell.text)
        keep_lines(shell.file, each.cell.text)
        ended = self._end(each.cell, steps, shell.session)
        return [*self._left_out(each.cell, shell), *ended]

    def _end(self, cell: Cell, steps: Steps, session: Interactive) -> list[Note]:
        """Run a cell; return what ended it."""
        try:
            with _at_most(self.cell_seconds, metered=self.metered):
                session.run(steps)
        except CellTimeout as late:
            return [Note(code="cell_timeout", values={"cell": cell.number, **late.values})]
        except BaseException as error:  # exit() in a cell ends the cell, as in a notebook
            return [Note(code="cell_raised", values={"cell": cell.number, **self.describe(error)})]
        return []

    def _left_out(self, cell: Cell, shell: Shell) -> Iterator[Note]:
        file = label(self.path, cell)
        for each in shell.left_out:
            values: Values = {"cell": cell.number, "file": file, "line": each.line, "text": each.text}
            yield Note(code="cell_left_out", values=values)

    def _of_syntax(self, each: Compiled) -> Values:
        why = each.why or SyntaxError()
        return {
            "cell": each.cell.number,
            "file": label(self.path, each.cell),
            "line": why.lineno or 0,
            "text": (why.text or "").rstrip("\n")[:TEXT_LIMIT],
            "why": why.msg or "",
        }


def _texts(content: bytes) -> tuple[str, ...]:
    return tuple(cell.text for cell in read(content)[0])


@contextmanager
def _at_most(seconds: float, *, metered: bool) -> Iterator[None]:
    """Raise CellTimeout in what runs within, once it has taken so long. The keeper's limit is behind it.

    metered: so long is CPU seconds of this process, and a net of wall clock for what sleeps.
    """
    net_seconds = patience.step_net(seconds) if metered else seconds

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        by_cpu = number == signal.SIGPROF
        raise CellTimeout(
            {"seconds": seconds if by_cpu else net_seconds, "clock": "cpu" if by_cpu else "wall"}
        )

    before = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    signal.setitimer(signal.ITIMER_REAL, net_seconds)
    signal.setitimer(signal.ITIMER_PROF, seconds if metered else 0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
