#!/usr/bin/env bash
# JAX reads the last entry for an index beyond the end, and gives the gradient to nobody
#
# Versions: jax 0.10.2, Python 3.11.
# One would guess: JAX takes an index beyond the end for the last one (its manual says so), so the gradient
# goes to the last entry, in forward as in reverse mode, for a single index as for a list of them.
# What is so: for a single index it does. With a list of indices the value is still the last entry and forward
# mode has its derivative, 1, but reverse mode gives 0 to every entry.
# Why it matters to a grader of gradients: an embedding or a label that is off by one neither raises nor
# trains, and forward and reverse mode contradict each other about it.
#
# Output seen; the script fails if it is no longer this:
#> x[2]      value 3, by the last entry: forward 1, reverse 1
#> x[10]     value 3, by the last entry: forward 1, reverse 1
#> x[[2]]    value 3, by the last entry: forward 1, reverse 1
#> x[[10]]   value 3, by the last entry: forward 1, reverse 0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check jax==0.10.2
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import jax
import jax.numpy as jnp


def told(name, index):
    def picked(x):
        return x[index].sum()

    x, last = jnp.array([1.0, 2.0, 3.0]), jnp.array([0.0, 0.0, 1.0])
    forward = jax.jvp(picked, (x,), (last,))[1]
    print(f"{name:9} value {picked(x):g}, by the last entry: forward {forward:g}, reverse {jax.grad(picked)(x)[-1]:g}")


told("x[2]", 2)
told("x[10]", 10)
told("x[[2]]", jnp.array([2]))
told("x[[10]]", jnp.array([10]))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
