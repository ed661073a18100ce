"""Names of the code that documents mention: which they are, and whether the code has them.

Everything is read from the source, so that a name costs no import.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

from tests import rooms

ROOT = rooms.ROOT
TOPS = (*rooms.PRODUCT, "tests", "benchmarks")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
DOTTED = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(.*\))?")
PATH = re.compile(r"[\w.<>*-]+(?:/[\w.<>*-]+)*/?")
# A name with one of these ends is a file's.
ENDS = ("toml", "md", "py", "svg", "txt", "json", "sh", "css", "html")


def mentioned(page: str) -> Iterator[str]:
    """Yield the dotted names and paths in backticks, outside of blocks of code."""
    for text in TICKED.findall(FENCE.sub("", page)):
        if (PATH.fullmatch(text) and ("/" in text or text.endswith(ENDS))) or DOTTED.fullmatch(text):
            yield text


def exists(name: str) -> bool:
    """Say whether the code has what a document mentions."""
    if "/" in name or name.rpartition(".")[2] in ENDS:
        return _has_path(name)
    found = DOTTED.fullmatch(name)
    return found is not None and _has_name(found[1])


def _has_path(name: str) -> bool:
    """A path of the project; or of an assignment's folder, where a document speaks of one."""
    pattern = re.sub(r"<[^>]*>", "*", name).rstrip("/")
    places = (pattern, f"hidden_tests/*/{pattern}")
    return any(next(ROOT.glob(place), None) is not None for place in places)


def _has_name(name: str) -> bool:
    """A full name; or the end of one, such as ``scoring.total`` or ``Check.ask``."""
    first, _, rest = name.partition(".")
    if first in TOPS:
        return _within(name)
    ends = [each for each in _sources() if each.rpartition(".")[2] == first]
    owners = [f"{module}.{first}" for module in _sources() if first in _defined(module)]
    return any(_within(f"{owner}.{rest}") for owner in (*ends, *owners))


def _within(name: str) -> bool:
    """Say whether a full name is a module, or something that one defines or hands on."""
    parts = name.split(".")
    for size in range(len(parts), 0, -1):
        module, rest = ".".join(parts[:size]), parts[size:]
        if module in _sources():
            return not rest or _has_parts(module, rest)
    return any(each.startswith(f"{name}.") for each in _sources())


def _has_parts(module: str, rest: list[str]) -> bool:
    found = _defined(module).get(rest[0])
    if isinstance(found, ast.ImportFrom):
        return found.module in _sources() and _has_parts(found.module, rest)
    if len(rest) == 1:
        return found is not None
    return isinstance(found, ast.ClassDef) and set(rest[1:]) <= set(_members(found.body))


@cache
def _sources() -> Mapping[str, str]:
    return {module.name: module.source for module in rooms.modules(*TOPS)}


@cache
def _defined(module: str) -> Mapping[str, ast.stmt]:
    return _members(ast.parse(_sources()[module]).body)


def _members(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    return {name: statement for statement in body for name in _names(statement)}


def _names(statement: ast.stmt) -> Iterator[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (each.id for each in targets if isinstance(each, ast.Name))
        case ast.ImportFrom(names=names):
            yield from (each.asname or each.name for each in names)


def function(name: str) -> ast.FunctionDef | ast.ClassDef | None:
    """Return the definition with this full name, or with a full name that ends like it."""
    for module in _sources():
        for length in (1, 2):
            parts = name.split(".")
            owner, rest = ".".join(parts[:-length]), parts[-length:]
            if owner and (module == owner or module.endswith(f".{owner}")):
                found = _definition(_defined(module), rest)
                if found is not None:
                    return found
    return None


def _definition(members: Mapping[str, ast.stmt], rest: list[str]) -> ast.FunctionDef | ast.ClassDef | None:
    found = members.get(rest[0])
    if len(rest) > 1:
        return _definition(_members(found.body), rest[1:]) if isinstance(found, ast.ClassDef) else None
    return found if isinstance(found, ast.FunctionDef | ast.ClassDef) else None


def calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls in a piece of source."""
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))
