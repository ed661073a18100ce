"""Notebooks as hand-ins, through a real box without torch."""

import json

import msgspec
import pytest

from tests.hostile.boxed import QUICK, boxed
from worker.wire.message import Ban, Loaded, LoadFailed, Running

ENTRY = "digits.ipynb"


def document(*cells, outputs=(), **more):
    """Return a notebook of these cells; what begins with # Text is no code."""
    made = []
    for number, source in enumerate(cells):
        cell = {"cell_type": "markdown", "metadata": {}, "source": source}
        if not source.startswith("# Text"):
            shown = [{"output_type": "stream", "name": "stdout", "text": "1"}] if number in outputs else []
            cell |= {"cell_type": "code", "outputs": shown, "execution_count": None}
        made.append(cell)
    whole = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4} | more
    return {ENTRY: json.dumps(whole).encode()}


def run(zygote, *cells, files=None, **options):
    """Run a notebook that must load; return the box."""
    with boxed(zygote, document(*cells, outputs=(0,)) | (files or {}), entry=ENTRY, **options) as box:
        assert isinstance(box.loaded, Loaded), box.loaded
        return box


def noted(box):
    return [(each.code, each.values["cell"]) for each in box.loaded.notes]


def test_cells_run_in_order_in_one_module(cold):
    box = run(
        cold, "x = 2", "# Text about x", "def double(): return 2 * x", "x = 5\nprint(double(), __name__)"
    )
    assert box.loaded.output == "10 __main__\n"
    assert box.running == tuple(Running(cell=number, total=3) for number in (1, 2, 3))


def test_cell_that_raises_is_noted_with_its_line_and_hides_nothing(cold):
    box = run(cold, "a = 1", "b = 2\n1 / 0\nc = 3", "print(a, b, 'c' in globals())")
    assert box.loaded.output == "1 2 False\n"
    [note] = box.loaded.notes
    assert (note.code, note.values["cell"], note.values["line"]) == ("cell_raised", 2, 2)
    assert (note.values["type"], note.values["file"]) == ("ZeroDivisionError", "digits.ipynb[2]")


def test_line_is_that_of_the_function_that_failed_in_another_cell(cold):
    box = run(cold, "def f():\n    return {}['k']", "f()")
    [note] = box.loaded.notes
    assert (note.values["cell"], note.values["file"], note.values["line"]) == (2, "digits.ipynb[1]", 2)


@pytest.mark.parametrize("source", ["def f(:\n    pass", "return 1", "x = " + "(" * 5000 + ")" * 5000])
def test_cell_that_is_no_python_is_noted_and_the_others_run(cold, source):
    box = run(cold, source, "print('here')")
    assert (box.loaded.output, noted(box)) == ("here\n", [("cell_unreadable", 1)])


def test_cell_that_leaves_ends_alone(cold):
    box = run(cold, "exit(3)", "print('here')")
    assert (box.loaded.output, noted(box)) == ("here\n", [("cell_raised", 1)])


def test_cell_that_takes_too_long_is_stopped_and_the_next_runs(cold):
    limits = msgspec.structs.replace(QUICK, cell_seconds=2.0)
    box = run(
        cold,
        "while True:\n    try:\n        x = 1\n    except Exception: pass",
        "print('here')",
        limits=limits,
    )
    assert (box.loaded.output, noted(box)) == ("here\n", [("cell_timeout", 1)])


def test_all_cells_together_have_the_time_of_an_import(cold):
    limits = msgspec.structs.replace(QUICK, import_seconds=1.0, cell_seconds=0.5)
    busy = "import time\nbegan = time.process_time()\nwhile time.process_time() < began + 0.4:\n    pass"
    with boxed(cold, document(*[busy] * 9), entry=ENTRY, limits=limits) as box:
        assert isinstance(box.loaded, LoadFailed)
        assert box.loaded.code == "cells_timeout"


def test_a_cell_that_sleeps_is_stopped_by_the_clock(cold):
    limits = msgspec.structs.replace(QUICK, cell_seconds=0.25)
    box = run(cold, "import time; time.sleep(60)", "print('here')", limits=limits)
    assert (box.loaded.output, noted(box)) == ("here\n", [("cell_timeout", 1)])
    assert box.loaded.notes[0].values == {"cell": 1, "seconds": 1.0, "clock": "wall"}


ENDS_OF_NO_LINE = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def test_what_ends_no_line_in_python_ends_none_in_a_cell(cold):
    box = run(
        cold,
        f"# a{ENDS_OF_NO_LINE}b (\nx = {ENDS_OF_NO_LINE!r}\n1 / 0",
        f"s = '{ENDS_OF_NO_LINE}'\nprint(s == x)  # {ENDS_OF_NO_LINE}c (",
    )
    assert box.loaded.output == "True\n"
    [note] = box.loaded.notes
    assert (note.code, note.values["line"]) == ("cell_raised", 3)


def test_what_is_not_done_is_noted_with_its_line_and_the_rest_of_the_cell_runs(cold):
    box = run(
        cold,
        "%matplotlib inline\n!pip install torch \\\n  numpy\nx = 1\nif x:\n    !ls {x}",
        "%%bash\nexit 1",
        "%load_ext unknown\n%unknown 3\nprint(x, display(x))",
        "%%writefile /tmp/made.py\ny = 1",
        "%run ../made.py",
    )
    assert box.loaded.output == "1 None\n"
    assert [tuple(note.values[key] for key in ("cell", "line", "text")) for note in box.loaded.notes] == [
        (1, 2, "!pip install torch    numpy"),
        (1, 6, "!ls {x}"),
        (2, 1, "%%bash"),
        (3, 1, "%load_ext unknown"),
        (3, 2, "%unknown 3"),
        (4, 1, "%%writefile /tmp/made.py"),
        (5, 1, "%run ../made.py"),
    ]
    assert {note.code for note in box.loaded.notes} == {"cell_left_out"}


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("\n\n%time x = 1\n1 / 0", 4),
        ("!true \\\n  a \\\n  b\n1 / 0", 4),
        ("%%time\nx = 1\n\n1 / 0", 4),
        ("\n%%capture out\n%%time\n1 / 0", 4),
        ("x = 1\n\n\n%time 1 / 0\ny = 1 / 0", 4),
        ("%%timeit -n1 -r1 x = 0\n\ny = 1\n1 / x", 4),
        ("%%prun\n\n\n1 / 0", 4),
    ],
)
def test_line_of_an_exception_is_the_one_that_the_student_sees(cold, source, line):
    note = run(cold, "z = 0", source).loaded.notes[-1]
    assert note.code == "cell_raised"
    assert (note.values["file"], note.values["line"]) == ("digits.ipynb[2]", line)


def test_forbidden_things_are_found_where_a_magic_runs_them(cold):
    cells = [
        "%time import colorsys",
        "%%capture\n\nimport colorsys",
        "%%writefile a.py\nimport colorsys",
        "%run b.ipynb",
    ]
    [other] = document("x = 1\nimport colorsys").values()
    files = document(*cells) | {"b.ipynb": other}
    with boxed(cold, files, entry=ENTRY, ban=Ban(modules=("colorsys",))) as box:
        assert [(found.file, found.line) for found in box.loaded.findings] == [
            ("b.ipynb[1]", 2),
            ("digits.ipynb[1]", 1),
            ("digits.ipynb[2]", 3),
            ("digits.ipynb[3]", 2),
        ]


def test_another_notebook_runs_with_the_names_of_this_one(cold):
    [other] = document("b = a + 1", "c = 1 / 0").values()
    box = run(cold, "a = 1\n%run other.ipynb", "print(a, b)", files={"other.ipynb": other})
    assert box.loaded.output == "1 2\n"
    [note] = box.loaded.notes
    assert (note.values["cell"], note.values["file"], note.values["line"]) == (1, "other.ipynb[2]", 1)


def test_file_that_a_cell_writes_takes_the_place_of_the_one_beside_it(cold):
    cells = ["%%writefile helper.py\nX = 4", "import helper\nprint(helper.X)"]
    assert run(cold, *cells, files={"helper.py": b"X = 3\n"}).loaded.output.endswith("\n4\n")


def test_plots_need_no_display_and_no_package(cold):
    box = run(
        cold,
        "import bokeh.plotting as plt\nfrom tqdm.notebook import tqdm, trange\nimport seaborn as sns",
        "fig, ax = plt.subplots(1, 2, figsize=(8, 3))\nax[0].plot([1, 2]); plt.show()\nsns.set_theme()",
        "for step in tqdm(range(3), desc='epochs'):\n    print(step)\nfor step in trange(2): print(step)",
        "with plt.style.context('dark'):\n    n, bins, bars = plt.hist([1])\nbar = tqdm([7]); bar.close()",
    )
    assert (box.loaded.output, [each.code for each in box.loaded.notes]) == (
        "0\n1\n2\n0\n1\n",
        ["import_missing"] * 2,
    )


def test_files_beside_the_notebook_are_there(cold):
    files = {"data.csv": b"1,2\n", "helper.py": b"X = 3\n"}
    assert (
        run(cold, "import helper\nprint(open('data.csv').read(), helper.X)", files=files).loaded.output
        == "1,2\n 3\n"
    )


def test_files_of_a_hand_in_take_the_place_of_nothing_that_reads_it(cold):
    files = dict.fromkeys(("nbformat.py", "IPython.py", "traitlets.py", "rpds.py"), b"print('mine')")
    box = run(cold, "import nbformat", files=files)
    assert box.loaded.output in ("", "mine\n")  # when imported by the cell, and not before
    assert not box.loaded.notes


def test_forbidden_things_are_found_with_their_cell(cold):
    ban = Ban(modules=("torch",))
    with boxed(
        cold, document("x = 1", "try:\n    import torch\nexcept ImportError: pass"), entry=ENTRY, ban=ban
    ) as box:
        [found] = box.loaded.findings
        assert (found.file, found.line, found.what) == ("digits.ipynb[2]", 2, "torch")


def test_saved_without_outputs_is_noted(cold):
    for outputs, codes in (((), ["saved_without_outputs"]), ((0,), [])):
        with boxed(cold, document("1", outputs=outputs), entry=ENTRY) as box:
            assert [each.code for each in box.loaded.notes] == codes


def test_older_format_is_read(cold):
    code = {"cell_type": "code", "input": "print(3)", "outputs": [], "language": "python", "collapsed": False}
    old = {"worksheets": [{"cells": [code]}], "metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0}
    with boxed(cold, {ENTRY: json.dumps(old).encode()}, entry=ENTRY) as box:
        assert box.loaded.output == "3\n"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe\x00",
        b'{"cells": 3, "nbformat": 4}',
        b"[" * 100_000,
        b"print(1)",
        b'{"nbformat": 9}',
    ],
)
def test_what_is_no_notebook_is_refused_and_says_so(cold, content):
    with boxed(cold, {ENTRY: content}, entry=ENTRY) as box:
        assert isinstance(box.loaded, LoadFailed)
        assert (box.loaded.code, box.loaded.values["file"]) == ("no_notebook", ENTRY)


def test_more_code_than_a_hand_in_may_have_is_refused(cold):
    with boxed(cold, document("x = 1\n" * 50_000), entry=ENTRY) as box:
        assert box.loaded.code == "no_notebook"
        assert "KiB of code" in box.loaded.values["why"]


def test_hand_in_that_floods_with_cells_ends_its_box_alone(cold):
    source = (
        "import gc\n"
        "from worker.wire.channel import Channel\n"
        "from worker.wire.message import Running\n"
        "control = [each for each in gc.get_objects() if isinstance(each, Channel)][0]\n"
        "for number in range(9999): control.send(Running(cell=number, total=9999))\n"
    )
    with boxed(cold, document(source), entry=ENTRY) as box:
        assert isinstance(box.loaded, LoadFailed)
        assert box.loaded.ending.blame == "student"
