"""The texts of pages and messages, taken out of the code: what a translator gets.

``python -m tests.messages FILE`` writes them as a catalogue's template; tests make languages of them.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

from grader.web.frame.languages import DOMAIN

ROOT = Path(__file__).resolve().parents[1]
# Which functions take texts; those with two forms have numbers for where they are.
FUNCTIONS: Mapping[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "NN_": (1, 2),
}
METHODS = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}


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
