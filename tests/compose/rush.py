"""Many gradings with a service stopped and started in their middle, as a student and the figures see it."""

import re
import time
from collections import Counter
from dataclasses import dataclass

from benchmarks.service.browser import Browser, Page, is_waiting
from tests.compose.containers import Composition, Stopped

MOST_SECONDS = 300.0
PAUSE_SECONDS = 0.5
GRADED = "graded"
_FIGURE = re.compile(r'^chainrule_gradings\{.*status="(\w+)".*\} (\S+)$', re.MULTILINE)
_RECORDED = re.compile(r"grading (\d+), attempt \d+: recorded")
_SCORE = re.compile(r"[\d.]+ / [\d.]+")
FIGURES = (
    "from urllib.request import urlopen; print(urlopen('http://127.0.0.1:8000/metrics').read().decode())"
)


class TrialFailed(Exception):
    """The services did something else than they should."""


@dataclass(frozen=True)
class Student:
    """A student with a browser, the assignment's number, and a right file."""

    browser: Browser
    assignment: int
    solution: bytes

    def hand_in(self, note: str) -> Page:
        """Hand in a file that nobody handed in before; returns the result's page."""
        return self.browser.hand_in(self.assignment, {"mlp.py": self.solution + f"\n# {note}\n".encode()})

    def score(self, page: Page) -> str:
        """Return the points on a result's page, once they are there."""
        return points(self.browser.result(page, seconds=MOST_SECONDS, pause=PAUSE_SECONDS))


@dataclass(frozen=True)
class Outcome:
    """What became of the gradings around one restart."""

    service: str
    handed_in: int
    unfinished: int
    stopped: Stopped
    started_seconds: float
    scores: Counter[str]


def points(page: Page) -> str:
    """Return the points on a result's page. Raises TrialFailed when there are none."""
    found = _SCORE.search(page.text)
    if is_waiting(page) or not found:
        raise TrialFailed(f"{page.path} shows no points: {page.text[:500]}")
    return found[0]


def by_status(figures: str) -> dict[str, int]:
    """Return how many gradings have each status, from the service's figures."""
    found = Counter()
    for status, number in _FIGURE.findall(figures):
        found[status] += int(float(number))
    return dict(+found)


def recorded_twice(log: str) -> list[int]:
    """Return the gradings of which a worker's log says more than once that it recorded them."""
    return sorted(int(number) for number, times in Counter(_RECORDED.findall(log)).items() if times > 1)


def statuses(composition: Composition) -> dict[str, int]:
    """Ask the web for how many gradings have each status."""
    return by_status(composition.inside("web", "python", "-c", FIGURES))


def around(composition: Composition, student: Student, service: str, number: int) -> Outcome:
    """Hand in `number` files, stop and start a service while they are graded, and wait for the results."""
    before = statuses(composition).get(GRADED, 0)
    worker = composition.container("worker")
    # While it stands still nothing is graded, so that the stop comes when most is still to be done.
    composition.engine.call("pause", worker)
    pages = [student.hand_in(f"{service} {each}") for each in range(number)]
    composition.engine.call("unpause", worker)
    unfinished = _begun(composition, before, number)
    stopped = composition.stop(service)
    took = composition.start(service)
    return Outcome(service, number, unfinished, stopped, took, Counter(map(student.score, pages)))


def _begun(composition: Composition, before: int, number: int) -> int:
    """Wait until some are graded; return how many are not. Raises TrialFailed when none or all are."""
    end = time.monotonic() + MOST_SECONDS
    while (graded := statuses(composition).get(GRADED, 0) - before) < 1:
        if time.monotonic() > end:
            raise TrialFailed(f"nothing was graded: {statuses(composition)}")
    if graded >= number:
        raise TrialFailed("all was graded before a service could be stopped: try with more, GRADINGS=200")
    return number - graded


def check(outcome: Outcome, right: str) -> None:
    """Raise TrialFailed when a hand-in has lost its points, or the service had to be killed."""
    if outcome.scores != Counter({right: outcome.handed_in}):
        raise TrialFailed(f"{outcome.service}: not all have {right}: {dict(outcome.scores)}")
    if not outcome.stopped.softly:
        raise TrialFailed(f"{outcome.service} did not stop by itself: {outcome.stopped}")


def check_all(composition: Composition, number: int) -> None:
    """Raise TrialFailed unless there are `number` gradings, all graded, none recorded twice."""
    found = statuses(composition)
    if found != {GRADED: number}:
        raise TrialFailed(f"{number} gradings should be graded, but there are {found}")
    if twice := recorded_twice(composition.log("worker")):
        raise TrialFailed(f"recorded more than once: {twice}")
