#!/usr/bin/env bash
# eigvalsh reads one triangle of a matrix; autograd puts the gradient there, torch into both, JAX reads both
#
# Versions: torch 2.13.0 (CPU), jax 0.10.2, autograd 1.9.1, numpy 2.4.6, Python 3.11.
# One would guess: eigh and eigvalsh read the lower triangle, as in NumPy, so the gradient of an eigenvalue
# has nothing above the diagonal, and the three libraries agree in value and gradient.
# What is so: autograd has that gradient. torch reads the lower triangle and spreads the gradient over both
# halves, so that it has entries where nothing is read, and half of the right ones where something is. JAX
# takes the mean of both triangles before it begins (`symmetrize_input`), so its eigenvalue itself is another
# one as soon as the matrix is not symmetric; its gradient fits that value. For cholesky autograd does as
# torch does, not as it does for eigh.
# Why it matters to a grader of gradients: differences, which move one entry at a time, leave the symmetric
# matrices. They call torch's gradient wrong by a factor of 2 beside the diagonal, for a matrix that is
# symmetric.
#
# Output seen; the script fails if it is no longer this:
#> smallest eigenvalue
#>   torch     with both halves 1.382, without the upper one 1.382
#>             gradient    [[0.724, -0.447], [-0.447, 0.276]]
#>             differences [[0.724, 0.0], [-0.894, 0.276]]
#>   jax       with both halves 1.382, without the upper one 1.793
#>             gradient    [[0.724, -0.447], [-0.447, 0.276]]
#>             differences [[0.724, -0.447], [-0.447, 0.276]]
#>   autograd  with both halves 1.382, without the upper one 1.382
#>             gradient    [[0.724, 0.0], [-0.894, 0.276]]
#>             differences [[0.724, 0.0], [-0.894, 0.276]]
#> sum of cholesky
#>   torch     with both halves 3.702, without the upper one 3.702
#>             gradient    [[0.256, 0.195], [0.195, 0.316]]
#>             differences [[0.256, 0.0], [0.391, 0.316]]
#>   jax       with both halves 3.702, without the upper one 3.463
#>             gradient    [[0.256, 0.195], [0.195, 0.316]]
#>             differences [[0.256, 0.195], [0.195, 0.316]]
#>   autograd  with both halves 3.702, without the upper one 3.702
#>             gradient    [[0.256, 0.195], [0.195, 0.316]]
#>             differences [[0.256, 0.0], [0.391, 0.316]]
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 jax==0.10.2 autograd==1.9.1 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import numpy as np
import torch

jax.config.update("jax_enable_x64", True)
MATRIX = np.array([[2.0, 1.0], [1.0, 3.0]])
LOWER_ONLY = np.array([[2.0, 0.0], [1.0, 3.0]])


def told(array):
    return (np.round(np.asarray(array), 3) + 0.0).tolist()


def differences(value):
    steps = [(row, column) for row in range(2) for column in range(2)]
    slopes = np.zeros((2, 2))
    for step in steps:
        near = np.zeros((2, 2))
        near[step] = 1e-6
        slopes[step] = (value(MATRIX + near) - value(MATRIX - near)) / 2e-6
    return slopes


def of_torch(function):
    def value(matrix):
        return function(torch.tensor(matrix)).item()

    def gradient(matrix):
        leaf = torch.tensor(matrix, requires_grad=True)
        return torch.autograd.grad(function(leaf), leaf)[0].numpy()

    return value, gradient


def of_jax(function):
    return lambda matrix: float(function(jnp.asarray(matrix))), jax.grad(function)


def of_autograd(function):
    return lambda matrix: float(function(matrix)), autograd.grad(function)


for name, libraries in {
    "smallest eigenvalue": {
        "torch": of_torch(lambda matrix: torch.linalg.eigvalsh(matrix)[0]),
        "jax": of_jax(lambda matrix: jnp.linalg.eigvalsh(matrix)[0]),
        "autograd": of_autograd(lambda matrix: anp.linalg.eigh(matrix)[0][0]),
    },
    "sum of cholesky": {
        "torch": of_torch(lambda matrix: torch.linalg.cholesky(matrix).sum()),
        "jax": of_jax(lambda matrix: jnp.linalg.cholesky(matrix).sum()),
        "autograd": of_autograd(lambda matrix: anp.sum(anp.linalg.cholesky(matrix))),
    },
}.items():
    print(name)
    for library, (value, gradient) in libraries.items():
        print(f"  {library:9} with both halves {value(MATRIX):.3f}, without the upper one {value(LOWER_ONLY):.3f}")
        print(f"            gradient    {told(gradient(jnp.asarray(MATRIX) if library == 'jax' else MATRIX))}")
        print(f"            differences {told(differences(value))}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
