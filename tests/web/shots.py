"""Pictures of pages for the documentation: only those that a page of it shows.

With CHAINRULE_SCREENSHOTS=docs/screenshots the tests that open these pages make them anew on the way.
"""

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FOLDER = ROOT / "docs/screenshots"


def shown():
    """Return the names of the pictures that the documentation shows."""
    texts = (each.read_text() for each in DOCUMENTS)
    return {name for text in texts for name in re.findall(r"screenshots/([\w-]+\.png)", text)}


def wanted(name, width):
    """Return where to put the picture of a page at a width; None where nobody asks for it."""
    folder, file = os.environ.get("CHAINRULE_SCREENSHOTS", ""), f"{name}-{width}.png"
    return Path(folder) / file if folder and file in shown() else None
