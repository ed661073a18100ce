#!/usr/bin/env bash
# torch.equal takes float32 for float64, allclose refuses the pair, assert_close takes a list for a tuple
#
# Versions: torch 2.13.0 (CPU), Python 3.11.
# One would guess: `torch.equal`, the strictest of the comparisons, is False for tensors of two dtypes, for
# which `allclose` raises and `assert_close` fails; and `assert_close` tells a list from a tuple.
# What is so: `equal` is True across float32, float64, int64 and bool when the values agree; `allclose` raises
# for two dtypes; `assert_close` fails for two dtypes and passes a list against a tuple.
# Why it matters to a grader of gradients: a test written with `torch.equal` does not ask for a dtype, and a
# submission that answers in bool or in integers passes it.
#
# Output seen; the script fails if it is no longer this:
#> float32, float64  equal        passes
#> float32, float64  allclose     RuntimeError
#> float32, float64  assert_close AssertionError
#> float32, int64    equal        passes
#> float32, int64    allclose     RuntimeError
#> float32, int64    assert_close AssertionError
#> float32, bool     equal        passes
#> float32, bool     allclose     RuntimeError
#> float32, bool     assert_close AssertionError
#> list, tuple       assert_close  passes
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import torch

one, double, count, yes = (torch.ones(2, dtype=dtype) for dtype in (torch.float32, torch.float64, torch.int64, torch.bool))


def outcome(check, *values):
    try:
        return "passes" if check(*values) in (True, None) else "False"
    except (RuntimeError, AssertionError) as error:
        return type(error).__name__


pairs = {"float32, float64": (one, double), "float32, int64": (one, count), "float32, bool": (one, yes)}
for name, pair in pairs.items():
    for check in (torch.equal, torch.allclose, torch.testing.assert_close):
        print(f"{name:17} {check.__name__:12} {outcome(check, *pair)}")
print(f"{'list, tuple':17} assert_close ", outcome(torch.testing.assert_close, [one], (one,)))
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
