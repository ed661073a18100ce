"""What a box says of a submission's loading, through a real box without torch."""

import platform
import sys
import textwrap

import pytest

from tests.hostile.boxed import boxed, printed_by
from worker.sandbox import box, policy
from worker.wire.message import Loaded, LoadFailed


def refused(zygote, source):
    with boxed(zygote, source) as loading:
        assert isinstance(loading.loaded, LoadFailed), loading.loaded
        return loading.loaded.code, loading.loaded.values


def test_a_syntax_error_points_at_its_place(cold):
    code, values = refused(cold, "x = 1\ny = (2\nz = 3\n")
    assert (code, values["line"], values["column"]) == ("syntax_error", 2, 5)
    assert (values["text"], values["why"]) == ("y = (2", "'(' was never closed")


def test_what_only_compiling_shows_is_a_syntax_error_too(cold):
    code, values = refused(cold, "x = 1\nreturn x\n")
    assert (code, values["line"]) == ("syntax_error", 2)


def test_a_syntax_error_of_a_helper_names_the_helper(cold):
    code, values = refused(cold, {"mlp.py": b"import helper", "helper.py": b"def"})
    assert (code, values["file"]) == ("syntax_error", "helper.py")


def test_nesting_that_no_parser_takes_is_a_syntax_error(cold):
    assert refused(cold, "x = " + "(" * 5000 + ")" * 5000)[0] == "syntax_error"


def test_an_odd_cookie_is_refused_with_its_place(cold):
    code, values = refused(cold, "# coding: utf_7\n+AHAAcgBpAG4AdA-(1)\n")
    assert (code, values["line"], values["offset"]) == ("encoding", 1, 10)


def test_an_exception_names_the_students_own_line(cold):
    source = "import json\ndef f():\n    return json.loads('{')\nf()\n"
    code, values = refused(cold, source)
    assert (code, values["type"], values["line"]) == ("import_raised", "JSONDecodeError", 3)
    assert (values["file"], values["function"]) == ("mlp.py", "f")


def test_an_exception_that_raises_when_shown_is_shown_without_text(cold):
    source = "class E(Exception):\n    def __str__(self): raise self\nraise E\n"
    code, values = refused(cold, source)
    assert (code, values["type"], values["text"]) == ("import_raised", "E", "")


def test_a_missing_entry_is_named(cold):
    assert refused(cold, {"other.py": b""}) == ("entry_missing", {"name": "mlp.py"})


def test_what_stands_under_main_does_not_run(cold):
    assert printed_by(cold, "print(__name__)\nif __name__ == '__main__': print('no')\n") == "mlp\n"


def test_helpers_and_packages_beside_the_entry_are_found(cold):
    files = {
        "mlp.py": b"import helper, layers.linear\nprint(helper.X, layers.linear.Y)\n",
        "helper.py": b"# coding: latin-1\nX = '\xe9'\n",
        "layers/__init__.py": b"",
        "layers/linear.py": b"Y = 2\n",
    }
    assert printed_by(cold, files) == "é 2\n"


def test_data_files_can_be_read_from_the_working_folder(cold):
    files = {"mlp.py": b"print(open('data.txt').read())", "data.txt": b"here"}
    assert printed_by(cold, files) == "here\n"


def test_a_helper_cannot_take_the_place_of_the_standard_library(cold):
    files = {"mlp.py": b"import random; print(random.random() < 1)", "random.py": b"def random(): return 5"}
    assert printed_by(cold, files) == "True\n"


def test_output_of_the_import_arrives_also_when_it_fails(cold):
    with boxed(cold, "print('seen')\nraise ValueError('no')\n") as loading:
        assert (loading.loaded.code, loading.loaded.output) == ("import_raised", "seen\n")


@pytest.mark.parametrize(
    "source",
    [
        "import polars as pl",
        "import plotly.express as px",
        "from torchvision.transforms import ToTensor",
    ],
)
def test_an_unused_package_that_is_not_installed_is_only_noted(cold, source):
    with boxed(cold, source) as loading:
        assert isinstance(loading.loaded, Loaded), loading.loaded
        assert [(note.code, note.values["line"]) for note in loading.loaded.notes] == [("import_missing", 1)]


def test_using_it_is_an_error_that_names_it(cold):
    code, values = refused(cold, "import polars as pl\n\npl.DataFrame({'a': [1]})\n")
    assert (code, values["type"], values["line"]) == ("import_raised", "ImportError", 3)
    assert "polars.DataFrame" in values["text"]
    assert "polars is not installed" in values["text"]


def test_a_package_that_nobody_knows_is_missing(cold):
    code, values = refused(cold, "import my_helper_that_was_not_handed_in")
    assert (code, values["type"]) == ("import_raised", "ModuleNotFoundError")


def test_an_import_with_a_fallback_takes_the_fallback(cold):
    source = "try:\n    import cupy as np\nexcept ImportError:\n    np = None\nprint(np)\n"
    assert printed_by(cold, source) == "None\n"


def test_random_numbers_follow_from_the_seed(plain_guest):
    source = textwrap.dedent("""
        import random, torch, numpy as np
        print(random.random(), torch.rand(1).item(), np.random.rand(), list({'a', 'b', 'c', 'd'}))
    """)
    first = printed_by(plain_guest, source, seed=5)
    assert printed_by(plain_guest, source, seed=5) == first
    assert printed_by(plain_guest, source, seed=6) != first


@pytest.fixture(scope="module")
def plain_guest():
    with box.start(box.guest(policy.PLAIN)) as zygote:
        yield zygote


def test_newer_syntax_names_the_python_that_reads_it_and_the_one_that_grades(cold):
    source = "x = 1\ny = t'{x}'\n"
    if sys.version_info >= (3, 14):
        assert printed_by(cold, source) == ""
        return
    code, values = refused(cold, source)
    assert (code, values["line"]) == ("syntax_error", 2)
    assert values["why"].endswith(f"; Python 3.14 reads this, but {platform.python_version()} grades")


@pytest.mark.parametrize(
    ("source", "libraries"),
    [
        ("import numpy as np\nx = np.zeros(3)\nx[0] = np.array([1.0, 2.0])\n", "numpy"),
        ("import numpy as np\nnp.linalg.inv(np.zeros((2, 2)))\n", "numpy"),
        ("import numpy as np\nraise ValueError('mine')\n", ""),
        (
            "class Node:\n    def add(self, other: Node): pass\n",
            "python" if sys.version_info < (3, 14) else None,
        ),
        ("def f(x): return missing\nf(1)\n", ""),
    ],
)
def test_exception_names_the_library_whose_words_it_may_have(cold, source, libraries):
    if libraries is not None:
        assert refused(cold, source)[1]["libraries"] == libraries
