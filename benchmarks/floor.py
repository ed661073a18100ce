"""The floor under any grader that isolates a submission: the same comparisons, and two bare forks.

A process imports torch, the reference and the hidden tests once. Then, per submission, it imports the
student's file, calls every test as a plain function (no pytest, no wire, no walls), and forks two
children that do nothing. The second figure is for the same calls made in one of the two forks: what is
added is mostly the kernel copying the pages that the fork writes to.

``python -m benchmarks.floor FILE COUNT SUITE`` prints the costs of COUNT submissions as JSON.
"""

import gc
import inspect
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks import doubles
from benchmarks.measure import Meter
from worker.examiner.check import Check

SEED = 20240229


@dataclass(frozen=True)
class Call:
    """One test with one row of its parameters."""

    function: Callable[..., None]
    parameters: dict[str, Any]
    fixtures: tuple[str, ...]


def main() -> None:
    """Measure as the command line says."""
    path, count, suite = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    calls = collect_all(suite)
    run(path, calls)  # the first gradient of a process is slow: here, so that no fork pays for it
    gc.collect()
    gc.freeze()
    with Meter() as plain:
        for _ in range(count):
            run(path, calls)
            reap(fork(lambda: None))
            reap(fork(lambda: None))
    with Meter() as forked:
        for _ in range(count):
            reap(fork(lambda: run(path, calls)))
            reap(fork(lambda: None))
    costs = (plain.cost("floor", count, 1), forked.cost("floor, called in a fork", count, 1))
    json.dump([asdict(cost) for cost in costs], sys.stdout)


def collect_all(suite: Path) -> list[Call]:
    """Return every test of a folder, whose files may import what lies beside them, as under pytest."""
    sys.path.insert(0, str(suite))
    return [call for file in sorted(suite.glob("test_*.py")) for call in collect(file)]


def collect(file: Path) -> Iterator[Call]:
    """Yield every test of a file once per combination of its parameters, as pytest would."""
    for name, function in vars(doubles.load(file)).items():
        if name.startswith("test_") and inspect.isfunction(function):
            marks = [m for m in getattr(function, "pytestmark", []) if m.name == "parametrize"]
            for row in itertools.product(*(rows(*mark.args[:2]) for mark in marks)):
                parameters = {key: value for part in row for key, value in part.items()}
                wanted = [key for key in inspect.signature(function).parameters if key not in parameters]
                yield Call(function, parameters, tuple(wanted))


def rows(names: str | list[str] | tuple[str, ...], values: list[Any]) -> list[dict[str, Any]]:
    """Return the arguments that one parametrize mark gives, row by row."""
    keys = [key.strip() for key in names.split(",")] if isinstance(names, str) else list(names)
    plain = [getattr(value, "values", value) if hasattr(value, "marks") else value for value in values]
    wrapped = [
        v if len(keys) > 1 or hasattr(o, "marks") else (v,) for v, o in zip(plain, values, strict=True)
    ]
    return [dict(zip(keys, value, strict=True)) for value in wrapped]


def run(path: Path, calls: list[Call]) -> None:
    """Import the file and call every test; raises at the first failure that a test doesn't keep to itself."""
    made = doubles.fixtures(doubles.load(path), SEED)
    for call in calls:
        values = {name: made[name]() for name in call.fixtures}
        call.function(**values, **call.parameters)
        check = values.get("check")
        if isinstance(check, Check) and (failed := doubles.failures(check)):
            raise SystemExit(f"{call.function.__name__}: {failed}")


def fork(work: Callable[[], None]) -> int:
    """Do `work` in a child and return its process id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return pid


def reap(pid: int) -> None:
    """Wait for a child; raises if it failed, for then it measured nothing."""
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"a child of the floor ended with status {status}")


if __name__ == "__main__":
    main()
