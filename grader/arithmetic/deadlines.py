"""When submissions are accepted, what being late costs, and which submission counts. Pure arithmetic.

*Grace* forgives: within it a submission is on time. After it, lateness counts from the due date, in days
begun; such a day ends when clocks in the course's zone show the time of the due date again. After
``late_until`` (without one: after the grace) nothing is taken. An extension moves the due date, and the end
of the late period by as much unless it names its own; it never shortens anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from math import ceil

WINDOW = timedelta(hours=1)


class Counts(StrEnum):
    """Which submission of several gives the score."""

    LATEST = "latest"
    BEST = "best"
    CHOSEN = "chosen"


class Standing(StrEnum):
    """What handing in at a moment means."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    CLOSED = "closed"


@dataclass(frozen=True)
class Dates:
    """When an assignment opens, is due and closes, and what a day late costs in percent of the score.

    All dates are kept in UTC: of one zone with clocks that change, Python compares what clocks show.
    """

    opens_at: datetime | None = None
    due_at: datetime | None = None
    late_until: datetime | None = None
    grace_seconds: int = 0
    late_percent_per_day: float = 0.0

    def __post_init__(self) -> None:
        for name in ("opens_at", "due_at", "late_until"):
            date = getattr(self, name)
            object.__setattr__(self, name, date and date.astimezone(UTC))

    @property
    def closes_at(self) -> datetime | None:
        """The last moment at which something is taken; None: it never closes."""
        if self.due_at is None:
            return self.late_until
        graced = self.due_at + timedelta(seconds=self.grace_seconds)
        return max(graced, self.late_until) if self.late_until else graced


@dataclass(frozen=True)
class Extended:
    """Other dates for one student or team."""

    due_at: datetime | None = None
    late_until: datetime | None = None


@dataclass(frozen=True)
class Candidate:
    """A submission as far as counting it goes. ``score`` is None until graded; ``lost`` by our fault."""

    id: int
    received_at: datetime
    score: float | None
    lost: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Attempts:
    """How many attempts are left now, and when the next one is free; None: any number."""

    left: int | None
    next_at: datetime | None = None


def extended(dates: Dates, extensions: Iterable[Extended]) -> Dates:
    """Return the dates of somebody with these extensions: of several, the most generous of each date."""
    result = dates
    for each in extensions:
        moved = _extend(dates, each)
        result = replace(
            result,
            due_at=_later(result.due_at, moved.due_at),
            late_until=_later(result.late_until, moved.late_until),
        )
    return result


def _extend(dates: Dates, extension: Extended) -> Dates:
    if dates.due_at is None:
        # What never closes needs no extension, and must not close because of one.
        closes = dates.late_until and _later(dates.late_until, extension.late_until)
        return replace(dates, late_until=closes)
    due = max(dates.due_at, extension.due_at or dates.due_at)
    late = dates.late_until + (due - dates.due_at) if dates.late_until else None
    if extension.late_until is not None:
        late = max(extension.late_until, dates.late_until or extension.late_until)
    return replace(dates, due_at=due, late_until=late)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(each for each in (one, other) if each) if one or other else None


def standing(dates: Dates, at: datetime) -> Standing:
    """Say whether a submission whose first byte came at that moment is on time, late or refused."""
    if dates.opens_at is not None and at < dates.opens_at:
        return Standing.EARLY
    if dates.closes_at is not None and at > dates.closes_at:
        return Standing.CLOSED
    return Standing.LATE if late_seconds(dates, at) else Standing.ON_TIME


def late_seconds(dates: Dates, at: datetime) -> int:
    """Return how late that is: 0 up to the end of the grace, then whole seconds since the due date."""
    if dates.due_at is None or at <= dates.due_at + timedelta(seconds=dates.grace_seconds):
        return 0
    return ceil((at - dates.due_at).total_seconds())


def late_days(dates: Dates, at: datetime, zone: tzinfo) -> int:
    """Return how many days late that is, the one that has begun included; 0 up to the end of the grace.

    zone  the course's: a day there is as long as its clocks make it, 23 hours when they go forward
    """
    if dates.due_at is None or not late_seconds(dates, at):
        return 0
    due = dates.due_at.astimezone(zone)
    days = max(1, (at.astimezone(zone).date() - due.date()).days - 1)
    while at > _day_ends(due, days):
        days += 1
    return days


def _day_ends(due: datetime, days: int) -> datetime:
    """Return when so many days after the due date are over, in UTC.

    A time that clocks show twice that day, or leave out, is the later of the two moments it can mean.
    """
    end = due + timedelta(days=days)
    return max(end.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def late_share(dates: Dates, at: datetime, zone: tzinfo) -> float:
    """Return the share of the score that is kept, from 1 down to 0: each day begun costs the same."""
    return max(0.0, 1.0 - late_days(dates, at, zone) * dates.late_percent_per_day / 100.0)


def attempts(used: Iterable[datetime], per_hour: int, at: datetime) -> Attempts:
    """Return how many of the attempts per hour are left. ``per_hour`` 0: as many as you like.

    An attempt is free again an hour after it was made.
    """
    if per_hour <= 0:
        return Attempts(None)
    recent = sorted(each for each in used if each > at - WINDOW)
    if len(recent) < per_hour:
        return Attempts(per_hour - len(recent))
    return Attempts(0, recent[-per_hour] + WINDOW)


def counting(entries: Sequence[Candidate], rule: Counts) -> Candidate | None:
    """Return the submission that counts, or None when there is none. What we lost never counts.

    latest: the last one, graded or not. best: the highest score, of equal ones the last; ungraded ones
    count only while nothing is graded. chosen: the last one chosen, or the latest without a choice.
    """
    standing_ones = [each for each in entries if not each.lost]
    if rule is Counts.BEST:
        return max(standing_ones, key=_by_score, default=None)
    chosen = [each for each in standing_ones if each.chosen] if rule is Counts.CHOSEN else []
    return max(chosen or standing_ones, key=_by_time, default=None)


def _by_time(entry: Candidate) -> tuple[datetime, int]:
    return entry.received_at, entry.id


def _by_score(entry: Candidate) -> tuple[float, datetime, int]:
    return -1.0 if entry.score is None else entry.score, entry.received_at, entry.id
