"""Syntax of newer Pythons than the one that grades: which one reads what this one doesn't.

A source that can't be compiled is written anew without what newer ones brought; if that can be compiled, or
fails further down, it was the reason. Strings are read as PEP 701 says: an f-string may hold its own quotes.
"""

import ast
import platform
import re
import sys
import warnings
from collections.abc import Iterable, Sequence

Version = tuple[int, int]
_PREFIX = re.compile(r"[A-Za-z]{0,2}('''|\"\"\"|'|\")")
_NAMED = r"^([ \t]*(?:async[ \t]+def|def|class)[ \t]+\w+)[ \t]*"
_LINES: tuple[tuple[Version, re.Pattern[str], str], ...] = (
    # PEP 696, 695, 695
    ((3, 13), re.compile(_NAMED + r"\[[^\]\n=]*=[^\n]*?\](?=[ \t]*[(:])", re.M), r"\1"),
    ((3, 12), re.compile(_NAMED + r"\[[^\n]*?\](?=[ \t]*[(:])", re.M), r"\1"),
    ((3, 12), re.compile(r"^([ \t]*)type[ \t]+\w+[ \t]*(?:\[[^\n]*?\])?[ \t]*=", re.M), r"\1_ ="),
    # PEP 758
    ((3, 14), re.compile(r"^([ \t]*except\*?[ \t]+)([\w.][^:\n(,]*+,[^:\n(]*+):", re.M),
     r"\1(\2):"),
)  # fmt: skip
_F_STRINGS, _T_STRINGS, _ANNOTATIONS = (3, 12), (3, 14), (3, 14)
_DEEPEST = 20
# How Python 3.11 says that what stands in the braces of an f-string is wrong, which it is in newer ones, too.
_WITHIN = "f-string: invalid syntax"


def explained(error: SyntaxError, text: str) -> SyntaxError:
    """Return the error, with both versions in its message where a newer Python reads the text."""
    needed = version_for(text, error)
    if needed is not None:
        error.msg += f"; Python {_dotted(needed)} reads this, but {platform.python_version()} grades"
    return error


def version_for(text: str, error: SyntaxError, running: Version = sys.version_info[:2]) -> Version | None:
    """Return the first Python that reads what fails there; None for what none is known to read."""
    try:
        plain, strings = _without_strings(text)
        found = {each for each in strings if each > running and not error.msg.startswith(_WITHIN)}
        for version, pattern, instead in _LINES:
            if version > running and pattern.search(plain):
                plain, found = pattern.sub(instead, plain), found | {version}
        return max(found) if found and _gets_further(plain, error.lineno or 0) else None
    except (RecursionError, MemoryError, ValueError):
        return None


def annotated(lines: Sequence[str], line: int, name: str, running: Version = sys.version_info[:2]) -> bool:
    """Return whether the name stands in an annotation of that line, which 3.14 does not evaluate."""
    if running >= _ANNOTATIONS:
        return False
    try:
        nodes = list(ast.walk(ast.parse("".join(lines))))
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return False
    noted = [
        each
        for node in nodes
        for each in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if isinstance(each, ast.expr)
    ]
    inner = (each for outer in noted for each in ast.walk(outer) if isinstance(each, ast.Name))
    return any((each.id, each.lineno) == (name, line) for each in inner)


def _gets_further(plain: str, line: int) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(plain, "", "exec", dont_inherit=True)
    except SyntaxError as error:
        return (error.lineno or 0) > line
    return True


def _without_strings(text: str) -> tuple[str, set[Version]]:
    """Return the text with empty strings and no comments, and which Pythons may read strings of it alone."""
    parts: list[str] = []
    found: set[Version] = set()
    place = 0
    while place < len(text):
        if text[place] == "#":
            place = _line_end(text, place)
            continue
        start = _PREFIX.match(text, place)
        if start is None or (parts and _is_word(parts[-1][-1:])):
            parts.append(text[place])
            place += 1
            continue
        end = _string_end(text, start, 0)
        if "t" in start[0].lower():
            found.add(_T_STRINGS)
        elif "f" in start[0].lower():
            found.add(_F_STRINGS)
        parts.append('"""' + "\n" * text.count("\n", place, end) + '"""')
        place = end
    return "".join(parts), found


def _string_end(text: str, start: re.Match[str], depth: int) -> int:
    """Return where a string ends; raises ValueError for one that doesn't, or is too deep in others."""
    formatted = bool({*start[0].lower()} & {"f", "t"})
    quote, place, braces = start[1], start.end(), 0
    if depth > _DEEPEST:
        raise ValueError("strings in strings in strings")
    while place < len(text):
        inner = _PREFIX.match(text, place) if braces else None
        if not braces and text.startswith(quote, place):
            return place + len(quote)
        if text[place] == "\n" and len(quote) == 1 and not braces:
            break
        if inner is not None:
            place = _string_end(text, inner, depth + 1)
        elif text[place] == "\\" and not braces:
            place += 2
        elif braces and text[place] == "#":
            place = _line_end(text, place)
        elif formatted and text[place : place + 2] in ("{{", "}}") and not braces:
            place += 2
        else:
            braces += formatted * ((text[place] == "{") - (text[place] == "}" and braces > 0))
            place += 1
    raise ValueError("a string without an end")


def _line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _dotted(version: Iterable[int]) -> str:
    return ".".join(map(str, version))
