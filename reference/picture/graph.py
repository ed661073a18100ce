"""What a picture shows: steps, the values that come in and go out, and what flows between them.

The mapping that ``read`` takes is a parsed ``graph.toml``:

    title = "…"
    [[values]]      key, label; beside (a step in whose line it stands); inputs
    [[nodes]]       key, label, note, function, cases; of (the step whose derivative it takes); inputs
        inputs = [{ from = key, shape = "n × in1", label = "x", given = false }]

A node without ``of`` belongs to the forward pass, one with it to the backward pass. ``given`` marks an
edge over which no mistake travels, because the tests put numbers of their own there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Table: TypeAlias = Mapping[str, Any]

_KEY = re.compile(r"[A-Za-z0-9_.-]+")
_GRAPH_KEYS = ("title", "values", "nodes")
_VALUE_KEYS = ("key", "label", "beside", "inputs")
_NODE_KEYS = ("key", "label", "note", "function", "cases", "of", "inputs")
_EDGE_KEYS = ("from", "label", "shape", "given")


class GraphError(ValueError):
    """A graph that can't be drawn: ``what`` is wrong, ``where`` in the file, and the ``cure``."""

    def __init__(self, what: str, where: str, cure: str) -> None:
        super().__init__(what, where, cure)
        self.what = what
        self.where = where
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n{self.cure}"


@dataclass(frozen=True)
class Edge:
    """What flows into a step or a value: from where, what it is called, and its shape."""

    source: str
    shape: str
    label: str = ""
    given: bool = False

    @property
    def text(self) -> str:
        """What stands beside it, in lines."""
        return f"{self.label}\n{self.shape}" if self.label else self.shape


@dataclass(frozen=True)
class Node:
    """A step of the computation, which the cases called ``cases`` of ``function`` tell of."""

    key: str
    label: str
    function: str
    cases: tuple[str, ...]
    note: str = ""
    of: str = ""
    inputs: tuple[Edge, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return f"{self.label} {self.note}".strip()

    @property
    def beside(self) -> str:
        """The step in whose line it stands: the one whose derivative it takes."""
        return self.of


@dataclass(frozen=True)
class Value:
    """Something that goes in or comes out; no case tells of it."""

    key: str
    label: str
    beside: str = ""
    inputs: tuple[Edge, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return ", ".join(self.label.split("\n"))


@dataclass(frozen=True)
class Graph:
    """A computation graph with a title."""

    title: str
    nodes: tuple[Node, ...]
    values: tuple[Value, ...] = ()

    def __iter__(self) -> Iterator[Node | Value]:
        """Yield values and nodes in the order of the file."""
        yield from self.values
        yield from self.nodes

    def words(self) -> str:
        """Return the graph in words, a sentence for each thing that something flows into."""
        names = {each.key: each.name for each in self}
        taking: tuple[Node | Value, ...] = (*self.nodes, *self.values)
        return " ".join(
            f"{each.name} takes {', '.join(_taken(edge, names) for edge in each.inputs)}."
            for each in taking
            if each.inputs
        )


def _taken(edge: Edge, names: Mapping[str, str]) -> str:
    shape = ", ".join(edge.shape.split("\n"))
    source = names[edge.source]
    return f"{edge.label} ({shape}) from {source}" if edge.label else f"{source} ({shape})"


def read(table: Table, file: str = "graph.toml") -> Graph:
    """Return the graph that a parsed file describes. Raises GraphError."""
    _only(table, _GRAPH_KEYS, file)
    values = tuple(_value(each, where) for each, where in _tables(table, "values", file))
    nodes = tuple(_node(each, where) for each, where in _tables(table, "nodes", file))
    if not nodes:
        raise GraphError("there is no step to draw", f"{file}: nodes", "Write [[nodes]] with key and label.")
    graph = Graph(_text(table, "title", file), nodes, values)
    _check(graph, file)
    return graph


def _value(table: Table, where: str) -> Value:
    _only(table, _VALUE_KEYS, where)
    beside = _text(table, "beside", where, "")
    return Value(_text(table, "key", where), _text(table, "label", where), beside, _edges(table, where))


def _node(table: Table, where: str) -> Node:
    _only(table, _NODE_KEYS, where)
    return Node(
        key=_text(table, "key", where),
        label=_text(table, "label", where),
        function=_text(table, "function", where),
        cases=_texts(table, "cases", where),
        note=_text(table, "note", where, ""),
        of=_text(table, "of", where, ""),
        inputs=_edges(table, where),
    )


def _edges(table: Table, where: str) -> tuple[Edge, ...]:
    return tuple(_edge(each, place) for each, place in _tables(table, "inputs", where))


def _edge(table: Table, where: str) -> Edge:
    _only(table, _EDGE_KEYS, where)
    given = table.get("given", False)
    if not isinstance(given, bool):
        raise GraphError("this must be true or false", f"{where}.given", "Remove the quotes.")
    return Edge(
        _text(table, "from", where), _text(table, "shape", where), _text(table, "label", where, ""), given
    )


def _only(table: Table, known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise GraphError(f"“{key}” is an unknown key", where, f"Known: {', '.join(known)}.")


def _text(table: Table, key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if isinstance(value, str) and (value.strip() or value == default):
        if not value.replace("\n", "").isprintable():
            raise GraphError(
                "there are characters in it that can't be seen", f"{where}: {key}", "Remove them."
            )
        return value
    what = "missing key" if value is None else "this must be non-empty text in quotes"
    raise GraphError(what, f"{where}: {key}", f'Write a line such as {key} = "…".')


def _texts(table: Table, key: str, where: str) -> tuple[str, ...]:
    value = table.get(key)
    if isinstance(value, list) and value and all(isinstance(each, str) and each for each in value):
        return tuple(value)
    raise GraphError("this must be a list of strings", f"{where}: {key}", f'Write {key} = ["a", "b"].')


def _tables(table: Table, key: str, where: str) -> Iterator[tuple[Table, str]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
        raise GraphError("this must be a list of tables", f"{where}: {key}", f"Write [[{key}]] above each.")
    yield from ((each, f"{where}: {key}[{place}]") for place, each in enumerate(value, start=1))


def _check(graph: Graph, file: str) -> None:
    """Refuse a graph that names what it hasn't got."""
    keys = [each.key for each in graph]
    known = f"Known: {', '.join(keys)}."
    forward = {each.key for each in graph.nodes if not each.of}
    steps = {each.key for each in graph.nodes}
    for each in graph:
        where = f"{file}: {each.key}"
        if not _KEY.fullmatch(each.key):
            raise GraphError(
                "this can't be a key", where, "Use letters, digits, dots, hyphens and underscores."
            )
        if keys.count(each.key) > 1:
            raise GraphError("this key appears twice", where, "Give each its own key.")
        for edge in each.inputs:
            if edge.source not in keys:
                raise GraphError(f"nothing is called “{edge.source}”", f"{where}: from", known)
        allowed, key = (forward, "of") if isinstance(each, Node) else (steps, "beside")
        if each.beside and each.beside not in allowed:
            raise GraphError(
                f"“{each.beside}” is not a step", f"{where}: {key}", f"Known: {', '.join(sorted(allowed))}."
            )
