"""A course's storage limit, as people write it and read it."""

import re
from math import isfinite, nan

from grader.database.tables import Course
from grader.errors import UsageError
from grader.feedback.text import size

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
            f"“{text.strip()}” could be two numbers",
            where="storage",
            cure="Write GiB without commas between thousands, such as 1000, and a point where there is less.",
        )
    try:
        gib = float(text.strip().replace(",", "."))
    except ValueError:
        gib = nan
    if not isfinite(gib):
        raise UsageError("this is not a number", where="storage", cure="Write GiB, such as 10 or 2.5.")
    if not LEAST_GIB <= gib <= MOST_GIB:
        raise UsageError(
            f"{text.strip()} GiB can't be a limit",
            where="storage",
            cure=f"Write a number from {LEAST_GIB:g} to {MOST_GIB}.",
        )
    return int(gib * GIB)


def in_gib(count: int) -> str:
    """Return a limit as a form shows it; what was written comes back."""
    return f"{round(count / GIB, 3):g}" if count < 1000 * GIB else f"{count // GIB}"


def told(course: Course) -> str:
    """Return how much a course uses of its limit, and what follows where that is too much."""
    used, limit = course.storage_used_bytes, course.storage_limit_bytes
    text = f"{size(used)} of {size(limit)} used"
    return text if used < limit else f"{text}: new uploads are refused until the limit is raised"
