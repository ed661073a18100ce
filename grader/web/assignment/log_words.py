"""What the audit log says of an assignment, in words: what was done, and what was before and after. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from grader.feedback.text import phrase
from grader.web.frame.words import moment

ACTIONS: Mapping[str, str] = {
    "assignment.added": "added the assignment",
    "assignment.exported": "downloaded grades or hand-ins",
    "assignment.results_published": "changed whether results are published",
    "assignment.rules_changed": "changed dates or rules",
    "assignment.suite_published": "published a version of the tests",
    "assignment.suite_removed": "removed a version of the tests",
    "draft.begun": "began a draft",
    "draft.changed": "changed the draft",
    "draft.discarded": "discarded the draft",
    "extension.given": "gave an extension",
    "extension.taken_back": "took an extension back",
    "grading.given_up": "gave up: it could not be graded",
    "grading.retried": "had it graded again",
    "regrade.cancelled": "cancelled a regrade",
    "regrade.continued": "continued a regrade",
    "regrade.dropped": "dropped a regrade",
    "regrade.made_live": "made a regrade live",
    "regrade.paused": "paused a regrade",
    "regrade.retried": "had what was lost of a regrade graded again",
    "regrade.started": "started a regrade",
    "request.answered": "answered a request for another look",
    "request.made": "asked for another look",
    "rubric.item_added": "added a rubric item",
    "rubric.item_retired": "retired a rubric item",
    "student.excuse_withdrawn": "withdrew an excuse",
    "student.excused": "excused a student",
    "submission.chosen": "chose the submission that counts",
    "submission.comment_removed": "removed a comment",
    "submission.commented": "commented on a line",
    "submission.overridden": "set a total by hand",
    "submission.override_withdrawn": "withdrew a total set by hand",
    "submission.points_given": "gave points for a part",
    "submission.points_taken_back": "took points for a part back",
    "submission.received": "handed in",
    "team.formed": "formed a team",
    "team.joined": "joined a team",
    "team.left": "left a team",
    "trial.cancelled": "cancelled a trial of the draft",
    "trial.started": "tried the draft",
}
KEYS: Mapping[str, str] = {
    "at": "published",
    "attempts_per_hour": "attempts an hour",
    "by_hand": "set by hand",
    "counts": "what counts",
    "due_at": "due",
    "grace_seconds": "grace in seconds",
    "hand_ins": "hand-ins",
    "late_percent_per_day": "percent a day late",
    "late_until": "taken late until",
    "live": "live at once",
    "max_points": "out of",
    "opens_at": "opens",
    "suite": "version",
    "team_size": "team size",
    "user": "who",
}
MOMENTS = frozenset({"at", "due_at", "late_until", "opens_at"})
PEOPLE = frozenset({"user", "members"})
_LONGEST = 200
_LISTED = 20


@dataclass(frozen=True)
class LoggedChange:
    """One thing that an entry tells of; None: it was not there."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Names:
    """What numbers in the log stand for: people by their numbers, digests by versions' numbers."""

    people: Mapping[int, str]
    versions: Mapping[int, str]
    zone: ZoneInfo
    now: datetime


def done(action: str) -> str:
    """Return what was done, as the rest of a sentence that begins with who did it."""
    thing, _, verb = action.partition(".")
    return ACTIONS.get(action) or f"{verb.replace('_', ' ')} ({thing})"


def changes(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, names: Names
) -> list[LoggedChange]:
    """Return what is otherwise after than before, in words; what an entry only tells has no before."""
    old, new = before or {}, after or {}
    return [
        LoggedChange(KEYS.get(key, key.replace("_", " ")), _said(old, key, names), _said(new, key, names))
        for key in {**old, **new}
        if key not in old or key not in new or old[key] != new[key]
    ]


def people_in(*documents: Mapping[str, Any] | None) -> set[int]:
    """Return the numbers of people that entries speak of."""
    found: set[int] = set()
    for document in documents:
        for key in PEOPLE & (document or {}).keys():
            value = (document or {})[key]
            found |= {
                each for each in (value if isinstance(value, list) else [value]) if isinstance(each, int)
            }
    return found


def _said(document: Mapping[str, Any], key: str, names: Names) -> str | None:
    if key not in document:
        return None
    return phrase(_words(document[key], key, names), _LONGEST)


def _words(value: Any, key: str, names: Names) -> str:
    if value is None or value == "" or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in MOMENTS and isinstance(value, str):
        return _moment(value, names)
    if isinstance(value, list):
        more = f" and {len(value) - _LISTED} more" if len(value) > _LISTED else ""
        return ", ".join(_words(each, key, names) for each in value[:_LISTED]) + more
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(each, name, names)}" for name, each in value.items())
    known: Mapping[str, Callable[[Any], Any]] = {
        "suite": names.versions.get,
        "digest": lambda each: str(each)[:6],
        **dict.fromkeys(PEOPLE, names.people.get),
    }
    if key in known and known[key](value):
        return str(known[key](value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _moment(text: str, names: Names) -> str:
    try:
        return moment(datetime.fromisoformat(text), names.zone, names.now)
    except ValueError:
        return text
