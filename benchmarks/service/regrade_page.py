"""Measure regrades, print a Markdown page: `python -m benchmarks.service.regrade_page [--number N]`."""

import statistics
import sys
from pathlib import Path

import click

from benchmarks import machine
from benchmarks.service import regrade
from benchmarks.service.regrade import Regraded

INTRODUCTION = """\
Written by `python -m benchmarks.service.regrade_page --write docs/benchmarks-regrade.md`. {number:,}
submissions of nyu-hw1, correct and incorrect, {jobs} gradings at a time each way. The engine alone and the
command took turns with {share} each, so that whatever else ran on the machine fell on both; both count from
nothing running. The workers had as many once, beside a web server, a queue, a student who hands in and this
measuring process; above them stands the engine's mean of just before and just after."""
KILLED = """\
`chainrule regrade` was killed (SIGKILL) after {before:.1f} s, with {twice} gradings running, and started
again: through after a further {after:.1f} s. Up to 10 s of these waited for the leases of the killed process
(a minute, unless it is set otherwise). Each was graded once; only what ran was begun anew."""


def render(facts: dict[str, str], found: Regraded) -> str:
    """Return the whole page."""
    engine, command, beside = sum(found.engine), sum(found.command), statistics.mean(found.beside)
    rows = [
        "| way | submissions | seconds | a second | of the engine's rate |",
        "|---|---:|---:|---:|---:|",
        _way("the engine alone", found.number, engine, engine),
        _way("`chainrule regrade --apply`", found.number, command, engine),
        _way("the engine alone", found.share, beside, beside),
        _way("the workers of `chainrule serve`", found.share, found.workers, beside),
    ]
    before, after = found.killed
    sections = (
        "# Benchmarks of regrades",
        INTRODUCTION.format(number=found.number, share=found.share, jobs=found.jobs),
        "\n".join(f"* {name}: {value}" for name, value in facts.items()),
        "\n".join(rows),
        f"Turn by turn: engine {_each(found.engine)} s, command {_each(found.command)} s.",
        KILLED.format(before=before, after=after, twice=found.twice),
        f"From upload to score of the student meanwhile: {_waits(found.uploads)}.",
    )
    return "\n\n".join(sections) + "\n"


def _way(name: str, number: int, seconds: float, engine: float) -> str:
    return (
        f"| {name} | {number:,} | {seconds:.1f} | {number / seconds:.1f} | {100 * engine / seconds:.0f} % |"
    )


def _each(seconds: tuple[float, ...]) -> str:
    return ", ".join(f"{each:.1f}" for each in seconds)


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
