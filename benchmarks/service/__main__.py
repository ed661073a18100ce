"""`python -m benchmarks.service [--quick] [--write FILE]`: measure the service, print a Markdown page."""

import sys
from pathlib import Path

import click

from benchmarks import machine
from benchmarks.service import latency, rush
from benchmarks.service.page import render


@click.command(name="benchmarks.service")
@click.option("--quick", is_flag=True, help="Few repetitions: a look, not figures to keep.")
@click.option("--write", type=click.Path(path_type=Path), help="Also write the page to this file.")
def main(quick: bool, write: Path | None) -> None:
    """Measure from upload to score, and a class that hands in at once."""
    count, students, within = (5, 20, 4.0) if quick else (50, 300, rush.MINUTE_SECONDS)
    latencies = [latency.measure(transport, count) for transport in ("redis", "sqlite")]
    page = render(machine.describe(), latencies, rush.measure(students, within))
    click.echo(page)
    if write:
        write.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
