"""Turns costs into the Markdown that `python -m benchmarks` prints."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.measure import Cost, Diagnosing, MemoryPeak, Packages

INTRODUCTION = """\
Written by `python -m benchmarks --write docs/benchmarks.md`. Every figure comes from one run on one
machine, so the ratios mean more than the figures. CPU is that of all processes involved, zygotes
and boxes included."""

PACKAGES = "engine, with packages"
EXPLANATION = """\
*Engine, started for one* is a `chainrule grade` of one file: both zygotes are started for it.
*Engine* is one that is up and has seen the suite. *With packages*, the submission imports
matplotlib, pandas and scikit-learn, and is forked from a warm process of its own. *Floor* is the
same tests called as plain functions in a warm process, without pytest, wire or walls, and two forks
that do nothing
(`benchmarks/floor.py`). *pytest, fresh process* runs the same hidden tests with the
submission imported beside them (`benchmarks/in_process.py`); *six scripts* are those of
`benchmarks/scripts/`, an interpreter each."""


@dataclass(frozen=True)
class Figures:
    """Everything measured in one run."""

    machine: dict[str, str]
    one: tuple[Cost, ...]
    many: tuple[Cost, ...]
    throughput: Cost
    memory: MemoryPeak
    boxes: int
    cases: int
    diagnosing: Diagnosing
    packages: Packages


def render(figures: Figures) -> str:
    """Return the whole page."""
    sections = (
        "# Benchmarks",
        INTRODUCTION,
        _list(figures.machine.items()),
        f"One submission ({figures.cases} cases in the hidden tests of `nyu-hw1`; 12 checks in the scripts):",
        _costs(figures.one),
        f"{figures.many[0].count} submissions, {figures.many[0].at_once} at a time, per submission:",
        _costs(figures.many),
        "CPU per submission, as ratios:",
        _list(_ratios(figures.many)),
        _throughput(figures.throughput),
        _memory(figures.memory, figures.boxes),
        _packages(figures.packages),
        _diagnosing(figures.diagnosing),
        EXPLANATION,
    )
    return "\n\n".join(sections) + "\n"


def _costs(costs: Iterable[Cost]) -> str:
    rows = [f"| {c.name} | {_seconds(c.wall_each)} | {_seconds(c.cpu_each)} |" for c in costs]
    return "\n".join(["| procedure | wall | CPU |", "|---|---:|---:|", *rows])


def _ratios(costs: tuple[Cost, ...]) -> list[tuple[str, str]]:
    """Return how many times the floor the engine costs, and how many times the engine the others do."""
    each = {cost.name: cost.cpu_each for cost in costs}
    engine = each.pop("engine")
    return [
        (f"engine ÷ {name}", f"{engine / cpu:.2f}")
        if name.startswith("floor")
        else (f"{name} ÷ engine", f"{cpu / engine:.2f}")
        if name.startswith("engine")
        else (f"{name} ÷ engine", f"{cpu / engine:.0f}")
        for name, cpu in each.items()
    ]


def _throughput(cost: Cost) -> str:
    rate = cost.count / cost.wall_seconds
    return f"In one run of {cost.count} submissions, {cost.at_once} at a time: **{rate:.1f} per second**."


def _memory(peak: MemoryPeak, boxes: int) -> str:
    grown = peak.peak_bytes - peak.before_bytes
    return (
        f"With {boxes} boxes in flight {peak.processes} processes held {_mebibytes(peak.peak_bytes)} "
        f"between them\n(what they share counted once), {_mebibytes(grown)} more than the idle zygotes: "
        f"{grown / boxes / 2**20:.1f} MiB per box."
    )


def _packages(found: Packages) -> str:
    return (
        "The first submission that imports packages for data and plots waits "
        f"{_seconds(found.first_seconds)} for a second warm\nprocess, which takes "
        f"{_mebibytes(found.held_bytes)}; without one there is none."
    )


def _diagnosing(found: Diagnosing) -> str:
    return (
        f"Naming the mistakes of an incorrect submission costs {_seconds(found.median_seconds)} of CPU "
        f"at the median of {found.samples} incorrect\nsamples, {_seconds(found.worst_seconds)} at worst "
        f"(`{found.worst}`); a correct submission pays nothing (`benchmarks/diagnosing.py`)."
    )


def _list(items: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"* {name}: {value}" for name, value in items)


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"


def _mebibytes(value: int) -> str:
    return f"{value / 2**20:.0f} MiB"
