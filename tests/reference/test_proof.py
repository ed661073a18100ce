"""Hand-ins with known mistakes: complete files of text, one for each mistake, that need nothing of ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.reading.submissions import SOURCE_BYTES
from reference.programs import GRADIENTS, MISTAKES
from reference.proof.bundle import bundle, head
from reference.proof.hand_ins import Order, ProofError, make
from reference.terms import Term, Where, of_names
from worker.guest import findings
from worker.guest.parsed import parse
from worker.wire.message import Ban

FOLDER = Path(__file__).resolve().parents[2] / "hidden_tests/nyu-hw1/proof"
ADAPTER = (FOLDER / "hand_in.py").read_text(encoding="utf-8")
PROGRAMS = {
    "MLP.forward": "two_layer.forward",
    "MLP.backward": "two_layer.backward",
    "mse_loss": "mse",
    "bce_loss": "bce",
}
OPERATIONS = ("relu", "sigmoid", "identity")


@pytest.fixture(scope="module")
def made():
    return make(Order(ADAPTER, PROGRAMS, OPERATIONS, habits=["step_taken"], forms=["float64"]))


def place(said):
    """Return where a mistake is made, as the reference says it."""
    return Where(tuple(Term(*each) for each in said["places"]), said["operation"])


def ran(text, tmp_path):
    """Return what a program prints in an interpreter in which nothing of ours can be imported."""
    path = tmp_path / "mlp.py"
    path.write_text(text, encoding="utf-8")
    nothing = "import sys; sys.path = [p for p in sys.path if 'site-packages' in p or 'lib/python' in p]\n"
    block = "for n in ('reference', 'grader', 'worker'): sys.modules[n] = None\n"
    code = f"{nothing}{block}exec(compile(open({str(path)!r}).read(), 'mlp.py', 'exec'))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_mistake_that_can_show_has_a_hand_in_for_each_place_alone(made):
    found = [(each["function"], each["code"], place(each)) for each in made["mistakes"]]
    shown = [
        (function, one)
        for function, kind in PROGRAMS.items()
        for one in MISTAKES[kind]()
        if one.operation != "tanh"
    ]
    alone = {(function, one.code, one.where) for function, one in shown if len(one.places) == 1}
    assert alone <= set(found) <= {(function, one.code, one.where) for function, one in shown}
    assert {(function, code) for function, code, _ in found} == {(name, one.code) for name, one in shown}
    assert len({each["head"] for each in made["mistakes"]}) == len(found) > 300


def test_a_mistake_that_can_be_made_at_several_places_is_made_at_all_of_them_too(made):
    places = {place(each) for each in made["mistakes"] if each["code"] == "batch_mean"}
    assert places == {of_names(*GRADIENTS), *map(of_names, GRADIENTS)}


def test_every_hand_in_is_python_in_which_nothing_looks_like_autograd(made):
    heads = [each["head"] for each in made["mistakes"]]
    for first in (*heads, *made["habits"].values(), *made["forms"].values()):
        compile(first, "mlp.py", "exec")
    text = heads[0] + made["rest"]
    assert findings.find({"mlp.py": parse(text, "mlp.py")}, Ban(autograd="forbid")) == ()
    assert "import autograd" not in text
    assert "requires_grad" not in text


def test_a_hand_in_fits_into_what_may_be_handed_in(made):
    assert len(made["rest"].encode()) < SOURCE_BYTES / 2


def test_a_hand_in_needs_nothing_of_ours_and_makes_its_mistake(made, tmp_path):
    [one] = [
        each
        for each in made["mistakes"]
        if (each["function"], each["code"], each["places"]) == ("mse_loss", "half", [["value_of", "MSE"]])
    ]
    asking = "\nprint(float(mse_loss(torch.zeros(2, 3), torch.ones(2, 3))[0]))\n"
    assert ran(one["head"] + made["rest"] + asking, tmp_path) == "0.5"
    assert ran(made["forms"]["float64"] + made["rest"] + asking, tmp_path) == "1.0"


def test_a_habit_is_told_to_the_adapter_by_its_name(tmp_path):
    text = head(HABIT="late", FORM="") + bundle("from case import FORM, HABIT\nprint(HABIT, repr(FORM))\n")
    assert ran(text, tmp_path) == "late ''"


def test_words_about_mistakes_stay_here(made):
    assert "Multiply by the derivative once" not in made["rest"]


def test_an_unknown_calculation_is_refused_with_those_that_are_known():
    with pytest.raises(ProofError) as refused:
        make(Order(ADAPTER, {"f": "three_layers"}))
    assert refused.value.what == "“three_layers” is not a calculation"
    assert "two_layer.backward" in refused.value.cure


def test_an_adapter_that_is_no_python_is_refused_with_its_line():
    with pytest.raises(ProofError, match="line 2"):
        make(Order("import torch\nclass MLP:\nx = = 1\n".replace("class MLP:\n", ""), {}))
