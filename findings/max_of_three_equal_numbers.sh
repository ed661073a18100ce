#!/usr/bin/env bash
# The gradient of the greatest of three equal numbers sums to 3, to 3/2, or is 1/4, 1/4 and 1/2
#
# Versions: pytensor 3.0.7, sympy 1.14.0, casadi 3.8.2, tinygrad 0.14.0 (its pure Python device), jax 0.10.2,
# autograd 1.9.1, numpy 2.4.6, Python 3.11.
# One would guess: a library gives the gradient to one of the greatest entries, or shares it equally. Either
# way it sums to 1, since all three growing by h makes the maximum grow by h; every subgradient of max does.
# What is so: PyTensor gives 1 to each, SymPy 1/2 to each, whatever their number. CasADi compares two at a
# time: 1/4, 1/4 and 1/2, so the last counts for more. tinygrad shares equally in max, and its sort, a network
# of swaps, gives the smallest a gradient of 3/8, 3/8 and 1/4. JAX and autograd share equally.
# Why it matters to a grader of gradients: equal entries are usual (max pooling after relu, an image with one
# colour). Differences of one entry at a time do not help: taken to one side they give PyTensor's three ones,
# taken to both sides SymPy's three halves, and no difference gives the share of one third.
#
# Output seen; the script fails if it is no longer this:
#> pytensor max  1.000, 1.000, 1.000  sum 3.000
#> sympy Max     0.500, 0.500, 0.500  sum 1.500
#> casadi mmax   0.250, 0.250, 0.500  sum 1.000
#> tinygrad max  0.333, 0.333, 0.333  sum 1.000
#> tinygrad sort 0.375, 0.375, 0.250  sum 1.000
#> jax max       0.333, 0.333, 0.333  sum 1.000
#> autograd max  0.333, 0.333, 0.333  sum 1.000
#> one side      1.000, 1.000, 1.000  sum 3.000
#> both sides    0.500, 0.500, 0.500  sum 1.500
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check pytensor==3.0.7 sympy==1.14.0 casadi==3.8.2 tinygrad==0.14.0 jax==0.10.2 autograd==1.9.1 numpy==2.4.6
cd "$room"

now=$(PYTENSOR_FLAGS=cxx=,mode=FAST_COMPILE DEV=PYTHON "$room/venv/bin/python" - <<'PY'
import autograd
import autograd.numpy as anp
import casadi
import jax
import jax.numpy as jnp
import numpy as np
import pytensor
import sympy
from tinygrad import Tensor

EQUAL = [1.0, 1.0, 1.0]


def of_pytensor():
    x = pytensor.tensor.dvector("x")
    return pytensor.grad(x.max(), x).eval({x: np.array(EQUAL)})


def of_sympy():
    entries = sympy.symbols("a b c", real=True)
    return [sympy.Max(*entries).diff(entry).subs(dict.fromkeys(entries, 1)) for entry in entries]


def of_casadi():
    x = casadi.SX.sym("x", 3)
    return casadi.Function("f", [x], [casadi.gradient(casadi.mmax(x), x)])(EQUAL).full()[:, 0]


def of_tinygrad(function):
    x = Tensor(EQUAL)
    function(x).backward()
    return x.grad.tolist()


def differences(back):
    steps = 1e-6 * np.eye(3)
    return [(max(EQUAL + step) - max(EQUAL - back * step)) / (1e-6 * (1 + back)) for step in steps]


for name, gradient in {
    "pytensor max": of_pytensor(),
    "sympy Max": of_sympy(),
    "casadi mmax": of_casadi(),
    "tinygrad max": of_tinygrad(lambda x: x.max()),
    "tinygrad sort": of_tinygrad(lambda x: x.sort()[0][0]),
    "jax max": jax.grad(jnp.max)(jnp.array(EQUAL)),
    "autograd max": autograd.grad(anp.max)(np.array(EQUAL)),
    "one side": differences(back=0),
    "both sides": differences(back=1),
}.items():
    numbers = [float(number) for number in gradient]
    print(f"{name:13} {', '.join(f'{number:.3f}' for number in numbers)}  sum {sum(numbers):.3f}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
