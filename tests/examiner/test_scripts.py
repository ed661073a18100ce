import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from grader.model import Verdict
from tests.examiner.examining import cases, exam_of, examine, examiner
from tests.examiner.keeper_double import keeper_for
from worker.examiner.link import Link, LinkLimits
from worker.examiner.plan import plan_script
from worker.examiner.scripts import VERDICT_LIMIT, ScriptRunner, verdicts_in
from worker.examiner.verdicts import of_error
from worker.wire.exam import ScriptPlan

FOLDER = Path(__file__).parent / "data" / "scripts"
SCRIPTS = sorted(path.name for path in FOLDER.glob("s[0-9]*.py"))
PLAN = ScriptPlan(function="MLP.backward")


@pytest.fixture
def run_script():
    """Return a function that runs a script through the proxy and returns what came of it."""

    def run(folder, name, source=FOLDER / "mlp.py", plan=PLAN, **limits):
        exam = exam_of({}, **limits)
        with keeper_for(source) as keeper:
            link = Link(keeper, LinkLimits(exam.test_seconds, exam.total_seconds, exam.output_bytes))
            link.open()
            runner = ScriptRunner(exam, link, folder, lambda error: of_error(error, exam, folder))
            try:
                return runner.run(plan_script(folder, name, plan))
            finally:
                link.close()

    return run


def test_there_are_at_least_twenty_scripts():
    assert len(SCRIPTS) >= 20


ALONE = """
import os, runpy, sys, traceback
import numpy, torch

folder = sys.argv[1]
sys.path.insert(0, os.getcwd())
for name in sys.argv[2:]:
    if not os.fork():
        os.dup2(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_CREAT), 1)
        code = 0
        try:
            runpy.run_path(name, run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 1)
    ended = os.waitstatus_to_exitcode(os.wait()[1])
    print(name, ended, flush=True)
"""
"""Runs each script in a process of its own with the hand-in, forked from one that has torch."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What each script prints in one process with the hand-in, and whether it ends well."""
    folder = tmp_path_factory.mktemp("alone")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-c", ALONE, str(folder), *SCRIPTS]
    ran = subprocess.run(words, cwd=FOLDER, capture_output=True, text=True, env=environment, check=True)
    ended = dict(line.split() for line in ran.stdout.splitlines())
    return {name: ((folder / name).read_text().splitlines(), ended[name] == "0") for name in SCRIPTS}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_prints_what_it_prints_in_one_process(run_script, alone, name):
    ran = run_script(FOLDER, name)
    lines, well = alone[name]
    assert ran.lines == lines
    assert (ran.rest.verdict is Verdict.PASSED) == well, ran.rest


def test_threads_that_torch_started_in_the_tests_process_hang_no_session(run_script):
    torch.rand(400, 400) @ torch.rand(400, 400)
    ran = run_script(FOLDER, "s16_optimiser_on_fetched_parameters.py")
    assert ran.rest.verdict is Verdict.PASSED


def test_each_printed_verdict_is_a_case(run_script):
    ran = run_script(FOLDER, "s01_autograd_with_clones.py")
    assert [outcome.verdict for outcome in ran.outcomes.values()] == [Verdict.PASSED] * 5
    assert [case.name for case in ran.extra][:2] == [
        "print((loss - J).norm() < 1e-3)",
        'print((p[name].grad - net.grads["dJd" + name]).norm() < 1e-3)',
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("True", [True]),
        ("tensor(False)", [False]),
        ("tensor(True, device='cuda:0')", [True]),
        ("tensor(True) tensor(False)", [True, False]),
        ("dJdW1 True", [True]),
        ("close: False", [False]),
        ("step 3 = True", [True]),
        ("tensor([True, False])", []),
        ("[True]", []),
        ("tensor([[0.1]]) True", []),
        ("Truely", []),
        ("NotTrue", []),
        ("0.5", []),
        ("", []),
        ("True story", []),
    ],
)
def test_which_lines_are_verdicts(line, expected):
    assert verdicts_in(line)[1] == expected


def write(folder, text):
    (folder / "script.py").write_text(text)
    return folder, "script.py"


def test_false_says_text_and_line(run_script, tmp_path):
    ran = run_script(*write(tmp_path, "x = 1\nprint(x == 2)\n"))
    (outcome,) = ran.outcomes.values()
    assert (outcome.verdict, outcome.code) == (Verdict.FAILED, "printed_false")
    assert outcome.values == {"text": "False", "line": 2}


def test_a_submission_can_not_print_verdicts(run_script, tmp_path):
    source = (FOLDER / "mlp.py").read_text() + "\nprint(True)\ndef speak():\n    print(True)\n"
    ran = run_script(*write(tmp_path, "import mlp\nmlp.speak()\nprint(False)\n"), source=source)
    assert ran.lines == ["False"]


def test_a_submission_that_has_a_script_print_verdicts_without_end_gains_no_case_by_it(run_script, tmp_path):
    source = (FOLDER / "mlp.py").read_text() + "\ndef speak():\n    return 'True ' * 5_000\n"
    ran = run_script(*write(tmp_path, "import mlp\nfor _ in range(9): print(mlp.speak())\n"), source=source)
    outcomes = list(ran.outcomes.values())
    assert len(outcomes) == VERDICT_LIMIT
    assert outcomes[-1].verdict is Verdict.OUTPUT_LIMIT


def test_missing_verdicts_are_errors(run_script, tmp_path):
    plan = ScriptPlan(function="f", verdicts=3)
    ran = run_script(*write(tmp_path, "print(True)\nraise ValueError('no')\n"), plan=plan)
    assert len(ran.outcomes) == 1
    assert ran.extra == ()
    assert ran.rest.code == "raised"


def test_form_feeds_in_a_script_shift_no_line(run_script, tmp_path):
    ran = run_script(*write(tmp_path, "# a \x0c b \u2028 c\nprint(True)  # here\n"))
    assert [case.name for case in ran.extra] == ["print(True)  # here"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("import sys; sys.exit(2)", "script_exit"),
        ("import os; os._exit(2)", "script_exit"),
        ("assert False, 'no'", "assertion"),
        ("from mlp import Missing", "missing_function"),
        ("import mlp; mlp.Missing()", "missing_function"),
        ("import mlp; mlp.MLP()", "raised"),
        ("1 / 0", "raised"),
    ],
)
def test_how_a_script_can_fail(run_script, tmp_path, text, code):
    ran = run_script(*write(tmp_path, text))
    assert ran.rest.code == code
    assert len(ran.extra) == 1


LOOP = (FOLDER / "mlp.py").read_text() + (
    "\ndef loop():\n    while True: pass\n"
    "def die():\n    import os; os._exit(3)\n"
    "def flood():\n    while True: print('x' * 999)\n"
)


@pytest.mark.parametrize(
    ("call", "code", "limits"),
    [("loop", "timeout", {"test_seconds": 0.4}), ("die", "crashed", {}), ("flood", "output_limit", {})],
)
def test_a_breaking_submission_is_named(run_script, tmp_path, call, code, limits):
    text = f"import mlp\nprint(True)\ntry:\n    mlp.{call}()\nexcept Exception:\n    pass\nprint(True)\n"
    ran = run_script(*write(tmp_path, text), source=LOOP, **limits)
    assert ran.rest.code == code


def test_scripts_and_tests_make_one_suite(tmp_path):
    suite = {path.name: path.read_text() for path in FOLDER.glob("*.py") if path.name != "mlp.py"}
    suite["test_x.py"] = (
        "import pytest\n@pytest.mark.function('a')\ndef test_a(submission, check):\n"
        "    check.true(submission.mse_loss, 'wrong_value') if False else None\n"
    )
    plans = {
        "s01_autograd_with_clones.py": ScriptPlan(function="MLP.backward", verdicts=5),
        "s10_sys_exit_with_a_number.py": ScriptPlan(function="b"),
        "s13_helper_module.py": ScriptPlan(function="c"),
    }
    with examiner(tmp_path) as path:
        said = examine(path, FOLDER / "mlp.py", suite, scripts=plans)
    found = cases(said)
    assert "about to fail\n" in [getattr(done, "output", "") for done in said]
    assert found["a/test_a/a"] == ("passed", "ok")
    assert [found[f"MLP.backward/s01_autograd_with_clones.py/{n}"] for n in range(1, 6)] == [
        ("passed", "ok")
    ] * 5
    assert found["b/s10_sys_exit_with_a_number.py/1"] == ("error", "script_exit")
    assert sum(name.startswith("c/") for name in found) == 18
    assert len(found) == 25
