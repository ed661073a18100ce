"""Whose it is that a line of a hidden test raised: a table of lines, and what a submission returns."""

import pytest

from tests.examiner.examining import cases, examine, examiner
from worker.wire.exam import CaseDone

HEAD = """import pytest, torch
from helping import first_of, doubled

@pytest.fixture
def given(submission):
    return submission.f()

@pytest.fixture
def plain():
    return None

"""
HELPING = """
def first_of(value):
    a, b = value
    return a

def doubled(value, table={}):
    return table["nowhere"]
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    with examiner(tmp_path_factory.mktemp("examiner")) as path:
        yield path


def judged(path, body, returned="None", arguments="submission, check, rng"):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    suite = f'{HEAD}@pytest.mark.function("f")\ndef test_it({arguments}):\n{lines}'
    source = f"import torch\ndef f(*a):\n    return {returned}\ndef g(x):\n    return x\n"
    said = examine(path, source, {"test_a.py": suite, "helping.py": HELPING}, functions=("f",))
    return said, cases(said).get("f/test_it/it")


STUDENTS = {
    "one tensor for a pair": ("a, b = submission.f()", "torch.ones(7, 3).mean()", "wrong_count"),
    "seven for a pair": ("a, b = submission.f()", "torch.ones(7)", "wrong_count"),
    "None for a pair": ("a, b = submission.f()", "None", "wrong_count"),
    "None by a name": ("out = submission.f()\na, b = out", "None", "wrong_count"),
    "a pair for three": ("a, b, c = submission.f()", "(1, 2)", "wrong_count"),
    "a wrong key": ("submission.f()['dW']", "{'db': 1}", "missing_entry"),
    "an empty dict": ("out = submission.f()\nout['dW']", "{}", "missing_entry"),
    "an index behind the end": ("submission.f()[2]", "[1, 2]", "missing_entry"),
    "an attribute of None": ("submission.f().shape", "None", "missing_member"),
    "an attribute of None in an assert": ("assert submission.f().shape == (3,)", "None", "missing_member"),
    "arithmetic with a text": ("submission.f() + 1", "'x'", "unusable"),
    "arithmetic with None": ("out = submission.f()\nassert abs(out - 1.0) < 1e-6", "None", "unusable"),
    "a loop over None": ("for each in submission.f():\n    pass", "None", "unusable"),
    "a condition of a tensor": ("if submission.f():\n    pass", "torch.ones(3)", "unusable"),
    "a function of another library": ("torch.stack(submission.f())", "5", "unusable"),
    "within a helper": ("first_of(submission.f())", "None", "wrong_count"),
    "through a list": ("seen = []\nseen.append(submission.f())\nseen[0] + 1", "None", "unusable"),
    "through a dict": ("seen = {}\nseen['a'] = submission.f()\nseen['a'] + 1", "None", "unusable"),
    "in a comprehension": ("[a for a, b in submission.f()]", "[3]", "unusable"),
    "in a function of the test": (
        "def value(x):\n    return submission.g(x) + 1\nvalue('x')", "0", "unusable",
    ),
    "what is expected follows from it": (
        "check.close(1.0, submission.f(), name='x')", "'text'", "unusable",
    ),
    "a key that it chose": ("{'a': 1}[submission.f()]", "'b'", "unusable"),
    "a branch that it chose": ("if submission.f() == 3:\n    {}['gone']", "3", "missing_entry"),
    "a name that it left unset": ("if submission.f() == 3:\n    x = 1\nx + 1", "4", "unusable"),
    "a wrong name where it chose to go": ("if submission.f() == 3:\n    nowhere", "3", "unusable"),
    "what an except clause does": (
        "try:\n    submission.f() + 1\nexcept TypeError:\n    {}['gone']", "None", "missing_entry",
    ),
}  # fmt: skip
TESTS = {
    "a division by zero": "submission.f()\n1 / 0",
    "a name that is nowhere": "check.close(submission.f(), expectd, name='x')",
    "an import of nothing": "submission.f()\nimport nothing_of_that_name",
    "a wrong key of its own": "out = submission.f()\nthe = {'a': 1}\ncheck.close(out, the['b'], name='x')",
    "None of its own": "out = submission.f()\nwanted = None\nwanted.shape",
    "a method that check lacks": "check.clos(submission.f(), 1.0, name='x')",
    "an argument left out": "check.close(submission.f(), 1.0)",
    "nothing that can be expected": "check.close(submission.f(), 'text', name='x')",
    "an argument that can't be sent": "submission.f(object())",
    "a helper with nothing of the submission": "submission.f()\ndoubled(3)",
    "a case that it doesn't declare": "submission.f()\nwith check.case('b'):\n    pass",
    "within a case": "out = submission.f()\nwith check.case('it'):\n    1 / 0",
}


@pytest.mark.parametrize("name", STUDENTS)
def test_what_a_value_of_the_submission_breaks_is_the_students(path, name):
    body, returned, code = STUDENTS[name]
    said, found = judged(path, body, returned)
    assert found == ("failed", code)
    assert said[-1].why == ""


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.parametrize("returned", ["torch.ones(())", "None"])
def test_what_the_test_breaks_itself_is_no_grading(path, name, returned):
    said, found = judged(path, TESTS[name], returned)
    assert found == ("error", "suite_broken")
    assert said[-1].why.startswith("the hidden tests can't be run: ")
    assert (": test_a.py:" in said[-1].why) or (": helping.py:" in said[-1].why)


@pytest.mark.parametrize(
    ("arguments", "body", "expected"),
    [
        ("given", "given.shape", ("failed", "missing_member")),
        ("given, plain", "plain.shape", ("error", "suite_broken")),
        ("request", "request.getfixturevalue('given').shape", ("failed", "missing_member")),
    ],
)
def test_a_fixture_made_with_the_submission_counts_as_it(path, arguments, body, expected):
    assert judged(path, body, arguments=arguments)[1] == expected


def test_the_object_of_a_class_may_hold_it(path):
    suite = HEAD + (
        '@pytest.mark.function("f")\nclass TestIt:\n'
        "    @pytest.fixture(autouse=True)\n    def keep(self, submission):\n        self.own = submission\n"
        "    def test_it(self):\n        a, b = self.own.f()\n"
    )
    said = examine(path, "def f():\n    return 1", {"test_a.py": suite, "helping.py": HELPING},
                   functions=("f",))  # fmt: skip
    assert cases(said) == {"f/test_it/it": ("failed", "wrong_count")}


def test_a_case_fails_and_the_test_goes_on(path):
    body = (
        "out = submission.f()\nwith check.case('a'):\n    out[0] + 1\n"
        "with check.case('b'):\n    check.close(out[1], 2.0, name='b')"
    )
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    marks = '@pytest.mark.function("f")\n@pytest.mark.cases("a", "b")\n'
    suite = f"{HEAD}{marks}def test_it(submission, check):\n{lines}"
    said = examine(path, "def f():\n    return 'x', 2.0", {"test_a.py": suite, "helping.py": HELPING},
                   functions=("f",))  # fmt: skip
    assert cases(said) == {"f/test_it/a": ("failed", "unusable"), "f/test_it/b": ("passed", "ok")}


def test_it_is_told_what_was_returned_and_what_is_asked(path):
    said, _ = judged(path, "J, grad = submission.f()", "torch.ones(7, 3).mean()")
    done = next(each for each in said if isinstance(each, CaseDone))
    told = {key: done.values[key] for key in ("name", "got", "wanted", "file", "line")}
    assert told == {"name": "f", "got": "tensor", "wanted": 2, "file": "test_a.py", "line": 14}


def test_an_answer_that_ends_the_test_early_leaves_no_case_passed(path):
    suite = (
        f'{HEAD}@pytest.mark.function("f")\n@pytest.mark.cases("a", "b")\ndef test_it(submission, check):\n'
        "    if submission.f() is None:\n        return\n"
        "    with check.case('a'):\n        pass\n    with check.case('b'):\n        pass\n"
    )
    said = examine(path, "def f():\n    pass", {"test_a.py": suite, "helping.py": HELPING}, functions=("f",))
    assert set(cases(said).values()) == {("failed", "not_asked")}
