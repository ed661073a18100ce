"""A class that hands in within one minute, each student in a browser that waits for the result."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.service.browser import Browser, Page, is_waiting
from benchmarks.service.course import PASSWORD, sample
from benchmarks.service.running import Service, service

MINUTE_SECONDS = 60.0
# As often as the page asks in a browser.
ASKING_SECONDS = 2.0
LONGEST_SECONDS = 300.0
SAMPLES = (
    "accepted/solution.py",
    "accepted/per_sample_loops.py",
    "accepted/gradients_accumulated.py",
    "wrong_answer/split_convention.py",
    "wrong_answer/half_mse.py",
    "wrong_answer/hidden_slope_left_out.py",
    "wrong_answer/bce_value_without_minus.py",
    "wrong_answer/starter_with_losses_only.py",
    "load_error/missing_comma.py",
    "run_time_error/backward_raises.py",
)


@dataclass
class Seen:
    """What one student saw: seconds of each page, and when the file was in and the result there."""

    pages: list[float] = field(default_factory=list)
    uploaded: float = 0.0
    scored: float = 0.0


@dataclass(frozen=True)
class Rush:
    """What all saw together."""

    students: int
    uploads_within: float
    scored_after_last: float
    waits: tuple[float, ...]
    pages: tuple[float, ...]


def measure(students: int, within: float = MINUTE_SECONDS) -> Rush:
    """Have every student hand in once, evenly over the time."""
    with service(students, transport="redis") as running, ThreadPoolExecutor(students) as pool:
        browsers = [_signed_in(running, name) for name in running.people.students]
        began = time.monotonic()
        turns = [
            pool.submit(_hand_in, running, browser, began + within * number / students, name)
            for number, (browser, name) in enumerate(zip(browsers, cycle(SAMPLES), strict=False))
        ]
        seen = [turn.result() for turn in turns]
        for browser in browsers:
            browser.close()
    last = max(each.uploaded for each in seen)
    return Rush(
        students,
        last - began,
        max(each.scored for each in seen) - last,
        tuple(each.scored - each.uploaded for each in seen),
        tuple(seconds for each in seen for seconds in each.pages),
    )


def _signed_in(running: Service, name: str) -> Browser:
    browser = Browser(running.address)
    browser.sign_in(name, PASSWORD)
    return browser


def _hand_in(running: Service, browser: Browser, start: float, name: str) -> Seen:
    people, seen = running.people, Seen()

    def noted(page: Page) -> Page:
        seen.pages.append(page.seconds)
        return page

    time.sleep(max(0.0, start - time.monotonic()))
    form = noted(browser.get(f"/assignments/{people.assignment_id}"))
    page = noted(browser.send_files(form, {people.entry: sample(name)}))
    seen.uploaded = time.monotonic()
    until = seen.uploaded + LONGEST_SECONDS
    while is_waiting(page) and time.monotonic() < until:
        time.sleep(ASKING_SECONDS)
        page = noted(browser.get(page.path))
    seen.scored = float("inf") if is_waiting(page) else time.monotonic()
    return seen
