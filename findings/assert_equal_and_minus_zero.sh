#!/usr/bin/env bash
# np.testing.assert_equal refuses 0.0 for -0.0 in a list or a dict, and accepts it in an array
#
# Versions: numpy 2.4.6, Python 3.11.
# One would guess: assert_equal compares with ==, with nan equal to nan, and says the same of two numbers, of
# lists of them, dicts of them and arrays of them. 0.0 == -0.0 is true, so it accepts that everywhere, and 0.1
# in float32 is as much or as little 0.1 in an array as outside.
# What is so: numbers that are not in an array are asked for their sign, so 0.0 and -0.0 differ, also in lists
# and dicts; in arrays they are equal, even in one without a dimension. The other way round np.float32(0.1)
# equals 0.1 and an array of float32 with that number does not. assert_array_equal takes all of the zeros for
# equal.
# Why it matters to a grader of gradients: -0.0 is what a gradient often is (`-x`, `0 * -1`, relu's mask).
# Whether it is wrong depends on whether somebody wrote .tolist(), or took one entry out to compare it.
#
# Output seen; the script fails if it is no longer this:
#> 0.0 and -0.0, numbers               not equal, equal
#> 0.0 and -0.0, NumPy's numbers       not equal, equal
#> 0.0 and -0.0, lists                 not equal, equal
#> 0.0 and -0.0, dicts                 not equal
#> 0.0 and -0.0, arrays                equal, equal
#> 0.0 and -0.0, arrays, no dimension  equal, equal
#> 0.0 and -0.0, dicts of arrays       equal
#> 0.0 and -0.0, array and number      equal, equal
#> float32(0.1) and 0.1, numbers           equal
#> float32(0.1) and 0.1, lists             equal
#> float32(0.1) and 0.1, arrays            not equal
#> float32(0.1) and 0.1, array and number  not equal
#> float32(0.1) and 0.1, no dimension      not equal
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import numpy as np

SINGLE = np.float32(0.1)
CASES = {
    "numbers": (0.0, -0.0),
    "NumPy's numbers": (np.float64(0.0), np.float64(-0.0)),
    "lists": ([0.0], [-0.0]),
    "dicts": ({"w": 0.0}, {"w": -0.0}),
    "arrays": (np.array([0.0]), np.array([-0.0])),
    "arrays, no dimension": (np.array(0.0), np.array(-0.0)),
    "dicts of arrays": ({"w": np.array([0.0])}, {"w": np.array([-0.0])}),
    "array and number": (np.array([0.0]), -0.0),
}
ROUNDED = {
    "numbers": (SINGLE, 0.1),
    "lists": ([SINGLE], [0.1]),
    "arrays": (np.array([SINGLE]), np.array([0.1])),
    "array and number": (np.array([SINGLE]), 0.1),
    "no dimension": (np.array(SINGLE), 0.1),
}


def told(check, pair):
    try:
        check(*pair)
    except AssertionError:
        return "not equal"
    return "equal"


for name, pair in CASES.items():
    told_of = [told(check, pair) for check in (np.testing.assert_equal, np.testing.assert_array_equal)]
    if "dicts" in name:
        del told_of[1]
    print(f"0.0 and -0.0, {name:21} {', '.join(told_of)}")
for name, pair in ROUNDED.items():
    print(f"float32(0.1) and 0.1, {name:17} {told(np.testing.assert_equal, pair)}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
