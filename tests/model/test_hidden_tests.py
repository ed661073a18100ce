"""What the text of hidden tests shows: a table of tests, and what is said of them."""

import pytest

from grader.model.hidden_tests import flaws, is_test_file, misread

HEAD = "import pytest\n\n"
TEST = '@pytest.mark.function("f")\ndef test_f(submission, check):\n'
WRONG = {
    "a marker for a function that is not there": (
        '@pytest.mark.function("g")\ndef test_f(submission):\n    pass\n', 3, "Known: f.",
    ),
    "a returned comparison": (f"{TEST}    return submission.f() == 3\n", 5, "assert"),
    "a coroutine": ("async def test_f(submission):\n    pass\n", 3, "without async"),
    "a generator": ("def test_f(submission):\n    yield\n", 3, "fixtures"),
    "two of one name": ("def test_f():\n    pass\ndef test_f():\n    pass\n", 5, "a name of its own"),
    "two of one name in a class": (
        "class TestF:\n    def test_f(self): ...\n    def test_f(self): ...\n", 5, "a name of its own",
    ),
    "an imperative xfail": ("def test_f():\n    pytest.xfail('no')\n", 4, "xfail"),
    "a name that is nowhere": (f"{TEST}    check.close(submission.f(), expectd)\n", 5, "Import or define"),
    "a name nearly right": ("expected = 3\ndef test_f():\n    assert expectd\n", 5, "“expected”"),
    "a name of a function's own": ("def g():\n    there = 1\ndef test_f():\n    there\n", 4, "Import"),
    "a case that is not declared": (
        f"@pytest.mark.cases('a')\n{TEST}    with check.case('b'), check.case('a'): ...\n", 6, "cases marker",
    ),
    "a case that is never asked": (
        f"@pytest.mark.cases('a', 'b')\n{TEST}    with check.case('a'):\n        pass\n", 5, "Ask it",
    ),
    "an answer that is no case": (
        f"@pytest.mark.cases('a', 'b')\n{TEST}    asked = check.ask(None)\n    asked.answer(a=1, c=2)\n",
        7, "like a case",
    ),
}  # fmt: skip
RIGHT = {
    "a plain test": f"{TEST}    assert submission.f() == 3\n    return None\n",
    "a return of a function within": f"{TEST}    def g():\n        return 1\n    assert g()\n",
    "a fixture that yields": "@pytest.fixture\ndef made():\n    yield 3\n",
    "a coroutine of the right class": (
        "import unittest\nclass TestF(unittest.IsolatedAsyncioTestCase):\n    async def test_f(self):\n"
        "        pass\n"
    ),
    "a computed marker": '@pytest.mark.function("f" + "g")\ndef test_f():\n    pass\n',
    "cases asked by a computed name": (
        f"@pytest.mark.cases('a', 'b')\n{TEST}    for each in 'ab':\n        with check.case(each):\n"
        "            pass\n"
    ),
    "cases asked by somebody else": (
        f"def ask(check):\n    with check.case('b'):\n        pass\n@pytest.mark.cases('a', 'b')\n{TEST}"
        "    with check.case('a'):\n        pass\n    ask(check)\n"
    ),
    "answers by other names": (
        f"@pytest.mark.cases('a')\n{TEST}    asked = check.ask(None, names={{'c': 'a'}})\n"
        "    asked.answer(c=1)\n    with check.case('a'):\n        pass\n"
    ),
    "names of everywhere": (
        "import os.path\nfrom math import pi as p\n"
        "try:\n    import json\nexcept ImportError:\n    json = None\n"
        "class A:\n    x = 1\n    y = x\n"
        "def g(a, *b, c=p, **d):\n    global made\n    made = [n for n in b]\n"
        "    def h():\n        nonlocal a\n        a = made\n"
        "    return h, lambda q: (q, a, c, d), os, __file__\n"
        "def test_f():\n    assert (w := print) and made, json\n    match w:\n        case [k, *r]:\n"
        "            assert k, r\n"
    ),
    "anything may come from a star": "from math import *\ndef test_f():\n    assert pi\n",
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_it_is_found_with_its_line_and_what_to_do(name):
    text, line, cure = WRONG[name]
    (found,) = flaws({"test_f.py": (HEAD + text).encode()}, ["f"])
    assert (found.file, found.line) == ("test_f.py", line)
    assert found.what
    assert cure in found.cure


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_said_of_what_is_right(name):
    assert flaws({"test_f.py": (HEAD + RIGHT[name]).encode()}, ["f"]) == []


def test_what_is_no_test_file_is_asked_for_its_names_alone():
    text = b"def test_f():\n    return here, nowhere\nhere = 1\n"
    assert [each.what for each in flaws({"helping.py": text}, ["f"])] == ["there is nothing called nowhere"]


def test_names_and_markers_are_left_to_those_who_know_the_assignment():
    text = b'import pytest\n@pytest.mark.function("g")\ndef test_f():\n    nowhere\n'
    assert misread({"test_f.py": text}) == []


def test_what_is_no_python_has_no_flaws():
    assert flaws({"test_f.py": b"def test_f(:", "test_g.py": b"\xff", "data/a.csv": b"1,2"}, ["f"]) == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("test_f.py", True),
        ("f_test.py", True),
        ("more/test_f.py", True),
        ("f.py", False),
        ("test_f.txt", False),
    ],
)
def test_pytest_looks_into_files_of_some_names(name, is_one):
    assert is_test_file(name) is is_one
