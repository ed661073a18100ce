#!/usr/bin/env bash
# Writing to one entry of a gradient may write to all of them, or to another tensor's gradient
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: what `autograd.grad` returns is the caller's own: scaling the gradient of a leaves that of
# b alone, and setting an entry sets one entry.
# What is so: the two gradients of a + b are one memory, and the gradient of a sum is one number seen at every
# place, so setting entry 0 sets them all (`+=` with an array raises instead). `backward(upstream)` through a
# view makes `.grad` the caller's own upstream tensor, which changes with it. `.grad` after `backward()` of a
# sum is a real copy.
# Why it matters to a grader of gradients: a test that masks or scales one gradient before it compares changes
# others that it has not compared yet.
#
# Output seen; the script fails if it is no longer this:
#> a + b: gradient of b after that of a was scaled: [5.0, 5.0, 5.0]
#> a.sum(): gradient after entry 0 was set to 7:    [7.0, 7.0, 7.0] strides (0,)
#> the same with backward() and .grad:              [7.0, 1.0, 1.0] strides (1,)
#> a view: upstream after .grad was scaled:         [5.0, 5.0, 5.0]
#> a product: upstream after .grad was scaled:      [1.0, 1.0, 1.0]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch
from torch.autograd import grad


def leaf():
    return torch.ones(3, requires_grad=True)


a, b = leaf(), leaf()
of_a, of_b = grad(a + b, (a, b), torch.ones(3))
of_a.mul_(5)
print("a + b: gradient of b after that of a was scaled:", of_b.tolist())

a = leaf()
(of_a,) = grad(a.sum(), a)
of_a[0] = 7
print("a.sum(): gradient after entry 0 was set to 7:   ", of_a.tolist(), "strides", of_a.stride())

a = leaf()
a.sum().backward()
a.grad[0] = 7
print("the same with backward() and .grad:             ", a.grad.tolist(), "strides", a.grad.stride())

a, upstream = leaf(), torch.ones(3)
a.view(3, 1).view(3).backward(upstream)
a.grad.mul_(5)
print("a view: upstream after .grad was scaled:        ", upstream.tolist())

a, upstream = leaf(), torch.ones(3)
(a * 1).backward(upstream)
a.grad.mul_(5)
print("a product: upstream after .grad was scaled:     ", upstream.tolist())
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
