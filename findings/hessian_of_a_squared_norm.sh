#!/usr/bin/env bash
# x.norm() ** 2 has a gradient at 0 and no Hessian, sinc a slope and no curvature
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: the gradient of ‖x‖² at 0 is right, so the Hessian there is 2 on the diagonal, or the
# gradient is nan as well.
# What is so: the first derivative is 0, by a rule for norms at 0; the second is nan in every entry, off the
# diagonal too. `x.dot(x)` has 2. `torch.sinc` at 0 has first derivative 0 and second nan (−π²/3 is right),
# and at 1e-20 the second is 0.
# Why it matters to a grader of gradients: a gradient penalty or Newton step is nan at a zero initialisation
# although no first-order check sees anything.
#
# Output seen; the script fails if it is no longer this:
#> x.norm() ** 2        gradient [0.0, 0.0], Hessian [[nan, nan], [nan, nan]]
#> x.dot(x)             gradient [0.0, 0.0], Hessian [[2.0, 0.0], [0.0, 2.0]]
#> sinc at 0            gradient 0.0, Hessian nan
#> sinc at 1e-20        gradient 0.0, Hessian 0.0
#> sinc by differences  -3.290
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.autograd.functional import hessian, jacobian


def told(name, function, point):
    x = torch.tensor(point, dtype=torch.float64)
    print(f"{name:20} gradient {jacobian(function, x).tolist()}, Hessian {hessian(function, x).tolist()}")


told("x.norm() ** 2", lambda x: x.norm() ** 2, [0.0, 0.0])
told("x.dot(x)", lambda x: x.dot(x), [0.0, 0.0])
told("sinc at 0", torch.sinc, 0.0)
told("sinc at 1e-20", torch.sinc, 1e-20)
x = torch.tensor([1e-3, 0.0, -1e-3], dtype=torch.float64)
by_differences = (torch.sinc(x[0]) - 2 * torch.sinc(x[1]) + torch.sinc(x[2])) / 1e-6
print(f"sinc by differences  {by_differences.item():.3f}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
