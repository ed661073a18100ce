#!/usr/bin/env bash
# gradcheck in its fast mode accepts a gradient of zero, and one entry that is 1 % off
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `gradcheck(fast_mode=True)` trades time for memory or digits, and still finds an entry that
# is 1 % off and a gradient that is left out; a second output that was detached by mistake is found in both
# modes.
# What is so: the fast mode compares one random projection, to an absolute 1e-5 and a relative 1e-3: it
# accepts one wrong entry of 100 and, for a mean of 200,000 numbers, a backward that returns zeros. In the
# slow mode, too, an output that carries no gradient at all is not compared.
# Why it matters to a grader of gradients: a test suite that moved to the fast mode for speed passes
# submissions that it used to fail.
#
# Output seen; the script fails if it is no longer this:
#> one of 100 entries 1 % off, slow:      False
#> one of 100 entries 1 % off, fast:      True
#> zeros for a mean of 100, slow:         False
#> zeros for a mean of 200,000, fast:     True
#> second of two outputs detached, slow:  True
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


def function(forward, backward):
    class Function(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return forward(x)

        @staticmethod
        def backward(ctx, upstream):
            return backward(upstream, *ctx.saved_tensors)

    return Function.apply


def accepted(f, size, **mode):
    torch.manual_seed(0)
    return gradcheck(f, torch.randn(size, dtype=torch.float64, requires_grad=True), raise_exception=False, **mode)


one_entry = torch.ones(100, dtype=torch.float64)
one_entry[-1] = 1.01
doubled = function(lambda x: 2 * x, lambda upstream, x: 2 * upstream * one_entry)
no_gradient = function(lambda x: x.mean(), lambda upstream, x: torch.zeros_like(x))
second_detached = lambda x: (2 * x, (3 * x).detach())

print("one of 100 entries 1 % off, slow:     ", accepted(doubled, 100))
print("one of 100 entries 1 % off, fast:     ", accepted(doubled, 100, fast_mode=True))
print("zeros for a mean of 100, slow:        ", accepted(no_gradient, 100))
print("zeros for a mean of 200,000, fast:    ", accepted(no_gradient, 200_000, fast_mode=True))
print("second of two outputs detached, slow: ", accepted(second_detached, 3))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
