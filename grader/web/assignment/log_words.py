"""What the audit log says of an assignment, in words: what was done, and what was before and after. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from grader.feedback.text import phrase
from grader.model.language import N_, Texts, _
from grader.web.frame.formats import moment

ACTIONS: Mapping[str, str] = Texts(
    {
        "assignment.added": N_("added the assignment"),
        "assignment.exported": N_("downloaded grades or submissions"),
        "assignment.results_published": N_("changed whether results are published"),
        "assignment.rules_changed": N_("changed dates or rules"),
        "assignment.suite_published": N_("published a version of the tests"),
        "assignment.suite_removed": N_("removed a version of the tests"),
        "draft.begun": N_("started a draft"),
        "draft.changed": N_("changed the draft"),
        "draft.discarded": N_("discarded the draft"),
        "extension.given": N_("gave an extension"),
        "extension.taken_back": N_("withdrew an extension"),
        "grading.given_up": N_("could not grade it"),
        "grading.retried": N_("graded it again"),
        "regrade.cancelled": N_("cancelled a regrade"),
        "regrade.continued": N_("continued a regrade"),
        "regrade.dropped": N_("discarded a regrade"),
        "regrade.made_live": N_("made a regrade live"),
        "regrade.paused": N_("paused a regrade"),
        "regrade.retried": N_("graded the failed part of a regrade again"),
        "regrade.started": N_("started a regrade"),
        "request.answered": N_("answered a regrade request"),
        "request.made": N_("requested a regrade"),
        "rubric.item_added": N_("added a rubric item"),
        "rubric.item_retired": N_("retired a rubric item"),
        "student.excuse_withdrawn": N_("withdrew an excuse"),
        "student.excused": N_("excused a student"),
        "submission.chosen": N_("chose the submission that counts"),
        "submission.comment_removed": N_("removed a comment"),
        "submission.commented": N_("commented on a line"),
        "submission.overridden": N_("set a total by hand"),
        "submission.override_withdrawn": N_("withdrew a total set by hand"),
        "submission.points_given": N_("gave points for a part"),
        "submission.points_taken_back": N_("removed points for a part"),
        "submission.received": N_("submitted"),
        "team.formed": N_("created a team"),
        "team.joined": N_("joined a team"),
        "team.left": N_("left a team"),
        "trial.cancelled": N_("cancelled a trial of the draft"),
        "trial.started": N_("tried the draft"),
    }
)
KEYS: Mapping[str, str] = Texts(
    {
        "at": N_("published"),
        "attempts_per_hour": N_("attempts per hour"),
        "by_hand": N_("set by hand"),
        "counts": N_("what counts"),
        "digest": N_("digest"),
        "due_at": N_("due"),
        "grace_seconds": N_("grace period in seconds"),
        "hand_ins": N_("submissions"),
        "late_percent_per_day": N_("late penalty per day in percent"),
        "late_seconds": N_("late by seconds"),
        "late_until": N_("late submissions until"),
        "live": N_("live at once"),
        "max_points": N_("out of"),
        "opens_at": N_("opens"),
        "suite": N_("version"),
        "team_size": N_("team size"),
        "user": N_("who"),
    }
)
# What a rule is set to, where that is a word.
VALUES: Mapping[str, str] = Texts({"latest": N_("latest"), "best": N_("best"), "chosen": N_("chosen")})
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
    thing, __, verb = action.partition(".")
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
        return _("none")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key in MOMENTS and isinstance(value, str):
        return _moment(value, names)
    if isinstance(value, list):
        more = " " + _("and %(number)s more", number=len(value) - _LISTED) if len(value) > _LISTED else ""
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
    if key == "counts" and value in VALUES:
        return VALUES[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _moment(text: str, names: Names) -> str:
    try:
        return moment(datetime.fromisoformat(text), names.zone, names.now)
    except ValueError:
        return text
