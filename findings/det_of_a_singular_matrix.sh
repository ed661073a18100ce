#!/usr/bin/env bash
# The gradient of a determinant is zero, or right, depending on how it is asked for
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: the determinant is a polynomial, so its gradient at [[1, 2], [2, 4]] is the matrix of
# cofactors [[4, -2], [-2, 1]], and every way of asking torch for it gives the same.
# What is so: `backward`, `autograd.grad` and forward mode give zeros. The same call with `create_graph=True`,
# `torch.func.grad` and central differences give the cofactors. A matrix that is singular only up to rounding
# gets them too.
# Why it matters to a grader of gradients: a reference made by autograd calls a correct cofactor formula
# wrong, and which of the two it says depends on one keyword.
#
# Output seen; the script fails if it is no longer this:
#> autograd.grad                      [0.0, 0.0, 0.0, 0.0]
#> autograd.grad, create_graph=True   [4.0, -2.0, -2.0, 1.0]
#> func.grad                          [4.0, -2.0, -2.0, 1.0]
#> func.jacfwd                        [0.0, 0.0, 0.0, 0.0]
#> central differences                [4.0, -2.0, -2.0, 1.0]
#> gradcheck agrees with autograd:    False
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch

singular = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64)


def asked(**how):
    matrix = singular.clone().requires_grad_()
    return torch.autograd.grad(torch.linalg.det(matrix), matrix, **how)[0].detach()


def central_differences(step=1e-6):
    ends = (torch.linalg.det(singular + s * step * unit.view(2, 2)) for unit in torch.eye(4).double() for s in (1, -1))
    plus_and_minus = torch.stack(list(ends)).view(4, 2)
    return ((plus_and_minus[:, 0] - plus_and_minus[:, 1]) / (2 * step)).view(2, 2)


for name, gradient in {
    "autograd.grad": asked(),
    "autograd.grad, create_graph=True": asked(create_graph=True),
    "func.grad": torch.func.grad(torch.linalg.det)(singular),
    "func.jacfwd": torch.func.jacfwd(torch.linalg.det)(singular),
    "central differences": central_differences(),
}.items():
    print(f"{name:34}", [round(entry, 3) + 0.0 for entry in gradient.flatten().tolist()])
agrees = torch.autograd.gradcheck(torch.linalg.det, singular.clone().requires_grad_(), raise_exception=False)
print("gradcheck agrees with autograd:   ", agrees)
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
