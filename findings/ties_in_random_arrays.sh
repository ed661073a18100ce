#!/usr/bin/env bash
# With one example Hypothesis tests zeros alone, and of its first hundred arrays 96 have equal entries
#
# Versions: hypothesis 6.170.17, numpy 2.4.6, Python 3.11.
# One would guess: in an array of twelve floats between -1 and 1 two equal ones are rare, and a single example
# (`max_examples=1`, as one sets where a test is slow) is a random one.
# What is so: the first example is the simplest, an array of zeros, and with max_examples=1 there is no other.
# Of 100 examples 9 are all zeros, and almost all have equal entries, since `arrays` draws a few entries and
# fills the rest with one value. (The manual tells of `fill`; `fill=nothing()` draws each entry by itself,
# which leaves equal ones in 84, as in lists of floats.)
# Why it matters to a grader of gradients: relu, abs, max, sort and pooling are at a corner wherever entries
# are 0 or equal. Differences and the right gradient disagree there, so the test that should compare them at
# random points compares them at the few points where it must not, or with one example proves that 0 = 0.
#
# Output seen; the script fails if it is no longer this:
#> arrays, one example      1 drawn, all zeros  1, with a zero  1, with equal entries  1
#> arrays                 100 drawn, all zeros  9, with a zero 55, with equal entries 96
#> arrays, fill=nothing() 100 drawn, all zeros  1, with a zero 49, with equal entries 84
#> lists                  100 drawn, all zeros  1, with a zero 38, with equal entries 84
#> NumPy's uniform        100 drawn, all zeros  0, with a zero  0, with equal entries  0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check hypothesis==6.170.17 numpy==2.4.6
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import numpy as np
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

ENTRIES = st.floats(-1, 1)


def drawn(strategy, count):
    seen = []

    @seed(0)
    @settings(max_examples=count, database=None)
    @given(strategy)
    def test(array):
        seen.append(np.array(array))

    test()
    return seen


def told(name, examples):
    zeros = sum(not array.any() for array in examples)
    ties = sum(len(np.unique(array)) < array.size for array in examples)
    corners = sum((array == 0).any() for array in examples)
    kinds = f"all zeros {zeros:2}, with a zero {corners:2}, with equal entries {ties:2}"
    print(f"{name:22} {len(examples):3} drawn, {kinds}")


told("arrays, one example", drawn(arrays(float, (3, 4), elements=ENTRIES), 1))
told("arrays", drawn(arrays(float, (3, 4), elements=ENTRIES), 100))
told("arrays, fill=nothing()", drawn(arrays(float, (3, 4), elements=ENTRIES, fill=st.nothing()), 100))
told("lists", drawn(st.lists(ENTRIES, min_size=12, max_size=12), 100))
random = np.random.default_rng(0)
told("NumPy's uniform", [random.uniform(-1, 1, (3, 4)) for _ in range(100)])
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
