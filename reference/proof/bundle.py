"""One file out of several: an adapter with all modules of the reference that it imports, as they are.

A box has none of our modules. So their sources, without comments and docstrings, stand in the file as text;
its first lines make modules of them in memory, each after those that it imports.
"""

import ast
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

ROOM = "reference"
CASE = "case"
"""The module from which the adapter learns what to do wrong."""

LEFT_OUT: Mapping[str, str] = MappingProxyType({f"{ROOM}.faults": "CATALOGUE, Fault = {}, object"})
"""What stands for a module that no submission needs: which mistakes there are, and how common."""

_BEGINNING = f"""\
import sys
from types import ModuleType

SOURCES = {{"{CASE}": CASE}}
"""
_MAKING = """
for NAME, TEXT in SOURCES.items():
    MODULE = sys.modules[NAME] = ModuleType(NAME)
    exec(compile(TEXT, NAME, "exec"), vars(MODULE))

"""


def bundle(adapter: str) -> str:
    """Return the file but for its head (see ``head``). Raises SyntaxError if the adapter is no Python."""
    modules = dict.fromkeys(_needed(ast.parse(adapter)))
    sources = "".join(f"SOURCES[{name!r}] = {_compact(_source(name))!r}\n" for name in modules)
    return f"{_BEGINNING}{sources}{_MAKING}{adapter}"


def head(**said: object) -> str:
    """Return the beginning of a file: what the adapter's module ``case`` says there, by name."""
    lines = "".join(f"{name} = {value!r}\n" for name, value in said.items())
    return f"CASE = {lines!r}\n"


def _needed(tree: ast.AST) -> Iterator[str]:
    """Yield the modules of the reference that a module needs, each after those that it needs itself."""
    for name in _imported(tree):
        yield from _needed(ast.parse(_source(name)))
        yield name


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            yield node.module


def _is_ours(module: str) -> bool:
    return module.startswith(f"{ROOM}.")


def _source(module: str) -> str:
    if module in LEFT_OUT:
        return LEFT_OUT[module]
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise SyntaxError(f"there is no module {module}")
    return Path(spec.origin).read_text(encoding="utf-8")


def _compact(source: str) -> str:
    """Return a module without what only people read."""
    return ast.unparse(_Bare().visit(ast.parse(source)))


class _Bare(ast.NodeTransformer):
    """Takes out strings that are statements; what has nothing else in it gets a ``pass``."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a docstring."""
        return None if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str) else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Keep a body."""
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Keep a body."""
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node
