"""Pictures of computation graphs, as they go into a page: checked, and with each node's mark. Pure.

They are files of an assignment, hence foreign: one is taken only if it holds nothing but the shapes, texts
and attributes that ``chainrule picture`` writes, each of the form it writes. So no picture can bring a
script, a style, a link, or a name that the page has given already.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from grader.errors import AssignmentError
from grader.model.language import N_, _
from grader.picture.graphs import Graph, Mark

GREATEST_BYTES = 256 * 1024
DEEPEST = 5  # svg, sheet, group, sign, and what a sign is made of
SIGN_RADIUS = 8
_NAMESPACE = "{http://www.w3.org/2000/svg}"
_CURE = N_("Draw it with: chainrule picture FOLDER")
_NUMBER = r"-?\d{1,5}(?:\.\d{1,4})?"
_CLASSES = frozenset("picture wide narrow step forward backward value flow given sign".split())
_ELEMENTS = frozenset({"svg", "title", "desc", "g", "path", "polygon", "polyline", "ellipse", "text"})
# Attribute → what it may say.
_ATTRIBUTES: Mapping[str, re.Pattern[str]] = {
    "aria-labelledby": re.compile(r"(?:(?:wide|narrow)-(?:title|desc) ?)+"),
    "class": re.compile(rf"(?:(?:{'|'.join(sorted(_CLASSES))}) ?)+"),
    "cx": re.compile(_NUMBER),
    "cy": re.compile(_NUMBER),
    "d": re.compile(r"[MCLQZz\d., -]*"),
    "data-from": re.compile(r"[A-Za-z0-9_.-]+"),
    "data-key": re.compile(r"[A-Za-z0-9_.-]+"),
    "data-to": re.compile(r"[A-Za-z0-9_.-]+"),
    "fill": re.compile(r"none|currentColor"),
    "font-size": re.compile(_NUMBER),
    "id": re.compile(r"(?:wide|narrow)-(?:title|desc)"),
    "points": re.compile(r"[\d., -]*"),
    "role": re.compile("img"),
    "rx": re.compile(_NUMBER),
    "ry": re.compile(_NUMBER),
    "stroke": re.compile(r"none|currentColor"),
    "text-anchor": re.compile(r"start|middle|end"),
    "transform": re.compile(rf"translate\({_NUMBER} {_NUMBER}\)"),
    "viewBox": re.compile(rf"{_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER}"),
    "x": re.compile(_NUMBER),
    "y": re.compile(_NUMBER),
}


@dataclass(frozen=True)
class Paint:
    """How a node is to look: its mark, the sign that stands for it, and what a pointer is told."""

    mark: Mark
    sign: str
    words: str


def check(content: bytes, graph: Graph, where: str) -> None:
    """Raise AssignmentError unless the picture is one of ours and shows the nodes of the graph."""
    shown = set(_steps(_parsed(content, where)))
    if shown != {each.key for each in graph.nodes}:
        raise AssignmentError(
            _("this picture does not show the nodes of graph.toml"), where=where, cure=_(_CURE)
        )


def painted(content: bytes, paints: Mapping[str, Paint], where: str) -> str:
    """Return a picture as markup for a page, its nodes marked.

    Raises AssignmentError if it isn't one of ours.
    """
    root = _parsed(content, where)
    # As large as it was drawn where there is room; the style sheet makes it smaller where there is none.
    root.set("width", root.get("viewBox", "").split()[2])
    for key, group in _steps(root).items():
        if key in paints:
            _paint(group, paints[key])
    return ElementTree.tostring(root, encoding="unicode")


def _paint(group: Element, paint: Paint) -> None:
    group.set("class", f"{group.get('class')} {paint.mark}")
    title = Element("title")
    title.text = paint.words
    group.insert(0, title)
    for place in group.findall("g[@class='sign']") if paint.sign else ():
        SubElement(place, "circle", r=str(SIGN_RADIUS))
        sign = SubElement(place, "text", {"text-anchor": "middle", "dy": ".36em"})
        sign.text = paint.sign


def _steps(root: Element) -> Mapping[str, Element]:
    groups = (each for each in root.iter("g") if "step" in each.get("class", "").split())
    return {each.get("data-key", ""): each for each in groups}


def _parsed(content: bytes, where: str) -> Element:
    """Return a copy of the picture, in which nothing is but what may be."""
    if not content:
        raise AssignmentError(_("picture not found"), where=where, cure=_(_CURE))
    try:
        text = content.decode("utf-8")
        # Neither comments, nor declarations, nor entities: ours have none.
        if len(content) > GREATEST_BYTES or "<!" in text or "<?" in text:
            raise _refusal(_("it is too large or has declarations"), where)
        return _copied(ElementTree.fromstring(text), where, 1)
    except (UnicodeDecodeError, ElementTree.ParseError):
        raise _refusal(_("it can't be read"), where) from None


def _copied(each: Element, where: str, depth: int) -> Element:
    name = each.tag.removeprefix(_NAMESPACE)
    if name not in _ELEMENTS or depth > DEEPEST or (name == "svg") is not (depth == 1):
        raise _refusal(_("it contains a “%(name)s”", name=name[:40]), where)
    for attribute, value in each.items():
        if attribute not in _ATTRIBUTES or not _ATTRIBUTES[attribute].fullmatch(value):
            raise _refusal(
                _("“%(attribute)s” of a “%(name)s” has another value", attribute=attribute[:40], name=name),
                where,
            )
    copy = Element(name, dict(each.items()))
    copy.text, copy.tail = each.text, each.tail
    copy.extend([_copied(part, where, depth + 1) for part in each])
    if name == "svg" and not {"viewBox", "role"} <= set(copy.attrib):
        raise _refusal(_("it has no size"), where)
    return copy


def _refusal(why: str, where: str) -> AssignmentError:
    return AssignmentError(
        _("this picture was not drawn by chainrule picture: %(why)s", why=why), where=where, cure=_(_CURE)
    )
