"""The picture of a computation graph: what is read, how it is laid out, and that a page can hold it."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reference import picture
from reference.picture import GraphError
from reference.picture.__main__ import PICTURES, draw, main
from reference.picture.layout import NARROW, WIDE, laid_out

SHIPPED = Path(__file__).parents[2] / "hidden_tests"
FOLDERS = sorted(path.parent for path in SHIPPED.glob("*/graph.toml"))
SMALL = """
title = "A step and its derivative"
[[values]]
key = "x"
label = "x <in>"
[[values]]
key = "dx"
label = "dJdx"
beside = "back"
inputs = [{ from = "back", shape = "n × 2" }]
[[nodes]]
key = "step"
label = 'exp & "log"'
note = "forward"
function = "Net.forward"
cases = ["y"]
inputs = [{ from = "x", shape = "n × 2" }]
[[nodes]]
key = "back"
label = "exp′"
function = "Net.backward"
cases = ["dJdx"]
of = "step"
inputs = [{ from = "step", label = "y", shape = "n × 2", given = true }]
"""
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "g", "path", "polygon", "polyline", "ellipse", "text"}


def graph(text=SMALL):
    return picture.read(tomllib.loads(text))


def structure(svg):
    """Return what an SVG shows, without where: the labels of steps and values, and the edges' texts."""
    root = ElementTree.fromstring(svg)
    steps, edges = {}, Counter()
    for group in root.iter(f"{SVG}g"):
        text = "\n".join(each.text for each in group.iter(f"{SVG}text"))
        if "data-key" in group.attrib:
            steps[group.get("data-key")] = (group.get("class"), text)
        if "data-from" in group.attrib:
            edges[group.get("data-from"), group.get("data-to"), group.get("class"), text] += 1
    return root.find(f"{SVG}title").text, root.find(f"{SVG}desc").text, steps, edges


def described(drawn):
    """Return what the picture of a graph must show, in the form of `structure`."""
    steps = {each.key: ("value", each.label) for each in drawn.values}
    for each in drawn.nodes:
        side = "backward" if each.of else "forward"
        steps[each.key] = (f"step {side}", "\n".join(filter(None, (each.label, each.note))))
    edges = Counter(
        (edge.source, each.key, "flow given" if edge.given else "flow", edge.text)
        for each in drawn
        for edge in each.inputs
    )
    return drawn.title, drawn.words(), steps, edges


@pytest.mark.parametrize("form", [WIDE, NARROW], ids=lambda form: form.name)
def test_everything_of_the_graph_is_in_the_picture(form):
    assert structure(picture.svg(graph(), form)) == described(graph())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", PICTURES)
def test_committed_pictures_show_what_their_graphs_say(folder, name):
    committed = (folder / name).read_text(encoding="utf-8")
    read = picture.read(tomllib.loads((folder / "graph.toml").read_text(encoding="utf-8")))
    assert structure(committed) == described(read)
    assert structure(committed) == structure(picture.svg(read, PICTURES[name]))


def test_an_assignment_ships_with_a_picture():
    assert "nyu-hw1" in [folder.name for folder in FOLDERS]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_edge_tells_a_shape(folder):
    read = picture.read(tomllib.loads((folder / "graph.toml").read_text(encoding="utf-8")))
    assert all(re.search(r"\w", edge.shape) for each in read for edge in each.inputs)


@pytest.mark.parametrize("form", [WIDE, NARROW], ids=lambda form: form.name)
def test_a_strict_page_can_hold_it(form):
    text = picture.svg(graph(), form)
    assert text.startswith("<svg ")
    root = ElementTree.fromstring(text)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= ALLOWED
    attributes = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in attributes if name == "style" or name.startswith("on") or "href" in name}
    assert root.get("role") == "img"
    assert root.get("viewBox")
    assert not {"width", "height"} & set(root.attrib)


def test_screen_readers_are_told_title_and_words():
    root = ElementTree.fromstring(picture.svg(graph()))
    by_id = {each.get("id"): each.text for each in root.iter() if each.get("id")}
    title, words = (by_id[each] for each in root.get("aria-labelledby").split())
    assert title == "A step and its derivative"
    assert words == (
        'exp & "log" forward takes x <in> (n × 2). exp′ takes y (n × 2) from exp & "log" forward. '
        "dJdx takes exp′ (n × 2)."
    )


def test_instructors_example_is_drawn():
    page = (SHIPPED.parent / "docs/instructor.md").read_text(encoding="utf-8")
    (example,) = [each for each in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "[[nodes]]" in each]
    assert structure(picture.svg(graph(example))) == described(graph(example))


def test_two_layouts_on_one_page_share_no_id():
    ids = [set(re.findall(r' id="([^"]+)"', picture.svg(graph(), form))) for form in (WIDE, NARROW)]
    assert ids[0]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize(("form", "axis"), [(WIDE, 1), (NARROW, 0)], ids=["rows", "columns"])
def test_passes_run_side_by_side_in_opposite_directions(form, axis):
    """In the shipped net each backward step stands in line with its forward step, in another row."""
    read = picture.read(tomllib.loads((SHIPPED / "nyu-hw1/graph.toml").read_text(encoding="utf-8")))
    root = ElementTree.fromstring(picture.svg(read, form))
    centres = {}
    for group in root.iter(f"{SVG}g"):
        if group.get("class", "").startswith("step"):
            text = group.find(f"{SVG}text")
            centres[group.get("data-key")] = (float(text.get("x")), float(text.get("y")))
    net = [centres[f"{each}.forward"] for each in ("linear1", "f", "linear2", "g")]
    back = [centres[f"{each}.backward"] for each in ("linear1", "f", "linear2", "g")]
    for passed in (net, back):
        along = [centre[1 - axis] for centre in passed]
        assert along == sorted(along)
        assert max(each[axis] for each in passed) - min(each[axis] for each in passed) < 3
    assert all(abs(a[1 - axis] - b[1 - axis]) < 3 for a, b in zip(net, back, strict=True))
    assert min(each[axis] for each in back) > max(each[axis] for each in net)


def test_signs_have_their_place_at_each_step():
    root = ElementTree.fromstring(picture.svg(graph()))
    steps = [each for each in root.iter(f"{SVG}g") if each.get("class", "").startswith("step")]
    assert len(steps) == 2
    for step in steps:
        (sign,) = [each for each in step if each.get("class") == "sign"]
        assert re.fullmatch(r"translate\(-?[\d.]+ -?[\d.]+\)", sign.get("transform"))


WRONG = {
    "no title": ('title = "A step and its derivative"', "", "graph.toml: title", "missing"),
    "an empty label": ('label = "exp′"', 'label = ""', "graph.toml: nodes[2]: label", "non-empty"),
    "a misspelt key": ('cases = ["y"]', 'case = ["y"]', "graph.toml: nodes[1]", "“case”"),
    "no cases": ('cases = ["dJdx"]', "cases = []", "nodes[2]: cases", "list of strings"),
    "an edge without shape": (
        'from = "x", shape = "n × 2"',
        'from = "x"',
        "nodes[1]: inputs[1]: shape",
        "missing",
    ),
    "an edge from nowhere": ('from = "x"', 'from = "z"', "graph.toml: step: from", "“z”"),
    "a derivative of nothing": ('of = "step"', 'of = "stop"', "graph.toml: back: of", "“stop”"),
    "a derivative of a derivative": ('of = "step"', 'of = "back"', "graph.toml: back: of", "“back”"),
    "beside a value": ('beside = "back"', 'beside = "x"', "graph.toml: dx: beside", "“x”"),
    "two of one key": ('key = "dx"', 'key = "step"', "graph.toml: step", "twice"),
    "a key with a blank": ('key = "dx"', 'key = "d x"', "graph.toml: d x", "key"),
    "a word for a truth": ("given = true", 'given = "yes"', "inputs[1].given", "true or false"),
    "a table for a list": (
        'inputs = [{ from = "x", shape = "n × 2" }]',
        'inputs = { from = "x", shape = "n × 2" }',
        "nodes[1]: inputs",
        "list of tables",
    ),
}


@pytest.mark.parametrize(("was", "now", "where", "what"), WRONG.values(), ids=WRONG)
def test_a_graph_that_is_not_in_order_is_told_where(was, now, where, what):
    assert was in SMALL
    with pytest.raises(GraphError) as caught:
        graph(SMALL.replace(was, now))
    assert where in caught.value.where
    assert what in caught.value.what
    assert caught.value.cure


words = st.text(st.characters(categories=("L", "M", "N", "P", "S")), min_size=1, max_size=6)
lines = st.lists(words, min_size=1, max_size=2).map("\n".join)


@settings(max_examples=25, deadline=None)
@given(words, lines, words, lines, st.sampled_from([WIDE, NARROW]))
@example("a&lt;b", "&amp;", "&eacute;", "&#65;", WIDE)
@example("\\N", "\\l", "\\n\\G", "\\", NARROW)
def test_texts_arrive_as_they_were_written(label, note, flow, shape, form):
    told = picture.Edge("a", shape, flow)
    drawn = picture.Graph(
        "Texts",
        (
            picture.Node("a", label, "f", ("c",)),
            picture.Node("b", label, "f", ("c",), note=note.replace("\n", " "), of="a", inputs=(told,)),
        ),
        (picture.Value("v", note, "b", (picture.Edge("b", shape),)),),
    )
    assert structure(picture.svg(drawn, form)) == described(drawn)


def test_characters_that_cant_be_seen_are_refused():
    with pytest.raises(GraphError, match="can't be seen"):
        graph(SMALL.replace('label = "exp′"', r'label = "exp\u0000"'))


def test_a_graph_needs_steps():
    with pytest.raises(GraphError, match="no step"):
        graph('title = "Nothing"')


def test_without_graphviz_the_cure_is_a_command():
    with pytest.raises(GraphError, match="apt-get install graphviz"):
        laid_out("digraph {}", program="no-such-program")


def test_graphviz_complaints_are_passed_on():
    with pytest.raises(GraphError, match="syntax error"):
        laid_out("digraph {")


def test_a_folder_gets_both_pictures(tmp_path):
    (tmp_path / "graph.toml").write_text(SMALL, encoding="utf-8")
    assert [path.name for path in draw(tmp_path)] == ["graph.svg", "graph-narrow.svg"]
    wide, narrow = ((tmp_path / name).read_text(encoding="utf-8") for name in PICTURES)
    assert wide != narrow
    assert structure(wide) == structure(narrow)


@pytest.mark.parametrize(
    ("content", "what"),
    [(None, "can't be read"), (b"\xff", "not UTF-8"), (b"title = ", "not TOML"), (b"", "no step")],
)
def test_a_folder_without_a_graph_gets_an_error(tmp_path, content, what, capsys):
    if content is not None:
        (tmp_path / "graph.toml").write_bytes(content)
    assert main([str(tmp_path)]) == 1
    assert what in capsys.readouterr().err
    assert list(tmp_path.glob("*.svg")) == []
