#!/usr/bin/env bash
# A pytest test with failed subtests has passed until the terminal asks how it went
#
# Versions: pytest 9.2.0, Python 3.11.
# One would guess: a test in which subtests fail has failed: for a plugin that reads its report as for the
# summary on the screen, for `subtests` as for `self.subTest` of unittest, and with `-p no:terminal` as
# without.
# What is so: the report says passed. The hook that only names a status for the terminal changes it to failed
# as it is asked. So it stays passed without the terminal, and for a plugin that is called before it. The
# unittest test is passed in every case. Only the exit status and the reports of single subtests show the
# failures.
# Why it matters to a grader of gradients: a grader that counts the reports of tests gives full points to a
# test none of whose cases is right.
#
# Output seen; the script fails if it is no longer this:
#> usual order   terminal    test_function failed, test_method passed; exit status 1
#> usual order   no:terminal test_function passed, test_method passed; exit status 1
#> tryfirst=True terminal    test_function passed, test_method passed; exit status 1
#> tryfirst=True no:terminal test_function passed, test_method passed; exit status 1
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check pytest==9.2.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import subprocess
import sys
from pathlib import Path

Path("test_gradients.py").write_text("""
import unittest

def test_function(subtests):
    for case in range(3):
        with subtests.test(case=case):
            assert case < 0

class Gradients(unittest.TestCase):
    def test_method(self):
        for case in range(3):
            with self.subTest(case=case):
                self.assertLess(case, 0)
""")
COUNTING = """
import pytest

@pytest.hookimpl(ORDER)
def pytest_runtest_logreport(report):
    if report.when == "call" and type(report) is pytest.TestReport:
        with open("seen.txt", "a") as file:
            print(report.nodeid.rpartition("::")[2], report.outcome, file=file)
"""
for order in ("", "tryfirst=True"):
    for terminal in ("", "no:"):
        Path("conftest.py").write_text(COUNTING.replace("ORDER", order))
        Path("seen.txt").write_text("")
        command = [sys.executable, "-B", "-m", "pytest", "-p", f"{terminal}terminal", "-p", "no:cacheprovider"]
        ended = subprocess.run(command, capture_output=True, check=False).returncode
        told = ", ".join(Path("seen.txt").read_text().splitlines())
        print(f"{order or 'usual order':13} {terminal + 'terminal':11} {told}; exit status {ended}")
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
