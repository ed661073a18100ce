"""The largest report that a submission can force: its rows, its page, and the memory of the web process.

``python -m benchmarks.forced_report`` runs the service, hands each hostile submission in as a student does,
and has three people look at the result at once.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hostile import HOSTILE
from benchmarks.measure import PROC, tree
from benchmarks.service.browser import Browser, Page
from benchmarks.service.course import PASSWORD, sample
from benchmarks.service.running import Service, service
from grader.database import report_rows
from grader.database.store import submissions
from grader.services.grading import results

VIEWERS = 3
LONGEST_SECONDS = 180.0
PAUSE_SECONDS = 0.5
WEB = "grader.serving.web_server"
KIB = 1024


@dataclass(frozen=True)
class Forced:
    """What one submission forced: bytes of rows and page, and the web process' resident memory in KiB."""

    name: str
    rows_bytes: int
    page_bytes: int
    peak_kib: int


def main() -> None:
    """Print a table with a row for each submission, in the order in which they were handed in."""
    print("| below a correct solution | rows | page | web process, greatest so far |\n|---|---|---|---|")
    with service(1, transport="sqlite") as running:
        print(f"| (before any of them) | | | {_web_peak_kib() / KIB:,.0f} MiB |")
        for name, more in HOSTILE.items():
            found = force(running, name, more)
            rows, page = found.rows_bytes / KIB, found.page_bytes / KIB
            print(
                f"| {name} | {rows:,.0f} KiB | {page:,.0f} KiB | {found.peak_kib / KIB:,.0f} MiB |",
                flush=True,
            )


def force(running: Service, name: str, more: str) -> Forced:
    """Hand one in, wait for its result and have it looked at; returns what it came to."""
    people = running.people
    student = _browser(running)
    content = sample("accepted/solution.py") + more.encode()
    page = student.hand_in(people.assignment_id, {people.entry: content})
    page = student.result(page, seconds=LONGEST_SECONDS, pause=PAUSE_SECONDS)
    student.close()
    with ThreadPoolExecutor(VIEWERS) as pool:
        pages = list(pool.map(lambda _: _look(running, page.path), range(VIEWERS)))
    return Forced(name, rows_bytes(running, page), len(pages[0].markup.encode()), _web_peak_kib())


def rows_bytes(running: Service, page: Page) -> int:
    """Return how many bytes of JSON the rows of a result's grading hold."""
    number = int(page.path.rstrip("/").rpartition("/")[2])
    with running.database.reading() as session:
        run = submissions.live_grading(session, number)
        if run is None:
            raise LookupError(f"submission {number} has no grading")
        report = results.report(session, run)
    cases = [report_rows.case_columns(1, place, case) for place, case in enumerate(report.cases)]
    return len(json.dumps([report_rows.grading_columns(report), cases], default=str))


def _look(running: Service, path: str) -> Page:
    viewer = _browser(running)
    try:
        return viewer.get(path)
    finally:
        viewer.close()


def _browser(running: Service) -> Browser:
    browser = Browser(running.address)
    browser.sign_in(running.people.students[0], PASSWORD)
    return browser


def _web_peak_kib() -> int:
    """Return the greatest resident memory that any of the web's processes has had so far."""
    return max((_peak_kib(PROC / str(pid)) for pid in tree([os.getpid()]) if _is_web(pid)), default=0)


def _is_web(pid: int) -> bool:
    try:
        return WEB in (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False


def _peak_kib(process: Path) -> int:
    lines = (process / "status").read_text().split("\n")
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    main()
