"""Refuses sympy to a submission where derivatives are to be written by hand, and leaves it to torch.

torch needs sympy for itself, so it lies in the warm process, ready-made. An import passes through one of two
functions of Python's: ``builtins.__import__``, which the statement calls, and ``_gcd_import``, which all of
importlib calls. Both are replaced, and look at who imports, and at what was really imported: torch's own
modules hand sympy on under its name.

It is no wall: a determined student finds the module in ``sys.modules``.
"""

import builtins
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from types import FrameType, ModuleType
from typing import Any

from worker.sandbox.policy import SYMBOLIC, SYMBOLIC_MESSAGE

OWNERS = frozenset({SYMBOLIC, "functorch", "torch"})
"""Packages whose own modules may import it."""

_MACHINERY = frozenset({"_frozen_importlib", "importlib"})


def install() -> None:
    """Refuse sympy, from now on, to all but its owners, in this process and its forks."""
    machinery: Any = import_module("importlib._bootstrap")
    by_statement, by_function = builtins.__import__, machinery._gcd_import

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002  # Python's own names
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Iterable[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        top = name.partition(".")[0] if not level else ""
        if top == SYMBOLIC:
            _check_importer(sys._getframe(1))
        module = by_statement(name, globals, locals, fromlist or (), level)  # type: ignore[arg-type]
        if top in OWNERS and any(_is_symbolic(module, each) for each in fromlist or ()):
            _check_importer(sys._getframe(1))
        return module

    def gcd_import(name: str, package: str | None = None, level: int = 0) -> ModuleType:
        if name.partition(".")[0] == SYMBOLIC:
            _check_importer(sys._getframe(1))
        found: ModuleType = by_function(name, package, level)
        return found

    builtins.__import__ = import_
    machinery._gcd_import = gcd_import


def _check_importer(frame: FrameType | None) -> None:
    """Raise ImportError unless the innermost code that is none of Python's machinery is an owner's."""
    while frame is not None and _top(frame) in _MACHINERY:
        frame = frame.f_back
    if frame is None or _top(frame) not in OWNERS:
        raise ImportError(SYMBOLIC_MESSAGE, name=SYMBOLIC)


def _top(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _is_symbolic(module: ModuleType, name: str) -> bool:
    """Return whether a module's attribute is sympy, a part of it, or something that is defined there."""
    value = module.__dict__.get(name)
    home = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return isinstance(home, str) and home.partition(".")[0] == SYMBOLIC
