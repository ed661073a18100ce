import pytest
from msgspec.structs import replace

from tests.examiner.conftest import SAMPLE
from tests.examiner.examining import cases, examine, examiner
from worker.wire.exam import Begun, CaseDone, Done, LoadReport, SuiteBroken
from worker.wire.message import Ending, Finding, Loaded, LoadFailed

HEAD = "import pytest, torch\n"
LOSS = (
    HEAD
    + '''
@pytest.mark.function("mse_loss")
@pytest.mark.cases("value", "gradient")
@pytest.mark.part("MSE forward", cases=["value"])
@pytest.mark.parametrize("n", [1, 2])
def test_mse(submission, check, rng, device, n):
    """J and its gradient.

    More."""
    y, y_hat = rng.normal(n, 3).float(), rng.normal(n, 3).float()
    value, gradient = submission.mse_loss(y, y_hat)
    with check.case("value"):
        check.scalar(value, ((y - y_hat) ** 2).mean(), name="J")
    with check.case("gradient"):
        check.close(gradient, 2 * (y_hat - y) / y.numel(), name="dJdy_hat")
        check.unchanged(y, name="y")
'''
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    with examiner(tmp_path_factory.mktemp("examiner")) as path:
        yield path


def one_test(body, function="f"):
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return (
        HEAD + f'@pytest.mark.function("{function}")\ndef test_it(submission, check, rng, device):\n{lines}'
    )


def test_a_right_answer_passes_and_says_everything(path):
    said = examine(path, SAMPLE, {"test_loss.py": LOSS})
    assert [type(message) for message in said] == [
        LoadReport, Begun, CaseDone, CaseDone, Begun, CaseDone, CaseDone, Done,
    ]  # fmt: skip
    first = said[2]
    assert (first.id, first.name) == ("mse_loss/test_mse[1]/value", "value (1)")
    assert (first.verdict, first.code, first.parts) == ("passed", "ok", ("MSE forward",))
    assert first.description == "J and its gradient."
    assert said[3].parts == ()
    assert said[1].total == 2
    assert said[-1].why == ""
    assert set(said[-1].versions) >= {"torch", "python"}


def test_a_case_may_say_what_was_found_should_it_pass(path):
    suite = one_test(
        "for case, right in (('a', True), ('b', False)):\n"
        "    with check.case(case):\n"
        "        check.note('layout', layout='folded', ones='last')\n"
        "        check.true(right, 'wrong_value', name='x')"
    ).replace("def test_it", '@pytest.mark.cases("a", "b")\ndef test_it')
    said = examine(path, "", {"test_f.py": suite}, functions=("f",))
    first, second = (each for each in said if isinstance(each, CaseDone))
    assert (first.verdict, first.code) == ("passed", "layout")
    assert first.values == {"layout": "folded", "ones": "last"}
    assert (second.verdict, second.code) == ("failed", "wrong_value")


def test_a_wrong_answer_fails_its_case_only(path):
    wrong = SAMPLE.replace("2 * d / d.numel()", "d / d.numel()")
    assert cases(examine(path, wrong, {"test_loss.py": LOSS})) == {
        "mse_loss/test_mse[1]/value": ("passed", "ok"),
        "mse_loss/test_mse[1]/gradient": ("failed", "not_close"),
        "mse_loss/test_mse[2]/value": ("passed", "ok"),
        "mse_loss/test_mse[2]/gradient": ("failed", "not_close"),
    }


LONG = """
e = torch.full((40_000, 1), 0.1)
expected = e.double().square().sum()
found = submission.f(e)
submission.f(found.sum() * torch.ones(found.shape) if found.numel() > 1 else e)
check.scalar(submission.g(e), expected, name="the sum")
"""


ADDED = "def f(e):\n    return e.T @ e\n"
# An answer of the submission makes no sum of the test longer, even if the test passes it on.
ENLARGED = "import torch\ndef f(e):\n    return torch.ones(4_000_000)\n"


@pytest.mark.parametrize(
    ("source", "verdict"),
    [
        (ADDED + "g = f\n", "passed"),
        (ADDED + "def g(e):\n    return 1.01 * f(e)\n", "failed"),
        (ENLARGED + "def g(e):\n    return 1.01 * (e * e).sum()\n", "failed"),
    ],
)
def test_the_allowance_follows_the_length_of_what_the_test_gives(path, source, verdict):
    suite = {"test_f.py": one_test(LONG.strip())}
    assert [found for found, _ in cases(examine(path, source, suite, functions=("f",))).values()] == [verdict]


def test_an_exam_tells_how_far_each_case_is_off_when_it_is_asked(path):
    wrong = SAMPLE.replace("2 * d / d.numel()", "d / d.numel()")
    said = examine(path, wrong, {"test_loss.py": LOSS}, measure=True)
    found = {done.name: done.deviation for done in said if isinstance(done, CaseDone)}
    assert 0 <= found["value (2)"] < 1
    assert found["gradient (2)"] > 1000
    unasked = examine(path, wrong, {"test_loss.py": LOSS})
    assert {done.deviation for done in unasked if isinstance(done, CaseDone)} == {None}


def test_an_exam_asks_the_tests_of_some_functions_alone(path):
    suite = {"test_loss.py": LOSS, "test_more.py": one_test("assert False", function="other")}
    functions = ("mse_loss", "other")
    assert len(cases(examine(path, SAMPLE, suite, functions=functions))) == 5
    said = examine(path, SAMPLE, suite, functions=functions, only=("other",))
    assert list(cases(said)) == ["other/test_it/it"]
    assert next(each.total for each in said if isinstance(each, Begun)) == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("return (d * d).mean(), None", ("failed", "returned_none")),
        ("return (d * d).mean(), [1]", ("failed", "not_numbers")),
        ("return (d * d).mean(), object()", ("failed", "not_numbers")),
        ("return (d * d).mean(), 2 * d.T / d.numel()", ("failed", "wrong_shape")),
        ("return (d * d).mean(), d / 0 * 0", ("failed", "not_finite")),
        ("y += 1; return (d * d).mean(), 2 * d / d.numel()", ("failed", "changed_input")),
        ("raise KeyError('x')", ("error", "raised")),
        ("raise SystemExit", ("error", "raised")),
        ("raise RuntimeError('autograd is disabled in this homework')", ("forbidden", "autograd_disabled")),
        ("raise MemoryError", ("out_of_memory", "out_of_memory")),
        ("os._exit(4)", ("crashed", "crashed")),
        ("os.kill(os.getpid(), 11)", ("crashed", "crashed")),
    ],
)
def test_what_goes_wrong_is_named(path, change, expected):
    wrong = SAMPLE.replace("return (d * d).mean(), 2 * d / d.numel()", change)
    found = cases(examine(path, wrong, {"test_loss.py": LOSS}))
    assert found["mse_loss/test_mse[2]/gradient"] == expected
    assert len(found) == 4


def test_missing_function(path):
    found = examine(path, "x = 1", {"test_loss.py": LOSS})
    assert set(cases(found).values()) == {("error", "missing_function")}
    assert found[2].values == {"name": "mse_loss"}


def test_a_loop_costs_its_function_and_nothing_else(path):
    loop = one_test("submission.loop()", "loop")
    suite = {"test_a.py": loop + loop.replace("test_it", "test_b"), "test_c.py": LOSS}
    found = cases(examine(path, SAMPLE, suite, test_seconds=3.0))
    assert found["loop/test_it/it"] == ("timeout", "timeout")
    assert found["loop/test_b/b"] == ("skipped", "not_run")
    assert found["mse_loss/test_mse[1]/value"] == ("passed", "ok")


def test_a_flood_is_cut_and_named(path):
    suite = {"test_a.py": one_test("submission.flood()", "flood"), "test_c.py": LOSS}
    said = examine(path, SAMPLE, suite, output_bytes=5000)
    found = cases(said)
    assert found["flood/test_it/it"] == ("output_limit", "output_limit")
    assert found["mse_loss/test_mse[1]/value"] == ("passed", "ok")
    assert len(said[2].output) == 5000


def test_the_whole_exams_budget(path):
    loops = "".join(one_test("submission.loop()", f"f{n}").replace("test_it", f"test_{n}") for n in range(4))
    found = cases(examine(path, SAMPLE, {"test_a.py": loops}, test_seconds=3.0, total_seconds=4.5))
    assert list(found.values()) == [("timeout", "timeout")] * 2 + [("skipped", "not_run")] * 2


def test_what_is_printed_goes_with_its_test(path):
    suite = {"test_a.py": one_test("submission.speak('hello')", "speak")}
    assert examine(path, SAMPLE, suite)[2].output == "hello\n"


def test_hung_tests_are_the_instructors_fault(path):
    said = examine(path, SAMPLE, {"test_a.py": one_test("while True: pass")}, total_seconds=0.5)
    assert said[-1].why.startswith("tests_hung")
    assert cases(said) == {}


@pytest.mark.parametrize(
    ("files", "file", "line"),
    [
        ({"test_a.py": "def test_x(:\n"}, "test_a.py", 1),
        ({"test_a.py": "\nimport nothing_of_that_name\n"}, "test_a.py", 2),
        ({"test_a.py": "import pytest\n@pytest.mark.function\ndef test_x(): pass\n"}, "test_a.py", 2),
        ({"test_a.py": "def test_x(): pass\n"}, "test_a.py", 1),
        ({"test_a.py": LOSS, "conftest.py": "\n1/0\n"}, "conftest.py", 2),
        ({"notes.txt": "none"}, "", 0),
    ],
)
def test_a_broken_suite_is_told_with_its_line(path, files, file, line):
    (said,) = examine(path, SAMPLE, files)
    assert isinstance(said, SuiteBroken)
    assert (said.file, said.line) == (file, line)
    assert said.text


def test_a_tests_own_error_is_not_the_students(path):
    said = examine(path, SAMPLE, {"test_a.py": one_test("1 / 0")})
    assert cases(said) == {"f/test_it/it": ("error", "suite_broken")}
    assert said[2].values["line"] == 4
    assert said[-1].why == "the hidden tests can't be run: test_a.py:4: ZeroDivisionError: division by zero"


def test_a_plain_assert_fails(path):
    said = examine(path, SAMPLE, {"test_a.py": one_test("assert submission.CONSTANT == 4")})
    assert cases(said) == {"f/test_it/it": ("failed", "assertion")}
    assert "3" in said[2].values["text"]


def test_cases_that_were_not_reached_get_the_tests_verdict(path):
    body = "with check.case('a'):\n    pass\nsubmission.broken()\nwith check.case('b'):\n    pass"
    suite = {"test_a.py": one_test(body).replace("def test_it", "@pytest.mark.cases('a', 'b')\ndef test_it")}
    assert cases(examine(path, SAMPLE, suite)) == {
        "f/test_it/a": ("passed", "ok"),
        "f/test_it/b": ("error", "raised"),
    }


def test_a_case_that_is_never_asked_breaks_the_suite(path):
    suite = {
        "test_a.py": one_test("with check.case('a'): pass").replace(
            "def test_it", "@pytest.mark.cases('a', 'b')\ndef test_it"
        )
    }
    (said,) = examine(path, SAMPLE, suite)
    assert isinstance(said, SuiteBroken)
    assert (said.file, said.line) == ("test_a.py", 4)
    assert "“b”" in said.text


def test_a_load_failure_is_every_cases_verdict(path):
    failure = LoadFailed(code="syntax_error", values={"line": 3})
    said = examine(path, failure, {"test_loss.py": LOSS})
    assert isinstance(said[0], LoadReport)
    assert said[0].code == "syntax_error"
    assert set(cases(said).values()) == {("error", "syntax_error")}
    assert len(cases(said)) == 4


def test_a_lost_box_is_our_fault(path):
    failure = LoadFailed(code="box_lost", ending=Ending(how="lost", blame="us", why="no memory"))
    said = examine(path, failure, {"test_loss.py": LOSS})
    assert said[-1].why == "box_lost: no memory"
    assert cases(said) == {}


FINDING = Finding(kind="name", what="eval", file="mlp.py", line=9, column=4)


@pytest.mark.parametrize(
    ("where", "breach", "forbidden"),
    [
        ("mse_loss", "function", True),
        ("MLP.forward", "function", False),
        ("", "function", True),
        ("test_of_my_own", "function", True),
        ("MLP.forward", "submission", True),
        ("mse_loss", "nothing", False),
    ],
)
def test_what_a_forbidden_name_costs(path, where, breach, forbidden):
    loaded = Loaded(findings=(replace(FINDING, where=where),))
    said = examine(path, SAMPLE, {"test_loss.py": LOSS}, loaded=loaded, breach=breach,
                   functions=("mse_loss", "MLP.forward"))  # fmt: skip
    expected = ("forbidden", "forbidden") if forbidden else ("passed", "ok")
    assert set(cases(said).values()) == {expected}


@pytest.mark.parametrize("where", ["mse_loss", "", "test_of_my_own"])
@pytest.mark.parametrize("breach", ["function", "submission", "nothing"])
@pytest.mark.parametrize("autograd", ["forbid", "report", "allow"])
def test_autograd_that_is_only_seen_costs_nothing(path, where, breach, autograd):
    finding = replace(FINDING, kind="autograd", what=".backward()", where=where)
    said = examine(path, SAMPLE, {"test_loss.py": LOSS}, loaded=Loaded(findings=(finding,)), breach=breach,
                   autograd=autograd, functions=("mse_loss", "MLP.forward"))  # fmt: skip
    assert set(cases(said).values()) == {("passed", "ok")}
    assert (said[-1].forbidden, said[-1].caught) == ({}, ())


@pytest.mark.parametrize("isolation", ["submission", "function", "test"])
def test_isolation_decides_what_later_tests_see(path, isolation):
    store = one_test("submission.CONSTANT = 9", "a")
    read = one_test("check.true(submission.CONSTANT == 3, 'wrong_value', name='CONSTANT')", "a").replace(
        "test_it", "test_z"
    )
    other = one_test("check.true(submission.CONSTANT == 3, 'wrong_value', name='CONSTANT')", "b").replace(
        "test_it", "test_y"
    )
    found = cases(examine(path, SAMPLE, {"test_a.py": store + read + other}, isolation=isolation))
    assert (found["a/test_z/z"][0] == "passed") is (isolation == "test")
    assert (found["b/test_y/y"][0] == "passed") is (isolation != "submission")


def test_the_same_seed_draws_the_same_numbers(path):
    suite = {
        "test_a.py": one_test("submission.speak(str([rng.normal(2), rng.integers(0, 99), torch.rand(1)]))")
    }
    first, again, other = (examine(path, SAMPLE, suite, seed=seed)[2].output for seed in (1, 1, 2))
    assert first == again != other


def test_fixtures_classes_and_marks_of_pytest_work(path):
    suite = {
        "conftest.py": "import pytest\nevents = []\n"
        "@pytest.fixture(scope='module')\ndef whole():\n    events.append('up')\n    yield events\n"
        "    events.append('down')\n",
        "test_a.py": HEAD
        + """
pytestmark = pytest.mark.function("f")

@pytest.fixture
def twice(request, submission):
    return submission.echo(request.param * 2)

@pytest.mark.parametrize("twice", [3], indirect=True)
def test_indirect(check, twice):
    check.true(twice == 6, "wrong_value", name="twice")

def test_plain_between(check):
    pass

@pytest.fixture(params=[1, 2])
def doubled(request):
    return request.param * 2

def test_fixture_with_parameters(doubled, check):
    check.true(doubled in (2, 4), "wrong_value", name="doubled")

@pytest.fixture
def rng():
    return "mine"

def test_overridden_fixture(rng, check):
    check.true(rng == "mine", "wrong_value", name="rng")

def test_first(whole, check):
    check.true(whole == ["up"], "wrong_value", name="whole")

def test_second(whole, check):
    check.true(whole == ["up"], "wrong_value", name="whole")

@pytest.mark.skip(reason="not today")
def test_skipped(check):
    raise ValueError

class TestClass:
    def setup_method(self):
        self.x = 3

    def test_method(self, check):
        check.true(self.x == 3, "wrong_value", name="x")

def test_temporary(tmp_path, monkeypatch, check):
    (tmp_path / "a").write_text("b")
""",
        "test_b.py": HEAD
        + "from conftest import events\n"
        + '@pytest.mark.function("f")\ndef test_later(request, check):\n'
        + "    check.true(events == ['up', 'down'], 'wrong_value', name=str(events))\n",
    }
    said = examine(path, SAMPLE, suite)
    found = cases(said)
    assert found.pop("f/test_skipped/skipped") == ("skipped", "not_run")
    broken = [done.values for done in said if getattr(done, "code", "") == "suite_broken"]
    assert not broken
    assert len(found) == 10
