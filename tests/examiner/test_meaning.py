"""Hidden tests mean what pytest means: a table of what instructors write, and what becomes of it."""

import pytest

from tests.examiner.examining import cases, examine, examiner
from worker.wire.exam import SuiteBroken

HEAD = "import pytest, unittest, asyncio\npytestmark = pytest.mark.function('f')\n"
RIGHT, WRONG = "def f(*a):\n    return 3\n", "def f(*a):\n    return 4\n"
CASE = """
class TestF(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def keep(self, submission):
        self.theirs = submission
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    with examiner(tmp_path_factory.mktemp("examiner")) as path:
        yield path


def verdicts(path, text, source):
    said = examine(path, source, {"test_a.py": HEAD + text}, functions=("f",))
    assert not isinstance(said[-1], SuiteBroken), said[-1]
    assert said[-1].why == ""
    return {verdict for verdict, _ in cases(said).values()}


WORKS = {
    "a TestCase": CASE + "    def test_it(self):\n        self.assertEqual(self.theirs.f(), 3)\n",
    "setUp": CASE + "    def setUp(self):\n        self.y = self.theirs.f()\n"
    "    def test_it(self):\n        self.assertEqual(self.y, 3)\n",
    "subTest": CASE + "    def test_it(self):\n        for n in range(3):\n"
    "            with self.subTest(n=n):\n                self.assertEqual(self.theirs.f(n), 3)\n",
    "a TestCase that is a coroutine": CASE.replace("TestCase", "IsolatedAsyncioTestCase")
    + "    async def test_it(self):\n        await asyncio.sleep(0)\n"
    "        self.assertEqual(self.theirs.f(), 3)\n",
    "a TestCase beside a function": CASE + "    def test_it(self):\n        assert self.theirs.f() == 3\n"
    "def test_more(submission):\n    assert submission.f() == 3\n",
    "subtests": "def test_it(submission, subtests):\n    for n in range(3):\n"
    "        with subtests.test(n=n):\n            assert submission.f(n) == 3\n",
    "setup_method": "class TestIt:\n    def setup_method(self):\n        self.y = 3\n"
    "    def test_it(self, submission):\n        assert submission.f() == self.y\n",
    "setup_module": "def setup_module(module):\n    module.Y = 3\nY = 0\n"
    "def test_it(submission):\n    assert submission.f() == Y\n",
    "setup_function": "Y = []\ndef setup_function(function):\n    Y.append(3)\n"
    "def test_it(submission):\n    assert [submission.f()] == Y\n",
    "an autouse fixture": "Y = []\n@pytest.fixture(autouse=True)\ndef fill():\n    Y.append(3)\n    yield\n"
    "    Y.clear()\ndef test_it(submission):\n    assert [submission.f()] == Y\n",
    "a fixture that fails afterwards": "@pytest.fixture\ndef made(submission):\n    yield submission.f()\n"
    "    assert submission.f() == 3\ndef test_it(made):\n    pass\n",
    "parametrize": "@pytest.mark.parametrize('n', [1, 2])\ndef test_it(submission, n):\n"
    "    assert submission.f(n) == 3\n",
    "monkeypatch, tmp_path": "import os\ndef test_it(submission, monkeypatch, tmp_path):\n"
    "    monkeypatch.setenv('A', 'b')\n    (tmp_path / 'a').write_text('b')\n"
    "    assert submission.f() == 3 and os.environ['A'] == 'b'\n",
    "pytest.raises, approx": "def test_it(submission):\n    with pytest.raises(ZeroDivisionError):\n"
    "        1 / 0\n    assert submission.f() == pytest.approx(3)\n",
    "a return of nothing": "def test_it(submission):\n    assert submission.f() == 3\n    return None\n",
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
def test_it_works_as_in_pytest(path, name):
    assert verdicts(path, WORKS[name], RIGHT) == {"passed"}
    assert verdicts(path, WORKS[name], WRONG) == {"failed"}
    assert "passed" not in verdicts(path, WORKS[name], "def f(*a):\n    raise ValueError\n")


BROKEN = {
    "a returned comparison": ("def test_it(submission):\n    return submission.f() == 3\n", 4),
    "a returned comparison in a class": (
        "class TestIt:\n    def test_it(self, submission):\n        return submission.f() == 3\n", 5,
    ),
    "a lambda": ("test_it = lambda submission: submission.f() == 3\n", 3),
    "a coroutine": ("async def test_it(submission):\n    assert submission.f() == 3\n", 3),
    "a coroutine of a TestCase": (CASE + "    async def test_it(self):\n        self.theirs.f()\n", 8),
    "a generator": ("def test_it(submission):\n    yield\n    assert submission.f() == 3\n", 3),
    "an asynchronous generator": ("async def test_it(submission):\n    yield\n", 3),
    "xfail": ("@pytest.mark.xfail\ndef test_it(submission):\n    assert submission.f() == 3\n", 3),
    "strict xfail": (
        "@pytest.mark.xfail(strict=True)\ndef test_it(submission):\n    assert submission.f() == 3\n", 3,
    ),
    "an expected failure": (
        CASE + "    @unittest.expectedFailure\n    def test_it(self):\n        self.theirs.f()\n", 8,
    ),
    "capsys": ("def test_it(submission, capsys):\n    assert submission.f() == 3\n", 3),
    "caplog in a fixture": (
        "@pytest.fixture\ndef made(caplog):\n    return 3\ndef test_it(made):\n    assert made == 3\n", 6,
    ),
    "a fixture of no one": ("def test_it(submission, nobodys):\n    assert submission.f() == 3\n", 3),
    "a class with __init__": (
        "class TestIt:\n    def __init__(self):\n        pass\n    def test_it(self):\n        pass\n", 3,
    ),
    "a file that skips itself": (
        "pytest.skip('not today', allow_module_level=True)\ndef test_it(submission):\n    pass\n", 3,
    ),
    "an import that may be missing": ("pytest.importorskip('nothing_of_that_name')\n", 3),
    "no parameters": (
        "@pytest.mark.parametrize('n', [])\ndef test_it(submission, n):\n    pass\n", 3,
    ),
    "two tests of one name": (
        "def test_it(submission):\n    assert submission.f() == 3\ndef test_it(submission):\n    pass\n", 5,
    ),
    "a TestCase without its marker": (
        "pytestmark = []\n" + CASE + "    def test_it(self):\n        pass\n", 9,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_it_breaks_the_suite_with_its_line_before_anybody_is_graded(path, name):
    text, line = BROKEN[name]
    suite = {"test_a.py": HEAD + text, "test_b.py": HEAD + "def test_other(submission):\n    pass\n"}
    (said,) = examine(path, RIGHT, suite, functions=("f",))
    assert isinstance(said, SuiteBroken)
    assert (said.file, said.line) == ("test_a.py", line)
    assert said.text


def test_a_hook_of_a_conftest_is_called_for_each_test(path):
    conftest = "seen = []\ndef pytest_runtest_call(item):\n    seen.append(item.name)\n"
    text = HEAD + "from conftest import seen\ndef test_it(submission):\n    assert seen == ['test_it']\n"
    said = examine(path, RIGHT, {"test_a.py": text, "conftest.py": conftest}, functions=("f",))
    assert cases(said) == {"f/test_it/it": ("passed", "ok")}
