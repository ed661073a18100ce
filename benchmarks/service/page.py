"""Turns what was measured into Markdown."""

import statistics
from collections.abc import Sequence

from benchmarks.service.latency import Latency
from benchmarks.service.rush import ASKING_SECONDS, Rush

INTRODUCTION = """\
Written by `python -m benchmarks.service --write docs/benchmarks-service.md`: a real `chainrule serve`, its
queue, database and boxes, and browsers' requests over HTTP from a process on the same machine, which takes
its share of the cores."""


def render(machine: dict[str, str], latencies: Sequence[Latency], rush: Rush) -> str:
    """Return the whole page."""
    facts = "\n".join(f"* {name}: {value}" for name, value in machine.items())
    sections = ("# Benchmarks of the service", INTRODUCTION, facts, _latencies(latencies), _rush(rush))
    return "\n\n".join(sections) + "\n"


def _latencies(latencies: Sequence[Latency]) -> str:
    rows = [
        f"| {each.transport} | {len(each.seconds)} | {_ms(each.median)} | {_ms(each.worst)} |"
        for each in latencies
    ]
    head = (
        "From the start of an upload (the assignment's page, the form, the redirect) until the result's page"
        "\nshows the total, on an idle machine:"
    )
    return "\n".join([head, "", "| queue over | hand-ins | median | worst |", "|---|---:|---:|---:|", *rows])


def _rush(rush: Rush) -> str:
    waits, pages = sorted(rush.waits), sorted(rush.pages)
    return f"""\
{rush.students} students, each signed in before, handed in within {rush.uploads_within:.0f} s, evenly,
and asked for their result every {ASKING_SECONDS:g} s, as the page does:

| | median | 95 % | worst |
|---|---:|---:|---:|
| from upload to score seen | {_s(statistics.median(waits))} | {_s(_share(waits))} | {_s(waits[-1])} |
| a page ({len(pages)} in all) | {_ms(statistics.median(pages))} | {_ms(_share(pages))} | {_ms(pages[-1])} |

All were scored **{_s(rush.scored_after_last)}** after the last upload."""


def _share(ordered: Sequence[float]) -> float:
    """Return the value that 95 % don't exceed."""
    return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _s(seconds: float) -> str:
    return f"{seconds:.1f} s"
