"""The rooms are few, lie above one another without a circle, and say what may be in them."""

import ast
from collections import Counter

import pytest

from tests import rooms
from tests.layout import ALLOWED

PRODUCT = rooms.modules(*rooms.PRODUCT)
ARROWS = rooms.arrows(PRODUCT)
TOP = rooms.of_the_top(ARROWS)
SOURCES = {module.name: module.source for module in PRODUCT}
# The steps between versions of the tables are a folder of scripts and no package.
PACKAGES = rooms.packages_of(PRODUCT) & set(SOURCES)


def test_table_names_every_room_and_only_what_it_needs():
    told = {room: others for room, others in ALLOWED.items() if room.split(".")[0] in rooms.PRODUCT}
    assert {room: set(others) for room, others in told.items()} == ARROWS


@pytest.mark.parametrize("leads", [ARROWS, TOP], ids=["leaf rooms", "rooms of the top"])
def test_no_room_reaches_itself(leads):
    assert rooms.circles(leads) == ()


def test_rooms_are_few_enough_to_be_known():
    assert sum(room.startswith("grader.") for room in TOP) <= 24
    assert sum(len(others) for others in TOP.values()) <= 130


def test_no_room_of_the_grader_is_crowded():
    counts = rooms.modules_in_rooms()
    assert [room for room, count in counts.items() if room.startswith("grader") and count > 20] == []


def test_only_the_composition_root_knows_the_worker():
    knowing = [room for room, others in ARROWS.items() if any(each.startswith("worker") for each in others)]
    assert [room for room in knowing if room.startswith("grader")] == ["grader.bootstrap"]


def test_only_the_service_knows_more_of_the_grader_than_its_model():
    more = [
        room
        for room, others in ARROWS.items()
        if room.startswith("worker")
        and {each for each in others if each.startswith("grader")} - {"grader.model"}
    ]
    assert more == ["worker.service"]


@pytest.mark.parametrize("room", sorted(PACKAGES & set(ARROWS)))
def test_room_says_in_its_first_line_what_may_be_in_it(room):
    said = (ast.get_docstring(ast.parse(SOURCES[room])) or "").split("\n")[0]
    assert len(said.split()) >= 4, f"{room}/__init__.py: its first line says what may be in it"
    assert said.endswith((".", ":", "?"))


@pytest.mark.parametrize("room", sorted(PACKAGES))
def test_no_room_hands_on_what_is_in_another(room):
    # A package's own code may use others; what it hands on is what `__all__` names.
    tree = ast.parse(SOURCES[room])
    offered = {
        text.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for text in ast.walk(node.value)
        if isinstance(text, ast.Constant)
    }
    foreign = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and not f"{node.module}.".startswith(f"{room}.")
        for alias in node.names
    }
    assert offered & foreign == set()


def test_no_two_public_classes_of_the_grader_have_one_name():
    names = [name for module in rooms.modules("grader") for name in rooms.public_classes(module)]
    assert sorted(name for name, count in Counter(names).items() if count > 1) == []


def test_circles_are_found():
    leads = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert rooms.circles(leads) == (("b", "c"),)
    assert rooms.circles({"a": {"b"}, "b": set()}) == ()


def test_arrows_are_read_from_anywhere_in_a_module():
    made = (
        rooms.Module("grader.config", ""),
        rooms.Module("grader.web.app", "def f():\n    from grader import config"),
        rooms.Module("grader.web.api.routes", "import grader.web.app"),
    )
    assert rooms.arrows(made) == {
        "grader.config": set(),
        "grader.web": {"grader.config"},
        "grader.web.api": {"grader.web"},
    }
