#!/usr/bin/env bash
# The gradient of |x| at 0 is 1 in JAX; torch, autograd and JAX's own sign say 0
#
# Versions: jax 0.10.2, autograd 1.9.1, numpy 2.4.6, Python 3.11. For comparison, torch 2.13.0 (not installed
# here) has 0 for abs, 1 at both ends of clamp, half and half for maximum, all to the first for fmax, nan for
# hypot.
# One would guess: 0 for |x| at 0 in every library, since sign(0) is 0; for `hypot` at the origin nan, the
# derivative of a root at 0.
# What is so: JAX's abs has slope 1 at 0, so an L1 penalty pushes a weight that is exactly 0. Its `hypot` has
# 1/2 by each argument. Its `fmax` gives a tie to the second argument, where `maximum` halves it. At the ends
# of `clip` the slope is 1/2 in JAX and 0 in autograd.
# Why it matters to a grader of gradients: at kinks, which is where zero weights and saturated units are,
# gradients from two libraries can't be compared at all.
#
# Output seen; the script fails if it is no longer this:
#> abs at 0          jax [1.0] autograd [0.0]
#> sign(0)           jax 0.0
#> clip at its ends  jax [0.5, 0.5] autograd [0.0, 0.0]
#> maximum at a tie  jax [0.5, 0.5] autograd [0.5, 0.5]
#> fmax at a tie     jax [0.0, 1.0]
#> hypot at 0, 0     jax [0.5, 0.5]
#> a step of an L1 penalty from 0 and 1: [-0.1, 0.9]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check jax==0.10.2 autograd==1.9.1 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp


def shown(gradient):
    return [float(entry) for entry in gradient]


def in_jax(function, *values):
    return shown(jax.grad(lambda x: function(x).sum())(jnp.array(values)))


def in_autograd(function, *values):
    return shown(autograd.grad(lambda x: anp.sum(function(x)))(anp.array(values)))


print("abs at 0          jax", in_jax(jnp.abs, 0.0), "autograd", in_autograd(anp.abs, 0.0))
print("sign(0)           jax", float(jnp.sign(0.0)))
print("clip at its ends  jax", in_jax(lambda x: jnp.clip(x, -1, 1), -1.0, 1.0),
      "autograd", in_autograd(lambda x: anp.clip(x, -1, 1), -1.0, 1.0))
print("maximum at a tie  jax", in_jax(lambda x: jnp.maximum(x[0], x[1]), 1.0, 1.0),
      "autograd", in_autograd(lambda x: anp.maximum(x[0], x[1]), 1.0, 1.0))
print("fmax at a tie     jax", in_jax(lambda x: jnp.fmax(x[0], x[1]), 1.0, 1.0))
print("hypot at 0, 0     jax", in_jax(lambda x: jnp.hypot(x[0], x[1]), 0.0, 0.0))
step = 0.1
weight = jnp.array([0.0, 1.0])
print("a step of an L1 penalty from 0 and 1:", [round(v, 3) for v in shown(weight - step * jax.grad(lambda w: jnp.abs(w).sum())(weight))])
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
