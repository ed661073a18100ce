"""A course's storage limit, as people write it and read it."""

import re
from math import isfinite, nan

from grader.database.tables import Course
from grader.errors import UsageError
from grader.feedback.text import size
from grader.model.language import _

GIB = 1 << 30
# A mistyped number, rather than a disk.
MOST_GIB = 1_000_000
LEAST_GIB = 0.001
# 1,000 is a thousand to some, and one to others.
_GROUPED = re.compile(r"[1-9]\d{0,2}(,\d{3})+")


def limit_bytes(text: str) -> int:
    """Return the limit that somebody wrote in GiB, with a point or a comma. Raises UsageError."""
    if _GROUPED.fullmatch(text.strip()):
        raise UsageError(
            _("“%(value)s” is ambiguous", value=text.strip()),
            where="storage",
            cure=_("Write GiB without thousands separators and with a decimal point, such as 1000 or 2.5."),
        )
    try:
        gib = float(text.strip().replace(",", "."))
    except ValueError:
        gib = nan
    if not isfinite(gib):
        raise UsageError(_("this is not a number"), where="storage", cure=_("Write GiB, such as 10 or 2.5."))
    if not LEAST_GIB <= gib <= MOST_GIB:
        raise UsageError(
            _("%(value)s GiB can't be a limit", value=text.strip()),
            where="storage",
            cure=_(
                "Write a number from %(least)g to %(most)s.",
                least=LEAST_GIB,
                most=MOST_GIB,
            ),
        )
    return int(gib * GIB)


def in_gib(count: int) -> str:
    """Return a limit as a form shows it; what was written comes back."""
    return f"{round(count / GIB, 3):g}" if count < 1000 * GIB else f"{count // GIB}"


def told(course: Course) -> str:
    """Return how much a course uses of its limit, and what follows where that is too much."""
    used, limit = course.storage_used_bytes, course.storage_limit_bytes
    text = _("%(used)s of %(limit)s used", used=size(used), limit=size(limit))
    return (
        text if used < limit else _("%(used)s: new uploads are refused until the limit is raised", used=text)
    )
