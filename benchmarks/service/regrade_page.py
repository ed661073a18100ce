"""Measure regrades, print a Markdown page: `python -m benchmarks.service.regrade_page [--number N]`."""

import statistics
import sys
from pathlib import Path

import click

from benchmarks import machine
from benchmarks.service import regrade
from benchmarks.service.regrade import Regraded

INTRODUCTION = """\
Written by `python -m benchmarks.service.regrade_page --write docs/benchmarks-regrade.md`. The same {number:,}
submissions of nyu-hw1, right and wrong ones, in one run, with {jobs} gradings at a time each way. The
first two count from nothing running; the service ran, and its database, queue, pages and this measuring
process had their share of the same cores."""
KILLED = """\
`chainrule regrade` was killed (SIGKILL) after {before:.1f} s, with {twice} gradings running, and started
again: through after a further {after:.1f} s. Up to 10 s of these waited for the leases of the killed process
(a minute, unless it is set otherwise). Each was graded once; only what ran was begun anew."""


def render(facts: dict[str, str], found: Regraded) -> str:
    """Return the whole page."""
    rows = [
        "| way | seconds | a second | of the engine's rate |",
        "|---|---:|---:|---:|",
        _way("the engine alone, reports thrown away", found.engine, found),
        _way("`chainrule regrade --apply`", found.command, found),
        _way("the workers of `chainrule serve`, a student handing in meanwhile", found.workers, found),
    ]
    before, after = found.killed
    sections = (
        "# Benchmarks of regrades",
        INTRODUCTION.format(number=found.number, jobs=found.jobs),
        "\n".join(f"* {name}: {value}" for name, value in facts.items()),
        "\n".join(rows),
        KILLED.format(before=before, after=after, twice=found.twice),
        f"From upload to score of the student meanwhile: {_waits(found.uploads)}.",
    )
    return "\n\n".join(sections) + "\n"


def _way(name: str, seconds: float, found: Regraded) -> str:
    rate, share = found.number / seconds, 100 * found.engine / seconds
    return f"| {name} | {seconds:.1f} | {rate:.1f} | {share:.0f} % |"


def _waits(uploads: tuple[float, ...]) -> str:
    if not uploads:
        return "no figure, it was over too soon"
    return f"median {statistics.median(uploads):.2f} s, worst {max(uploads):.2f} s, of {len(uploads)}"


@click.command(name="benchmarks.service.regrade_page")
@click.option("--number", type=click.IntRange(min=10), default=1_000, show_default=True, help="Submissions.")
@click.option("--write", type=click.Path(path_type=Path), help="Also write the page to this file.")
def main(number: int, write: Path | None) -> None:
    """Measure a regrade at a shell and by workers against the bare engine."""
    page = render(machine.describe(), regrade.measure(number))
    click.echo(page)
    if write:
        write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
