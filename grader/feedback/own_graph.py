"""A student's own computation graph, as a hidden test has read it at points that are no secret. Pure.

A test says it of a case that passes, under the code ``CODE``: lists with a place for each input and entry,
in the order in which they are calculated.

    inputs                     how many of the first are inputs
    called, formulas           names of the student's own; how each is calculated, empty if not recognised
    operands                   the places of what it is calculated from, separated by blanks
    values, slopes             numbers as they are written, empty where there is none
    values_right, slopes_right 1 if right, 0 if wrong, −1 if it is none of the entries that are asked
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.feedback.text import phrase
from grader.model import Fact
from grader.model.language import N_, Texts, _
from grader.picture.graphs import Mark

CODE = "own_graph"
TITLE = N_("Your graph of %(name)s")
HEADING = N_("Your graphs")
CAPTION = N_("With your numbers at the sheet's point: what each entry is, and below it its gradient (∂).")
MOST = 40
LONGEST = 24
WIDEST = 18
"""Characters that a box has room for."""

_LISTS = ("called", "formulas", "operands", "values", "slopes", "values_right", "slopes_right")
_SIGNS = {1: "✓", 0: "✕"}
_WORDS = Texts({1: "correct", 0: "incorrect", -1: "not asked for"})


@dataclass(frozen=True)
class GraphEntry:
    """An input or an intermediate; ``sources`` are the places of what it is calculated from."""

    called: str
    formula: str
    sources: tuple[int, ...]
    value: str
    slope: str
    value_right: int
    slope_right: int
    is_input: bool

    @property
    def mark(self) -> Mark:
        """Wrong if one of its numbers is, in doubt if one of them is not asked for."""
        verdicts = {self.value_right, self.slope_right}
        return Mark.WRONG if 0 in verdicts else Mark.DOUBT if -1 in verdicts else Mark.RIGHT

    @property
    def heading(self) -> str:
        """Its name and how it is calculated."""
        if self.is_input:
            return self.called
        return phrase(f"{self.called} = {self.formula or '?'}", WIDEST)

    @property
    def lines(self) -> tuple[str, ...]:
        """Its value, and its gradient, each with a sign that says whether it is right."""
        value = self.value if self.is_input else f"{self.value} {_SIGNS.get(self.value_right, '')}"
        slope = f"∂ {self.slope or '–'} {_SIGNS.get(self.slope_right, '')}"
        return phrase(value, WIDEST), phrase(slope, WIDEST)

    @property
    def sentence(self) -> str:
        """What the picture says of it, for those who don't see it."""
        value = "" if self.is_input else f", {_WORDS[self.value_right]}"
        slope = self.slope or _("missing")
        told = _("gradient %(slope)s, %(verdict)s", slope=slope, verdict=_WORDS[self.slope_right])
        return f"{self.heading}: {self.value}{value}; {told}"


@dataclass(frozen=True)
class OwnGraph:
    """The graph of one expression."""

    name: str
    entries: tuple[GraphEntry, ...]

    @property
    def title(self) -> str:
        """What stands above it."""
        return _(TITLE, name=self.name)

    @property
    def levels(self) -> list[list[int]]:
        """The places of entries in rows, each as near above what uses it as can be."""
        depths: list[int] = []
        for entry in self.entries:
            depths.append(1 + max((depths[each] for each in entry.sources), default=-1))
        for at in reversed(range(len(depths))):
            users = [depths[user] for user, entry in enumerate(self.entries) if at in entry.sources]
            depths[at] = min(users) - 1 if users else depths[at]
        rows = ([at for at, depth in enumerate(depths) if depth == row] for row in range(max(depths) + 1))
        return [row for row in rows if row]


def own_graph(fact: Fact) -> OwnGraph | None:
    """Return the graph that a fact tells of; None if it is none, for tests are written by others."""
    lists = [each for each in (fact.values.get(key) for key in _LISTS) if isinstance(each, list)]
    inputs, sizes = fact.values.get("inputs"), {len(each) for each in lists}
    if fact.code != CODE or len(lists) < len(_LISTS) or not isinstance(inputs, int):
        return None
    if len(sizes) != 1 or not 0 < max(sizes) <= MOST:
        return None
    entries = tuple(_entry(at, row, at < inputs) for at, row in enumerate(zip(*lists, strict=True)))
    return OwnGraph(phrase(str(fact.values.get("name", "")), LONGEST), entries)


def _entry(at: int, row: tuple[Any, ...], is_input: bool) -> GraphEntry:
    called, formula, operands, value, slope, value_right, slope_right = row
    return GraphEntry(
        called=phrase(str(called), LONGEST),
        formula=phrase(str(formula), LONGEST),
        sources=tuple(_places(str(operands), at)),
        value=phrase(str(value), LONGEST),
        slope=phrase(str(slope), LONGEST),
        value_right=value_right if value_right in _WORDS else -1,
        slope_right=slope_right if slope_right in _WORDS else -1,
        is_input=is_input,
    )


def _places(operands: str, at: int) -> Iterator[int]:
    """Yield places of earlier entries; anything else would be no graph."""
    for each in operands.split()[:4]:
        if each.isdecimal() and int(each) < at:
            yield int(each)
