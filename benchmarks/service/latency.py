"""From upload to score on an idle machine: one student, one file after the other."""

import statistics
import time
from dataclasses import dataclass

from benchmarks.service.browser import Browser
from benchmarks.service.course import PASSWORD, sample
from benchmarks.service.running import Service, service

PAUSE_SECONDS = 0.02
LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Latency:
    """Seconds from the start of an upload until the result's page shows a total."""

    transport: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The median."""
        return statistics.median(self.seconds)

    @property
    def worst(self) -> float:
        """The greatest."""
        return max(self.seconds)


def measure(transport: str, count: int) -> Latency:
    """Hand in ``count`` times over the queue of this transport, after one that warms everything up."""
    with service(1, transport=transport) as running:
        browser = Browser(running.address)
        browser.sign_in(running.people.students[0], PASSWORD)
        try:
            hand_in(browser, running, 0)
            return Latency(transport, tuple(hand_in(browser, running, turn + 1) for turn in range(count)))
        finally:
            browser.close()


def hand_in(browser: Browser, running: Service, turn: int) -> float:
    """Return the seconds that one hand-in took until its score was shown; no two files are the same."""
    people = running.people
    content = sample("accepted/solution.py") + f"\n# hand-in {turn}\n".encode()
    began = time.monotonic()
    page = browser.hand_in(people.assignment_id, {people.entry: content})
    browser.result(page, seconds=LONGEST_SECONDS, pause=PAUSE_SECONDS)
    return time.monotonic() - began
