#!/usr/bin/env bash
# Whether the array of a data frame can be written to depends on where the frame comes from
#
# Versions: pandas 3.1.1, numpy 2.4.6, Python 3.11.
# One would guess: since pandas 3 (copy-on-write) `to_numpy()` of a frame of floats is read-only, as its
# manual says of what shares memory with the frame; or it is not, but alike for frames that are equal.
# What is so: of a frame from read_csv it can be written to, of an equal one from a dict or an array it
# cannot; a column that is added makes it writable again, and of the frame from read_csv its copy(), its
# transpose and a single column are read-only. A frame of one type keeps its numbers in one block or in one
# for each column, which nothing shows, and only of several a copy is made.
# Why it matters to a grader of gradients: `x = frame.to_numpy(); x -= x.mean(axis=0)` is right with the file,
# and a ValueError in the test that makes the same frame from a literal, or the other way round.
#
# Output seen; the script fails if it is no longer this:
#> equal frames: True
#> read_csv              writable True   centred
#> a dict of lists       writable False  output array is read-only
#> an array              writable False  output array is read-only
#> dict, column added    writable True   centred
#> read_csv, one column  writable False  output array is read-only
#> read_csv, transposed  writable False  output array is read-only
#> read_csv, copied      writable False  output array is read-only
#> read_csv, one Series  writable False  output array is read-only
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check pandas==3.1.1 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import io

import numpy as np
import pandas

TABLE = np.array([[1.0, 2.0], [3.0, 6.0]])
from_file = pandas.read_csv(io.StringIO("a,b\n1.0,2.0\n3.0,6.0\n"))
from_dict = pandas.DataFrame({"a": [1.0, 3.0], "b": [2.0, 6.0]})
FRAMES = {
    "read_csv": from_file,
    "a dict of lists": from_dict,
    "an array": pandas.DataFrame(TABLE, columns=["a", "b"]),
    "dict, column added": from_dict[["a"]].assign(b=[2.0, 6.0]),
    "read_csv, one column": from_file[["a"]],
    "read_csv, transposed": from_file.T,
    "read_csv, copied": from_file.copy(),
    "read_csv, one Series": from_file["a"],
}


def centred(array):
    try:
        array -= array.mean(axis=0)
    except ValueError as error:
        return error
    return "centred"


print("equal frames:", all(FRAMES[name].equals(from_file) for name in list(FRAMES)[:4]))
for name, frame in FRAMES.items():
    array = frame.to_numpy()
    print(f"{name:21} writable {array.flags.writeable!s:5}  {centred(array)}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
