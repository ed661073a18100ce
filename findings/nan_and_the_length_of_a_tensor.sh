#!/usr/bin/env bash
# The gradient at nan depends on how many numbers stand beside it
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: an elementwise function has one gradient at nan, nan or some number, wherever it stands in
# the tensor.
# What is so: one nan alone is passed through by hardtanh, relu6, softshrink and hardshrink with gradient 1;
# of 64 nans in a row none is (0). elu, selu and hardswish have 1 or their scale alone and nan in a row. The
# loops that work on several numbers at once ask the other question (inside? against outside?) than those for
# what is left over.
# Why it matters to a grader of gradients: a nan in a student's forward gives a gradient that looks sound in a
# small example and vanishes in a batch, so two runs of one test disagree about where the mistake begins.
#
# Output seen; the script fails if it is no longer this:
#> relu        alone: 1.0      64 in a row: 1.0
#> hardtanh    alone: 1.0      64 in a row: 0.0
#> relu6       alone: 1.0      64 in a row: 0.0
#> softshrink  alone: 1.0      64 in a row: 0.0
#> hardshrink  alone: 1.0      64 in a row: 0.0
#> elu         alone: 1.0      64 in a row: nan
#> selu        alone: 1.051    64 in a row: nan
#> hardswish   alone: 1.0      64 in a row: nan
#> silu        alone: nan      64 in a row: nan
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
import torch.nn.functional as F


def gradients(function, length):
    x = torch.full((length,), torch.nan, requires_grad=True)
    found = {round(entry, 3) for entry in torch.autograd.grad(function(x).sum(), x)[0].nan_to_num(nan=-1.0).tolist()}
    return ", ".join("nan" if entry == -1 else str(entry) for entry in sorted(found))


for function in (F.relu, F.hardtanh, F.relu6, F.softshrink, F.hardshrink, F.elu, F.selu, F.hardswish, F.silu):
    print(f"{function.__name__:11} alone: {gradients(function, 1):8} 64 in a row: {gradients(function, 64)}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
