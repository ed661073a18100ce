"""What Graphviz answers, as an SVG that a page can hold.

    <svg class="picture wide" role="img" viewBox="…">
      <title> <desc>                                       the graph in words
      <g class="flow [given]" data-from="…" data-to="…">   an edge: line, arrow head, label
      <g class="value" data-key="…">                       what goes in or comes out
      <g class="step forward" data-key="f.forward">        a step: outline, label
        <g class="sign" transform="translate(…)"/>         where its sign is to stand
      </g>

Nothing in it is a style or a script, and no size is fixed: pages have a strict content security policy,
colours come from their style sheet, and a picture is as wide as there is room.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from reference.picture.graph import Graph
from reference.picture.layout import ARROW, WIDE, Form, dot, laid_out

NAMESPACE = "http://www.w3.org/2000/svg"
# What is kept of a shape: where it is. How it looks is the page's, and in the file alone a thin line.
SHAPES = {
    "path": ("d",),
    "polygon": ("points",),
    "polyline": ("points",),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "text": ("x", "y", "text-anchor", "font-size"),
}
KINDS = ("step", "value", "flow")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOVED = re.compile(r"translate\([^)]*\)")


def svg(graph: Graph, form: Form = WIDE) -> str:
    """Return the graph as an SVG, laid out by Graphviz. Raises GraphError where there is none."""
    # Graphviz's own output: no document of somebody else's is parsed here.
    return cleaned(ElementTree.fromstring(laid_out(dot(graph, form))), graph, form)


def cleaned(answer: Element, graph: Graph, form: Form) -> str:
    """Return Graphviz's picture as one that a page can hold."""
    root = Element("svg", {"xmlns": NAMESPACE, "class": f"picture {form.name}", "role": "img"})
    root.set("viewBox", answer.get("viewBox", ""))
    names = {each: f"{form.name}-{each}" for each in ("title", "desc")}
    root.set("aria-labelledby", " ".join(names.values()))
    SubElement(root, "title", id=names["title"]).text = graph.title
    SubElement(root, "desc", id=names["desc"]).text = graph.words()
    whole = answer.find(f"{{{NAMESPACE}}}g")
    assert whole is not None  # Graphviz puts everything in one group
    moved = _MOVED.search(whole.get("transform", ""))
    sheet = SubElement(root, "g", transform=moved[0]) if moved else SubElement(root, "g")
    sheet.extend(sorted(_groups(whole), key=_kind, reverse=True))
    ElementTree.indent(root, " ")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _groups(whole: Element) -> Iterator[Element]:
    """Yield the group of each step, value and edge."""
    for each in whole.iter(f"{{{NAMESPACE}}}g"):
        words = each.get("class", "").split()
        if not set(KINDS) & set(words):
            continue
        group = Element("g", {"class": " ".join(words[1:])})  # the first is Graphviz's own
        known = each.get("id", "")
        if "flow" in words:
            group.attrib |= zip(("data-from", "data-to"), known.split(ARROW), strict=True)
        else:
            group.set("data-key", known)
        group.extend(_shape(part) for part in each.iter() if _name(part) in SHAPES)
        if "step" in words:
            _finish(group)
        yield group


def _kind(group: Element) -> int:
    """Return the place of its kind in KINDS: edges are drawn first, and steps over them."""
    return next(place for place, kind in enumerate(KINDS) if kind in group.get("class", "").split())


def _name(part: Element) -> str:
    return str(part.tag).removeprefix(f"{{{NAMESPACE}}}")


def _shape(part: Element) -> Element:
    name = _name(part)
    shape = Element(name, {each: part.get(each, "") for each in SHAPES[name] if part.get(each)})
    if name == "text":
        shape.text = (part.text or "").strip()  # what sets it off the edge has done its work
    else:
        shape.attrib |= {"fill": "none", "stroke": "currentColor"}
    if name == "polygon":
        shape.set("fill", "currentColor")
    return shape


def _finish(group: Element) -> None:
    """Centre a step's text, and leave a place for its sign at the outline's upper right corner."""
    outline = group[0]
    numbers = [float(each) for each in _NUMBER.findall(outline.get("d", outline.get("points", "")))]
    across, down = numbers[::2], numbers[1::2]
    for text in group.iter("text"):
        # Graphviz counts on its own font's widths where a label has two sizes.
        text.attrib |= {"text-anchor": "middle", "x": f"{(min(across) + max(across)) / 2:g}"}
    SubElement(group, "g", {"class": "sign", "transform": f"translate({max(across):g} {min(down):g})"})
