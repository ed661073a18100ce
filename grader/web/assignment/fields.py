"""What stands in the fields of a form, as values; a refusal names the field as assignment.toml would."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from math import isfinite, nan
from typing import TypeVar

from grader.assignment.assignment_folder import FILE
from grader.errors import AssignmentError, ChainruleError
from grader.feedback.text import phrase
from grader.model.language import _

# As many rows as a form gives back; nobody's table of points is as long.
MOST_ROWS = 300
Choice = TypeVar("Choice", bound=StrEnum)


class Fields:
    """A form that was sent; each method reads one field, and raises AssignmentError with its name."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent

    def text(self, name: str) -> str:
        """Return what was written, without spaces around it."""
        return self._sent.get(name, "").strip()

    def block(self, name: str) -> str:
        """Return what was written in several lines, which end at line feeds."""
        return self.text(name).replace("\r\n", "\n")

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked."""
        return name in self._sent

    def number(self, name: str) -> float:
        """Return a finite number, written with a point or a comma."""
        try:
            found = float(self.text(name).replace(",", "."))
        except ValueError:
            found = nan
        if not isfinite(found):
            raise refusal(name, _("this must be a number"), _("Such as 10 or 2.5."))
        return found

    def whole(self, name: str) -> int:
        """Return a whole number."""
        try:
            return int(self.text(name))
        except ValueError:
            raise refusal(name, _("this must be a whole number"), _("Such as 5.")) from None

    def choice(self, name: str, known: type[Choice]) -> Choice:
        """Return one of the words of an enumeration."""
        try:
            return known(self.text(name))
        except ValueError:
            raise refusal(name, _("this is not one of the options"), _("Choose one from the list.")) from None

    def lines(self, name: str) -> tuple[str, ...]:
        """Return what was written, line by line, without empty lines."""
        return tuple(each.strip() for each in self.text(name).split("\n") if each.strip())

    def rows(self, name: str) -> Sequence[int]:
        """Return the numbers of the rows that a table had, such as 1 and 2 for ``functions[2].name``."""
        numbers = (
            each[len(name) + 1 :].partition("]")[0] for each in self._sent if each.startswith(f"{name}[")
        )
        found = {int(each) for each in numbers if each.isdecimal() and len(each) <= len(str(MOST_ROWS))}
        return sorted(each for each in found if 0 < each <= MOST_ROWS)


def refusal(name: str, what: str, cure: str) -> AssignmentError:
    """Return the error of a field, to be raised."""
    return AssignmentError(what, where=f"{FILE}: {name}", cure=cure)


def at_fault(error: ChainruleError | None) -> str:
    """Return the field that an error is about, or nothing."""
    if error is None:
        return ""
    file, colon, key = error.where.removeprefix("/").partition(": ")
    return phrase(key, 80) if colon and file == FILE else ""
