"""Finds what a template says without gettext: text between tags, in attributes, and in expressions."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from jinja2 import Environment, nodes

# ``plural`` takes the key of a text with two forms.
TOLD = frozenset({"_", "gettext", "ngettext", "plural"})
READ_ALOUD = frozenset({"alt", "aria-label", "data-name", "label", "placeholder", "title"})
# What is in these is code, and the same in every language.
CODE = frozenset({"code", "pre", "script", "style"})
# Names, the ends of names of files, and the beginning of a class.
NAMES = frozenset({"Chainrule", "Chainrule · Chainrule", "CPU", "GPU", ".zip", "-handout.zip", "heat-"})
# Words of HTML that an expression puts into a tag.
HTML = frozenset(
    {"load delay:600ms,", "autofocus", "checked", "disabled", "fault", "open", "readonly", "selected"}
)
# Classes and ids of ours that an expression puts into an attribute.
OURS = frozenset({"bonus", "failed", "hidden", "late", "live", "passed", "plain", "second", "unseen"})
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PROSE = re.compile(r"[^\W\d_]{2,}[,;:.]? [^\W\d_]|^[A-Z][a-z]+$")


def bare(source: str) -> list[str]:
    """Return the texts of a template that are not told by gettext, in order."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    page = _Page()
    page.feed("".join(_written(tree)))
    return [*page.found, *_constants(tree)]


def _written(node: nodes.Node) -> Iterator[str]:
    """Yield what a template writes: its own text, and a mark for what an expression gives."""
    for each in node.iter_child_nodes():
        if isinstance(each, nodes.TemplateData):
            yield each.data
        elif isinstance(each, nodes.Expr):
            yield "\N{BULLET}"
        else:
            yield from _written(each)


class _Page(HTMLParser):
    """Reads a page and keeps its texts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag, attrs):
        self._code += tag in CODE
        for name, value in attrs:
            if name in READ_ALOUD:
                self._keep(value or "")

    def handle_endtag(self, tag):
        self._code -= tag in CODE

    def handle_data(self, data):
        if not self._code:
            self._keep(data)

    def _keep(self, text: str) -> None:
        said = " ".join(text.replace("\N{BULLET}", " ").split())
        # A macro can write attributes.
        if _LETTER.search(said) and said not in NAMES and '="' not in said:
            self.found.append(said)


def _constants(node: nodes.Node, *, shown: bool = False) -> Iterator[str]:
    """Yield the strings of expressions that are shown, or read like a sentence wherever they are."""
    for each in node.iter_child_nodes():
        if isinstance(each, nodes.Const):
            text = str(each.value).strip()
            if isinstance(each.value, str) and _is_said(text, shown):
                yield text
        elif isinstance(each, nodes.Call) and getattr(each.node, "name", "") in TOLD:
            for keyword in each.kwargs:
                yield from _constants(keyword)
        else:
            yield from _constants(each, shown=_shows(each, shown))


def _is_said(text: str, shown: bool) -> bool:
    if "=" in text or text in HTML | NAMES:
        return False
    return bool(_PROSE.search(text) or (shown and _WORD.fullmatch(text) and text not in OURS))


def _shows(node: nodes.Node, around: bool) -> bool:
    if isinstance(node, nodes.Output):
        return True
    return around and isinstance(node, nodes.CondExpr | nodes.Concat | nodes.Or)
