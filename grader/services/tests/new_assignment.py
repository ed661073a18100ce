"""How an assignment begins on the web: as a draft, which nobody but the staff sees until it is published."""

import re
import unicodedata
from collections.abc import Mapping

from grader.assignment import assignment_folder
from grader.database.tables import AssignmentRow, Course
from grader.errors import AssignmentError
from grader.model import schema
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.tests import drafts

_LONGEST = 64


def begin(act: Act, course: Course, slug: str, contents: Mapping[str, bytes]) -> AssignmentRow:
    """Add an assignment with a draft of these files, whatever is still wrong with them.

    Raises UsageError for a name that can't be one, Conflict when the course has one of that name, TooLarge
    and StorageFull.
    """
    title = title_of(contents) or slug
    row = courses.plan_assignment(act, course, slug, title)
    draft = drafts.begin(act, row)
    drafts.replace(act, draft, contents)
    return row


def title_of(contents: Mapping[str, bytes]) -> str:
    """Return the title that assignment.toml gives, or nothing where it can't be read."""
    try:
        table = schema.parse(
            contents.get(assignment_folder.FILE, b""), assignment_folder.FILE, AssignmentError
        )
        return table.text("title", "")[:200]
    except AssignmentError:
        return ""


def slug_of(words: str) -> str:
    """Return a name for addresses that is made of these words; empty where none of them will do."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._]+", "-", plain).strip("-._")[:_LONGEST].strip("-._")
