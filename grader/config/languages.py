"""Which languages are installed, and which one a terminal asks for.

English is in the code and always there. Another language is a catalogue at
``<folder>/<language>/LC_MESSAGES/chainrule.mo``; what it does not translate stays English.
"""

import gettext as catalogues
from collections.abc import Mapping
from pathlib import Path

ENGLISH = "en"
DOMAIN = "chainrule"
_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
FOLDER = Path(__file__).parents[1] / "locale"


def installed(folder: Path) -> Mapping[str, catalogues.NullTranslations]:
    """Return the catalogue of each language in a folder, and English."""
    found: dict[str, catalogues.NullTranslations] = {ENGLISH: catalogues.NullTranslations()}
    for file in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        with file.open("rb") as stream:
            found[file.parts[-3]] = catalogues.GNUTranslations(stream)
    return found


def of_terminal(variables: Mapping[str, str], folder: Path = FOLDER) -> catalogues.NullTranslations:
    """Return the catalogue of the first language that LANGUAGE, LC_ALL or LANG asks for and there is."""
    asked = next(filter(None, (variables.get(name) for name in _VARIABLES)), "")
    return catalogues.translation(DOMAIN, folder, asked.split(":"), fallback=True)
