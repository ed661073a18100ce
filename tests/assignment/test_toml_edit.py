"""assignment.toml after a form changed it: it says what was asked, and all else is as its author wrote it."""

import difflib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from grader.assignment import assignment_folder, toml_edit
from grader.errors import AssignmentError
from grader.model import (
    Autograd,
    BonusCap,
    Breach,
    Credit,
    Device,
    Forbidden,
    Function,
    Isolation,
    Limits,
    Manual,
    Shown,
    Visibility,
)

SHIPPED = (assignment_folder.shipped_folder() / "nyu-hw1" / "assignment.toml").read_bytes()
SMALL = b"""# by Ada
title = 'Nets'  # short
entry = "mlp.py"
files = [
  "mlp.py",  # this one
  "more.py",
]

# what is asked
[[functions]]
name = "f"
points = 10  # half

# the harder one
[[functions]]
name = "g"
points = 10

# not later than that
[limits]
test_seconds = 5   # each
# and that is all
"""

names = some.text(some.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)
points = some.one_of(some.integers(0, 100).map(float), some.floats(0, 1e6))
several = some.lists(names, max_size=4, unique=True).map(tuple)
seconds = some.floats(0.1, 1800)
functions = some.lists(
    some.builds(Function, names, points, some.booleans()), min_size=1, max_size=5, unique_by=lambda f: f.name
).map(tuple)
manual = some.lists(
    some.builds(
        Manual, names.map("m".__add__), points, some.booleans(), some.one_of(some.just(""), names), several
    ),
    max_size=3,
    unique_by=lambda each: each.name,
).map(tuple)
shown = some.builds(Shown, *(some.sampled_from(Visibility) for _ in range(5)))
share = some.one_of(some.sampled_from([0.0, 0.5, 1.0]), some.floats(0, 1))
whole = some.integers(64 << 20, 1 << 40)
CHANGES = {
    "title": names,
    "files": several,
    "text": names,
    "device": some.sampled_from(Device),
    "isolation": some.sampled_from(Isolation),
    "bonus_cap": some.sampled_from(BonusCap),
    "parts": several,
    "functions": functions,
    "limits": some.builds(Limits, seconds, seconds, seconds, whole, some.integers(1, 999), whole, seconds),
    "forbidden": some.builds(
        Forbidden, some.sampled_from(Autograd), several, several, some.sampled_from(Breach)
    ),
    "shown": shown,
    "credit": some.builds(Credit, share, share, share),
}
documents = some.sampled_from([SHIPPED, SMALL, SMALL.replace(b"\n", b"\r\n"), SMALL.strip()])


def change(content, **wanted):
    return toml_edit.edited(content, replace(toml_edit.read(content, "nets"), **wanted))


def _lines(content):
    """Return the lines of a TOML document: they end at line feeds, not wherever str.splitlines ends one."""
    return content.decode().split("\n")


def differences(before, after):
    """Return the lines that are gone and those that are new."""
    lines = difflib.ndiff(_lines(before), _lines(after))
    return [each for each in lines if each[0] in "+-"]


@settings(deadline=None, max_examples=60)
@given(documents, some.fixed_dictionaries({}, optional=CHANGES), manual)
def test_document_says_afterwards_what_was_asked_and_keeps_every_comment(content, changes, parts):
    names = {each.name for each in changes.get("functions", ())}
    parts = tuple(each for each in parts if each.name not in names)
    before = toml_edit.read(content, "nets")
    wanted = replace(before, manual=parts, **changes)
    after = toml_edit.edited(content, wanted)
    assert toml_edit.read(after, "nets") == wanted
    assert toml_edit.edited(after, wanted) == after


@settings(deadline=None, max_examples=10)
@given(documents)
def test_without_a_change_it_stays_byte_for_byte(content):
    assert toml_edit.edited(content, toml_edit.read(content, "nets")) == content


@settings(deadline=None, max_examples=40)
@given(documents, names, shown)
def test_only_lines_that_say_something_else_change(content, title, visibility):
    after = change(content, title=title, shown=visibility)
    for each in differences(content, after):
        assert each[2:].partition("=")[0].strip() in ("title", "[visibility]", "", *Shown.__annotations__)
    for comment in (line for line in _lines(content) if line.startswith("#")):
        assert comment in after.decode()


def test_points_change_in_their_line_and_the_comment_beside_them_stays():
    after = change(SMALL, functions=(Function("f", 12.5), Function("g", 10)))
    assert differences(SMALL, after) == ["- points = 10  # half", "+ points = 12.5  # half"]


def test_renamed_function_keeps_its_place_and_comments():
    after = change(SMALL, functions=(Function("f", 10), Function("h", 10)))
    assert differences(SMALL, after) == ['- name = "g"', '+ name = "h"']


def test_added_function_stands_below_the_others_and_above_the_comment_of_what_follows():
    after = change(SMALL, functions=(Function("f", 10), Function("g", 10), Function("h", 5, bonus=True)))
    added = b'points = 10\n\n[[functions]]\nname = "h"\npoints = 5\nbonus = true\n\n# not later than that\n'
    assert added in after


def test_removed_function_leaves_what_is_said_of_all_and_of_the_others():
    first = change(SMALL, functions=(Function("g", 10),))
    assert b'# what is asked\n[[functions]]\nname = "g"\npoints = 10\n\n# not later' in first
    second = change(SMALL, functions=(Function("f", 10),))
    assert b"points = 10  # half\n\n# not later than that\n[limits]" in second


def test_functions_change_places_with_their_comments():
    after = change(SMALL, functions=(Function("g", 10), Function("f", 10)))
    assert after.index(b'"g"') < after.index(b"# half")


def test_list_over_several_lines_keeps_its_lines():
    after = change(SMALL, files=("mlp.py", "other.py"))
    assert b'  "mlp.py",  # this one\n' in after
    assert b"more.py" not in after


def test_missing_table_comes_at_the_end_and_says_only_what_is_not_usual():
    after = change(SMALL, shown=Shown(total=Visibility.AFTER_DUE))
    assert after == SMALL + b'\n[visibility]\ntotal = "after_due"\n'


def test_missing_key_comes_below_the_others_of_its_table():
    after = change(SMALL, limits=Limits(processes=8), device=Device.CPU)
    assert b"test_seconds = 5   # each\nprocesses = 8\n# and that is all\n" in after
    assert b']\ndevice = "cpu"\n\n# what is asked' in after


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ({"title": " "}, "title"),
        ({"entry": "a/b.py"}, "entry"),
        ({"functions": ()}, "functions"),
        ({"functions": (Function("f", 1), Function("f", 2))}, "functions"),
        ({"functions": (Function("f", -1),)}, "functions[1].points"),
        ({"limits": Limits(test_seconds=0)}, "limits.test_seconds"),
        ({"limits": Limits(total_seconds=1e9)}, "limits.total_seconds"),
        ({"credit": Credit(transposed=2)}, "credit.transposed"),
        ({"parts": ("a", "a")}, "parts"),
        ({"manual": (Manual("f", 3),)}, "manual"),
    ],
)
def test_what_is_not_in_order_is_refused_with_its_key(wanted, key):
    with pytest.raises(AssignmentError) as refused:
        change(SMALL, **wanted)
    assert refused.value.where == f"assignment.toml: {key}"


def test_document_that_is_not_in_order_is_not_changed():
    with pytest.raises(AssignmentError, match="unknown key"):
        toml_edit.edited(SMALL + b"more = 1\n", toml_edit.read(SMALL, "nets"))
    with pytest.raises(AssignmentError, match="too large for a form"):
        toml_edit.read(b"#" * toml_edit.LONGEST + SMALL, "nets")


def test_layout_that_cannot_be_kept_is_left_alone():
    inline = b'title = "a"\nentry = "a.py"\nfunctions = [{name = "f", points = 1}]\n'
    assert change(inline, title="b") == inline.replace(b'"a"', b'"b"', 1)
    with pytest.raises(AssignmentError, match="a form can't edit") as refused:
        change(inline, functions=(Function("f", 2),))
    assert "under Tests" in refused.value.cure


def test_what_looks_like_a_header_or_comment_inside_of_a_text_is_none():
    tricky = SMALL.replace(b"'Nets'", b'"""\n[limits]\nx\n# no"""')
    after = change(tricky, limits=Limits(test_seconds=7))
    assert differences(tricky, after) == ["- test_seconds = 5   # each", "+ test_seconds = 7   # each"]
