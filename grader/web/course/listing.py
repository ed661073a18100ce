"""A course's submissions as its staff asks for them: what stands in the address, and what the form offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from grader.arithmetic.class_figures import TENTHS
from grader.database.store import courses
from grader.database.store import listing as store
from grader.database.store.listing import Wanted
from grader.database.tables import AssignmentRow, Course
from grader.model import VERDICTS, Status, Verdict
from grader.model.language import N_, Texts, _
from grader.services.act import Visit
from grader.services.courses import suites
from grader.services.reports import class_figures
from grader.web.frame.formats import tenth as said_tenth

ORDERS: Mapping[str, str] = Texts(
    {
        "newest": N_("newest first"),
        "oldest": N_("oldest first"),
        "student": N_("by student"),
        "lowest": N_("lowest score first"),
        "highest": N_("highest score first"),
    }
)
LATE: Mapping[str, bool] = {"yes": True, "no": False}
# What the page for a class links to, and the form only shows.
_CARRIED = ("counting", "case", "mistake", "tenth")
_MOST_CHARACTERS = 500
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see. ``counting``: only what counts for a student or team of one assignment."""

    wanted: Wanted
    order: str
    page: int
    counting: bool = False


@dataclass(frozen=True)
class Listing:
    """A page of submissions with everything that stands around it. ``given`` is what the address says."""

    asked: Asked
    given: Mapping[str, str]
    assignments: Sequence[AssignmentRow]
    functions: Sequence[str]
    rows: Sequence[Any]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // store.PAGE))

    @property
    def confined(self) -> bool:
        """Whether anything is left out, so that an empty list doesn't mean that nothing was handed in."""
        return any(name not in ("order", "page") for name in self.given)

    @property
    def carried(self) -> Mapping[str, str]:
        """What the form carries along unseen."""
        return {name: text for name, text in self.given.items() if name in _CARRIED}

    @property
    def said(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Return what the page for a class asked for, in words, each with the address without it."""
        wanted = self.asked.wanted
        ended = VERDICTS[wanted.verdict].word if wanted.verdict else _("incorrect")
        words = {
            "counting": _("only submissions that count") if self.asked.counting else "",
            "case": _("test case %(case)s: %(ended)s", case=wanted.case, ended=ended) if wanted.case else "",
            "mistake": _("mistake %(mistake)s", mistake=wanted.mistake) if wanted.mistake else "",
            "tenth": _("%(share)s of the points", share=said_tenth(wanted.tenth))
            if wanted.tenth is not None
            else "",
        }
        return [(word, self.without(name)) for name, word in words.items() if word]

    def without(self, name: str) -> Mapping[str, str]:
        """Return the address's parts but for one, from the first page."""
        return {each: text for each, text in self.given.items() if each not in (name, "page")}

    def at(self, page: int) -> Mapping[str, str]:
        """Return the address's parts for another page."""
        return {**self.given, "page": str(page)}


def listing(visit: Visit, course: Course, given: Mapping[str, str]) -> Listing:
    """Return what was asked for. What makes no sense in an address confines nothing."""
    found = courses.assignments(visit.session, course.id)
    asked = read(course.id, [each.id for each in found], given)
    wanted = asked.wanted
    if asked.counting:
        [assignment] = [each for each in found if each.id == wanted.assignment_id]
        wanted = replace(wanted, only=tuple(class_figures.counting(visit.session, assignment)))
    rows, total = store.page(visit.session, wanted, asked.order, asked.page)
    shown = [each for each in found if wanted.assignment_id in (0, each.id)]
    return Listing(
        asked=asked,
        given={name: text for name, text in given.items() if name in _NAMES and text},
        assignments=found,
        functions=_functions(visit, shown),
        rows=rows,
        total=total,
    )


def read(course_id: int, assignments: Sequence[int], given: Mapping[str, str]) -> Asked:
    """Return what the parts of an address ask for."""
    assignment = _number(given.get("assignment", ""), 0)
    assignment = assignment if assignment in assignments else 0
    tenth = _number(given.get("tenth", ""), -1)
    order = given.get("order", "")
    return Asked(
        Wanted(
            course_id=course_id,
            assignment_id=assignment,
            status=_one_of(Status, given.get("status", "")),
            verdict=_one_of(Verdict, given.get("verdict", "")),
            function=given.get("function", "")[:_MOST_CHARACTERS],
            case=given.get("case", "")[:_MOST_CHARACTERS],
            mistake=given.get("mistake", "")[:_MOST_CHARACTERS],
            tenth=tenth if 0 <= tenth <= TENTHS else None,
            late=LATE.get(given.get("late", "")),
            text=given.get("text", "")[:_MOST_CHARACTERS],
        ),
        order=order if order in ORDERS else "newest",
        page=max(1, _number(given.get("page", ""), 1)),
        counting=bool(assignment and given.get("counting")),
    )


_NAMES = frozenset(
    {"assignment", "status", "verdict", "function", "late", "text", "order", "page", *_CARRIED}
)


def _functions(visit: Visit, assignments: Sequence[AssignmentRow]) -> Sequence[str]:
    """Return the functions that the live tests of these assignments name."""
    asked = [
        suites.asked(visit.session, suites.live_suite(visit.session, each))
        for each in assignments
        if each.live_suite_id
    ]
    return tuple(dict.fromkeys(function.name for each in asked for function in each.functions))


def _one_of(kind: type[E], text: str) -> E | None:
    return kind(text) if text in list(kind) else None


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise
