"""A notebook's text cells and code as lines to read. What it put out is not shown: it may be anything.

The document is foreign; whatever isn't as it should be makes it no notebook, and it is shown as a text file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUFFIX = ".ipynb"
_KINDS = ("code", "markdown", "raw")


@dataclass(frozen=True)
class Reading:
    """A notebook's lines. ``begins``: the line before each code cell's first one, by the cell's number."""

    lines: Sequence[str]
    begins: Mapping[int, int]


def read(content: bytes) -> Reading | None:
    """Return the cells one below the other, each under a line that says what it is; None for no notebook."""
    try:
        cells = list(_cells(json.loads(content)))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    lines: list[str] = []
    begins: dict[int, int] = {}
    for kind, source in cells:
        lines += [""] if lines else []
        lines.append(f"# Code cell {len(begins) + 1}" if kind == "code" else "# Text")
        if kind == "code":
            begins[len(begins) + 1] = len(lines)
        lines += source.split("\n")
    return Reading(lines, begins)


def _cells(document: Any) -> Iterator[tuple[str, str]]:
    for cell in document["cells"]:
        kind, source = cell["cell_type"], cell["source"]
        text = source if isinstance(source, str) else "".join(source)
        if kind not in _KINDS:
            raise ValueError(kind)
        yield kind, text
