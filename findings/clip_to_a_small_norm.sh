#!/usr/bin/env bash
# Clipping a gradient to norm 1e-7 makes it half as long, and one of norm exactly 1 is clipped to 1
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `clip_grad_norm_` leaves a gradient alone whose norm is not above the maximum, and makes a
# longer one exactly as long as the maximum.
# What is so: the factor is maximum / (norm + 1e-6), and at most 1. So a gradient of norm 1 under a maximum of
# 1 is shortened by 1e-6, and a maximum that is small itself is missed altogether: asked for 1e-7, a gradient
# of norm 1e-6 ends at 5e-8, half of it.
# Why it matters to a grader of gradients: a hand-written clipping that does what the words say differs by
# 1e-6 at usual sizes, more than a tolerance of float32 rounding allows in float64, and by a factor at small
# ones.
#
# Output seen; the script fails if it is no longer this:
#> norm 1, at most 1:       0.999999000
#> norm 5, at most 1:       0.999999800
#> norm 0.9999995, at most 1: 0.999999000
#> norm 1e-6, at most 1e-7: 5.00e-08
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch


def clipped(gradient, maximum):
    weight = torch.nn.Parameter(torch.zeros(len(gradient), dtype=torch.float64))
    weight.grad = torch.tensor(gradient, dtype=torch.float64)
    torch.nn.utils.clip_grad_norm_([weight], maximum)
    return weight.grad.norm().item()


print(f"norm 1, at most 1:       {clipped([0.6, 0.8], 1.0):.9f}")
print(f"norm 5, at most 1:       {clipped([3.0, 4.0], 1.0):.9f}")
print(f"norm 0.9999995, at most 1: {clipped([0.9999995], 1.0):.9f}")
print(f"norm 1e-6, at most 1e-7: {clipped([6e-7, 8e-7], 1e-7):.2e}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
