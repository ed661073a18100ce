#!/usr/bin/env bash
# Otter gives a test None for an answer that was never defined, and a check for large errors lets it pass
#
# Versions: otter-grader 7.0.0, numpy 2.4.6, Python 3.11.
# One would guess: a test function whose parameter is a name of the submission fails with a NameError if the
# submission does not define that name.
# What is so: the parameter is None. NumPy makes nan of it, and nan is not greater than any tolerance, so
# `assert not (abs(answer − expected) > 1e-6).any()` gives full points to a submission without an answer.
# Written the other way round, `assert (… <= 1e-6).all()`, it fails.
# Why it matters to a grader of gradients: the two ways to write a tolerance, equal for numbers, differ for
# the gradient that was left out.
#
# Output seen; the script fails if it is no longer this:
#> right     2 of 2: none is off True, all are close True
#> wrong     0 of 2: none is off False, all are close False
#> not there 1 of 2: none is off True, all are close False
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check otter-grader==7.0.0 numpy==2.4.6
cd "$room"

now=$(HOME="$room" "$room/venv/bin/python" - <<'PY'
from pathlib import Path

from otter.test_files import ExceptionTestFile

Path("q1.py").write_text("""
from otter.test_files import test_case

OK_FORMAT = False
name = "q1"
points = 2

@test_case(name="none is off")
def none_is_off(dJdb):
    import numpy as np
    assert not (abs(np.asarray(dJdb, dtype=float) - np.array([0.5, -0.5])) > 1e-6).any()

@test_case(name="all are close")
def all_are_close(dJdb):
    import numpy as np
    assert (abs(np.asarray(dJdb, dtype=float) - np.array([0.5, -0.5])) <= 1e-6).all()
""")
for title, submission in (("right", {"dJdb": [0.5, -0.5]}), ("wrong", {"dJdb": [0.5, 0.5]}), ("not there", {})):
    test = ExceptionTestFile.from_file("q1.py")
    test.run(dict(submission))
    told = ", ".join(f"{result.test_case.name} {result.passed}" for result in test.test_case_results)
    print(f"{title:9} {test.score:g} of {test.possible:g}: {told}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
