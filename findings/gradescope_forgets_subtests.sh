#!/usr/bin/env bash
# gradescope-utils leaves a test with a failed subtest out of the results, and keeps points of a failed one
#
# Versions: gradescope-utils 0.5.0, Python 3.11.
# One would guess: each test with a weight is in the results: one in which a subtest fails, one that is
# skipped and one that fails as expected have 0 points of their weight. A test that sets a score and then
# fails has 0, and no score is above the greatest.
# What is so: a test with a failed subtest is in no list, neither are skipped tests and expected failures, so
# the total has no trace of their weight. set_score(3) and then a failed assertion is 3 points; set_score(9)
# of 5 is 9.
# Why it matters to a grader of gradients: a check of ten gradients by subTest costs a wrong submission
# nothing visible, and the greatest possible score depends on the submission.
#
# Output seen; the script fails if it is no longer this:
#> tests run 7 - in the results 4
#> test_nine_points               9 of 5, passed
#> test_right                     5 of 5, passed
#> test_three_points_then_wrong   3 of 5, failed
#> test_wrong                     0.0 of 5, failed
#> total 17.0
set -euo pipefail

seen=$(sed -n 's/^#> \{0,1\}//p' "$0")
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room/venv"
"$room/venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check gradescope-utils==0.5.0
cd "$room"

now=$("$room/venv/bin/python" - <<'PY'
import io
import json
import unittest

from gradescope_utils.autograder_utils.decorators import partial_credit, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class Gradients(unittest.TestCase):
    @weight(5)
    def test_right(self):
        pass

    @weight(5)
    def test_wrong(self):
        self.fail()

    @weight(5)
    def test_two_of_four_subtests_wrong(self):
        for case in range(4):
            with self.subTest(case=case):
                self.assertEqual(case % 2, 0)

    @weight(5)
    @unittest.skip("no card")
    def test_skipped(self):
        pass

    @weight(5)
    @unittest.expectedFailure
    def test_expected_failure(self):
        self.fail()

    @partial_credit(5)
    def test_three_points_then_wrong(self, set_score=None):
        set_score(3)
        self.fail()

    @partial_credit(5)
    def test_nine_points(self, set_score=None):
        set_score(9)


out = io.StringIO()
result = JSONTestRunner(stream=out).run(unittest.defaultTestLoader.loadTestsFromTestCase(Gradients))
told = json.loads(out.getvalue())
print("tests run", result.testsRun, "- in the results", len(told["tests"]))
for test in told["tests"]:
    print(f"{test['name'].split()[0]:30} {test['score']} of {test['max_score']}, {test['status']}")
print("total", told["score"])
PY
)
printf '%s\n' "$now"
if ! diff <(printf '%s\n' "$seen") <(printf '%s\n' "$now") >&2; then
    echo "changed: < is what was seen with the versions above, > is what is so now" >&2
    exit 1
fi
