"""A student's own graph: read from what a test says, laid out, drawn and told in words."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.feedback.own_graph import CODE, MOST, own_graph
from grader.feedback.student_graph_svg import BOX, drawn
from grader.model import Fact
from grader.picture.graphs import Mark

GRAPH = {
    "name": "A",
    "inputs": 3,
    "called": ["a", "b", "c", "e", "g"],
    "formulas": ["", "", "", "b·c", "a − e"],
    "operands": ["", "", "", "1 2", "0 3"],
    "values": ["2", "−7", "4", "−28", "26"],
    "slopes": ["1", "−4", "7", "−1", ""],
    "values_right": [1, 1, 1, 1, 0],
    "slopes_right": [1, 1, -1, 0, 0],
}


def read(**change):
    return own_graph(Fact(CODE, GRAPH | change))


def test_entries_have_their_numbers_and_what_they_are_made_of():
    graph = read()
    assert [each.heading for each in graph.entries] == ["a", "b", "c", "e = b·c", "g = a − e"]
    assert graph.entries[3].lines == ("−28 ✓", "∂ −1 ✕")
    assert graph.entries[4].sentence == "g = a − e: 26, incorrect; gradient missing, incorrect"
    assert [each.mark for each in graph.entries] == [
        Mark.RIGHT,
        Mark.RIGHT,
        Mark.DOUBT,
        Mark.WRONG,
        Mark.WRONG,
    ]


def test_each_entry_stands_right_above_what_uses_it():
    assert read().levels == [[1, 2], [0, 3], [4]]


def test_what_is_no_single_operation_is_drawn_without_arrows():
    graph = read(formulas=["", "", "", "", ""], operands=["", "", "", "", ""])
    assert graph.entries[3].heading == "e = ?"
    assert "polygon" not in drawn(graph, "own")


def test_drawing_has_a_box_for_each_entry_and_an_arrow_for_each_operand():
    root = ElementTree.fromstring(drawn(read(), "own-0"))
    groups = [each.get("class") for each in root.iter("g")]
    assert [groups.count(kind) for kind in ("flow", "step right", "step wrong", "step doubt")] == [4, 2, 2, 1]
    assert root.get("aria-labelledby") == root.find("title").get("id") == "own-0-title"
    width = float(root.get("width"))
    for text in root.findall("g/text"):
        assert BOX[0] / 2 <= float(text.get("x")) <= width - BOX[0] / 2


def test_names_can_bring_no_markup_and_are_not_long():
    graph = read(called=["<script>", "b", "c", "x" * 900, "\u202eg"])
    markup = drawn(graph, "own")
    assert "<script>" not in markup
    assert "\u202e" not in markup
    assert len(markup) < 9000


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": "3"},
        {"called": ["a"]},
        {"slopes": None},
        {key: [] for key in GRAPH if isinstance(GRAPH[key], list)},
        {key: GRAPH[key] * MOST for key in GRAPH if isinstance(GRAPH[key], list)},
    ],
)
def test_what_is_no_graph_is_none(change):
    assert read(**change) is None
    assert own_graph(Fact("ok", GRAPH)) is None


@given(operands=st.lists(st.text("0123456789 -x", max_size=8), min_size=5, max_size=5))
def test_any_operands_give_a_graph_without_circles(operands):
    graph = read(operands=operands)
    assert sorted(at for row in graph.levels for at in row) == [0, 1, 2, 3, 4]
    assert all(source < at for at, each in enumerate(graph.entries) for source in each.sources)
    drawn(graph, "own")
