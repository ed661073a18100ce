"""Assignments that are variants of a shipped one: other names and conventions, the same tests.

``[interface] base = "nyu-hw1"`` in assignment.toml takes the files of that assignment which the folder lacks:
tests, data, graph with its pictures, proof. Text, handout and samples are each assignment's own. The other
keys of the table are names of the base, and what they are called here; in the graph, its pictures and the
proof they are replaced, and the tests read the table themselves.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from grader.errors import AssignmentError
from grader.model.language import _

KEY = "base"
OWN = frozenset({"handout", "submissions"})
RENAMED = frozenset({"graph.toml", "graph.svg", "graph-narrow.svg", "proof/proof.toml"})


def interface(document: bytes) -> Mapping[str, str]:
    """Return the table [interface] of a document, empty if there is none or it can't be read.

    Whoever reads the document itself says what is wrong with it.
    """
    try:
        table = tomllib.loads(document.decode("utf-8")).get("interface", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    texts = isinstance(table, dict) and all(isinstance(value, str) for value in table.values())
    return table if texts else {}


def completed(
    files: Mapping[str, bytes], document: str, shipped: Callable[[str], Mapping[str, bytes]], where: str
) -> dict[str, bytes]:
    """Return the files with those of the base that they lack.

    document  name of the file with the table;  shipped  the files of the assignment of this name, empty if
    there is none. Raises AssignmentError for a base that there is not.
    """
    table = interface(files.get(document, b""))
    base = table.get(KEY)
    if base is None:
        return dict(files)
    lent = {name: content for name, content in shipped(base).items() if _is_lent(name)}
    if not lent:
        raise AssignmentError(
            _("no shipped assignment is called “%(base)s”", base=base),
            where=f"{where}/{document}: interface.{KEY}",
            cure=_("Name one that comes with the program, such as nyu-hw1."),
        )
    names = {word: name for word, name in table.items() if word != KEY}
    return {name: _renamed(name, content, names) for name, content in lent.items()} | dict(files)


def _is_lent(name: str) -> bool:
    """Say whether a file of a base is for its variants too."""
    top, *rest = PurePosixPath(name).parts
    return top not in OWN if rest else name in RENAMED or name.endswith(".py")


def _renamed(name: str, content: bytes, names: Mapping[str, str]) -> bytes:
    """Return a file in which the names of the base are those of the variant."""
    if name not in RENAMED or not names:
        return content
    words = "|".join(re.escape(word) for word in sorted(names, key=len, reverse=True))
    # In a TOML string \n stands before a word as a letter, which is none of the word's.
    pattern = re.compile(rf"(?:(?<![\w.])|(?<=\\n))(?:{words})(?!\w)")
    return pattern.sub(lambda found: names[found.group()], content.decode("utf-8")).encode("utf-8")
