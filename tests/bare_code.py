"""Finds what a module says without gettext: prose in strings, and what an error or a terminal is given."""

import ast
import re
from collections.abc import Iterator
from types import MappingProxyType

from grader import errors
from tests.messages import FUNCTIONS, TABLES

# An error's words are for people, whatever they look like; so is what goes to a terminal.
ERRORS = frozenset(
    name
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, errors.ChainruleError)
)
TERMINAL = frozenset({"Text", "_paragraph", "_print", "_say", "confirm", "echo", "say"})
# What of these is not for people: logs, patterns, SQL, Python's own errors, and the help of commands.
UNSAID = frozenset(
    "AssertionError KeyError LookupError RuntimeError TypeError ValueError annotation argument cast command "
    "compile exec_driver_sql execute group option text".split()
)
LOGS = frozenset({"LOG", "_LOG", "log", "logging", "re"})
# A word and the next one; a value, which a bullet stands for, counts as a word.
_PROSE = re.compile(
    r"[^\W\d_]{2,}[,;:.]? [^\W\d_]|[^\W\d_]{2,}[,;:.]? \N{BULLET}|\N{BULLET}[,;:.]? [^\W\d_]{2,}"
)
VALUE = "•"
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADDRESS = re.compile(r"^(https?://\S+|\S*\w[._/-]\w\S*)$")
_ARGUMENTS = MappingProxyType(
    {**dict.fromkeys(ERRORS, frozenset({"what", "cure"})), **dict.fromkeys(TERMINAL, frozenset[str]())}
)


def bare(source: str) -> list[str]:
    """Return the texts of a module that are not told by gettext, with {} for values, in order."""
    tree = ast.parse(source)
    return list(_found(tree, shown=False, apart=_apart(tree)))


def _apart(tree: ast.AST) -> frozenset[int]:
    """Return docstrings and annotations, which nobody is shown."""
    apart = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))
        noted = (getattr(node, name, None) for name in ("annotation", "returns"))
        apart |= {id(each) for each in noted if each is not None}
    return frozenset(apart)


def _found(node: ast.AST, *, shown: bool, apart: frozenset[int]) -> Iterator[str]:
    if id(node) in apart or isinstance(node, ast.Assert):
        return
    if isinstance(node, ast.Call):
        yield from _of_call(node, apart)
    elif isinstance(node, ast.Constant | ast.JoinedStr):
        text = _text(node)
        if _is_said(text, shown):
            yield text.replace(VALUE, "{}")
        elif isinstance(node, ast.JoinedStr):
            for each in node.values:
                yield from _found(each, shown=shown, apart=apart)
    else:
        passes = isinstance(node, ast.BinOp | ast.BoolOp | ast.FormattedValue | ast.IfExp)
        for child in ast.iter_child_nodes(node):
            yield from _found(child, shown=shown and passes, apart=apart)


def _of_call(call: ast.Call, apart: frozenset[int]) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    whose = getattr(getattr(call.func, "value", None), "id", "")
    if name in UNSAID or name in TABLES or whose in LOGS:
        return
    told = len(FUNCTIONS[name] or (1,)) if name in FUNCTIONS else 0
    for each in (call.func, *call.args[told:]):
        yield from _found(each, shown=name in _ARGUMENTS, apart=apart)
    for keyword in call.keywords:
        yield from _found(keyword.value, shown=keyword.arg in _ARGUMENTS.get(name, ()), apart=apart)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(each) if isinstance(each, ast.Constant) else VALUE for each in node.values)
    return node.value if isinstance(node.value, str) else ""


def _is_said(text: str, shown: bool) -> bool:
    if shown and not _ADDRESS.match(text.strip()):
        return bool(_WORD.search(text))
    return bool(_PROSE.search(text))
