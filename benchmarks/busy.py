"""Right submissions on a machine that is busy with others: does it cost anybody a point?

``python -m benchmarks.busy`` grades right samples of all homeworks in turn, training ones among them, beside
processes that use all the processor they get, everything on the same two cores. Then a submission that
sleeps must end by the clock. It ends with 1 where one of them does not get what it should.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle, islice, zip_longest
from subprocess import Popen

import click

from benchmarks.contenders import ROOT, SEED, sample_exam
from grader.assignment import assignment_folder
from grader.model import Report, Status, Submission, Suite
from grader.verifying.samples import Sample, differences, full_points, samples
from worker.engine import Engine

SPIN = "while True: pass"
ASLEEP = "\nimport time\ndef mse_loss(*_):\n    time.sleep(600)\n"


@dataclass(frozen=True)
class Turn:
    """One grading: a sample that gets full points, and the tests that it is for."""

    slug: str
    suite: Suite
    sample: Sample


@click.command(name="benchmarks.busy")
@click.option("--gradings", default=100, show_default=True, help="How many.")
@click.option("--spinners", default=12, show_default=True, help="Processes beside them.")
@click.option("--cores", default=2, show_default=True, help="Cores for all of it.")
def main(gradings: int, spinners: int, cores: int) -> None:
    """Grade that many right submissions beside spinning processes and print those that lost something."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    began, wrong, slowest = time.monotonic(), [], 0.0
    with spinning(spinners), Engine() as engine:
        for turn in islice(cycle(turns()), gradings):
            report = engine.grade(turn.sample.submission, turn.suite, seed=SEED)
            slowest = max(slowest, report.timing.total_seconds)
            wrong += [f"{turn.slug}, {turn.sample.file}: {each}" for each in lost(turn, report)]
        wrong += not_by_the_clock(engine)
    click.echo("\n".join(wrong))
    seconds = time.monotonic() - began
    click.echo(f"{gradings} gradings beside {spinners} in {seconds:.0f} s, the slowest {slowest:.0f} s")
    click.echo("nobody lost a point" if not wrong else f"{len(wrong)} are not as they should be")
    sys.exit(bool(wrong))


@contextmanager
def spinning(count: int) -> Iterator[None]:
    """Have so many processes use all the processor they get; they end with the block."""
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(_spinner())
        yield


@contextmanager
def _spinner() -> Iterator[None]:
    with Popen([sys.executable, "-c", SPIN]) as process:
        try:
            yield
        finally:
            process.kill()


def turns() -> Sequence[Turn]:
    """Return right samples, one of each homework after the other."""
    folders = [each.parent for each in sorted((ROOT / "hidden_tests").glob("*/assignment.toml"))]
    by_homework = []
    for folder in folders:
        suite, files = assignment_folder.load(folder), assignment_folder.read_all(folder)
        right = [
            each
            for each in samples(files, suite.assignment, str(folder))
            if each.score is not None and each.score >= full_points(suite.assignment)
        ]
        by_homework.append([Turn(folder.name, suite, each) for each in right])
    return [each for row in zip_longest(*by_homework) for each in row if each is not None]


def lost(turn: Turn, report: Report) -> list[str]:
    """Return how the grading differs from what the sample should get."""
    if report.status is not Status.GRADED:
        return [f"{report.status}: {report.why}"]
    return differences(turn.sample, turn.suite.assignment, report)


def not_by_the_clock(engine: Engine) -> list[str]:
    """Grade a submission that sleeps; return what is not as it should be."""
    exam = sample_exam()
    submission = Submission({"mlp.py": exam.file.read_bytes() + ASLEEP.encode()})
    report = engine.grade(submission, exam.suite, seed=SEED)
    ends = {case.fact.values.get("clock") for case in report.cases if case.fact.code == "timeout"}
    return [] if ends == {"wall"} else [f"asleep: {report.status} {report.why}, ended by {ends}"]


if __name__ == "__main__":
    main()
