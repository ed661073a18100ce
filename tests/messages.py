"""The texts of pages and messages, taken out of the code: what a translator gets.

``python -m tests.messages FILE`` writes them as a catalogue's template; tests make languages of them.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from grader.config.languages import DOMAIN

ROOT = Path(__file__).resolve().parents[1]
# Which functions take texts; those with two forms have numbers for where they are.
FUNCTIONS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "NN_": (1, 2),
}
# Whose arguments are texts by what it is; which of them, or all. Of a table in braces it is the values.
TABLES: Mapping[str, slice] = {
    "CatalogueEntry": slice(None),
    "Row": slice(1, 4),
    "Texts": slice(None),
    "VerdictLook": slice(1, 2),
    "_setting": slice(1, 2),
}
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "tests.messages:of_python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
Found = tuple[int, str, Any, list[str]]


def of_python(stream: Any, keywords: Any, comments: Any, options: Any) -> Iterator[Found]:
    """Yield the texts of a module: those in functions' brackets, and those of tables.

    It reads the tree, since a text can stand within a value of another, and values can be f-strings.
    """
    for call in ast.walk(ast.parse(stream.read())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            name = call.func.id
            if name in FUNCTIONS:
                forms = [_text(each) for each in call.args[: len(FUNCTIONS[name] or (1,))]]
                if all(forms):
                    yield call.lineno, name, forms[0] if len(forms) == 1 else tuple(forms), []
            elif name in TABLES:
                yield from ((line, "_", text, []) for line, text in _of_table(call, TABLES[name]))


def _of_table(call: ast.Call, which: slice) -> Iterator[tuple[int, str]]:
    """Yield line and text of what a row of a table, or a whole one, says."""
    named = [each.value for each in call.keywords if which == slice(None)]
    for each in (*call.args[which], *named):
        for value in each.values if isinstance(each, ast.Dict) else (each,):
            if text := _text(value):
                yield value.lineno, text


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def catalogue(told: Callable[[str], str] = lambda text: "") -> Catalog:
    """Return a catalogue of all texts, each as ``told`` translates it."""
    made = Catalog(domain=DOMAIN, project="Chainrule", charset="utf-8", fuzzy=False)
    for file, line, text, notes, _ in extract_from_dir(
        ROOT / "grader", METHODS, OPTIONS, FUNCTIONS, directory_filter=lambda _: True
    ):
        forms = tuple(map(told, text)) if isinstance(text, tuple) else told(text)
        made.add(text, forms, locations=[(f"grader/{file}", line)], auto_comments=notes)
    return made


def install(folder: Path, language: str, told: Callable[[str], str]) -> None:
    """Write the catalogue of a language to where the application looks for it."""
    place = folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    place.parent.mkdir(parents=True)
    with place.open("wb") as stream:
        write_mo(stream, catalogue(told))


def main(path: str) -> None:
    """Write the texts to a file, in order, without the moment: the same code gives the same file."""
    there = Path(path)
    there.parent.mkdir(parents=True, exist_ok=True)
    with there.open("wb") as stream:
        write_po(stream, catalogue(), sort_output=True, omit_header=True, width=100)
    print(there)


if __name__ == "__main__":
    main(*sys.argv[1:])
