#!/usr/bin/env bash
# pytest.approx accepts an empty array for a number, a number for an array, and a matrix for a list
#
# Versions: pytest 9.2.0, numpy 2.4.6, Python 3.11.
# One would guess: `approx` compares like with like: an array of no numbers is not approximately 5, a single
# number is not approximately an array of three, an array of shape (2, 3) is not approximately a list of two
# numbers.
# What is so: all three are equal under approx. An array is compared with a number entry by entry, and no
# entries pass; a number is compared with each entry of an array; a list is compared with an array row by row,
# each row as an array with a number. Only array against array looks at shapes. Torch tensors go the same
# ways.
# Why it matters to a grader of gradients: `assert submission.bias_gradient() == approx([0.1, 0.2])` passes
# for a gradient that was never summed over the batch, if its columns are alike, and for an empty one.
#
# Output seen; the script fails if it is no longer this:
#> np.ones(3) == approx(np.ones((3, 1)))                                False
#> np.zeros(0) == approx(5.0)                                           True
#> [] == approx(5.0)                                                    False
#> 1.0 == approx(np.ones(3))                                            True
#> np.array(1.0) == approx(np.ones(3))                                  False
#> np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]) == approx([1.0, 2.0])   True
#> np.zeros((2, 0)) == approx([1.0, 2.0])                               True
#> {'dJdb': np.zeros(0)} == approx({'dJdb': 1.0})                       True
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check pytest==9.2.0 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import numpy as np
from pytest import approx

for text in (
    "np.ones(3) == approx(np.ones((3, 1)))",
    "np.zeros(0) == approx(5.0)",
    "[] == approx(5.0)",
    "1.0 == approx(np.ones(3))",
    "np.array(1.0) == approx(np.ones(3))",
    "np.array([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]) == approx([1.0, 2.0])",
    "np.zeros((2, 0)) == approx([1.0, 2.0])",
    "{'dJdb': np.zeros(0)} == approx({'dJdb': 1.0})",
):
    print(f"{text:68}", eval(text))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
