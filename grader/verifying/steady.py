"""Whether a sample gets the same under every seed: what is asked of it is drawn, what it gets must not be.

Pure: reports go in, sentences come out.
"""

from collections.abc import Iterator

from grader.arithmetic import scoring
from grader.model import Assignment, Report
from grader.model.language import _
from grader.verifying.samples import TOLERANCE

SEEDS = 16
"""Under how many seeds of the pool samples are tried, if nobody asks for another number."""


def unlike(assignment: Assignment, first: Report, other: Report) -> list[str]:
    """Return in words how another grading of the same submission differs: in status, points or diagnoses."""
    if first.status is not other.status:
        return [
            _(
                "%(status)s, and %(first)s under the first seed",
                status=other.status.value.replace("_", " "),
                first=first.status.value.replace("_", " "),
            )
        ]
    return [*_points(assignment, first, other), *_named(assignment, first, other)]


def _points(assignment: Assignment, first: Report, other: Report) -> Iterator[str]:
    before, after = scoring.score(assignment, first), scoring.score(assignment, other)
    if before is None or after is None:
        return
    for one, another in zip(before.functions, after.functions, strict=True):
        if abs(one.score - another.score) > TOLERANCE:
            yield _(
                "%(name)s gets %(points)s points, and %(first)s under the first seed",
                name=one.function.name,
                points=scoring.points_text(another.score),
                first=scoring.points_text(one.score),
            )


def _named(assignment: Assignment, first: Report, other: Report) -> Iterator[str]:
    for function in assignment.functions:
        before, after = _codes(first, function.name), _codes(other, function.name)
        if before != after:
            yield _(
                "%(name)s is diagnosed as %(said)s, and as %(first)s under the first seed",
                name=function.name,
                said=", ".join(after) or _("nothing"),
                first=", ".join(before) or _("nothing"),
            )


def _codes(report: Report, function: str) -> list[str]:
    return sorted(each.code for each in report.diagnoses if each.function == function)
