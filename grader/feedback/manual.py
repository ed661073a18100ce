"""The parts that a person judges, as somebody may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grader.feedback.text import block, phrase
from grader.model import Given, Manual
from grader.model.language import _, ngettext


@dataclass(frozen=True)
class ManualView:
    """One part. ``score`` is None while it is not graded yet (``waits``), and while it may not be seen."""

    name: str
    max_score: float
    bonus: bool = False
    what: str = ""
    files: tuple[str, ...] = ()
    waits: bool = True
    score: float | None = None
    why: str = ""
    by: str = ""
    at: datetime | None = None


def judged(parts: Sequence[Manual], given: Sequence[Given], *, shown: bool = True) -> tuple[ManualView, ...]:
    """Return the parts in the sheet's order, with points and reasons where these may be seen."""
    by_part = {each.part: each for each in given}
    return tuple(_part(part, by_part.get(part.name), shown) for part in parts)


def _part(part: Manual, given: Given | None, shown: bool) -> ManualView:
    bare = ManualView(
        phrase(part.name), part.points, part.bonus, phrase(part.what), part.files, waits=given is None
    )
    if given is None or not shown:
        return bare
    return replace(bare, score=given.points, why=_why(given), by=phrase(given.by), at=given.at)


def _why(given: Given) -> str:
    """Return the items that hold, a line each, and then the reason that was written."""
    items = [f"{'−' if points < 0 else '+'}{abs(points):g} {phrase(text)}" for points, text in given.items]
    return "\n".join([*items, *filter(None, [block(given.why)])])


def waits_text(parts: Sequence[ManualView]) -> str:
    """Return ``not graded yet: theory (10 points)``, or nothing when nothing waits."""
    open_parts = [f"{each.name} ({_worth(each)})" for each in parts if each.waits]
    return _("not graded yet: %(parts)s", parts=", ".join(open_parts)) if open_parts else ""


def _worth(part: ManualView) -> str:
    points = f"{part.max_score:g}"
    said = ngettext("%(points)s point", "%(points)s points", 1 if points == "1" else 2, points=points)
    return _("%(points)s bonus", points=said) if part.bonus else said
