"""How a cell's text becomes Python."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as some

from worker.guest.magics import Converted, Converter, is_python

ENDS_OF_NO_LINE = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def converted(source):
    return Converter().convert(source)


@pytest.mark.parametrize(
    "source",
    [
        "x = [  # bias?\n    1,\n]",
        "if x:\n    y = 1\n# what else?\nelse:\n    y = 2",
        "print('share %d'\n      %len(images))",
        "rm *= 0.5",
        "mv -= lr * g",
        "cp: float = 1",
        "# %timeit f()",
        's = \'%time\'\nt = """\n%time\n!ls\n"""',
        f"# a{ENDS_OF_NO_LINE}b (\nx = 1",
        "x = await f()",
        "'''\n>>> f(1)\n2\n'''",
    ],
)
def test_python_stays_as_it_is(source):
    assert (converted(source).text, converted(source).automatic) == (source, None)


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("%time x = f(1)", "x = f(1)\n"),
        ("y = %timeit -o -n 3 f(1)", "y = f(1)\n"),
        ("%prun -s cumulative f(1)", "f(1)\n"),
        ("%%time\n%time x = 1", "\nx = 1\n"),
        ("\n%%capture out\n%%time\nx = 1", "\n\n\nx = 1\n"),
        ("%%writefile a.py\nx = 1", "\nx = 1\n"),
        ("%%writefile a.txt\nx = 1", "\n"),
        ("%%html\n<p>", "\n"),
        ("%time a b", "get_ipython().run_line_magic('time', 'a b')\n"),
    ],
)
def test_code_that_a_magic_runs_is_looked_at(source, seen):
    assert converted(source).seen == seen


@pytest.mark.parametrize(
    ("source", "word"),
    [("ls", "ls"), ("ls -l", "ls"), ("cd data", "cd"), ("time f(1)", "time"), ("pwd\n", "pwd")],
)
def test_word_without_a_sign_may_be_a_magic(source, word):
    found = converted(source).automatic
    assert found is not None
    assert found[0] == word
    ast.parse(found[1])


@pytest.mark.parametrize(
    "source", ["ls = 1", "ls, x = 1, 2", "ls\nx", "ls.sort()", "lsx", "x = ls", "del ls", ""]
)
def test_word_is_none_where_it_is_set_or_not_alone(source):
    assert converted(source).automatic is None


statements = some.sampled_from(
    [
        "x = 1", "%time y = 2", "!ls", "  ", "# a", "%%time", "%%html", "if a:", "    !cd", "    b()", "?x",
        "!a \\", "z = %time \\", ">>> c", "f(", ")",
    ]
)  # fmt: skip


@given(some.lists(statements, max_size=8))
def test_lines_keep_their_numbers(lines):
    source = "\n".join(lines)
    found = converted(source)
    if found.text != source and not found.text.strip("\n").startswith("get_ipython().run_cell_magic"):
        assert len(found.text.splitlines()) == len(source.splitlines())


@given(some.text(max_size=80) | some.text("%!?\\ \n'\"()[]ab=;,/>.#", max_size=80))
def test_any_text_is_a_cell_and_python_stays_python(text):
    found = converted(text)
    assert found.text == text or not is_python(text)


@pytest.mark.parametrize(
    "source",
    [
        "a" * 250_000 + " ?",
        "x = " * 10_000 + "%a",
        "!ls \\\n" * 20_000,
        " " * 250_000 + "%x",
        "'''" * 80_000 + ">>>\n%x",
        "%%time\n" * 30_000,
        "(" * 20_000,
        "x = [" + "1," * 10_000 + "\n%ls",
    ],
    ids=lambda source: source[:6],
)
def test_long_cells_are_taken_apart_in_linear_time(source):
    assert converted(source) is not None


def test_cell_is_taken_apart_as_long_as_the_budget_of_its_notebook_lasts():
    converter = Converter(left=1000)
    assert converter.convert("%x\n" * 10).text != "%x\n" * 10
    assert converter.convert("%x\n" * 200) == Converted("%x\n" * 200, "%x\n" * 200)
    assert converter.convert("%x\n") == Converted("%x\n", "%x\n")
    assert converter.convert("x = 1  # Python").text == "x = 1  # Python"
