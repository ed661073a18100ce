"""Days as people write them, in the reader's language. Pure."""

from datetime import datetime

from grader.model.language import N_, _

_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MONTHS = (
    *(N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun")),
    *(N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec")),
)


def day(local: datetime, *, year: bool) -> str:
    """Return ``Fri 4 Dec``, or with its year ``Fri 4 Dec 2026``."""
    weekday, month = _(_DAYS[local.weekday()]), _(_MONTHS[local.month - 1])
    if not year:
        return _("%(weekday)s %(day)s %(month)s", weekday=weekday, day=local.day, month=month)
    return _(
        "%(weekday)s %(day)s %(month)s %(year)s",
        weekday=weekday,
        day=local.day,
        month=month,
        year=local.year,
    )


def moment(local: datetime) -> str:
    """Return ``Fri 4 Dec 2026 at 23:59 (CET)``."""
    time, zone = f"{local:%H:%M}", f"{local:%Z}"
    return _("%(day)s at %(time)s (%(zone)s)", day=day(local, year=True), time=time, zone=zone)
