"""A cell's text as Python: what IPython's rules take for a magic or a command becomes a call of the shell.

The rules are those of ``IPython.core.inputtransformer2``, which turns text into text and needs no kernel; the
shell that is called is our own (worker.guest.shell). A cell that is Python stays as it is. Every line keeps
its number. What IPython does in more than linear time is bounded here: one notebook has a budget of
characters that are taken apart, and long lines are looked at neither for help nor for prompts.
"""

import ast
import re
from dataclasses import dataclass
from typing import Any

from IPython.core.inputtransformer2 import HelpEnd, TransformerManager, cell_magic, classic_prompt

BUDGET = 500_000
"""Characters that are taken apart for one notebook, each as often as its cell is."""

LONGEST_LINE = 2000
DEEPEST = 8
"""How many cell magics may stand above each other."""

_LINE_CALL = "get_ipython().run_line_magic("
_CELL_CALL = "get_ipython().run_cell_magic("
_FIRST_WORD = re.compile(r"[ \t]*+([^\W\d][\w.]*+)[ \t]*+(.*+)\n?+\Z")
_OPTIONS = re.compile(r"(?:-\w++(?:[ \t]++[\w./:]++(?=[ \t]))?+[ \t]++|--[\w-]++[ \t]++)*+")

# Magics in front of code that runs, in a line and above a cell.
RUNNING = frozenset("time timeit prun memit mprun lprun debug".split())
RUNNING_CELLS = RUNNING | {"capture"}
WRITING = frozenset({"writefile", "file"})
# A first word that is none of the cell's variables may be one of these, without a percent sign.
AUTOMATIC = frozenset(
    """
    cat cd colors config cp debug dhist dirs ed edit env hist history ldir less lf lk ll load load_ext loadpy
    ls lsmagic lx macro magic man matplotlib mkdir more mv notebook page pastebin pdb pdef pdoc pfile pinfo
    pip popd pprint precision prun psearch psource pushd pwd pycat pylab quickref recall rehashx reload_ext
    rep rerun reset reset_selective rm rmdir run save sc set_env sx system tb time timeit uv unload_ext who
    who_ls whos xdel xmode conda mamba autoawait
    """.split()
)


@dataclass(frozen=True)
class Converted:
    """A cell as Python.

    text       what is run
    seen       what is looked at: the same, with code that a magic runs as code
    automatic  what is run instead if the first word is no variable then: that word, and a call
    """

    text: str
    seen: str
    automatic: tuple[str, str] | None = None


@dataclass
class Converter:
    """Converts the cells of one notebook, as long as its budget lasts."""

    left: int = BUDGET

    def convert(self, source: str, depth: int = 0) -> Converted:
        """Return a cell as Python; one that can't be converted stays what it is."""
        automatic = _automatic(source)
        if is_python(source):
            return Converted(source, source, automatic)
        try:
            found = self._convert(source, depth)
        except Exception:  # IPython's tokens raise many kinds for what is no Python
            return Converted(source, source, automatic)
        return Converted(found.text, found.seen if is_python(found.seen) else found.text, automatic)

    def _convert(self, source: str, depth: int) -> Converted:
        manager = _manager(source)
        lines = [f"{line}\n" for line in source.removesuffix("\n").split("\n")]
        ends = len(lines)
        cleanup: Any = manager.cleanup_transforms  # half annotated
        for clean in cleanup:
            lines = clean(lines)
        above = "\n" * (ends - "".join(lines).count("\n"))
        called = cell_magic(lines)
        if called is not lines:
            return self._cell(above, called[0], ends, depth)
        changed = self._lines(manager, lines)
        seen = [_as_code(line) if place in changed else line for place, line in enumerate(lines)]
        return Converted(above + "".join(lines), above + "".join(seen))

    def _lines(self, manager: TransformerManager, lines: list[str]) -> set[int]:
        """Convert line after line in place, each keeping its number; return which have changed."""
        changed: set[int] = set()
        size = sum(map(len, lines))
        while True:
            self.left -= size
            if self.left < 0:
                raise ValueError("too many magics")
            more, after = manager.do_one_token_transform(lines)
            if not more:
                return changed
            place = next(at for at, line in enumerate(after) if line != lines[at])
            after[place + 1 : place + 1] = ["\n"] * (len(lines) - len(after))
            lines[:] = after
            changed.add(place)

    def _cell(self, above: str, call: str, ends: int, depth: int) -> Converted:
        name, argument, body = _arguments(call, _CELL_CALL)
        head = "\n" * (ends - body.count("\n"))
        seen = ""
        if name in RUNNING_CELLS and depth < DEEPEST:
            seen = self.convert(body, depth + 1).seen
        elif name in WRITING and argument.endswith(".py"):
            seen = body
        return Converted(above + call, head + seen)


def is_python(text: str) -> bool:
    """Say whether a text is Python as a cell may have it, with ``await`` outside of functions."""
    try:
        compile(text, "", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def without_options(code: str) -> str:
    """Return what stands behind a magic's options: ``-n 3 f(x)`` gives ``f(x)``."""
    return code[len(_OPTIONS.match(code)[0]) :]  # type: ignore[index]  # it matches nothing, too


def _automatic(source: str) -> tuple[str, str] | None:
    """Return the word and the call, where IPython would take a cell of one line for a magic."""
    found = _FIRST_WORD.match(source)
    if found is None or found[1] not in AUTOMATIC or found[2].startswith(("=", ",")):
        return None
    if is_python(source) and not isinstance(ast.parse(source).body[0], ast.Expr):
        return None  # something is done to a name: as Python it says so if there is none
    return found[1], f"{_LINE_CALL}{found[1]!r}, {found[2]!r})"


def _manager(source: str) -> TransformerManager:
    manager = TransformerManager()
    manager.token_transformers = [*manager.token_transformers[:-1], _Help]
    if ">>>" not in source or max(map(len, source.split("\n"))) > LONGEST_LINE:
        manager.cleanup_transforms.remove(classic_prompt)
    return manager


class _Help(HelpEnd):
    """A question about a name, within what is looked at in a moment: IPython's own takes quadratic time."""

    def transform(self, lines: list[str]) -> list[str]:
        if sum(map(len, lines[self.start_line : self.q_line + 1])) > LONGEST_LINE:
            raise SyntaxError("too long for a question")
        return super().transform(lines)  # type: ignore[no-any-return, no-untyped-call]


def _as_code(line: str) -> str:
    """Return a converted line with the code that its magic runs in the magic's place."""
    before, call, rest = line.partition(_LINE_CALL)
    if not call:
        return line
    name, code = _arguments(call + rest, _LINE_CALL)
    return f"{before}{without_options(code)}\n" if name in RUNNING else line


def _arguments(call: str, function: str) -> Any:
    return ast.literal_eval(f"({call.strip().removeprefix(function)}")
