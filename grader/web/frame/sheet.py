"""An assignment's text as HTML, and its handout as a zip.

The text is Markdown by an instructor; HTML in it is shown, not obeyed. Formulas between dollar signs
become MathML (grader.web.frame.formulas).
"""

import io
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from markdown_it import MarkdownIt
from markupsafe import Markup

from grader.feedback import installed
from grader.model import MOUNTED
from grader.web.frame import formulas

HANDOUT = "handout/"
KEPT = 32
# The first of January 1980, the earliest that a zip can say: the same files are the same zip.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Sheet:
    """What students read and download of one version of an assignment."""

    text: Markup
    handout: bytes


@dataclass(frozen=True)
class Sheets:
    """Sheets by version, which never change, so each is made once. Safe to share by threads."""

    _kept: OrderedDict[int, Sheet] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, suite_id: int) -> Sheet | None:
        """Return the sheet of a version, if it was made lately."""
        with self._lock:
            return self._kept.get(suite_id)

    def make(self, suite_id: int, files: Mapping[str, bytes], text: str) -> Sheet:
        """Make the sheet from the files that travel with a version; ``text`` names the one to read."""
        made = Sheet(rendered(files.get(text, b"").decode("utf-8", "replace")), _handout(files))
        with self._lock:
            self._kept[suite_id] = made
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return made


def rendered(text: str) -> Markup:
    """Return Markdown as HTML, one level below the page's heading."""
    reader = MarkdownIt("js-default", {"html": False, "linkify": False})
    formulas.use(reader)
    tokens = reader.parse(formulas.kept_together(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + 1, 6)}"
        # How a column is aligned comes as inline style, which the page's policy forbids.
        if token.attrs.pop("style", None) and token.type in ("td_open", "th_open"):
            token.attrs["class"] = "aligned"
    page = formulas.with_bars(reader.renderer.render(tokens, reader.options, {}))
    # Wide blocks scroll, and what scrolls must be reached by keyboard. Text of the author has no bare "<".
    return Markup(page.replace("<pre>", '<pre tabindex="0">'))


def _handout(files: Mapping[str, bytes]) -> bytes:
    """Return the handout as a zip, with what lies beside a hand-in; nothing where there is neither.

    With it go the versions that it is graded with, unless the course has a list of its own.
    """
    given = {
        name.removeprefix(folder): each
        for folder in (MOUNTED, HANDOUT)
        for name, each in files.items()
        if name.startswith(folder)
    }
    if not given:
        return b""
    given = {installed.REQUIREMENTS: installed.requirements()} | given
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(given):
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, given[name], zipfile.ZIP_DEFLATED)
    return stream.getvalue()
