"""Syntax that a newer Python reads: both versions are named, and nothing is blamed on a version wrongly."""

import ast
import platform
import sys

import pytest

from worker.guest.newer import annotated, version_for
from worker.guest.parsed import parse

NEWER = {
    'x = f"{d["a"]}"': (3, 12),
    "x = 1\ny = f'{d['a']} and {\"b\"}'\n": (3, 12),
    'print(f"{"\\n".join(names)}")': (3, 12),
    'print(f"{\', \'.join(f"{a["k"]}" for a in b)}")': (3, 12),
    'x = f"{a  # the first\n}"\ny = 3': (3, 12),
    "type Pair = tuple[int, int]": (3, 12),
    "type Pair[T] = tuple[T, T]": (3, 12),
    "def first[T](x: list[T]) -> T:\n    return x[0]": (3, 12),
    "class Box[T: int](Base):\n    async def f[*A](self): pass": (3, 12),
    "def first[T = int](x): pass": (3, 13),
    "try:\n    pass\nexcept ValueError, TypeError:\n    pass": (3, 14),
    "x = t'{x}'": (3, 14),
}
WRONG = (
    "x = (1\n", "x = f'{x'", "def f(:", 'y = (2\nx = f"{a}"\n', "print 'a'", 'x = f"{a}" +\n', "f'{a b}'",
    "it's", 'x = "a\ny = f"{d["k"]}"', "type X int", "def f[T(x): pass", "f'{", "x = 1 1\ntype X = int",
    "except ValueError, TypeError:\n  pass", "f'{" * 500, "'" * 999, "",
)  # fmt: skip


def failing(source):
    """Return what this Python says of the source, or what one says that stops at its first line."""
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error
    return SyntaxError("invalid syntax", ("a.py", 1, 1, "", 1, 1))


@pytest.mark.parametrize("source", NEWER)
def test_what_a_newer_python_reads_names_both(source):
    if sys.version_info >= NEWER[source]:
        return
    assert version_for(source, failing(source)) == NEWER[source]
    with pytest.raises(SyntaxError) as raised:
        parse(source, "mlp.py")
    needed = ".".join(map(str, NEWER[source]))
    assert raised.value.msg.endswith(f"; Python {needed} reads this, but {platform.python_version()} grades")


@pytest.mark.parametrize("source", WRONG)
def test_what_no_python_reads_names_none(source):
    assert version_for(source, failing(source)) is None


def test_a_python_that_reads_it_is_not_told_of_itself():
    source = "x = t'{x}'"
    assert version_for(source, failing(source), (3, 15)) is None


LINES = (
    "class Node:\n    def add(self, other: Node) -> list[Tree]:\n        weight: Size = Node\n".splitlines(
        True
    )
)


@pytest.mark.parametrize(("line", "name"), [(2, "Node"), (2, "Tree"), (3, "Size")])
def test_name_in_an_annotation_is_one_that_newer_pythons_do_not_evaluate(line, name):
    assert annotated(LINES, line, name, (3, 11))
    assert not annotated(LINES, line, name, (3, 14))


@pytest.mark.parametrize(("line", "name"), [(3, "Node"), (1, "Node"), (2, "other"), (9, "Node")])
def test_name_elsewhere_is_missing_in_every_python(line, name):
    assert not annotated(LINES, line, name, (3, 11))
