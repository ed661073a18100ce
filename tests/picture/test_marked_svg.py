"""A picture is taken only as what `chainrule picture` writes, and comes into a page with its marks."""

import re
from xml.etree import ElementTree

import pytest

from grader.assignment import assignment_folder
from grader.errors import AssignmentError
from grader.picture import graphs, marked_svg
from grader.picture.graphs import Mark
from grader.picture.marked_svg import Paint

NYU = assignment_folder.shipped_folder() / "nyu-hw1"
GRAPH = graphs.read((NYU / graphs.FILE).read_bytes(), "graph.toml")
PAINTS = {
    "f.backward": Paint(Mark.WRONG, "✕", "f′ backward: <b>derivative</b> left out"),
    "linear1.backward": Paint(Mark.FOLLOWS, "↳", "Linear 1 backward: follows from it"),
    "g.backward": Paint(Mark.HIDDEN, "", "g′ backward: not shown yet"),
}


@pytest.fixture(params=graphs.PICTURES)
def content(request):
    return (NYU / request.param).read_bytes()


def groups(markup):
    return {
        each.get("data-key"): each for each in ElementTree.fromstring(markup).iter() if each.get("data-key")
    }


def test_shipped_pictures_pass(content):
    marked_svg.check(content, GRAPH, "graph.svg")


def test_painting_changes_marked_nodes_alone(content):
    plain, painted = (
        groups(marked_svg.painted(content, {}, "x")),
        groups(marked_svg.painted(content, PAINTS, "x")),
    )
    assert set(plain) == set(painted)
    for key in set(plain) - set(PAINTS):
        assert ElementTree.tostring(plain[key]) == ElementTree.tostring(painted[key])


def test_mark_is_a_class_and_a_sign(content):
    painted = groups(marked_svg.painted(content, PAINTS, "x"))
    for key, paint in PAINTS.items():
        assert paint.mark in painted[key].get("class").split()
        sign = next(each for each in painted[key].iter() if each.get("class") == "sign")
        assert "".join(sign.itertext()).strip() == paint.sign
        assert len(list(sign)) == (2 if paint.sign else 0)


def test_pointer_is_told_the_words_as_text(content):
    markup = marked_svg.painted(content, PAINTS, "x")
    assert "&lt;b&gt;derivative" in markup
    assert "<b>" not in markup


def test_picture_is_as_large_as_it_was_drawn(content):
    root = ElementTree.fromstring(marked_svg.painted(content, PAINTS, "x"))
    assert root.get("width") == root.get("viewBox").split()[2]
    assert root.get("height") is None


EVIL = {
    "a script": ("<title", "<script>alert(1)</script><title"),
    "a style sheet": ("<title", "<style>* { display: none }</style><title"),
    "a link": ("<title", '<a href="https://example.org"/><title'),
    "an image": ("<title", '<image href="https://example.org/x.png"/><title'),
    "foreign markup": (
        "<title",
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml"/></foreignObject><title',
    ),
    "a picture in it": ('<g class="flow', '<svg/><g class="flow'),
    "an event": ('role="img"', 'role="img" onload="alert(1)"'),
    "an inline style": ('role="img"', 'role="img" style="position: fixed"'),
    "a class of the page": ('class="flow', 'class="problem flow'),
    "an id of the page": ('id="wide-title"', 'id="result"'),
    "a paint from elsewhere": ('fill="none"', 'fill="url(https://example.org)"'),
    "another role": ('role="img"', 'role="alert"'),
    "a reference": ("<title", '<use href="#x"/><title'),
    "an entity": ("<svg ", '<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg '),
    "a comment": ("<title", "<!-- x --><title"),
    "an instruction": ("<svg ", '<?xml-stylesheet href="x.css"?><svg '),
    "no size": ("viewBox=", "viewbox="),
    "no end": ("</svg>", ""),
    "another root": ("<svg ", "<g><svg "),
    "too much": ("<title", f"{' ' * marked_svg.GREATEST_BYTES}<title"),
    "great depth": ('<g class="flow', f'{"<g>" * 2000}{"</g>" * 2000}<g class="flow'),
}


@pytest.mark.parametrize(("was", "now"), EVIL.values(), ids=EVIL)
def test_everything_else_is_refused(was, now):
    text = (NYU / "graph.svg").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(AssignmentError) as caught:
        marked_svg.painted(text.replace(was, now, 1).encode(), PAINTS, "nyu-hw1/graph.svg")
    assert caught.value.where == "nyu-hw1/graph.svg"
    assert "chainrule picture" in caught.value.cure


def test_other_encodings_are_refused():
    text = (NYU / "graph.svg").read_text(encoding="utf-8")
    with pytest.raises(AssignmentError):
        marked_svg.painted(text.encode("utf-16"), {}, "graph.svg")


def test_texts_of_a_picture_stay_texts():
    text = (NYU / "graph.svg").read_text(encoding="utf-8").replace("n × in1", "&lt;img src=x&gt;")
    markup = marked_svg.painted(text.encode(), {}, "graph.svg")
    assert "<img" not in markup
    assert "&lt;img" in markup


def test_picture_of_another_graph_is_refused():
    text = (NYU / "graph.svg").read_text(encoding="utf-8")
    fewer = re.sub(r'data-key="f\.backward"', 'data-key="f.sideways"', text)
    with pytest.raises(AssignmentError, match="does not show the nodes"):
        marked_svg.check(fewer.encode(), GRAPH, "graph.svg")


def test_missing_picture_is_told_with_the_command():
    files = {
        name: each for name, each in assignment_folder.read_all(NYU).items() if name != "graph-narrow.svg"
    }
    with pytest.raises(AssignmentError) as caught:
        assignment_folder.from_files(files, slug="nyu-hw1", where="nyu-hw1")
    assert caught.value.where == "nyu-hw1/graph-narrow.svg"
    assert "chainrule picture" in caught.value.cure


def test_graph_is_part_of_the_suite_and_its_pictures_are_not():
    suite = assignment_folder.load(NYU)
    assert graphs.FILE in suite.files
    assert not set(graphs.PICTURES) & set(suite.files)


def test_assignment_without_a_graph_needs_no_picture():
    files = {
        name: each for name, each in assignment_folder.read_all(NYU).items() if not name.startswith("graph")
    }
    assert graphs.FILE not in assignment_folder.from_files(files, slug="nyu-hw1", where="nyu-hw1").files
