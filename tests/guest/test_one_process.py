"""Threads, workers and dtypes that a file sets for a machine of its own: it is graded all the same."""

import json

import pytest

from grader.assignment import assignment_folder
from grader.feedback.view import student_view
from grader.model import Submission
from tests import shipped
from tests.hostile.boxed import boxed, printed_by
from worker.wire.message import Loaded

SLUG, ENTRY = "nyu-hw1", "digits.ipynb"
SOLUTION = shipped.all_of(SLUG)["accepted/solution.py"].decode()
ODD = """
import sys
class Odd:
    def write(self, text): pass
    def flush(self): {happens}
sys.{stream} = Odd()
"""
# What a file says beside a right solution, and the codes of the notes that it gets.
SETTINGS = {
    "float64": ("torch.set_default_dtype(torch.float64)", ()),
    "float64 by tensor type": ("torch.set_default_tensor_type(torch.DoubleTensor)", ()),
    "as many threads as there are": ("import os\ntorch.set_num_threads(os.cpu_count())", ("one_thread",)),
    "many threads": ("torch.set_num_threads(64)", ("one_thread",)),
    "many operations at once": ("torch.set_num_interop_threads(4)", ("one_thread",)),
    "a variable": ("import os\nos.environ['OMP_NUM_THREADS'] = '8'", ("one_thread",)),
    "a variable by default": ("import os\nos.environ.setdefault('MKL_NUM_THREADS', '8')", ("one_thread",)),
    "a stream that can't be flushed": (
        ODD.format(happens="raise KeyboardInterrupt", stream="stdout"),
        (),
    ),
    "a stream that ends the process": (
        ODD.format(happens="sys.exit(3)", stream="stderr"),
        (),
    ),
    "no stream": ("import sys\nsys.stdout = None\ndel sys.stderr", ()),
}


def graded(engine, text):
    suite = assignment_folder.load(shipped.FOLDERS[SLUG])
    report = engine.grade(Submission({"mlp.py": text.encode()}), suite, seed=5)
    return student_view(report, suite.assignment), [note.code for note in report.notes]


@pytest.mark.parametrize("name", SETTINGS)
def test_right_file_with_settings_of_its_own_gets_all_points(engine, name):
    setting, codes = SETTINGS[name]
    view, noted = graded(engine, SOLUTION.replace("import torch\n", f"import torch\n{setting}\n", 1))
    assert view.score == 50
    assert noted == list(codes)


def test_dtype_set_in_a_constructor_counts_from_then_on(engine):
    within = SOLUTION.replace(
        "        self.f_function =",
        "        torch.set_default_dtype(torch.float64)\n        self.f_function =",
        1,
    )
    assert within != SOLUTION
    assert graded(engine, within)[0].score == 50


def test_argument_changed_in_a_finer_dtype_is_found(engine):
    finer = SOLUTION.replace("import torch\n", "import torch\ntorch.set_default_dtype(torch.float64)\n", 1)
    changing = finer.replace("        return y_hat\n", "        x.zero_()\n        return y_hat\n", 1)
    suite = assignment_folder.load(shipped.FOLDERS[SLUG])
    report = engine.grade(Submission({"mlp.py": changing.encode()}), suite, seed=5, only=("MLP.forward",))
    assert {case.fact.code for case in report.cases if case.weight} == {"changed_input"}


LOADERS = {
    "workers": "DataLoader(pairs, batch_size=4, shuffle=True, num_workers=2)",
    "workers by position": "DataLoader(pairs, 4, True, None, None, 2)",
    "all that needs workers": (
        "DataLoader(pairs, batch_size=4, shuffle=True, num_workers=3, persistent_workers=True, timeout=20, "
        "prefetch_factor=4, multiprocessing_context='spawn', worker_init_fn=print)"
    ),
    "a class of its own": "Own(pairs, batch_size=4, shuffle=True, num_workers=os.cpu_count())",
}
LOADER = """
import os
import torch
from torch.utils.data import DataLoader, TensorDataset
class Own(DataLoader):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
pairs = TensorDataset(torch.arange(10.0), torch.arange(10))
torch.manual_seed(3)
print([xb.tolist() for xb, yb in {made}])
"""


@pytest.mark.parametrize("made", LOADERS.values(), ids=LOADERS)
def test_loader_with_workers_gives_the_same_batches_without_them(plain, made):
    usual = printed_by(plain, LOADER.format(made="DataLoader(pairs, batch_size=4, shuffle=True)"))
    with boxed(plain, LOADER.format(made=made)) as box:
        assert isinstance(box.loaded, Loaded), box.loaded
        assert box.loaded.output == usual
        assert [(note.code, note.values["line"]) for note in box.loaded.notes] == [("no_workers", 10)]


def test_loader_without_workers_is_nothing_to_note(plain):
    with boxed(plain, LOADER.format(made="DataLoader(pairs, 4, num_workers=0)")) as box:
        assert box.loaded.notes == ()


def test_wrong_arguments_of_a_loader_are_told_by_torch(plain):
    with boxed(plain, LOADER.format(made="DataLoader(pairs, num_workers=-1)")) as box:
        assert box.loaded.values["type"] == "ValueError"


def test_notebook_that_sets_threads_goes_on_after_the_fork(plain):
    cells = [
        "import torch\ntorch.set_num_threads(2)",
        "a = torch.ones(300, 300)\nb = a @ a",
        "def f():\n    torch.set_num_threads(8)\n    return float((a @ a)[0, 0]) + torch.get_num_threads()",
    ]
    document = {
        "cells": [
            {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
            for cell in cells
        ],
        "metadata": {}, "nbformat": 4, "nbformat_minor": 4,
    }  # fmt: skip
    with boxed(plain, {ENTRY: json.dumps(document).encode()}, entry=ENTRY) as box:
        noted = [note for note in box.loaded.notes if note.code == "one_thread"]
        assert [(note.values["file"], note.values["line"]) for note in noted] == [(f"{ENTRY}[1]", 2)]
        assert box.open()
        reply = box.ask("call_attribute", 0, "f")
        assert reply.raised is None
        assert reply.value is not None
