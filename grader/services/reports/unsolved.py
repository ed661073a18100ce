"""Cases that everybody fails: the test may be wrong, or ask for what the sheet does not say."""

import json
from dataclasses import dataclass

from grader.database.db import Session
from grader.database.store import class_figures as store
from grader.database.tables import AssignmentRow

# Of so many submissions, the newest: older ones say little, and a page waits for it.
LOOKED_AT = 60
# Fewer people than that may all be at the beginning.
FEWEST = 3


@dataclass(frozen=True)
class Unsolved:
    """A case, with how many of the newest submissions ran it and didn't pass it."""

    case: str
    function: str
    name: str
    ran: int


def of_assignment(session: Session, assignment: AssignmentRow) -> list[Unsolved]:
    """Return the cases of an assignment that nobody passed of those who handed in lately.

    None before three people have handed in under the live version.
    """
    live = assignment.live_suite_id
    runs = store.newest_runs(session, live, LOOKED_AT) if live is not None else {}
    if len(set(runs.values())) < FEWEST:
        return []
    found = [each for each in store.cases(session, list(runs)) if not each.passed and each.ran >= FEWEST]
    found.sort(key=lambda each: each.place)
    return [
        Unsolved(json.loads(each.case), json.loads(each.function), json.loads(each.name), each.ran)
        for each in found
    ]
