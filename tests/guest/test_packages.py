"""Packages for data and plots in boxes, and what is said where one is missing."""

import json

import pytest

from tests.hostile.boxed import boxed
from worker.guest import installed, stand_ins
from worker.guest.parsed import parse
from worker.sandbox import box, policy
from worker.wire.message import Ban, BoxLimits, Loaded, LoadFailed

ROOMY = BoxLimits(import_seconds=120.0, total_seconds=240.0, memory_bytes=1 << 30)
ENTRY = "digits.ipynb"


@pytest.fixture(scope="module", params=[policy.TRAPPED, policy.PLAIN], ids=lambda chosen: chosen.name)
def warm(request):
    """The second warm process, with autograd disabled or not."""
    with box.start(box.guest(request.param.with_packages())) as zygote:
        yield zygote


USES = {
    "plots": """
        import matplotlib
        matplotlib.use("TkAgg")
        import matplotlib.pyplot as plt
        fig, (left, right) = plt.subplots(1, 2)
        line, = left.plot([1, 2], label="$\\\\beta^2$")
        low, high = plt.xlim()
        counts, edges, bars = right.hist([1, 2, 2])
        seen = [rate for axis, rate in zip((left, right), (0.1, 0.2))]
        left.legend(); plt.title("ŷ"); plt.tight_layout(); plt.savefig("loss.png")
        plt.pause(1e9); plt.show()
        print(seen, counts.sum(), open("loss.png", "rb").read(4), plt.get_fignums())
    """,
    "plots in space": """
        from mpl_toolkits.mplot3d import Axes3D
        import matplotlib.pyplot as plt, numpy as np
        axes = plt.figure().add_subplot(projection="3d")
        axes.plot_surface(*np.meshgrid([0.0, 1.0], [0.0, 1.0]), np.eye(2), cmap="viridis")
        plt.savefig("surface.pdf"); plt.savefig("surface.svg")
        print(len(axes.collections))
    """,
    "tables": """
        import pandas as pd
        table = pd.read_csv("data.csv")
        print(table.groupby("c").x.mean().to_dict(), table.describe().shape, table.merge(table, on="c").shape)
        print(pd.to_datetime(["2026-01-02"])[0].year, table.pivot_table(index="c").shape)
        table.to_html()
        table.plot(x="x", y="y"); table.rolling(2).mean(numeric_only=True)
    """,
    "learning": """
        import numpy as np
        from scipy import optimize, stats
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_score, train_test_split
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.preprocessing import StandardScaler
        from sklearn.svm import SVC
        x = StandardScaler().fit_transform(np.random.default_rng(0).normal(size=(80, 3)))
        y = (x[:, 0] > 0).astype(int)
        kept, tried, right, asked = train_test_split(x, y, random_state=0)
        models = [LogisticRegression(), SVC(), KNeighborsClassifier(), RandomForestClassifier(5, n_jobs=4)]
        print([model.fit(kept, right).score(tried, asked) > 0.7 for model in models])
        print(len(cross_val_score(LogisticRegression(), x, y, n_jobs=-1)))
        print(optimize.minimize(lambda v: (v ** 2).sum(), np.ones(2)).success, stats.norm.cdf(0))
    """,
    "threads": """
        from threadpoolctl import threadpool_limits
        import numpy, sklearn
        with threadpool_limits(8):
            print((numpy.ones((400, 400)) @ numpy.ones((400, 400)))[0, 0])
    """,
}
PRINTED = {
    "plots": "[0.1, 0.2] 3.0 b'\\x89PNG' []\n",
    "plots in space": "1\n",
    "tables": "{'a': 3.0, 'b': 3.0} (8, 2) (5, 5)\n2026 (2, 2)\n",
    "learning": "[True, True, True, True]\n5\nTrue 0.5\n",
    "threads": "400.0\n",
}


@pytest.mark.parametrize("use", USES)
def test_what_homework_uses_of_them_works_with_autograd_disabled_or_not(warm, use):
    lines = [line.removeprefix(" " * 8) for line in USES[use].splitlines()]
    files = {"mlp.py": "\n".join(lines).encode(), "data.csv": b"x,y,c\n1,2,a\n3,4,b\n5,6,a\n"}
    with boxed(warm, files, limits=ROOMY) as loading:
        assert isinstance(loading.loaded, Loaded), loading.loaded
        assert loading.loaded.output == PRINTED[use]
        assert loading.open()


def test_autograd_is_as_forbidden_there_as_in_the_ordinary_process():
    source = "import pandas, torch\nx = torch.ones(2, requires_grad=True)\nx.sum().backward()\n"
    with (
        box.start(box.guest(policy.TRAPPED.with_packages())) as zygote,
        boxed(zygote, source, ban=Ban(autograd="forbid"), limits=ROOMY) as loading,
    ):
        assert zygote.facts["trap"] == "native"
        assert isinstance(loading.loaded, LoadFailed)
        assert loading.loaded.caught
        assert "autograd is disabled" in str(loading.loaded.values["text"])


def test_walls_are_the_same():
    for chosen in (policy.TRAPPED, policy.PLAIN, policy.TRAPPED_CUDA, policy.PLAIN_CUDA):
        assert chosen.with_packages().walls == chosen.walls
        assert chosen.with_packages().card == chosen.card


def notebook(*cells):
    made = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    document = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    return {ENTRY: json.dumps(document).encode()}


def test_missing_package_leaves_the_other_imports_of_its_cell(cold):
    cells = (
        "import math\nimport polars as pl\nfrom my_own import plot, Net\nimport nowhere.at.all\nimport json",
        "print(math.pi > 3, json.dumps(1))",
        "pl.read_csv('x')",
        "plot()",
        "nowhere.at.all.f()",
        "class Mine(Net): pass",
    )
    with boxed(cold, notebook(*cells), entry=ENTRY) as loading:
        assert loading.loaded.output == "True 1\n"
        notes = loading.loaded.notes
        raised = [note.values for note in notes if note.code == "cell_raised"]
        assert [values["cell"] for values in raised] == [3, 4, 5, 6]
        missing = [note.values for note in notes if note.code == "import_missing"]
        assert [values["module"] for values in missing] == ["polars", "my_own", "nowhere"]
        assert [values["line"] for values in missing] == [2, 3, 4]
        first, second, third, _ = (str(values["text"]) for values in raised)
        assert "polars is not installed where submissions are graded. Installed are: Python 3." in first
        assert "NumPy " in first
        assert "neither installed where submissions are graded nor among the submitted files" in second
        assert "nowhere" in third


def test_package_in_a_try_and_part_of_one_that_is_there_are_missing(cold):
    cells = (
        "try:\n    import polars\nexcept ImportError:\n    print('no')",
        "import json.nothing",
        "print('on')",
    )
    with boxed(cold, notebook(*cells), entry=ENTRY) as loading:
        assert loading.loaded.output == "no\non\n"
        [note] = [note for note in loading.loaded.notes if note.code != "saved_without_outputs"]
        assert (note.code, note.values["type"]) == ("cell_raised", "ModuleNotFoundError")


def test_file_that_is_no_notebook_still_fails_for_a_helper_that_is_missing(cold):
    with boxed(cold, "import polars\nimport my_helpers\n") as loading:
        assert loading.loaded.values["type"] == "ModuleNotFoundError"


def test_what_is_installed_is_listed_python_first():
    assert installed.listed().startswith("Python 3.")
    assert ", PyTorch 2." in installed.listed()


def test_known_packages_are_none_that_are_always_there():
    assert not stand_ins.KNOWN & {"tqdm", "numpy", "torch"}
    assert stand_ins.StandIns((parse("import polars", "a.py"),)).find_spec("polars", None) is not None
