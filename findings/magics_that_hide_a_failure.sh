#!/usr/bin/env bash
# A notebook cell under %%capture, or one that says %run, has succeeded when its code failed
#
# Versions: nbclient 0.11.0, ipykernel 7.4.0, ipython 9.18.1, Python 3.11.
# One would guess: a cell whose code raises stops the notebook, with nbclient and so with `nbconvert
# --execute` and papermill, whether or not a magic stands before the code. `%%time`, `%%timeit`, `%%prun` and
# `%%bash` do so.
# What is so: `%%capture`, `%run script.py` and `%run -m module` show the traceback and carry on. The error
# stands among the outputs of the cell, but the kernel's reply says ok, and nbclient goes by the reply: no
# CellExecutionError, and the cells below run on whatever was left.
# Why it matters to a grader of gradients: `%run check_gradients.py` as last cell of a notebook is the usual
# way to check a homework in CI, and passes whatever the script says. A cell with loud training output, put
# under `%%capture`, fails without anybody noticing.
#
# Output seen; the script fails if it is no longer this:
#> 'assert 1.0 == 2.0'                      fails     shows ['AssertionError'], next cell ran: False
#> '%time assert 1.0 == 2.0'                fails     shows ['AssertionError'], next cell ran: False
#> '%%time\nassert 1.0 == 2.0'              fails     shows ['AssertionError'], next cell ran: False
#> '%%timeit -n1 -r1\nassert 1.0 == 2.0'    fails     shows ['AssertionError'], next cell ran: False
#> '%%prun\nassert 1.0 == 2.0'              fails     shows ['AssertionError'], next cell ran: False
#> '%%bash\nexit 1'                         fails     shows ['CalledProcessError'], next cell ran: False
#> '%%capture\nassert 1.0 == 2.0'           succeeds  shows ['AssertionError'], next cell ran: True
#> '%run check.py'                          succeeds  shows ['AssertionError'], next cell ran: True
#> '%run -m check'                          succeeds  shows ['AssertionError'], next cell ran: True
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check nbclient==0.11.0 ipykernel==7.4.0 ipython==9.18.1
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import pathlib

import nbformat.v4 as v4
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

pathlib.Path("check.py").write_text("assert 1.0 == 2.0, 'wrong gradient'\n")
FAILING = (
    "assert 1.0 == 2.0",
    "%time assert 1.0 == 2.0",
    "%%time\nassert 1.0 == 2.0",
    "%%timeit -n1 -r1\nassert 1.0 == 2.0",
    "%%prun\nassert 1.0 == 2.0",
    "%%bash\nexit 1",
    "%%capture\nassert 1.0 == 2.0",
    "%run check.py",
    "%run -m check",
)
for source in FAILING:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source), v4.new_code_cell("'the next cell'")])
    try:
        NotebookClient(notebook, kernel_name="python3").execute()
        end = "succeeds"
    except CellExecutionError:
        end = "fails"
    first, second = notebook.cells
    shown = [output.ename for output in first.outputs if output.output_type == "error"]
    print(f"{source!r:40} {end:9} shows {shown}, next cell ran: {bool(second.outputs)}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
