"""Many gradings in one engine, right, wrong and hostile mixed: does anything grow?

``python -m benchmarks.soak --gradings 1000`` samples, every fiftieth, the memory, descriptors and processes
of this process and all below it, and how many control groups and folders of ours there are. It ends with 1
where the last quarter of the samples lies well above the first.
"""

import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, fields
from itertools import cycle, islice
from pathlib import Path

import click

from benchmarks.contenders import ROOT, SEED, sample_exam
from benchmarks.hostile import HOSTILE
from benchmarks.measure import PROC, proportional_bytes, tree
from grader.assignment import assignment_folder
from grader.model import Report, Status, Submission
from grader.verifying.samples import as_files
from worker.engine import Engine
from worker.sandbox.cgroup import ROOT as GROUPS

EVERY = 50
MIB = 1024 * 1024
# What a figure may grow by and still be flat: a share, and what allocators keep or a box that ends has.
GROWTH = 1.10
SLACK = {"memory_mib": 40, "descriptors": 8, "processes": 4, "groups": 4, "folders": 2}


@dataclass(frozen=True)
class Sample:
    """What there is after so many gradings."""

    gradings: int
    memory_mib: float
    descriptors: int
    processes: int
    groups: int
    folders: int


@click.command(name="benchmarks.soak")
@click.option("--gradings", default=1000, show_default=True, help="How many.")
@click.option("--jobs", default=2, show_default=True, help="How many at a time.")
def main(gradings: int, jobs: int) -> None:
    """Grade that many submissions and print the samples as a table."""
    exam, kinds, began = sample_exam(), submissions(), time.monotonic()
    ended: Counter[str] = Counter()
    with Engine() as engine, ThreadPoolExecutor(jobs) as pool:

        def grade(turn: tuple[int, tuple[str, bytes]]) -> Report:
            number, (_, content) = turn
            files = {"mlp.py": content + f"\n# submission {number}\n".encode()}
            return engine.grade(Submission(files), exam.suite, seed=SEED)

        def after(done: int) -> Sample:
            return sample(done, engine)

        turns = enumerate(islice(cycle(kinds), gradings))
        samples = []
        while batch := tuple(islice(turns, EVERY)):
            for (_, (name, _)), report in zip(batch, pool.map(grade, batch), strict=True):
                ours = report.status is not Status.GRADED
                ended[f"our fault: {name}: {report.why}" if ours else "graded"] += 1
            samples.append(after(sum(ended.values())))
    click.echo("\n".join(table(samples)))
    click.echo(f"\n{gradings} gradings in {time.monotonic() - began:.0f} s: {dict(ended)}")
    grown = growth(samples)
    click.echo("flat" if not grown else f"grown: {', '.join(grown)}")
    sys.exit(bool(grown) or len(ended) > 1)


def submissions() -> tuple[tuple[str, bytes], ...]:
    """Return what is graded in turn: as many right and wrong ones as hostile ones."""
    folder = ROOT / "hidden_tests" / "nyu-hw1"
    files = as_files(assignment_folder.read_all(folder), str(folder))
    usual = [(name, each) for name, each in files.items() if not name.startswith("time_limit/")]
    right = files["accepted/solution.py"]
    hostile = [(name, right + more.encode()) for name, more in HOSTILE.items()]
    return tuple(each for pair in zip(usual, cycle(hostile), strict=False) for each in pair)


def sample(gradings: int, engine: Engine) -> Sample:
    """Look at everything that could have been left behind."""
    pids = tree({os.getpid(), *engine.process_ids()})
    pids = list(dict.fromkeys(pids))
    return Sample(
        gradings,
        sum(map(proportional_bytes, pids)) / MIB,
        sum(map(_descriptors, pids)),
        len(pids),
        len({group for group in _groups() if group.name.split("-")[1] == str(os.getpid())}),
        len(list(Path(tempfile.gettempdir()).glob(f"chainrule-{os.getpid()}-*"))),
    )


def growth(samples: Sequence[Sample]) -> list[str]:
    """Return the names of the figures whose last quarter lies above their first by more than is usual."""
    quarter = max(1, len(samples) // 4)
    grown = []
    for name, slack in SLACK.items():
        first, last = (
            statistics.median(getattr(each, name) for each in part)
            for part in (samples[:quarter], samples[-quarter:])
        )
        if last > first * GROWTH + slack:
            grown.append(f"{name} from {first:.0f} to {last:.0f}")
    return grown


def table(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield "| " + " | ".join(field.name for field in fields(Sample)) + " |"
    yield "|---" * len(fields(Sample)) + "|"
    for each in samples:
        yield "| " + " | ".join(f"{value:.0f}" for value in astuple(each)) + " |"


def _descriptors(pid: int) -> int:
    try:
        return len(list((PROC / str(pid) / "fd").iterdir()))
    except OSError:
        return 0


def _groups() -> Iterator[Path]:
    for folder in (GROUPS, GROUPS / "memory", GROUPS / "pids"):
        yield from folder.glob("chainrule-*-*")


if __name__ == "__main__":
    main()
