"""Which submissions are forked from the warm process that has imported packages for data and plots."""

import json

import pytest

from worker.sandbox import extras

THERE = tuple(extras.NAMES)
WANTED = {
    "an import": "import numpy as np\nimport pandas as pd\n",
    "a part of one": "import matplotlib.pyplot as plt",
    "a name of one": "from sklearn.linear_model import LogisticRegression",
    "several in a line": "import os, sys, scipy.stats",
    "within a function": "def f():\n        from PIL import Image\n",
    "by a call": "from importlib import import_module\nplt = import_module('matplotlib.pyplot')",
    "by another": "pd = __import__('pandas')",
    "behind a fallback": "try:\n    import pandas\nexcept ImportError:\n    pandas = None",
    "Windows' lines": "import os\r\nimport pandas\r\n",
}
LEFT = {
    "nothing": "",
    "numbers alone": "import numpy as np\nimport torch\n",
    "a word": "pandas = 3  # eats bamboo\n",
    "a longer name": "import pandas_of_my_own\nfrom mypandas import x\n",
}


@pytest.mark.parametrize("source", WANTED.values(), ids=WANTED)
def test_source_that_imports_one_is_seen(source):
    assert extras.wanted({"mlp.py": b"x = 1\n", "helper.py": source.encode()}, THERE)


@pytest.mark.parametrize("source", LEFT.values(), ids=LEFT)
def test_source_that_imports_none_stays_with_the_ordinary_process(source):
    assert not extras.wanted({"mlp.py": source.encode()}, THERE)


@pytest.mark.parametrize("indent", [1, None])
@pytest.mark.parametrize("cell", ["import pandas as pd", "%matplotlib inline\nx = 1", "%pylab"])
def test_notebook_is_looked_at_however_it_is_laid_out(cell, indent):
    lines = cell.splitlines(keepends=True)
    document = {"cells": [{"cell_type": "code", "source": lines}], "nbformat": 4}
    assert extras.wanted({"a.ipynb": json.dumps(document, indent=indent).encode()}, THERE)


def test_data_and_what_is_not_installed_are_not_looked_at():
    importing = b"import pandas"
    assert not extras.wanted({"notes.txt": importing, "data.csv": importing}, THERE)
    assert not extras.wanted({"mlp.py": importing}, ("matplotlib",))
    assert not extras.wanted({"mlp.py": importing}, ())
    assert extras.installed(lambda name: name in ("sklearn", "scipy")) == ("sklearn", "scipy")


def test_look_takes_a_time_that_grows_with_the_file_alone():
    hostile = b"import " * 40_000 + b"%" * 100_000 + b"\n" + b"import pandas_\n" * 10_000
    assert not extras.wanted({"mlp.py": hostile}, THERE)
