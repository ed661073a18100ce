"""Dates that people write into forms: local time, as browsers send it, in a course's zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from grader.errors import UsageError


def read(text: str, zone: ZoneInfo, where: str) -> datetime | None:
    """Return the moment that a field such as ``2026-12-04T23:59`` says; None for an empty one.

    Of the hour that a clock goes through twice in autumn, the first is meant. Raises UsageError.
    """
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"“{text.strip()[:40]}” is no date", where=where, cure="Write one such as 2026-12-04T23:59."
        ) from None
    if local.tzinfo is not None:
        raise UsageError("write the time without a zone", where=where, cure=f"It is taken as that of {zone}.")
    try:
        return local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        raise UsageError("this date is too far away", where=where) from None


def shown(moment: datetime | None, zone: ZoneInfo) -> str:
    """Return a moment as such a field holds it; empty for none."""
    return f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" if moment else ""
