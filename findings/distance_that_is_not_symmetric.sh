#!/usr/bin/env bash
# pairwise_distance(a, b) is not pairwise_distance(b, a), and two equal points repel each other
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: a distance is symmetric, the distance of a point from itself is 0, and its gradient there
# is 0 as `torch.linalg.vector_norm` has it.
# What is so: 1e-6 is added to every signed difference before the norm is taken. So the two orders differ, the
# distance of equal points in 4 dimensions is 2e-6, and the gradient there is 1/2 in each dimension; it pushes
# in one direction only. `triplet_margin_loss` inherits it.
# Why it matters to a grader of gradients: a correct distance differs from this one most where a test likes to
# look: at equal points and in float64 to many digits.
#
# Output seen; the script fails if it is no longer this:
#> a to b minus b to a: -2.0e-06
#> pairwise_distance  of equal points 2e-06, gradient [0.5, 0.5, 0.5, 0.5]
#> vector_norm        of equal points 0e+00, gradient [0.0, 0.0, 0.0, 0.0]
#> cdist              of equal points 0e+00, gradient [0.0, 0.0, 0.0, 0.0]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.nn.functional import pairwise_distance

a = torch.tensor([[1.0]], dtype=torch.float64)
b = torch.tensor([[1.001]], dtype=torch.float64)
print("a to b minus b to a:", f"{(pairwise_distance(a, b) - pairwise_distance(b, a)).item():.1e}")

point = torch.zeros(1, 4, dtype=torch.float64, requires_grad=True)
for name, distance in (
    ("pairwise_distance", pairwise_distance(point, torch.zeros_like(point))),
    ("vector_norm", torch.linalg.vector_norm(point - torch.zeros_like(point))),
    ("cdist", torch.cdist(point, torch.zeros_like(point))),
):
    gradient = torch.autograd.grad(distance.sum(), point)[0]
    print(f"{name:18} of equal points {distance.item():.0e}, gradient", gradient.flatten().tolist())
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
