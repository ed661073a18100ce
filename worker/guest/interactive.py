"""Runs cells as an interactive session does: what a cell ends with is shown, kept, and may be awaited.

``_``, ``__``, ``___``, ``Out``, ``In`` and their relatives are what IPython makes of them; nothing is
printed, since what a cell shows is no output of its program.
"""

import __future__

import ast
import asyncio
import inspect
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from types import CodeType
from typing import Any

_FEATURES: int = reduce(
    or_, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
_UNDERSCORES = ("_", "__", "___")
_INPUTS = ("_i", "_ii", "_iii")


@dataclass(frozen=True)
class Steps:
    """A cell's code: its statements, and the expression it ends with."""

    statements: CodeType
    last: CodeType | None = None


def compile_steps(text: str, file: str, *, mode: str = "single", features: int = 0) -> Steps:
    """Compile a cell, whose last expression is shown (``single``) or returned (``eval``).

    features  of ``__future__`` that earlier cells have asked for
    Raises as ``compile`` does.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | features
    tree = compile(text, file, "exec", flags=flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or (mode == "single" and _ends_quietly(text, last)):
        return Steps(compile(tree, file, "exec", flags=flags, dont_inherit=True))
    shown = ast.Interactive([last]) if mode == "single" else ast.Expression(last.value)
    first = compile(ast.Module(tree.body[:-1], []), file, "exec", flags=flags, dont_inherit=True)
    return Steps(first, compile(shown, file, mode, flags=flags, dont_inherit=True))


def features_of(steps: Steps) -> int:
    """Return the features of ``__future__`` that a cell asks for, which hold for later ones."""
    return steps.statements.co_flags & _FEATURES


def _ends_quietly(text: str, last: ast.Expr) -> bool:
    """Say whether a semicolon follows the last expression: then nothing is shown."""
    lines = text.encode().split(b"\n")[(last.end_lineno or 1) - 1 :]
    rest = [lines[0][last.end_col_offset or 0 :], *lines[1:]]
    return b"".join(line.partition(b"#")[0].strip() for line in rest).endswith(b";")


@dataclass
class Interactive:
    """A session: names, what was put in and what was shown."""

    names: dict[str, Any]
    count: int = 0
    _shown: tuple[Any, Any, Any] = ("", "", "")
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _inputs: list[str] = field(default_factory=lambda: [""])

    def __post_init__(self) -> None:
        self.names |= {"In": self._inputs, "_ih": self._inputs, "_dh": []}
        self.forget()

    def forget(self) -> None:
        """Begin anew with what was shown."""
        self._shown = ("", "", "")
        out: dict[int, Any] = {}
        self.names |= {"Out": out, "_oh": out, **dict.fromkeys((*_UNDERSCORES, *_INPUTS), "")}

    def put_in(self, text: str) -> None:
        """Note what the next cell is; one without anything is not counted."""
        if text.strip():
            self.count += 1
            self._inputs.append(text)
            recent = [*self._inputs[:0:-1], "", "", ""][1:4]
            self.names |= {f"_i{self.count}": text, **dict(zip(_INPUTS, recent, strict=True))}

    def run(self, steps: Steps) -> Any:
        """Run a cell; return the value of a last expression that was compiled to be returned."""
        with self._showing():
            self._run(steps.statements)
            return None if steps.last is None else self._run(steps.last)

    def close(self) -> None:
        """End what still waits."""
        self._loop.close()

    def _run(self, code: CodeType) -> Any:
        if code.co_flags & inspect.CO_COROUTINE:
            return self._loop.run_until_complete(eval(code, self.names))  # noqa: S307 - behind all walls
        with self._running():
            return eval(code, self.names)  # noqa: S307

    @contextmanager
    def _running(self) -> Iterator[None]:
        """Let code find a running loop, as in Jupyter; tasks that it begins go on with the next ``await``."""
        asyncio._set_running_loop(self._loop)
        try:
            yield
        finally:
            asyncio._set_running_loop(None)

    @contextmanager
    def _showing(self) -> Iterator[None]:
        before, sys.displayhook = sys.displayhook, self._show
        try:
            yield
        finally:
            sys.displayhook = before

    def _show(self, value: Any) -> None:
        names = self.names
        if value is None or value is names["_oh"]:
            return
        own = all(names.get(name, kept) is kept for name, kept in zip(_UNDERSCORES, self._shown, strict=True))
        self._shown = (value, *self._shown[:2])
        if own:  # else a variable of the cell's own has that name
            names |= dict(zip(_UNDERSCORES, self._shown, strict=True))
        names["_oh"][self.count] = names[f"_{self.count}"] = value


def keep_lines(file: str, text: str) -> None:
    """Keep a cell's text for tracebacks, with lines as Python counts them."""
    linecache.cache[file] = (len(text), None, [f"{line}\n" for line in text.split("\n")], file)
