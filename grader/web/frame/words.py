"""Numbers, dates and verdicts as people write them, for the templates. Pure: values in, text out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grader.arithmetic.deadlines import Counts
from grader.arithmetic.scoring import points_text
from grader.database.tables import RequestState, Role
from grader.feedback import own_graph, picture
from grader.feedback.text import number
from grader.model import VERDICTS, Status, Visibility

STATUS: Mapping[Status, str] = {
    Status.QUEUED: "waiting",
    Status.RUNNING: "being graded",
    Status.GRADED: "graded",
    Status.INTERNAL_ERROR: "our fault",
}
HIDDEN: Mapping[Visibility, str] = {
    Visibility.ALWAYS: "",
    Visibility.AFTER_DUE: "hidden until the due date",
    Visibility.AFTER_PUBLISH: "hidden until the results are published",
    Visibility.NEVER: "not shown to students",
}
ROLES: Mapping[Role, str] = {
    Role.STUDENT: "student",
    Role.TA: "teaching assistant",
    Role.INSTRUCTOR: "instructor",
}
REQUESTS: Mapping[RequestState, str] = {
    RequestState.OPEN: "open",
    RequestState.ACCEPTED: "accepted",
    RequestState.DECLINED: "declined",
}
RULES: Mapping[Counts, str] = {
    Counts.LATEST: "The latest submission counts.",
    Counts.BEST: "The best submission counts; of equal ones, the last.",
    Counts.CHOSEN: "The submission you choose counts; without a choice, the latest.",
}
# Sums of weights differ in their last digits when their order does.
_SAME_SHARE = 1e-9
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return ``Fri 4 Dec, 23:59`` in that zone, with the year where it is another than now's."""
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local:%Y}"
    return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"


def relative(at: datetime, now: datetime) -> str:
    """Return ``in 2 days`` or ``3 hours ago``."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 60:
        return "in less than a minute" if seconds > 0 else "just now"
    said = duration(abs(seconds))
    return f"in {said}" if seconds > 0 else f"{said} ago"


def duration(seconds: float) -> str:
    """Return ``2 days``, ``5 hours``, ``20 minutes``: the largest unit that fits, rounded."""
    for name, length in _UNITS:
        # 23 hours and 58 minutes are a day, but 23 hours are not.
        if round(seconds / length, 1) >= 1:
            return plural(round(seconds / length), name)
    return plural(round(seconds), "second")


def plural(count: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def share(part: float | None, whole: float | None) -> float:
    """Return a part of a whole in percent, from 0 to 100."""
    return 100.0 * max(0.0, min(1.0, part / whole)) if part and whole else 0.0


def percent(part: float) -> str:
    """Return a share in whole percent; only all of it is 100 %, and only nothing is 0 %."""
    if abs(part - 1.0) < _SAME_SHARE or abs(part) < _SAME_SHARE or part > 1.0:
        return f"{100 * part:.0f} %"
    return f"{min(99, max(1, round(100 * part)))} %"


def late_rule(percent_per_day: float) -> str:
    """Return what being late costs, in a sentence."""
    if not percent_per_day:
        return "Being late costs nothing."
    return f"Each day begun after the due date costs {percent_per_day:g} % of the score."


def queue_words(ahead: int) -> str:
    """Return how long the queue before somebody is."""
    if ahead == 0:
        return "You are next."
    return f"{plural(ahead, 'submission')} {'is' if ahead == 1 else 'are'} before yours."


def size(count: float) -> str:
    """Return a number of bytes as people read it: ``15 bytes``, ``2.4 KiB``, ``20 MiB``."""
    units = ["bytes", "KiB", "MiB", "GiB"]
    while count >= 1024 and len(units) > 1:
        count, units = count / 1024, units[1:]
    return f"{round(count, 1):g} {units[0]}" if count < 100 else f"{count:.0f} {units[0]}"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "deviation": number,
    "duration": duration,
    "percent": percent,
    "points": points_text,
    "relative": relative,
    "share": share,
    "size": size,
}
GLOBALS: Mapping[str, Any] = {
    "HIDDEN": HIDDEN,
    "MARK_SIGNS": picture.SIGNS,
    "MARK_WORDS": picture.WORDS,
    "OWN_GRAPHS": own_graph.HEADING,
    "OWN_GRAPHS_CAPTION": own_graph.CAPTION,
    "REQUESTS": REQUESTS,
    "ROLES": ROLES,
    "RULES": RULES,
    "STATUS": STATUS,
    "VERDICTS": VERDICTS,
    "late_rule": late_rule,
    "moment": moment,
    "plural": plural,
    "queue_words": queue_words,
    "timedelta": timedelta,
}
