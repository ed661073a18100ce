"""What ``get_ipython()`` gives in a notebook: it runs magics, within the box and with no powers of its own.

Those that run or define something do here what they do in IPython. What there is no shell, network or
package for is noted, and the rest of the cell runs. What only shows something is left out without a word.
"""

import builtins
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from traceback import walk_stack
from typing import Any

from IPython.core.error import UsageError
from IPython.utils.text import DollarFormatter, SList

from worker.guest import modules, source
from worker.guest.interactive import Interactive, compile_steps, keep_lines
from worker.guest.magics import Converter
from worker.guest.parsed import parse

MOST_LEFT_OUT = 10
TEXT_LIMIT = 200
# They show something, or set up how it would be shown.
QUIET = frozenset(
    """
    HTML SVG autoawait autocall automagic autoreload bookmark colors config dhist dirs doctest_mode
    gui hist history html javascript js killbgscripts latex less logoff logon logstate logstop lsmagic
    magic man markdown matplotlib more page pdb pdef pdoc pfile pinfo pinfo2 pprint precision psearch psource
    pycat quickref svg tb unload_ext who whos xmode aimport
    """.split()
)
# They do something that is not done here.
LEFT_OUT = frozenset(
    """
    ! alias alias_magic bash cat code_wrap conda cp debug ed edit ldir lf lk ll load loadpy logstart ls lx
    macro mamba micromamba mv notebook pastebin perl pip pypy python python2 python3 recall rehashx rep rerun
    reset_selective rm rmdir ruby save sc script sh store sx system unalias uv tensorboard
    """.split()
)
KNOWN_EXTENSIONS = frozenset({"autoreload"})
_WORD = re.compile(r"""\s*+("[^"]*+"|'[^']*+'|\S++)(.*+)""", re.DOTALL)


class _Quiet:
    """A part of IPython that isn't here, as settings, events, displays: it takes anything, does nothing."""

    def __getattr__(self, name: str) -> "_Quiet":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *things: object, **options: object) -> None:
        """Do nothing."""

    def __setattr__(self, name: str, value: object) -> None:
        """Forget it."""

    def __contains__(self, thing: object) -> bool:
        return False


class _NoFormats:
    """Shows nothing of anything."""

    def format(self, *things: object, **options: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return no form and no facts about any."""
        return {}, {}


@dataclass(frozen=True)
class LeftOut:
    """Something that was not done: its line in the cell, and its text."""

    line: int
    text: str


Magic = Callable[["Shell", str, "str | None"], Any]
"""Called with the shell, what stands behind the name, and the cell's body or None."""


@dataclass(repr=False)
class Shell:
    """The shell of one notebook.

    home      the folder of the submission
    cells_of  reads another notebook's cells
    file      what the running cell's code is reported under
    text      the running cell
    left_out  what was not done in it
    """

    session: Interactive
    home: str
    magics: Mapping[str, Magic]
    cells_of: Callable[[bytes], Iterable[str]]
    file: str = ""
    text: str = ""
    features: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    display_formatter: _NoFormats = field(default_factory=_NoFormats)
    _own: dict[str, Callable[..., Any]] = field(default_factory=dict)
    _extended: bool = False

    def __getattr__(self, name: str) -> _Quiet:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Quiet()

    @property
    def user_ns(self) -> dict[str, Any]:
        """The notebook's names."""
        return self.session.names

    @property
    def execution_count(self) -> int:
        """Which cell is running, from 1."""
        return self.session.count

    def begin(self, file: str, text: str) -> None:
        """Note which cell runs from here on."""
        self.file, self.text = file, text
        self.left_out.clear()

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run ``%name line``. Raises UsageError if there is no such magic."""
        return self._run_magic(magic_name, line, None)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run ``%%name line`` with the cell below it. Raises UsageError if there is no such magic."""
        return self._run_magic(magic_name, line, cell)

    def magic(self, text: str) -> Any:
        """Run a magic as older notebooks do it."""
        name, _, line = text.lstrip(" %").partition(" ")
        return self.run_line_magic(name, line)

    def system(self, command: str) -> None:
        """Say that a command was not run; a new folder is made."""
        self.getoutput(command)

    def getoutput(self, command: str, split: bool = True) -> Any:
        """Say that a command was not run; its output is empty."""
        name, rest = word(self.expanded(command))
        if name == "mkdir":
            self.run_line_magic("mkdir", rest)
        else:
            self.leave_out(f"!{command}")
        return SList() if split else ""

    def run_cell(self, raw_cell: str, *things: object, **options: object) -> None:
        """Run a cell's text within the one that runs."""
        self.run_statement(raw_cell)

    def run_statement(self, text: str) -> Any:
        """Run code of the running line; return the value of its last expression."""
        return self._run_code(text, self.line() - 1)

    def run_body(self, text: str) -> Any:
        """Run what stands below a magic of the running cell; return the value of its last expression."""
        return self._run_code(text, self.above(text))

    def above(self, body: str) -> int:
        """Return how many lines of the running cell stand above the body of its magic."""
        if not self.text.rstrip().endswith(body.rstrip()):
            return self.line() - 1
        return _ends(self.text) - _ends(body)

    def run_file(self, place: Path, arguments: Sequence[str], names: dict[str, Any]) -> None:
        """Run a Python file as a program with these names; one that leaves in good order has ended well.

        Raises what it raises.
        """
        code = parse(source.decode(place.read_bytes()), str(place)).code
        with _called(str(place), arguments):
            exec(code, names)  # noqa: S102 - behind all walls

    def run_notebook(self, place: Path) -> None:
        """Run the cells of another notebook with the names of this one."""
        before = self.file, self.text
        try:
            for number, text in enumerate(self.cells_of(place.read_bytes()), start=1):
                self.file, self.text = f"{place}[{number}]", text
                keep_lines(self.file, text)
                self._run_code(text, 0)
        finally:
            self.file, self.text = before

    def line(self) -> int:
        """Return the line of the running cell that is being run."""
        frames = walk_stack(sys._getframe())
        return next((line for frame, line in frames if frame.f_code.co_filename == self.file), 1)

    def expanded(self, text: str) -> str:
        """Return a magic's line with ``{expressions}`` and ``$names`` replaced by their values."""
        try:
            return str(DollarFormatter().vformat(text, [], self.user_ns))
        except Exception:  # whatever can't be replaced stays, as in IPython
            return text

    def knows(self, name: str) -> bool:
        """Say whether a name is a variable or Python's own."""
        return name in self.user_ns or hasattr(builtins, name)

    def leave_out(self, text: str) -> None:
        """Note that something was not done."""
        found = LeftOut(self.line(), text.strip().partition("\n")[0][:TEXT_LIMIT])
        if found not in self.left_out and len(self.left_out) < MOST_LEFT_OUT:
            self.left_out.append(found)

    def place(self, name: str) -> Path | None:
        """Return a file's place within the box's own folder; None for one outside of it."""
        found = Path(os.path.realpath(Path(name).expanduser()))
        return found if found.is_relative_to(os.path.realpath(self.home)) else None

    def written(self, place: Path) -> None:
        """Let a module be imported anew after its file was written."""
        modules.forget(str(place))

    def register_magic_function(
        self, func: Callable[..., Any], magic_kind: str = "line", magic_name: str | None = None
    ) -> None:
        """Add a magic that the notebook itself defines."""
        self._own[magic_name or func.__name__] = func

    def extended(self, name: str) -> None:
        """Note that an extension was asked for: its magics aren't known here."""
        if name not in KNOWN_EXTENSIONS:
            self._extended = True
            self.leave_out(f"%load_ext {name}")

    def _run_code(self, text: str, above: int) -> Any:
        code = "\n" * above + Converter().convert(text).text
        return self.session.run(compile_steps(code, self.file, mode="eval", features=self.features))

    def _run_magic(self, name: str, line: str, cell: str | None) -> Any:
        if name in self._own:
            return self._own[name](line) if cell is None else self._own[name](line, cell)
        if name in self.magics:
            return self.magics[name](self, line, cell)
        if name in QUIET:
            return None
        if name not in LEFT_OUT and not self._extended:
            kind, sign = ("Line", "%") if cell is None else ("Cell", "%%")
            raise UsageError(f"{kind} magic function `{sign}{name}` not found.")
        self.leave_out(f"{'%' if cell is None else '%%'}{name} {line}")
        return SList() if name in ("sx", "system") else None


def _ends(text: str) -> int:
    """Return how many lines end before the last."""
    return text.rstrip("\n").count("\n")


def word(text: str) -> tuple[str, str]:
    """Return the first word, out of its quotation marks, and what stands behind it."""
    found = _WORD.match(text)
    return (found[1].strip("\"'"), found[2].strip()) if found else ("", "")


@contextmanager
def _called(name: str, arguments: Sequence[str]) -> Iterator[None]:
    """Let a program see its arguments; leaving in good order is no error."""
    before, sys.argv = sys.argv, [name, *arguments]
    try:
        yield
    except SystemExit as left:
        if left.code not in (None, 0):
            raise
    finally:
        sys.argv = before


def _given(answer: Any, *things: object, **options: object) -> Any:
    return answer


def appear(shell: Shell) -> None:
    """Let ``get_ipython`` give this shell, in the notebook, in modules, and where IPython itself asks."""
    from IPython.core import display_functions
    from IPython.core.interactiveshell import InteractiveShell

    for name, answer in (("initialized", True), ("instance", shell)):
        setattr(InteractiveShell, name, partial(_given, answer))
    given = {
        "get_ipython": partial(_given, shell),
        "display": display_functions.display,
        "__IPYTHON__": True,
    }
    vars(builtins).update(given)
    shell.user_ns["get_ipython"] = given["get_ipython"]
