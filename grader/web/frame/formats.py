"""Numbers, dates and verdicts as people write them, for the templates. Pure: values in, text out."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from grader.arithmetic.class_figures import TENTHS
from grader.arithmetic.deadlines import Counts
from grader.arithmetic.scoring import points_text
from grader.database.tables import RequestState, Role
from grader.feedback import moments, own_graph, picture
from grader.feedback.text import number
from grader.model import VERDICTS, Status, Visibility
from grader.model.language import N_, NN_, Texts, _, ngettext

STATUS: Mapping[Status, str] = Texts(
    {
        Status.QUEUED: N_("waiting"),
        Status.RUNNING: N_("being graded"),
        Status.GRADED: N_("graded"),
        Status.INTERNAL_ERROR: N_("our fault"),
    }
)
HIDDEN: Mapping[Visibility, str] = Texts(
    {
        Visibility.ALWAYS: "",
        Visibility.AFTER_DUE: N_("hidden until the due date"),
        Visibility.AFTER_PUBLISH: N_("hidden until the results are published"),
        Visibility.NEVER: N_("not shown to students"),
    }
)
ROLES: Mapping[Role, str] = Texts(
    {
        Role.STUDENT: N_("student"),
        Role.TA: N_("teaching assistant"),
        Role.INSTRUCTOR: N_("instructor"),
    }
)
REQUESTS: Mapping[RequestState, str] = Texts(
    {
        RequestState.OPEN: N_("open"),
        RequestState.ACCEPTED: N_("accepted"),
        RequestState.DECLINED: N_("declined"),
    }
)
RULES: Mapping[Counts, str] = Texts(
    {
        Counts.LATEST: N_("The latest submission counts."),
        Counts.BEST: N_("The best submission counts; among equal ones, the last."),
        Counts.CHOSEN: N_("The submission you choose counts; if you choose none, the latest."),
    }
)
# Sums of weights differ in their last digits when their order does.
_SAME_SHARE = 1e-9
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
# What can be counted; the key is how templates call it.
NOUNS: Mapping[str, tuple[str, str]] = {
    "attempt": NN_("%(num)s attempt", "%(num)s attempts"),
    "changed file": NN_("%(num)s changed file", "%(num)s changed files"),
    "day": NN_("%(num)s day", "%(num)s days"),
    "file": NN_("%(num)s file", "%(num)s files"),
    "function": NN_("%(num)s function", "%(num)s functions"),
    "further submission": NN_("%(num)s further submission", "%(num)s further submissions"),
    "hour": NN_("%(num)s hour", "%(num)s hours"),
    "line": NN_("%(num)s line", "%(num)s lines"),
    "minute": NN_("%(num)s minute", "%(num)s minutes"),
    "regrade request": NN_("%(num)s regrade request", "%(num)s regrade requests"),
    "row": NN_("%(num)s row", "%(num)s rows"),
    "second": NN_("%(num)s second", "%(num)s seconds"),
    "student": NN_("%(num)s student", "%(num)s students"),
    "submission": NN_("%(num)s submission", "%(num)s submissions"),
    "test case": NN_("%(num)s test case", "%(num)s test cases"),
}
# What became of a file: `text_diff.Way`, and an entry of a draft.
CHANGES: Mapping[str, str] = Texts(
    {"added": N_("added"), "removed": N_("removed"), "changed": N_("changed"), "new": N_("new")}
)


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Return ``Fri 4 Dec, 23:59`` in that zone, with the year where it is another than now's."""
    local = at.astimezone(zone)
    year = local.year != now.astimezone(zone).year
    day, time = moments.day(local, year=year), f"{local:%H:%M}"
    return _("%(day)s, %(time)s", day=day, time=time)


def relative(at: datetime, now: datetime) -> str:
    """Return ``in 2 days`` or ``3 hours ago``."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 60:
        return _("in less than a minute") if seconds > 0 else _("just now")
    told = duration(abs(seconds))
    return _("in %(duration)s", duration=told) if seconds > 0 else _("%(duration)s ago", duration=told)


def duration(seconds: float) -> str:
    """Return ``2 days``, ``5 hours``, ``20 minutes``: the largest unit that fits, rounded."""
    for name, length in _UNITS:
        # 23 hours and 58 minutes are a day, but 23 hours are not.
        if round(seconds / length, 1) >= 1:
            return plural(round(seconds / length), name)
    return plural(round(seconds), "second")


def plural(count: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``; the noun is a key of ``NOUNS``."""
    return ngettext(*NOUNS[noun], count)


def share(part: float | None, whole: float | None) -> float:
    """Return a part of a whole in percent, from 0 to 100."""
    return 100.0 * max(0.0, min(1.0, part / whole)) if part and whole else 0.0


def percent(part: float) -> str:
    """Return a share in whole percent; only all of it is 100 %, and only nothing is 0 %."""
    if abs(part - 1.0) < _SAME_SHARE or abs(part) < _SAME_SHARE or part > 1.0:
        return f"{100 * part:.0f} %"
    return f"{min(99, max(1, round(100 * part)))} %"


def tenth(place: int) -> str:
    """Return ``40 to 49 %``, one of the tenths that scores are counted in."""
    if place >= TENTHS:
        return "100 %"
    return _("%(low)s to %(high)s %%", low=10 * place, high=10 * place + 9)


def late_rule(percent_per_day: float) -> str:
    """Return what being late costs, in a sentence."""
    if not percent_per_day:
        return _("There is no late penalty.")
    return _(
        "Each day after the due date, or part of one, costs %(percent)g %% of the score.",
        percent=percent_per_day,
    )


def queue_words(ahead: int) -> str:
    """Return how long the queue before somebody is."""
    if ahead == 0:
        return _("You are next.")
    return ngettext("%(num)s submission is before yours.", "%(num)s submissions are before yours.", ahead)


def size(count: float) -> str:
    """Return a number of bytes as people read it: ``15 bytes``, ``2.4 KiB``, ``20 MiB``."""
    units = [_("bytes"), "KiB", "MiB", "GiB"]
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
    "CHANGES": CHANGES,
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
    "tenth": tenth,
    "timedelta": timedelta,
}
