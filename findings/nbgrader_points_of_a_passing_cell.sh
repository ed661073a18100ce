#!/usr/bin/env bash
# In nbgrader a passing test cell scores 0 if it warns, and what its last line shows if that is a number
#
# Versions: nbgrader 0.9.6, nbclient 0.11.0, ipykernel 7.4.0, numpy 2.4.6, Python 3.11.
# One would guess: a test cell that runs to its end without an exception has all its points.
# What is so: a line on stderr, such as a DeprecationWarning from NumPy, makes it 0. A last line that shows a
# number makes that number the points: a greatest error of 1e-9 gives 1e-9 points, 0.0 gives 0. Whether it is
# a number is asked of the text, so `np.float64(0.0)`, which NumPy writes like that since its version 2, has
# full points.
# Why it matters to a grader of gradients: a new release of a library that warns takes away points of whole
# classes, and a line left over for looking at an error turns a right gradient into 0 points.
#
# Output seen; the script fails if it is no longer this:
#> assert True                                5 of 5
#> assert True; 0.0                           0 of 5
#> error = 1e-9; assert error < 1e-6; error   1e-09 of 5
#> import numpy as np; np.float64(0.0)        5 of 5
#> assert True; True                          5 of 5
#> import warnings; warnings.warn('old')      0 of 5
#> assert False                               0 of 5
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check nbgrader==0.9.6 nbclient==0.11.0 ipykernel==7.4.0 numpy==2.4.6
cd "$room"

now=$(HOME="$room" "$room/venv/bin/python" - <<'PY'
import logging

import nbformat.v4 as v4
from nbclient import NotebookClient
from nbgrader.utils import determine_grade

SOURCES = (
    "assert True",
    "assert True; 0.0",
    "error = 1e-9; assert error < 1e-6; error",
    "import numpy as np; np.float64(0.0)",
    "assert True; True",
    "import warnings; warnings.warn('old')",
    "assert False",
)
log = logging.getLogger("quiet")
log.addHandler(logging.NullHandler())
log.propagate = False
notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in SOURCES])
for number, cell in enumerate(notebook.cells):
    cell.metadata.nbgrader = {"grade": True, "solution": False, "locked": True, "points": 5, "grade_id": f"t{number}"}
NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
for cell in notebook.cells:
    print(f"{cell.source:42} {determine_grade(cell, log)[0]:g} of 5")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
