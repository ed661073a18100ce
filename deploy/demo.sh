#!/usr/bin/env bash
# Grade the sample submissions of the first homework: one that is right, one that is wrong, then all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
