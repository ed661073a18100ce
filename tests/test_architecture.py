"""The layout holds: who may import whom, what is pure, where torch may be, how long things get."""

from pathlib import Path

import pytest

from tests.architecture import ALLOWED, module_name, violations

ROOT = Path(__file__).resolve().parent.parent
# Student files and old-style scripts are data; what they do is their author's business.
NOT_OURS = ("submissions", "handout", "scripts")


def _modules() -> list[Path]:
    rooms = sorted({room.split(".")[0] for room in ALLOWED})
    paths = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in paths if not set(NOT_OURS) & set(path.relative_to(ROOT).parts)]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_keeps_to_the_rules(path):
    assert violations(module_name(path, ROOT), path.read_text(encoding="utf-8")) == []


def test_every_room_is_there():
    assert {path.name for path in ROOT.iterdir()} >= {room.split(".")[0] for room in ALLOWED}


BAD = {
    "a room it must not know": ("reference.losses", "from grader.model import Verdict", "must not know"),
    "a room imported by its parent's name": (
        "worker.guest.session",
        "from worker import examiner",
        "must not",
    ),
    "a submodule imported whole": ("worker.examiner.link", "import worker.sandbox.box", "must not know"),
    "a room imported inside a function": (
        "grader.cli.main",
        "def f():\n    import worker.engine",
        "must not know",
    ),
    "a room imported by a string": ("grader.cli.main", "import_module('worker.engine')", "must not know"),
    "a room imported for its types only": (
        "worker.wire.frame",
        "if T:\n    import reference",
        "must not know",
    ),
    "the worker's tasks from the engine": ("worker.engine", "import worker.service.tasks", "must not know"),
    "more of the grader than the model": ("worker.engine", "from grader import store", "must not know"),
    "a relative import": ("grader.arithmetic.scoring", "from . import model", "relatively"),
    "torch in the grader": ("grader.cli.main", "def f():\n    import torch.nn", "imports torch"),
    "torch at the import of the wire": ("worker.wire.frame", "from torch import nn", "imports torch"),
    "torch in a try at import": (
        "worker.sandbox.box",
        "try:\n    import torch\nfinally:\n    pass",
        "imports torch",
    ),
    "I/O imported by a pure module": ("grader.arithmetic.scoring", "from os import path", "takes values"),
    "I/O done by a pure module": ("reference.tolerance", "def f():\n    print(1)", "does no I/O"),
    "a query outside the store": (
        "grader.services.courses.courses",
        "from sqlalchemy import select",
        "grader.database.store",
    ),
    "a stream used by a pure module": (
        "grader.model",
        "import sys\nsys.stdout.write('x')",
        "uses sys.stdout",
    ),
    "a long file": ("grader.cli.main", "x = 1\n" * 351, "more than 350"),
    "a long function": ("grader.cli.main", "def f():\n" + "    x = 1\n" * 50, "more than 50"),
    "lines that end anywhere": ("grader.cli.main", "def f(text):\n    return text.splitlines()", "line feed"),
    "a vague name": ("worker.utils", "", "says nothing"),
    "module state": ("grader.cli.main", "cache = {}", "mutable container"),
    "a written table": ("grader.cli.main", "CACHE = {}\ndef f():\n    CACHE[1] = 2", "writes to"),
    "a table that grows": ("grader.cli.main", "SEEN: list = []\ndef f():\n    SEEN.append(1)", "writes to"),
    "a global statement": ("grader.cli.main", "def f():\n    global x\n    x = 1", "declares global"),
}


@pytest.mark.parametrize(("module", "source", "complaint"), BAD.values(), ids=BAD)
def test_rules_catch(module, source, complaint):
    found = violations(module, source)
    assert len(found) == 1
    assert complaint in found[0]


GOOD = {
    "its own room": ("grader.cli.main", "from grader import bootstrap\nfrom grader.model import Verdict"),
    "a longer name that only begins alike": ("reference.losses", "import graders"),
    "the model from the examiner": ("worker.examiner.check", "from grader.model import Verdict"),
    "the reference from a hidden test": (
        "hidden_tests.nyu-hw1.test_backward",
        "from reference import losses",
    ),
    "the worker from the composition root": ("grader.bootstrap", "from worker.engine import Engine"),
    "torch when it is needed": ("worker.sandbox.doctor", "def probe():\n    import torch"),
    "torch where it lives": ("worker.wire.array", "import torch"),
    "a table": ("grader.feedback", "SENTENCES = {}\nSENTENCES['ok'] = 'Right.'"),
    "the interpreter asked by a pure module": ("reference.tolerance", "import sys\nsys.modules.get('numpy')"),
    "a query in the store": ("grader.database.store.people", "from sqlalchemy import select"),
    "a table of short functions": ("grader.cli.main", "def f():\n" + "    def g():\n        return 1\n" * 30),
    "local containers": ("grader.cli.main", "def f():\n    seen = []\n    seen.append(1)"),
}


@pytest.mark.parametrize(("module", "source"), GOOD.values(), ids=GOOD)
def test_rules_allow(module, source):
    assert violations(module, source) == []
