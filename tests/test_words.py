"""People read plain English: the words of our dialect come back nowhere."""

import ast

import pytest

from tests import plain_english
from tests.plain_english import PLACES


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_place_is_written_in_plain_english(place):
    assert plain_english.found(place.texts()) == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_place_has_texts(place):
    assert next(iter(place.texts()), None) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Mend the file.",
        "What was handed in.",
        "Ask for another look.",
        "This is no number.",
        "It was opened, and hand-ins wait.",
        "this is none of the list",
        "this token does not hold",
        "whatever it does",
        "It is live no more.",
        "Names, a line each",
        "right",
        " of 36 right)",
        "The numbers are wrong.",
        "Everything that was tested is right.",
        "2 of 8 correct, all wrong",
        "right, given your forward",
        "wrong only with relu",
        "Right: a row for each unit.",
        "a right submission pays nothing",
        "right and wrong ones",
        "# wrong\n",
        "| ✓ right | no action needed |",
    ],
)
def test_dialect_is_found(text):
    assert len(plain_english.found([("here", text)])) == 1


@pytest.mark.parametrize(
    "text",
    [
        "There is no such page.",
        "It is no longer live.",
        "Recommend the amendment.",
        "Hand it over in time.",
        "submissions and points given by hand",
        "Something went wrong on our side",
        "What is wrong with the file, and where",
        "derivative taken in the wrong place",
        "wrong shape",
        "It has the right sizes in the wrong order.",
        "a step to the right",
        "2 wrong usage or a wrong setting",
    ],
)
def test_english_is_left_alone(text):
    assert plain_english.found([("here", text)]) == []


def test_strings_and_help_of_commands_are_read_and_docstrings_are_not():
    source = '''"""Says nothing."""
@main.command()
def run():
    """Run the tests."""
def quiet():
    """Not shown."""
    raise Error(f"it failed at {x} in the end", key="one")
'''
    said = [text for _, text in plain_english.said(ast.parse(source))]
    assert said == ["Run the tests.", "it failed at ", " in the end"]
