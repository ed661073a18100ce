"""`python -m benchmarks [--quick] [--write FILE]`: measure, print a Markdown page."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from benchmarks import contenders, machine
from benchmarks.table import PACKAGES, Figures, render
from worker.engine import Engine


@click.command(name="benchmarks")
@click.option("--quick", is_flag=True, help="Few repetitions: a look at the ratios, not figures to keep.")
@click.option("--write", type=click.Path(path_type=Path), help="Also write the page to this file.")
def main(quick: bool, write: Path | None) -> None:
    """Measure a grading against the usual procedures and the floor."""
    page = render(measure(quick))
    click.echo(page)
    if write:
        write.write_text(page, encoding="utf-8")


def measure(quick: bool) -> Figures:
    """Run every procedure once and many times."""
    exam = contenders.sample_exam()
    count, throughput, boxes = (4, 20, 10) if quick else (50, 200, 50)
    at_once = machine.cores()
    with Engine() as engine:
        _say("engine")
        cases = len(contenders.grade(engine, exam, 0).cases)
        one = [contenders.cold(exam), contenders.warm(engine, exam, 1, 1)]
        many = [contenders.warm(engine, exam, count, at_once)]
        rate = contenders.warm(engine, exam, throughput, at_once + 1)
        _say("memory")
        memory = contenders.memory(engine, exam, boxes)
        _say("packages")
        importing = replace(exam, imports=contenders.IMPORTS)
        packages = contenders.packages(engine, importing)
        one.append(contenders.warm(engine, importing, 1, 1, PACKAGES))
        many.append(contenders.warm(engine, importing, count, at_once, PACKAGES))
    _say("floor")
    one += contenders.floor(exam, 1)
    many += contenders.floor(exam, count)
    _say("diagnosing")
    diagnosing = contenders.diagnosing(exam)
    for procedure in (contenders.fresh_pytest, contenders.scripts):
        _say(procedure.__name__)
        one.append(procedure(exam, 1, 1))
        many.append(procedure(exam, count, at_once))
    return Figures(
        machine.describe(), tuple(one), tuple(many), rate, memory, boxes, cases, diagnosing, packages
    )


def _say(what: str) -> None:
    click.echo(f"measuring: {what}", err=True)


if __name__ == "__main__":
    sys.exit(main())
