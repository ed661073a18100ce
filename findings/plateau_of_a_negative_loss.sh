#!/usr/bin/env bash
# ReduceLROnPlateau never lowers the rate while the loss stands still below zero
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: a loss that does not change for `patience` epochs lowers the learning rate, whatever its
# sign.
# What is so: with the default relative threshold a new loss counts as better if it is below best · (1 −
# 1e-4). For a negative best that bound lies above it, so standing still at −1 is an improvement each time and
# the rate stays as it is for ever; even a loss that creeps up, by less than 0.01 % a step, counts.
# Why it matters to a grader of gradients: training of a likelihood or of a reward ends elsewhere after a
# shift of the loss by a constant, which changes no gradient at all.
#
# Output seen; the script fails if it is no longer this:
#> loss stays at 1:    [1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01, 0.01]
#> loss stays at 0:    [1.0, 1.0, 1.0, 0.1, 0.1, 0.1, 0.01, 0.01]
#> loss stays at -1:   [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
#> loss climbs from -1 to -0.95 in 1000 steps: rate 1.0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch


def rates(losses):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)
    seen = []
    for loss in losses:
        scheduler.step(loss)
        seen.append(round(optimizer.param_groups[0]["lr"], 6))
    return seen


print("loss stays at 1:   ", rates([1.0] * 8))
print("loss stays at 0:   ", rates([0.0] * 8))
print("loss stays at -1:  ", rates([-1.0] * 8))
creeping = [-(0.99995**step) for step in range(1000)]
print(f"loss climbs from -1 to {creeping[-1]:.2f} in 1000 steps: rate", rates(creeping)[-1])
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
