#!/usr/bin/env bash
# `tensor -= array` is not in place
#
# Versions: torch 2.13.0 (CPU), numpy 2.4.6, Python 3.11.
# One would guess: an augmented assignment changes the tensor, keeps its dtype, or raises as
# `tensor.sub_(array)` does.
# What is so: it makes a new tensor, float64 if the array is, and binds the name to it. Every other name for
# the parameter keeps the old values. The other way round, `array * tensor` raises although `tensor * array`
# works.
# Why it matters to a grader of gradients: a student whose update step subtracts a NumPy gradient trains a
# copy: the network that the test holds never changes, and nothing is raised.
#
# Output seen; the script fails if it is no longer this:
#> the name:    [0.5, 0.5] torch.float64
#> the network: [1.0, 1.0] torch.float32
#> weight += array    another tensor
#> weight *= array    another tensor
#> weight.sub_(array) TypeError
#> weight[:] = array  TypeError
#> weight * array     Tensor
#> array * weight     TypeError
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import numpy as np
import torch

weight = torch.ones(2)
held_by_the_network = weight
weight -= 0.5 * np.ones(2)
print("the name:   ", weight.tolist(), weight.dtype)
print("the network:", held_by_the_network.tolist(), held_by_the_network.dtype)

for statement in ("weight += array", "weight *= array", "weight.sub_(array)", "weight[:] = array"):
    names = {"weight": torch.ones(2), "array": np.full(2, 3.0)}
    before = names["weight"]
    try:
        exec(statement, names)
        print(f"{statement:18}", "the same tensor" if names["weight"] is before else "another tensor")
    except TypeError:
        print(f"{statement:18}", "TypeError")

print(f"{'weight * array':18}", type(torch.ones(2) * np.ones(2)).__name__)
try:
    np.ones(2) * torch.ones(2)
except TypeError:
    print(f"{'array * weight':18}", "TypeError")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
