"""Dates that people write, on the web or at a shell: local time in a course's zone."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from grader.errors import UsageError
from grader.model.language import _


def read(text: str, zone: ZoneInfo, where: str, *, ends: bool = True) -> datetime | None:
    """Return the moment that ``2026-12-04 23:59`` or ``2026-12-04T23:59`` says; None for an empty text.

    A date without a time is the end of that day, or its begin where ``ends`` is false. Of the hour that a
    clock goes through twice in autumn, the first is meant. Raises UsageError.
    """
    written = text.strip()
    if not written:
        return None
    local = _local(written, where, ends=ends)
    if local.tzinfo is not None:
        raise UsageError(
            _("the time has a zone"), where=where, cure=_("Times are in the zone %(zone)s.", zone=zone)
        )
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise UsageError(_("this date is out of range"), where=where) from None


def _local(written: str, where: str, *, ends: bool) -> datetime:
    try:
        if len(written) == len("2026-12-04"):
            return datetime.combine(date.fromisoformat(written), time.max if ends else time.min)
        return datetime.fromisoformat(written)
    except ValueError:
        raise UsageError(
            _("“%(written)s” is not a date", written=written[:40]),
            where=where,
            cure=_("Write it like 2026-12-04 23:59."),
        ) from None


def shown(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as a field of a form holds it; empty for none."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""
