"""`python -m tests.mutants`: do the tests find mistakes? Each of a table is made in a copy of the tree.

By hand, not in `make test`: whoever makes tests cheaper runs it before and after. A mistake is killed when
the tests named beside it fail, and survives when they pass; anything else, such as a test that isn't there,
is an error. Numbers after the command choose from the table.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutant_table import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "docs", "findings", "*.egg-info"
)
PASSED, FAILED = 0, 1
WORDS = {PASSED: "SURVIVED", FAILED: "killed"}


def main(chosen: list[int]) -> int:
    """Say of each mistake what became of it; returns 0 if all were killed."""
    ours = {number: MUTANTS[number - 1] for number in chosen or range(1, len(MUTANTS) + 1)}
    with tempfile.TemporaryDirectory(prefix="chainrule-mutants-") as name:
        tree = Path(name, "tree")
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT)
        Path(name).chmod(0o755)  # the sandbox's user reads our packages there
        for tests in dict.fromkeys(each.tests for each in ours.values()):
            if code := _run(tree, tests):
                print(f"{tests} ends with {code} before anything was changed")
                return 1
        codes = {number: _try(tree, number, each) for number, each in ours.items()}
    print(f"{sum(code == FAILED for code in codes.values())} of {len(codes)} were killed")
    return int(set(codes.values()) != {FAILED})


def _try(tree: Path, number: int, mutant: Mutant) -> int:
    """Make the mistake, run its tests, undo it; returns how they ended."""
    path = tree / mutant.file
    text = path.read_text(encoding="utf-8")
    if text.count(mutant.old) != 1:
        raise SystemExit(f"{number}: this stands {text.count(mutant.old)} times in {path}:\n{mutant.old}")
    path.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        code = _run(tree, mutant.tests)
    finally:
        path.write_text(text, encoding="utf-8")
    what = f"{mutant.file}: {mutant.old.strip()} → {mutant.new.strip() or 'nothing'}"
    print(f"{number:2} {WORDS.get(code, f'ERROR {code}')} {what.replace(chr(10), '⏎')}", flush=True)
    return code


def _run(tree: Path, tests: str) -> int:
    """Run these tests of the copy up to the first that fails."""
    words = ["-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", tests]
    # Bytecode is told apart by seconds and size, in which a mistake may be the same as what was right.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, *words], cwd=tree, env=environment, capture_output=True).returncode


if __name__ == "__main__":
    sys.exit(main([int(word) for word in sys.argv[1:]]))
