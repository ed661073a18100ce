"""What a name stands for, by Python's own scopes (``symtable``): an import, or something of the student's.

A name is followed to the scope that binds it. There the last import that no other binding follows is what
it stands for: all of them for a function, which runs later, and those above for a use in the same scope.
``x = None`` and what stands under ``except`` are ways to do without and take nothing away.
"""

import symtable
import warnings
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple, Self


class Meaning(NamedTuple):
    """A dotted name, and whether an import of the file brought it."""

    name: str
    imported: bool


@dataclass(frozen=True)
class Binding:
    """A place that binds a name, in the order of the text; ``meaning``: a dotted name, None for one's own."""

    order: int
    meaning: str | None


Bindings = dict[str, list[Binding]]


@dataclass
class Globals:
    """The names of a module: of a file, or of all cells of a notebook.

    stars  modules of which everything was imported
    """

    bindings: Bindings = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)


class Scope:
    """A module, class, function, lambda or comprehension."""

    def __init__(self, table: symtable.SymbolTable, module: Globals, outer: Self | None = None) -> None:
        self.module = module
        self.outer = outer
        self.root: Scope = outer.root if outer else self
        self.is_module = outer is None
        self.is_class = table.get_type() == "class"
        self.bindings: Bindings = module.bindings if outer is None else {}
        function = table if isinstance(table, symtable.Function) else None
        self._locals = frozenset(function.get_locals()) if function else frozenset()
        told = () if outer is None else table.get_symbols()
        self._globals = frozenset(each.get_name() for each in told if each.is_global())
        self._children: dict[tuple[str, int], deque[symtable.SymbolTable]] = {}
        for child in table.get_children():
            self._children.setdefault((child.get_name(), child.get_lineno()), deque()).append(child)
        self._homes: dict[str, Scope] = {}

    def inner(self, name: str, line: int, own: frozenset[str] = frozenset()) -> "Scope":
        """Return the scope that begins here; ``own``: the names that a comprehension binds for itself."""
        tables = self._children.get((name, line))
        if not tables:
            return self._merged(own)
        table = tables.popleft()
        scope = Scope(table, self.module, self)
        # Python 3.12 and newer put a scope for ``[T]`` around what has type parameters, under the same name.
        return scope.inner(name, line) if str(table.get_type()).startswith("type param") else scope

    def _merged(self, own: frozenset[str]) -> "Scope":
        """Return the scope of a comprehension whose table Python 3.12 and newer merge with that around it."""
        scope = copy(self)
        scope.outer, scope.is_module, scope.is_class = self, False, False
        scope.bindings, scope._homes = {}, {}
        scope._locals, scope._globals = own, frozenset()
        return scope

    def bind(self, name: str, order: int, meaning: str | None, *, weak: bool = False) -> None:
        """Note that the name is bound here; a weak binding counts only when there is none before."""
        home = self if self.is_class else self._home(name)
        known = home.bindings.setdefault(name, [])
        if not (known and weak):
            known.append(Binding(order, meaning))

    def meanings(self, name: str, order: int) -> tuple[Meaning, ...]:
        """Return what a name may stand for here: nothing where it is something of the student's.

        A name that nothing binds is Python's own, or came with a star.
        """
        if self.is_class and (before := _last(self.bindings.get(name, ()), order)):
            return _said(before)
        home = self._home(name)
        known = home.bindings.get(name, [])
        found = _last(known, order) if home is self or not known else known[-1]
        if found is not None:
            return _said(found)
        if not home.is_module:
            return ()
        stars = (Meaning(f"{star}.{name}", imported=True) for star in self.module.stars)
        return (Meaning(name, imported=False), *stars)

    def _home(self, name: str) -> "Scope":
        """Return the scope whose name it is; never a class, whose names its functions don't see."""
        passed: list[Scope] = []
        here = self
        while not here.is_module and name not in here._locals:
            if name in here._homes or name in here._globals:
                here = here._homes.get(name, here.root)
                break
            passed.append(here)
            here = here.outer or here
        for scope in passed:
            scope._homes[name] = here
        return here


def module_scope(text: str, file: str, module: Globals) -> Scope:
    """Return the scope of a file; raises as ``compile`` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Scope(symtable.symtable(text, file, "exec"), module)


def _last(bindings: Sequence[Binding], order: int) -> Binding | None:
    place = bisect_left(bindings, order, key=attrgetter("order"))
    return bindings[place - 1] if place else None


def _said(binding: Binding) -> tuple[Meaning, ...]:
    return () if binding.meaning is None else (Meaning(binding.meaning, imported=True),)
