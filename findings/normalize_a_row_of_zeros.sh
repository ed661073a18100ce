#!/usr/bin/env bash
# The gradient of normalize at a row of zeros is 1e12, of cosine_similarity 1e8, of the norm itself 0
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `normalize` of a row of zeros is 0, protected by eps, and its gradient there is 0 as that
# of the norm is, or nan as that of a division by the norm.
# What is so: eps replaces the norm, so the gradient of an entry by itself is 1/eps, 1e12. `cosine_similarity`
# gives 1e8, `rms_norm`, whose eps follows from the dtype, 7e7 in float64 and 3e3 in float32, and `layer_norm`
# of two equal entries 158.
# Why it matters to a grader of gradients: one padded or dead row in a batch makes the greatest entry of a
# gradient 1e12, and a tolerance relative to the greatest entry then accepts anything in all other rows.
#
# Output seen; the script fails if it is no longer this:
#> norm                       ['0', '0']
#> row / norm, first entry    ['nan', 'nan']
#> normalize, first entry     ['1e+12', '0']
#> cosine_similarity          ['1e+08', '0']
#> rms_norm, first entry      ['6.71e+07', '0']
#> the same in float32        ['2.9e+03', '0']
#> layer_norm, first entry    ['158', '-158']
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


def gradient(function, dtype=torch.float64):
    row = torch.zeros(2, dtype=dtype, requires_grad=True)
    return torch.autograd.grad(function(row), row)[0].tolist()


def shown(name, entries):
    print(f"{name:26}", [f"{entry:.3g}" for entry in entries])


axis = torch.tensor([1.0, 0.0], dtype=torch.float64)
shown("norm", gradient(lambda row: row.norm()))
shown("row / norm, first entry", gradient(lambda row: (row / row.norm())[0]))
shown("normalize, first entry", gradient(lambda row: F.normalize(row, dim=0)[0]))
shown("cosine_similarity", gradient(lambda row: F.cosine_similarity(row, axis, dim=0)))
shown("rms_norm, first entry", gradient(lambda row: F.rms_norm(row, (2,))[0]))
shown("the same in float32", gradient(lambda row: F.rms_norm(row, (2,))[0], torch.float32))
shown("layer_norm, first entry", gradient(lambda row: F.layer_norm(row, (2,))[0]))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
