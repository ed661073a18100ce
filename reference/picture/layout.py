"""The graph in the language of Graphviz, and Graphviz itself.

The forward pass is a row and the backward pass another below it that runs the other way; in the narrow
layout they are columns. A step of the backward pass stands in line with the one whose derivative it takes.
"""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from reference.picture.graph import Edge, Graph, GraphError, Node, Value

PROGRAM = "dot"
SECONDS = 30
ARROW = "->"
GAP = "\N{NO-BREAK SPACE}"
PAD = "0.1,0.16"
"""Inches around the drawing, so that the signs at the steps' corners have room."""
FONT = "DejaVu Sans"
"""The widest of the faces that a page may come in: what fits in it fits in the others."""


@dataclass(frozen=True)
class Form:
    """How a layout runs, with its sizes: fonts in px, distances in inches as Graphviz counts them.

    ``across`` is how Graphviz takes the label of an edge from one row (in the narrow layout: column) to
    the other.
    """

    name: str
    direction: str
    node_font: int
    edge_font: int
    between: float
    along: float
    across: str

    @property
    def upright(self) -> bool:
        """Whether the passes are columns."""
        return self.direction == "TB"


WIDE = Form("wide", "LR", 14, 11, 0.5, 0.06, "xlabel")
NARROW = Form("narrow", "TB", 12, 10, 0.12, 0.25, "label")


def dot(graph: Graph, form: Form = WIDE) -> str:
    """Return the graph in the language of Graphviz."""
    lines = {each.key: _line(each, graph, form) for each in graph}
    said = [*_head(form), *(_step(each, form) for each in graph)]
    for each in graph:
        said += _aligned(each, lines[each.key])
        said += [_edge(edge, each, graph, lines, form) for edge in each.inputs]
    return "digraph picture {\n" + "\n".join(said) + "\n}\n"


def _head(form: Form) -> Iterator[str]:
    yield f"rankdir={form.direction} nodesep={form.between} ranksep={form.along}"
    yield f"newrank=true bgcolor=transparent pad={_quoted(PAD)}"
    yield f'node [fontname="{FONT}" fontsize={form.node_font} shape=box style=rounded margin="0.09,0.06"]'
    yield f'edge [fontname="{FONT}" fontsize={form.edge_font} arrowsize=0.6]'


def _line(each: Node | Value, graph: Graph, form: Form) -> str:
    """Return the step in whose line another stands, or its own key.

    A gradient stands below the backward step that it comes from. Between columns there is no room for it:
    there it goes beyond the step that comes next.
    """
    if isinstance(each, Node) or not each.beside or not form.upright:
        return each.beside or each.key
    following = (node.key for node in graph.nodes if node.of and each.beside in _sources(node))
    return next(following, each.key)


def _sources(each: Node | Value) -> tuple[str, ...]:
    return tuple(edge.source for edge in each.inputs)


def _aligned(each: Node | Value, line: str) -> Iterator[str]:
    """Yield what puts a step into its line; behind it, where no edge does that."""
    if line != each.key:
        yield f"{{ rank=same {_quoted(line)} {_quoted(each.key)} }}"
        if isinstance(each, Value) and line not in _sources(each):
            yield f"{_quoted(line)} -> {_quoted(each.key)} [style=invis]"


def _step(each: Node | Value, form: Form) -> str:
    label, known = _quoted(_entity(each.label)), f"id={_quoted(each.key)}"
    if isinstance(each, Value):
        return f'{_quoted(each.key)} [label={label} {known} class=value shape=plaintext margin="0.04,0.04"]'
    if each.note:
        first = "<br/>".join(_markup(line) for line in each.label.split("\n"))
        label = f'<{first}<br/><font point-size="{form.edge_font}">{_markup(each.note)}</font>>'
    side = "backward" if each.of else "forward"
    return f'{_quoted(each.key)} [label={label} {known} class="step {side}" group={side}]'


def _edge(edge: Edge, target: Node | Value, graph: Graph, lines: Mapping[str, str], form: Form) -> str:
    """Return an edge; one of the backward pass is told to Graphviz in reverse, so that it runs back."""
    first, last = edge.source, target.key
    across = _end(first, lines) == _end(last, lines)
    # Beside its edge a label keeps a distance; above it there is one already.
    text = edge.text if across is form.upright else _set_off(edge.text, form)
    known = f"id={_quoted(f'{first}{ARROW}{last}')} class={_quoted('flow given' if edge.given else 'flow')}"
    if across:
        return f"{_quoted(first)} -> {_quoted(last)} [{known} {form.across}={_quoted(_entity(text))}]"
    if {first, last} <= _backward(graph):
        first, last, known = last, first, f"{known} dir=back"
    return f"{_quoted(first)} -> {_quoted(last)} [{known} label={_quoted(_entity(text))} weight=9]"


def _end(key: str, lines: Mapping[str, str]) -> str:
    """Return the first step of the line that something stands in."""
    return key if lines[key] == key else _end(lines[key], lines)


def _backward(graph: Graph) -> set[str]:
    """Return the steps of the backward pass, and the values that come from them."""
    steps = {each.key for each in graph.nodes if each.of}
    return steps | {each.key for each in graph.values if each.beside in steps}


def _set_off(text: str, form: Form) -> str:
    """Return lines that keep a distance: Graphviz puts them right of a column's edges, left of the others."""
    lines = text.split("\n")
    return "\n".join(f"{GAP}{line}" if form.upright else f"{line}{GAP}" for line in lines)


def _entity(text: str) -> str:
    """Return a label in which Graphviz finds no entities, which it would resolve even outside of markup."""
    return text.replace("&", "&amp;")


def _markup(text: str) -> str:
    """Return a text for a label of markup.

    A backslash begins an escape there too, and the reader of markup loses the break after a “]”.
    """
    return escape(text, quote=False).replace("\\", "\\\\").replace("]", "&#93;")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def laid_out(text: str, program: str = PROGRAM) -> str:
    """Return the SVG that Graphviz makes of its language. Raises GraphError where there is no Graphviz."""
    try:
        done = subprocess.run(
            [program, "-Tsvg"], input=text, capture_output=True, encoding="utf-8", timeout=SECONDS
        )
    except (FileNotFoundError, PermissionError):  # also where a folder of PATH may not be looked into
        raise GraphError(
            "Graphviz is not installed, and it does the layout",
            program,
            "Install it: apt-get install graphviz",
        ) from None
    except subprocess.TimeoutExpired:
        raise GraphError(f"no layout within {SECONDS} s", program, "Draw fewer steps.") from None
    if done.returncode:
        said = done.stderr.strip() or f"exit code {done.returncode}"
        raise GraphError(
            f"Graphviz could not lay it out: {said}", program, "Look for odd characters in labels."
        )
    return done.stdout
