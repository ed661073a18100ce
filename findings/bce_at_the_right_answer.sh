#!/usr/bin/env bash
# binary_cross_entropy has gradient 0 where the prediction is exactly right; it should be 1
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: at ŷ = 0, y = 0 the loss is −log(1 − ŷ), whose slope is 1, and near ŷ = 0 it is 1 as well.
# At ŷ = 0, y = 1 the loss is cut off at 100, so the slope there is 0 or infinite.
# What is so: torch gives 0 at (0, 0), 0 at (1, 1), and at ŷ = 1e-13 a tenth of what is right, since (ŷ − y)
# is divided by max(ŷ(1 − ŷ), 1e-12). At (0, 1), where the loss is the constant 100, it gives −1e12. Central
# differences of the same loss show 1.
# Why it matters to a grader of gradients: a hand-written gradient that is right at saturated predictions is
# marked wrong by a reference made with torch's own loss.
#
# Output seen; the script fails if it is no longer this:
#> prediction 0, label 0: gradient 0, right: 1
#> prediction 1e-13, label 0: gradient 0.1, right: 1
#> prediction 1e-06, label 0: gradient 1, right: 1
#> prediction 1, label 1: gradient 0, right: -1
#> prediction 0, label 1: gradient -1e+12, right: 0: the loss is cut off
#> difference quotient of the loss from 0 to 1e-6: 1.0000
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.nn.functional import binary_cross_entropy


def loss(prediction, label):
    like = torch.tensor([label], dtype=torch.float64)
    return binary_cross_entropy(prediction, like)


def gradient(value, label):
    prediction = torch.tensor([value], dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(loss(prediction, label), prediction)[0].item()


for value, label, right in ((0.0, 0.0, "1"), (1e-13, 0.0, "1"), (1e-6, 0.0, "1"), (1.0, 1.0, "-1"), (0.0, 1.0, "0: the loss is cut off")):
    print(f"prediction {value:g}, label {label:g}: gradient {gradient(value, label):.3g}, right: {right}")
ends = [loss(torch.tensor([v], dtype=torch.float64), 0.0).item() for v in (0.0, 1e-6)]
print(f"difference quotient of the loss from 0 to 1e-6: {(ends[1] - ends[0]) / 1e-6:.4f}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
