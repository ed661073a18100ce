#!/usr/bin/env bash
# tinygrad's elu has slope 0 at 0, where it is smooth and the slope is 1
#
# Versions: tinygrad 0.14.0 (its pure Python device), Python 3.11.
# One would guess: elu with alpha 1 is differentiable at 0 with slope 1, so there is no convention to choose
# and the gradient is 1.
# What is so: it is put together from two relus that both have slope 0 at 0, so the gradient there is 0; next
# to 0 it is 1. In the other direction `relu6` has slope 1 at 6 and `hardtanh` 1 at its ends, where torch has
# 0.
# Why it matters to a grader of gradients: pre-activations that are exactly 0 are usual (zero input, zero
# bias), and there a right gradient by hand is called wrong.
#
# Output seen; the script fails if it is no longer this:
#> elu at -1e-4, 0, 1e-4:   [1.0, 0.0, 1.0]
#> elu by differences at 0: 1.000
#> relu at 0:               [0.0]
#> relu6 at 0, 6:           [0.0, 1.0]
#> hardtanh at -1, 1:       [1.0, 1.0]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check tinygrad==0.14.0
cd "$room"

now=$(DEV=PYTHON "$room/venv/bin/python" - <<'PY'
from tinygrad import Tensor


def slopes(function, *values):
    x = Tensor(list(values))
    function(x).sum().backward()
    return [round(slope, 6) for slope in x.grad.tolist()]


print("elu at -1e-4, 0, 1e-4:  ", [round(slope, 3) for slope in slopes(Tensor.elu, -1e-4, 0.0, 1e-4)])
near = Tensor([-1e-3, 1e-3]).elu().tolist()
print(f"elu by differences at 0: {(near[1] - near[0]) / 2e-3:.3f}")
print("relu at 0:              ", slopes(Tensor.relu, 0.0))
print("relu6 at 0, 6:          ", slopes(Tensor.relu6, 0.0, 6.0))
print("hardtanh at -1, 1:      ", slopes(Tensor.hardtanh, -1.0, 1.0))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
