"""What a regrade changes, on a terminal and as a table, in the words of the page."""

import csv
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from grader.arithmetic.regrade_diff import Way
from grader.arithmetic.scoring import points_text
from grader.feedback.text import phrase
from grader.forms import regrade_structs
from grader.model.language import _, ngettext
from grader.render.csv import MARK, cell

SIGNS = {Way.UP: ("▲", "green"), Way.DOWN: ("▼", "red"), Way.LOST: ("!", "yellow")}
_HEADER = (
    "submission",
    "student",
    "e-mail",
    "counts",
    "change",
    "before",
    "after",
    "difference",
    "max_score",
    "set by hand",
    "points by hand",
    "cases",
)
_CASES = 2  # of one student on a line
_COMMONEST = 5


def plan(found: regrade_structs.RegradeForm, console: Console) -> None:
    """Print what a regrade is of."""
    students = _(", of %(students)s", students=", ".join(found.students)) if found.students else ""
    only = (
        _(", those that ended with “%(verdict)s”", verdict=found.only.replace("_", " ")) if found.only else ""
    )
    which = {"all": _("all"), "latest": _("the latest of each"), "best": _("the best of each")}[found.which]
    said = _(
        "%(assignment)s · tests %(suite)s · %(number)s (%(which)s%(only)s%(students)s)",
        assignment=found.assignment,
        suite=found.suite[:6],
        number=_number(found.total),
        which=which,
        only=only,
        students=students,
    )
    console.print(Text(phrase(said, 400), "bold"), soft_wrap=True)


def show(found: regrade_structs.ChangesForm, console: Console) -> None:
    """Print who changes, from what to what, because of which cases; then the sums."""
    told = [each for each in found.changes if each.way in SIGNS]
    width = max((len(_who(each)) for each in told), default=0)
    for each in told:
        console.print(_line(each, width), soft_wrap=True)
    if told:
        console.print()
    for line in summary(found):
        console.print(Text(line), soft_wrap=True)


def summary(found: regrade_structs.ChangesForm) -> Iterator[str]:
    """Yield the sums, a line each."""
    numbers = found.numbers
    yield _(
        "%(up)s up (+%(points_up)s), %(down)s down (%(points_down)s), %(same)s the same",
        up=numbers["up"],
        points_up=points_text(found.points_up),
        down=numbers["down"],
        points_down=signed(found.points_down),
        same=numbers["same"],
    )
    if numbers["lost"]:
        yield _("%(lost)s could not be graded (our fault) and keep their scores", lost=numbers["lost"])
    by_hand = [each for each in found.changes if each.set_by_hand is not None]
    if by_hand:
        yield _("%(by_hand)s have a total set by hand, which stays (marked “by hand”)", by_hand=len(by_hand))
    given = sum(each.points_by_hand for each in found.changes)
    if given:
        yield _("%(given)s have points given by hand, which stay", given=given)
    yield from _commonest(found)


def _commonest(found: regrade_structs.ChangesForm) -> Iterator[str]:
    counted = Counter((cause.function, cause.name) for each in found.changes for cause in each.causes)
    for (function, name), number in counted.most_common(_COMMONEST):
        yield f"  {number} × {phrase(function)}, {phrase(name)}"


def _line(each: regrade_structs.ChangeForm, width: int) -> Text:
    sign, colour = SIGNS[Way(each.way)]
    scores = f"{_points(each.before):>6} → {_points(each.after):>6}"
    by_hand = (
        ""
        if each.set_by_hand is None
        else _("  by hand: %(set_by_hand)s", set_by_hand=points_text(each.set_by_hand))
    )
    counts = "" if each.counts else _("  (not counted)")
    causes = "; ".join(f"{phrase(cause.function)}, {phrase(cause.name)}" for cause in each.causes[:_CASES])
    more = _(" and %(more)s more", more=len(each.causes) - _CASES) if len(each.causes) > _CASES else ""
    rest = f"  {causes}{more}" if causes else ""
    return Text.assemble((sign, colour), f" {_who(each):<{width}}  {scores}{by_hand}{counts}{rest}")


def write(found: regrade_structs.ChangesForm, stream: TextIO) -> None:
    """Write a row per submission, also of those that don't change. No cell is run by a spreadsheet."""
    stream.write(MARK)
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_HEADER)
    absent = _("not there")
    for each in found.changes:
        causes = "; ".join(
            f"{cause.function}, {cause.name}: {cause.before or absent} → {cause.after or absent}"
            for cause in each.causes
        )
        difference = None if each.after is None else each.after - (each.before or 0.0)
        row = (each.submission, each.who, each.email, each.counts, each.way, each.before, each.after)
        writer.writerow(
            map(cell, (*row, difference, each.max_score, each.set_by_hand, each.points_by_hand, causes))
        )


def signed(points: float) -> str:
    """Return a difference of points with its sign."""
    return f"{'+' if points > 0 else '−' if points < 0 else ''}{points_text(abs(points))}"


def _who(each: regrade_structs.ChangeForm) -> str:
    return f"{each.submission} {phrase(each.who, 40)}"


def _points(points: float | None) -> str:
    return _("none") if points is None else points_text(points)


def _number(count: int) -> str:
    return ngettext("%(num)s submission", "%(num)s submissions", count)
