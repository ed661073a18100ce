#!/usr/bin/env bash
# Within @given every example draws the same np.random matrix; torch and default_rng draw new ones
#
# Versions: hypothesis 6.170.17, numpy 2.4.6, Python 3.11. torch.randn (2.13.0, not installed here) draws 50
# of 50.
# One would guess: a property that draws its weights with `np.random.randn` sees new weights in each of its
# examples.
# What is so: hypothesis seeds `random` and NumPy's global generator with the same number before every
# example, so all 50 examples see one matrix. A generator of one's own and torch are left alone.
# Why it matters to a grader of gradients: a property for all weights is tested for one draw of them, and a
# gradient that happens to be right there passes.
#
# Output seen; the script fails if it is no longer this:
#> np.random.randn:         1 different draws in 50 examples
#> random.random:           1 different draws in 50 examples
#> np.random.default_rng(): 50 different draws in 50 examples
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check hypothesis==6.170.17 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import random

import numpy as np
from hypothesis import given, settings, strategies


def draws(draw):
    seen = []

    @settings(max_examples=50, database=None)
    @given(strategies.integers())
    def examples(_):
        seen.append(draw())

    examples()
    return f"{len(set(seen))} different draws in {len(seen)} examples"


own = np.random.default_rng(0)
print("np.random.randn:        ", draws(np.random.randn))
print("random.random:          ", draws(random.random))
print("np.random.default_rng():", draws(own.standard_normal))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
