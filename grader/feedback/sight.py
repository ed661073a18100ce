"""What one reader may see of a case, at a moment."""

from dataclasses import dataclass

from grader.feedback.values import Reader
from grader.model import CaseResult, Shown, Visibility

LATER: tuple[Visibility, ...] = (
    Visibility.ALWAYS,
    Visibility.AFTER_DUE,
    Visibility.AFTER_PUBLISH,
    Visibility.NEVER,
)


@dataclass(frozen=True)
class Moment:
    """When a student looks: ``due`` after the due date, ``published`` after the results came out."""

    due: bool = False
    published: bool = False

    def shows(self, visibility: Visibility) -> bool:
        """Say whether something of that visibility may be seen now."""
        return {
            Visibility.ALWAYS: True,
            Visibility.AFTER_DUE: self.due,
            Visibility.AFTER_PUBLISH: self.published,
            Visibility.NEVER: False,
        }[visibility]


NOW = Moment()
"""Before the due date."""


@dataclass(frozen=True)
class Sight:
    """What one reader may see of one case, or of the assignment as a whole."""

    name: bool
    verdict: bool
    message: bool
    reader: Reader
    latest: Visibility = Visibility.ALWAYS


ALL = Sight(True, True, True, Reader.STAFF)


def sight_of(case: CaseResult, shown: Shown, moment: Moment | None) -> Sight:
    """Return what may be seen of a case. A test's own mark replaces the assignment's, but opens no output."""
    if moment is None:
        return ALL
    name, verdict, text = (case.visibility or each for each in (shown.name, shown.verdict, shown.message))
    output = max(shown.output, case.visibility or Visibility.ALWAYS, key=LATER.index)
    return Sight(
        name=moment.shows(name),
        verdict=moment.shows(verdict),
        message=moment.shows(verdict) and moment.shows(text),
        reader=Reader.OUTPUT if moment.shows(output) else Reader.STUDENT,
        latest=max(name, verdict, text, key=LATER.index),
    )
