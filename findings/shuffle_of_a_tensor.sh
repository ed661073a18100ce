#!/usr/bin/env bash
# random.shuffle of a tensor of indices loses half of them; of an array it does not
#
# Versions: torch 2.13.0 (CPU), numpy 2.4.6, Python 3.11.
# One would guess: random.shuffle goes wrong for the rows of a matrix, which are views, and is right for one
# dimension, as it is with NumPy's arrays, whose entries are copies.
# What is so: an entry of a tensor of one dimension is a view too, so the swap `x[i], x[j] = x[j], x[i]` in
# shuffle writes one entry over the other. Of 1000 different indices some 500 are left, the others are there
# twice or more. There is no error and no warning. NumPy's own generator warns, and loses as many.
# Why it matters to a grader of gradients: `order = torch.arange(n); random.shuffle(order)` is how minibatches
# are written by hand. The loss falls all the same, each gradient is right, and half of the examples are not
# seen.
#
# Output seen; the script fails if it is no longer this:
#> random.shuffle, list    1000 of 1000 left, warnings 0
#> random.shuffle, array   1000 of 1000 left, warnings 0
#> random.shuffle, tensor   510 of 1000 left, warnings 0
#> NumPy's shuffle, tensor  498 of 1000 left, warnings 1
#> 1, 2 swapped, list    [2, 1]
#> 1, 2 swapped, array   [2, 1]
#> 1, 2 swapped, tensor  [2, 2]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import random
import warnings

import numpy as np
import torch

N = 1000


def different(order):
    return len(set(torch.as_tensor(np.asarray(order)).tolist()))


def swapped(entries):
    entries[0], entries[1] = entries[1], entries[0]
    return [int(entry) for entry in entries]


for name, order in (("list", list(range(N))), ("array", np.arange(N)), ("tensor", torch.arange(N))):
    random.seed(0)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        random.shuffle(order)
    print(f"random.shuffle, {name:7} {different(order):4} of {N} left, warnings {len(told)}")
order = torch.arange(N)
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    np.random.default_rng(0).shuffle(order)
print(f"NumPy's shuffle, tensor {different(order):4} of {N} left, warnings {len(told)}")
for name, entries in (("list", [1, 2]), ("array", np.array([1, 2])), ("tensor", torch.tensor([1, 2]))):
    print(f"1, 2 swapped, {name:7} {swapped(entries)}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
