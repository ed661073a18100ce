"""Measure the pages of a large class, print Markdown: `python -m benchmarks.service.large_class_page`."""

import sys
from pathlib import Path

import click

from benchmarks import machine
from benchmarks.service import large_class
from benchmarks.service.large_class import Measured, Waited

INTRODUCTION = """\
Written by `python -m benchmarks.service.large_class_page --write docs/benchmarks-class.md`: {students}
students with {each} graded submissions of nyu-hw1 each, correct and incorrect, {cases:,} cases in all, in a
SQLite file. Each page was asked for {turns} times in process, without a network, after once that is not
counted."""


def render(facts: dict[str, str], found: Measured) -> str:
    """Return the whole page."""
    turns = len(found.pages[0].seconds)
    rows = ["| page | median | worst | size |", "|---|---:|---:|---:|", *map(_row, found.pages)]
    sections = (
        "# Benchmarks of a large class",
        INTRODUCTION.format(students=found.students, each=found.each, cases=found.cases, turns=turns),
        "\n".join(f"* {name}: {value}" for name, value in facts.items()),
        "\n".join(rows),
    )
    return "\n\n".join(sections) + "\n"


def _row(waited: Waited) -> str:
    median, worst = (f"{1000 * seconds:.0f} ms" for seconds in (waited.median, waited.worst))
    return f"| {waited.page} | {median} | {worst} | {waited.size_bytes / 1024:.0f} KiB |"


@click.command(name="benchmarks.service.large_class_page")
@click.option("--students", type=click.IntRange(min=1), default=500, show_default=True)
@click.option("--each", type=click.IntRange(min=1), default=20, show_default=True, help="Submissions.")
@click.option("--write", type=click.Path(path_type=Path), help="Also write the page to this file.")
def main(students: int, each: int, write: Path | None) -> None:
    """Measure the pages on which staff sees a class."""
    page = render(machine.describe(), large_class.measure(students, each))
    click.echo(page)
    if write:
        write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
