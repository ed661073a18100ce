"""Draws a student's own computation graph: entries in rows, each below what it is calculated from. Pure.

The service has no Graphviz, and these graphs are small: a dozen entries, known only when a hand-in is graded.
"""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from grader.feedback.own_graph import GraphEntry, OwnGraph
from grader.feedback.picture import SIGNS
from grader.picture.marked_svg import SIGN_RADIUS

CELL = (150, 108)
BOX = (132, 66)
ROUND = 8
LINE = 18
FONT = "13"
ARROW = 5
Place = tuple[float, float]


def drawn(graph: OwnGraph, key: str) -> str:
    """Return the graph as markup for a page. ``key`` is unique on it, of letters and hyphens."""
    places = _places(graph)
    columns = max(len(level) for level in graph.levels)
    width, height = columns * CELL[0], len(graph.levels) * CELL[1]
    svg = Element("svg", {"class": "picture", "role": "img", "viewBox": f"0 0 {width} {height}"})
    svg.set("width", str(width))
    svg.set("aria-labelledby", f"{key}-title")
    SubElement(svg, "title", id=f"{key}-title").text = graph.title
    for at, entry in enumerate(graph.entries):
        for source in dict.fromkeys(entry.sources):
            svg.append(_arrow(places[source], places[at]))
    for at, entry in enumerate(graph.entries):
        svg.append(_box(entry, places[at]))
    return ElementTree.tostring(svg, encoding="unicode")


def _places(graph: OwnGraph) -> Mapping[int, Place]:
    """Return the middle of each entry's box: its row by its level, and there by the middle of its sources."""
    columns = max(len(level) for level in graph.levels)
    found: dict[int, Place] = {}
    for row, level in enumerate(graph.levels):
        ordered = sorted(level, key=lambda at: _middle(graph.entries[at].sources, found, at))
        start = (columns - len(level)) / 2
        for column, at in enumerate(ordered):
            found[at] = ((start + column + 0.5) * CELL[0], (row + 0.5) * CELL[1])
    return found


def _middle(sources: Sequence[int], found: Mapping[int, Place], at: int) -> float:
    across = [found[each][0] for each in sources]
    return sum(across) / len(across) if across else float(at)


def _arrow(start: Place, end: Place) -> Element:
    x, y = start[0], start[1] + BOX[1] / 2
    to_x, to_y = end[0], end[1] - BOX[1] / 2
    middle = (y + to_y) / 2
    group = Element("g", {"class": "flow"})
    SubElement(
        group,
        "path",
        d=f"M{x:g},{y:g}C{x:g},{middle:g} {to_x:g},{middle:g} {to_x:g},{to_y - ARROW:g}",
        fill="none",
        stroke="currentColor",
    )
    tip = f"{to_x - ARROW / 2:g},{to_y - ARROW:g} {to_x + ARROW / 2:g},{to_y - ARROW:g} {to_x:g},{to_y:g}"
    SubElement(group, "polygon", points=tip, fill="currentColor", stroke="currentColor")
    return group


def _box(entry: GraphEntry, middle: Place) -> Element:
    x, y = middle
    left, top = x - BOX[0] / 2, y - BOX[1] / 2
    group = Element("g", {"class": f"step {entry.mark}"})
    SubElement(group, "title").text = entry.sentence
    SubElement(group, "path", d=_rounded(left, top), fill="none", stroke="currentColor")
    for number, line in enumerate((entry.heading, *entry.lines)):
        text = SubElement(group, "text", {"text-anchor": "middle", "font-size": FONT})
        text.set("x", f"{x:g}")
        text.set("y", f"{top + LINE * (number + 1):g}")
        text.text = line
    sign = SubElement(group, "g", {"class": "sign", "transform": f"translate({left + BOX[0]:g} {top:g})"})
    SubElement(sign, "circle", r=str(SIGN_RADIUS))
    SubElement(sign, "text", {"text-anchor": "middle", "dy": ".36em"}).text = SIGNS[entry.mark]
    return group


def _rounded(left: float, top: float) -> str:
    """Return the outline of a box with round corners."""
    right, bottom = left + BOX[0], top + BOX[1]
    return (
        f"M{left + ROUND:g},{top:g}L{right - ROUND:g},{top:g}Q{right:g},{top:g} {right:g},{top + ROUND:g}"
        f"L{right:g},{bottom - ROUND:g}Q{right:g},{bottom:g} {right - ROUND:g},{bottom:g}"
        f"L{left + ROUND:g},{bottom:g}Q{left:g},{bottom:g} {left:g},{bottom - ROUND:g}"
        f"L{left:g},{top + ROUND:g}Q{left:g},{top:g} {left + ROUND:g},{top:g}Z"
    )
