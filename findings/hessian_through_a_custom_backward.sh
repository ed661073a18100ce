#!/usr/bin/env bash
# A right custom backward has a wrong second derivative, and no error says so
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: a `torch.autograd.Function` for x·σ(x) that passes gradcheck can be differentiated again,
# or raises if it can't.
# What is so: what forward computed and saved beside inputs and outputs (here σ) counts as a constant in the
# second pass. `functional.hessian` returns 0.1966 where 0.3024 is right; with a backward done in NumPy it
# returns 0. gradcheck passes both, only gradgradcheck fails.
# Why it matters to a grader of gradients: a penalty on gradients or a Newton step through a student's layer
# is wrong although every first-order test of the layer passes.
#
# Output seen; the script fails if it is no longer this:
#> right                             hessian 0.3024
#> Saved    gradcheck True, gradgradcheck False, hessian 0.1966
#> InNumPy  gradcheck True, gradgradcheck False, hessian 0.0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.autograd import gradcheck, gradgradcheck
from torch.autograd.functional import hessian


class Saved(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        sigma = torch.sigmoid(x)
        ctx.save_for_backward(x, sigma)
        return x * sigma

    @staticmethod
    def backward(ctx, upstream):
        x, sigma = ctx.saved_tensors
        return upstream * (sigma + x * sigma * (1 - sigma))


class InNumPy(Saved):
    @staticmethod
    def backward(ctx, upstream):
        x, sigma = (saved.detach().numpy() for saved in ctx.saved_tensors)
        return upstream * torch.from_numpy(sigma + x * sigma * (1 - sigma))


x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
print("right                             hessian", round(hessian(lambda x: torch.nn.functional.silu(x).sum(), x).item(), 4))
for layer in (Saved, InNumPy):
    first = gradcheck(layer.apply, x, raise_exception=False)
    second = gradgradcheck(layer.apply, x, raise_exception=False)
    value = round(hessian(lambda x: layer.apply(x).sum(), x).item(), 4)
    print(f"{layer.__name__:8} gradcheck {first}, gradgradcheck {second}, hessian {value}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
