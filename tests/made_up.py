"""A made-up language: every text is its English in brackets, so that what is outside of them was not told."""

import io
from gettext import GNUTranslations

from babel.messages.mofile import write_mo

from tests import messages

TOLD = "⟦{}⟧".format


def language() -> GNUTranslations:
    """Return the language; it has the texts that ``make messages`` finds and no others."""
    stream = io.BytesIO()
    write_mo(stream, messages.catalogue(TOLD))
    stream.seek(0)
    return GNUTranslations(stream)


def outside(text: str, depth: int = 0) -> tuple[str, int]:
    """Return what of a text is outside all brackets, and how many are open at its end."""
    kept = ""
    for each in text:
        depth -= each == "⟧"
        kept += each if depth == 0 and each not in "⟦⟧" else ""
        depth += each == "⟦"
    return kept, depth
