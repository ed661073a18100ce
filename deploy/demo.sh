#!/usr/bin/env bash
# Grade sample submissions of the first homework: a right one, a wrong one, then all wrong ones into a table.
set -euo pipefail
cd "$(dirname "$0")/.."

samples=hidden_tests/nyu-hw1/submissions
table=build/demo.csv

show() {
    printf '\n$ chainrule %s\n' "$*"
    .venv/bin/chainrule "$@"
}

mkdir -p build
show grade "$samples/accepted/solution.py" -a nyu-hw1
show grade "$samples/wrong_answer/sigmoid_slope_at_output.py" -a nyu-hw1
show grade "$samples/wrong_answer" -a nyu-hw1 --csv "$table"
printf '\nThe results of the last command as a table: %s\n' "$table"
printf 'The submissions: %s. The hidden tests: hidden_tests/nyu-hw1.\n' "$samples"
printf 'Your own file: .venv/bin/chainrule grade mlp.py -a nyu-hw1 --verbose\n'
