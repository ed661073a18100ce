"""What the reference calls something, in the words of an assignment that calls it otherwise."""

import re
from collections.abc import Mapping


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Return a text in which every word that has another name is replaced by it."""
    return re.sub(r"\w+", lambda found: names.get(found.group(), found.group()), text)
