#!/usr/bin/env bash
# autograd's gradient of a product is nan where a factor is 0, though a product is smooth everywhere
#
# Versions: autograd 1.9.1, jax 0.10.2, tinygrad 0.14.0 (its pure Python device), numpy 2.4.6, Python 3.11.
# One would guess: the gradient of x1*x2*x3 by x1 is x2*x3, whatever x1 is, and so is that of `prod`. That one
# cannot divide the product by a factor of 0 is known, and libraries take care of it.
# What is so: JAX and tinygrad do; autograd divides, and has nan for each factor that is 0, beside right
# entries for the others. Its second derivative is nan in every place, also for two factors that are not 0.
# The same product written with * is right. NumPy warns of the division, once, as of any other.
# Why it matters to a grader of gradients: a reference gradient from autograd has holes where an indicator or
# a mask is a factor, and a comparison with equal_nan=True (the default of np.testing) wants the submission to
# say nan as well.
#
# Output seen; the script fails if it is no longer this:
#> factors                 [0.0, 2.0, 3.0]
#>   autograd prod         [nan, 0.0, 0.0]
#>   autograd with *       [6.0, 0.0, 0.0]
#>   jax prod              [6.0, 0.0, 0.0]
#>   tinygrad prod         [6.0, 0.0, 0.0]
#>   autograd prod, second [[nan, nan, nan], [nan, nan, nan], [nan, nan, nan]]
#>   jax prod, second      [[0.0, 3.0, 2.0], [3.0, 0.0, 0.0], [2.0, 0.0, 0.0]]
#> factors                 [0.0, 0.0, 3.0]
#>   autograd prod         [nan, nan, 0.0]
#>   autograd with *       [0.0, 0.0, 0.0]
#>   jax prod              [0.0, 0.0, 0.0]
#>   tinygrad prod         [0.0, 0.0, 0.0]
#>   autograd prod, second [[nan, nan, nan], [nan, nan, nan], [nan, nan, nan]]
#>   jax prod, second      [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check autograd==1.9.1 jax==0.10.2 tinygrad==0.14.0 numpy==2.4.6
cd "$room"

now=$(DEV=PYTHON "$room/venv/bin/python" - <<'PY'
import warnings

import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np
from tinygrad import Tensor

jax.config.update("jax_enable_x64", True)
warnings.simplefilter("ignore")


def of_tinygrad(factors):
    x = Tensor(factors.tolist())
    x.prod().backward()
    return x.grad.tolist()


def told(array):
    return np.asarray(array, dtype=float).tolist()


for factors in np.array([0.0, 2.0, 3.0]), np.array([0.0, 0.0, 3.0]):
    print("factors                ", told(factors))
    print("  autograd prod        ", told(autograd.grad(anp.prod)(factors)))
    print("  autograd with *      ", told(autograd.grad(lambda x: x[0] * x[1] * x[2])(factors)))
    print("  jax prod             ", told(jax.grad(jnp.prod)(jnp.asarray(factors))))
    print("  tinygrad prod        ", told(of_tinygrad(factors)))
    print("  autograd prod, second", told(autograd.hessian(anp.prod)(factors)))
    print("  jax prod, second     ", told(jax.hessian(jnp.prod)(jnp.asarray(factors))))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
