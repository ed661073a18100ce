#!/usr/bin/env bash
# SymPy's derivative of A*x by x is A.T, its Jacobian of the same product is A
#
# Versions: sympy 1.14.0, Python 3.11.
# One would guess: the derivative of A*x is A, whether A and x are symbols of matrices or matrices of symbols,
# and `diff` and `jacobian` have one layout.
# What is so: `diff` of an expression of MatrixSymbols has the variable first: A.T, of shape (3, 2) for a
# function from 3 numbers to 2. `jacobian` has the output first: shape (2, 3). `diff` of an explicit matrix
# has the variable first too, but in four axes. For a scalar the two layouts look alike, so the gradient of
# |Ax|^2 shows nothing of this.
# Why it matters to a grader of gradients: the chain rule written down from `diff` multiplies from the other
# side than the one written down from `jacobian`, and for square matrices the wrong one has the right shape.
#
# Output seen; the script fails if it is no longer this:
#> diff of symbols:         A.T (3, 2)
#> jacobian of entries:     (2, 3)
#> jacobian is entries:     True
#> diff of entries:         (3, 1, 2, 1)
#> of |Ax|^2, symbols:      2*A.T*A*x
#> of the trace of BX by X: B.T
#> square, by x:            B.T
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check sympy==1.14.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
from sympy import Matrix, MatrixSymbol, Trace, symbols

A, x = MatrixSymbol("A", 2, 3), MatrixSymbol("x", 3, 1)
B, X = MatrixSymbol("B", 3, 3), MatrixSymbol("X", 3, 3)
entries, variables = Matrix(2, 3, symbols("a:6")), Matrix(symbols("x:3"))
symbolic = (A * x).diff(x)
print("diff of symbols:        ", symbolic, symbolic.shape)
print("jacobian of entries:    ", (entries * variables).jacobian(variables).shape)
print("jacobian is entries:    ", (entries * variables).jacobian(variables) == entries)
print("diff of entries:        ", (entries * variables).diff(variables).shape)
print("of |Ax|^2, symbols:     ", (x.T * A.T * A * x).diff(x))
print("of the trace of BX by X:", Trace(B * X).diff(X))
print("square, by x:           ", (B * x).diff(x))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
