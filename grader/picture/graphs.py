"""An assignment's computation graph, and what a grading says of each of its nodes. Pure.

``graph.toml`` names the nodes, the cases that tell of each, and what flows where; docs/instructor.md
explains its keys. How it is drawn is no matter here: the picture is made before, by ``chainrule picture``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import AssignmentError
from grader.model import Diagnosis, DiagnosisKind, Sure, schema
from grader.model.language import _

FILE = "graph.toml"
PICTURES = ("graph.svg", "graph-narrow.svg")


class Mark(StrEnum):
    """What is known of a node.

    ``RIGHT``: nothing speaks against it. ``WRONG``: a diagnosis names it. ``FOLLOWS``: a wrong one feeds it,
    and cases of it fail that no wrong one after it accounts for. ``DOUBT``: its cases fail, or tell nothing,
    and no node can be named as the reason. ``HIDDEN``: a case that tells of it may not be seen.
    """

    WRONG = "wrong"
    FOLLOWS = "follows"
    DOUBT = "doubt"
    RIGHT = "right"
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Node:
    """A step; ``sources`` feed it, but for those whose place the tests take with numbers of their own."""

    key: str
    name: str
    function: str
    cases: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The nodes, and what feeds each node and each value, by key."""

    title: str
    nodes: tuple[Node, ...]
    sources: Mapping[str, tuple[str, ...]]

    def above(self, key: str) -> frozenset[str]:
        """Return everything that a node's input comes from, however far back."""
        found: set[str] = set()
        waiting = list(self.sources.get(key, ()))
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self.sources.get(each, ())
        return frozenset(found)


@dataclass(frozen=True)
class Told:
    """What a viewer may know of a case: None stands for a verdict that may not be seen."""

    id: str
    function: str
    passed: bool | None

    @property
    def name(self) -> str:
        """The test's own name for it: the last part of its id."""
        return self.id.rpartition("/")[2]


def read(content: bytes, where: str) -> Graph:
    """Return the graph in a file. Raises AssignmentError with the key that is not in order."""
    table = schema.parse(content, where, AssignmentError)
    title = table.text("title")
    values = [_value(each) for each in table.tables("values")]
    nodes = tuple(_node(each) for each in table.tables("nodes"))
    table.done()
    fed = [*values, *((each.key, each.sources) for each in nodes)]
    table.distinct("nodes", (key for key, _ in fed))
    graph = Graph(title, nodes, dict(fed))
    for key, sources in graph.sources.items():
        for each in sources:
            if each not in graph.sources:
                raise table.refuse(
                    key,
                    _("nothing is called “%(each)s”", each=each),
                    schema.did_you_mean(each, graph.sources),
                )
    return graph


def _value(table: schema.Table) -> tuple[str, tuple[str, ...]]:
    key = table.text("key")
    table.text("label")
    table.text("beside", "")
    sources = _sources(table)
    table.done()
    return key, sources


def _node(table: schema.Table) -> Node:
    node = Node(
        key=table.text("key"),
        name=f"{table.text('label')} {table.text('note', '')}".strip(),
        function=table.text("function"),
        cases=table.texts("cases"),
        sources=_sources(table),
    )
    table.text("of", "")
    table.done()
    return node


def _sources(table: schema.Table) -> tuple[str, ...]:
    sources = []
    for each in table.tables("inputs"):
        each.text("shape")
        each.text("label", "")
        source = each.text("from")
        if not each.truth("given", default=False):
            sources.append(source)
        each.done()
    return tuple(sources)


def check(graph: Graph, functions: Iterable[str], where: str) -> None:
    """Refuse a graph whose nodes belong to functions that are not asked for. Raises AssignmentError."""
    known = frozenset(functions)
    for each in graph.nodes:
        if each.function not in known:
            raise AssignmentError(
                _("“%(function)s” is not one of the assignment's functions", function=each.function),
                where=f"{where}: {each.key}.function",
                cure=schema.did_you_mean(each.function, known),
            )


def marks(graph: Graph, cases: Sequence[Told], diagnoses: Sequence[Diagnosis]) -> Mapping[str, Mark]:
    """Return each node's mark, from what a viewer may know of the cases and the diagnoses they may see."""
    telling = {
        each.key: [case for case in cases if case.function == each.function and case.name in each.cases]
        for each in graph.nodes
    }
    failed = {key: frozenset(each.id for each in told if not each.passed) for key, told in telling.items()}
    named = frozenset(_named(diagnoses)) & failed.keys()
    explained = frozenset(_explained(diagnoses))
    found = {}
    for key, told in telling.items():
        after = [failed[each] for each in named if key in graph.above(each)]
        fed = bool(named & graph.above(key)) and bool(failed[key].difference(*after))
        clear = bool(told) and failed[key] <= explained
        hidden = any(each.passed is None for each in told)
        found[key] = _mark(hidden, key in named, fed, clear)
    return found


def _mark(hidden: bool, named: bool, fed: bool, clear: bool) -> Mark:
    """Return the first mark that holds."""
    holding = ((hidden, Mark.HIDDEN), (named, Mark.WRONG), (fed, Mark.FOLLOWS), (clear, Mark.RIGHT))
    return next((mark for holds, mark in holding if holds), Mark.DOUBT)


def _named(diagnoses: Iterable[Diagnosis]) -> Iterator[str]:
    """Yield the nodes that have to be fixed: not those that only follow from another function's mistake."""
    for each in diagnoses:
        if each.kind is not DiagnosisKind.CONSEQUENTIAL:
            yield from each.nodes


def _explained(diagnoses: Iterable[Diagnosis]) -> Iterator[str]:
    """Yield the cases that come out as they do with every other node right, as far as is known."""
    for each in diagnoses:
        if each.sure is Sure.CERTAIN and each.nodes:
            yield from each.cases
