"""What it costs to name mistakes: the wrong samples of an assignment, their questions answered in-process.

The hidden tests run as plain functions with the examiner's own ``check``; what they asked is then diagnosed
as at the end of a grading, and only that is measured. ``python -m benchmarks.diagnosing FOLDER MOST`` prints
the costs of so many samples at most as JSON. A right submission is never diagnosed.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import torch

from benchmarks import doubles
from benchmarks.floor import SEED, Call, collect_all
from benchmarks.measure import Diagnosing
from grader.assignment import assignment_folder
from grader.verifying import samples
from worker.examiner.diagnosing import Case, Shown, diagnose
from worker.examiner.verdicts import PASSED


def main() -> None:
    """Measure each wrong sample once; the first is done twice, since the first of a process is slow."""
    folder, most = Path(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    calls = collect_all(folder)
    with tempfile.TemporaryDirectory() as place:
        written = [*_written(folder, Path(place))][:most]
        cost(written[0], calls)
        costs = {sample.name: cost(sample, calls) for sample in written}
    worst = max(costs, key=lambda name: costs[name])
    found = Diagnosing(len(costs), statistics.median(costs.values()), costs[worst], worst)
    json.dump(asdict(found), sys.stdout)


def _written(folder: Path, place: Path) -> Iterator[Path]:
    """Write the wrong samples of an assignment that are one file; yield their paths."""
    for name, content in samples.as_files(assignment_folder.read_all(folder), str(folder)).items():
        verdict, _, rest = name.partition("/")
        if verdict == "wrong_answer" and "/" not in rest and rest.endswith(".py"):
            path = place / rest
            path.write_bytes(content)
            yield path


def cost(sample: Path, calls: Iterable[Call]) -> float:
    """Return the seconds of CPU that diagnosing one sample takes."""
    shown = [*_shown(sample, calls)]
    began = time.process_time()
    diagnose(shown, tuple(dict.fromkeys(each.function for each in shown)))
    return time.process_time() - began


def _shown(sample: Path, calls: Iterable[Call]) -> Iterator[Shown]:
    """Run every test and yield what it has shown."""
    module = doubles.load(sample)
    for call in calls:
        check = doubles.check()
        made = doubles.fixtures(module, SEED)
        given = {name: check if name == "check" else made[name]() for name in call.fixtures}
        rest = PASSED
        try:
            call.function(**given, **call.parameters)
        except Exception as error:  # whatever a wrong sample makes a test raise is its result
            rest = doubles.judge(error)
        marks = {mark.name: mark.args for mark in call.function.__dict__["pytestmark"]}
        keys = marks.get("cases", (call.function.__name__,))
        test = f"{call.function.__name__}[{call.parameters}]"
        cases = {key: Case(f"{test}/{key}", check.outcomes.get(key, rest).code) for key in keys}
        yield Shown(marks["function"][0], check.asked, cases)


if __name__ == "__main__":
    main()
