#!/usr/bin/env bash
# Forward and reverse mode give different derivatives of the same call
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `torch.func.jvp` and `torch.func.vjp` share one table of derivatives, so along one
# direction they agree everywhere, by convention also at ties and corners.
# What is so: at a tie of `fmax` reverse mode gives all to the first argument, forward mode to the second
# (`maximum` gives half to each in both). `prelu` at 0 has slope 0.25 or 1. And where nothing is a corner: the
# product over `scatter_reduce` with one zero has derivative 6 at the zero, but 0 in forward mode.
# `gaussian_nll_loss` below its eps has 250000 or 0.
# Why it matters to a grader of gradients: a Jacobian taken with `jacfwd` for speed and a gradient taken with
# `backward` can condemn each other.
#
# Output seen; the script fails if it is no longer this:
#> maximum(x0, x1)      reverse [0.5, 0.5], forward [0.5, 0.5]
#> fmax(x0, x1)         reverse [1.0, 0.0], forward [0.0, 1.0]
#> prelu(x0)            reverse [0.25], forward [1.0]
#> prod                 reverse [6.0, 0.0, 0.0], forward [6.0, 0.0, 0.0]
#> scatter_reduce prod  reverse [6.0, 0.0, 0.0], forward [0.0, 0.0, 0.0]
#> gaussian_nll_loss    reverse [250000.0, 0.25], forward [0.0, 0.25]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import warnings

import torch
import torch.nn.functional as F

warnings.simplefilter("ignore")
slope = torch.tensor([0.25], dtype=torch.float64)
target = torch.tensor([0.0, 1.0], dtype=torch.float64)


def product(x):
    return torch.ones(1, dtype=x.dtype).scatter_reduce(0, torch.zeros(3, dtype=torch.long), x, "prod")[0]


for name, function, point in (
    ("maximum(x0, x1)", lambda x: torch.maximum(x[0], x[1]), (1.0, 1.0)),
    ("fmax(x0, x1)", lambda x: torch.fmax(x[0], x[1]), (1.0, 1.0)),
    ("prelu(x0)", lambda x: F.prelu(x, slope)[0], (0.0,)),
    ("prod", lambda x: x.prod(), (0.0, 2.0, 3.0)),
    ("scatter_reduce prod", product, (0.0, 2.0, 3.0)),
    ("gaussian_nll_loss", lambda x: F.gaussian_nll_loss(target, target, x), (1e-7, 1.0)),
):
    x = torch.tensor(point, dtype=torch.float64)
    print(f"{name:20} reverse {torch.func.jacrev(function)(x).tolist()}, forward {torch.func.jacfwd(function)(x).tolist()}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
