#!/usr/bin/env bash
# A custom backward that returns the wrong shape or dtype is put right in silence
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: a `torch.autograd.Function` whose backward returns the bias gradient for each row, shape
# (4, 2), where the bias has shape (2,), raises or fails gradcheck; integers are refused or kept as the
# numbers they stand for.
# What is so: autograd sums every shape that the bias broadcasts to, so the forgotten sum over the batch is
# done for the student and gradcheck is content. A shape that broadcasts the other way raises. An integer
# gradient loses its decimals: 2.5 is passed on after `.int()` as 2.0, without a word.
# Why it matters to a grader of gradients: `gradcheck` and a look at `.grad` can't see the commonest mistake
# in a bias gradient; call the student's backward itself and compare shapes.
#
# Output seen; the script fails if it is no longer this:
#> summed, bias (2,):          True
#> not summed, bias (2,):      True
#> summed to (1, 2), bias (2,): True
#> not summed, bias (1, 2):    True
#> summed to (2,), bias (1, 2): got [2] but expected shape compatible with [1, 2]
#> gradient of 2.5 x: 2.0 torch.float32
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.autograd import gradcheck


def layer(bias_gradient):
    class Linear(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, weight, bias):
            ctx.save_for_backward(x, weight)
            return x @ weight + bias

        @staticmethod
        def backward(ctx, upstream):
            x, weight = ctx.saved_tensors
            return upstream @ weight.T, x.T @ upstream, bias_gradient(upstream)

    return Linear.apply


def told(bias_gradient, *bias_shape):
    torch.manual_seed(0)
    shapes = ((4, 3), (3, 2), bias_shape)
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    try:
        return gradcheck(layer(bias_gradient), inputs, raise_exception=False)
    except RuntimeError as error:
        return str(error).partition(" - ")[2]


print("summed, bias (2,):         ", told(lambda upstream: upstream.sum(0), 2))
print("not summed, bias (2,):     ", told(lambda upstream: upstream, 2))
print("summed to (1, 2), bias (2,):", told(lambda upstream: upstream.sum(0, keepdim=True), 2))
print("not summed, bias (1, 2):   ", told(lambda upstream: upstream, 1, 2))
print("summed to (2,), bias (1, 2):", told(lambda upstream: upstream.sum(0), 1, 2))

class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2.5 * x

    @staticmethod
    def backward(ctx, upstream):
        return (2.5 * upstream).int()

x = torch.ones(1, requires_grad=True)
Scale.apply(x).sum().backward()
print("gradient of 2.5 x:", x.grad.item(), x.grad.dtype)
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
