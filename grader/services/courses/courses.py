"""Courses: who is in them, what is asked, teams, extensions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader import model
from grader.arithmetic.deadlines import Counts, Dates
from grader.database.db import Session
from grader.database.store import audit, files, people
from grader.database.store import courses as store
from grader.database.tables import (
    AssignmentRow,
    Course,
    Enrolment,
    Extension,
    Role,
    SuiteRow,
    Team,
    TeamMember,
    User,
)
from grader.errors import Conflict, StorageFull, UsageError
from grader.feedback.text import size
from grader.model.language import _
from grader.services.act import Act
from grader.services.people import accounts

STORAGE_BYTES = 10 << 30
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Rules:
    """What the service holds hand-ins of an assignment to."""

    dates: Dates = field(default_factory=Dates)
    attempts_per_hour: int = 0
    team_size: int = 1
    counts: Counts = Counts.LATEST


def create_course(
    act: Act, slug: str, title: str, *, zone: str = "UTC", storage_limit_bytes: int = STORAGE_BYTES
) -> Course:
    """Make a course; who makes it teaches it. Raises Conflict when the name is taken."""
    _check_slug(slug)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(
            _("this time zone does not exist"), where="zone", cure=_("Write one such as Europe/Zurich.")
        ) from None
    if store.course_by_slug(act.session, slug) is not None:
        raise Conflict(_("there is already a course of that name"), where=slug, cure=_("Choose another."))
    course = Course(
        slug=slug,
        title=accounts.plain(title, "title") or slug,
        zone=zone,
        storage_limit_bytes=storage_limit_bytes,
        created_at=act.now,
    )
    act.session.add(course)
    act.session.flush()
    audit.note(act.session, act.now, act.actor, "course.created", f"course:{course.id}", course_id=course.id)
    if act.actor is not None:
        enrol(act, course, act.actor, Role.INSTRUCTOR)
    return course


def enrol(act: Act, course: Course, user: User, role: Role) -> Enrolment:
    """Give somebody a role in a course, in place of the one they may have."""
    return accounts.join(act, course.id, user, role)


def add_assignment(
    act: Act,
    course: Course,
    suite: model.Suite,
    rules: Rules = Rules(),
    *,
    extras: Mapping[str, bytes] | None = None,
) -> AssignmentRow:
    """Add an assignment whose first tests are `suite`, live at once. ``extras``: handout, text, samples.

    Raises Conflict when the course has one of that name.
    """
    title = suite.assignment.title
    assignment = plan_assignment(act, course, suite.assignment.slug, title, rules)
    publish_suite(act, assignment, suite, extras=extras)
    return assignment


def plan_assignment(act: Act, course: Course, slug: str, title: str, rules: Rules = Rules()) -> AssignmentRow:
    """Add an assignment without tests: staff works on it, and students are not told of it.

    Raises UsageError for a name that can't be one, and Conflict when the course has one of that name.
    """
    _check_slug(slug)
    if store.assignment_by_slug(act.session, course.id, slug) is not None:
        raise Conflict(
            _("the course already has an assignment of that name"), where=slug, cure=_("Choose another.")
        )
    _check_rules(rules)
    assignment = AssignmentRow(
        course_id=course.id, slug=slug, title=title, created_at=act.now, **_columns(rules)
    )
    act.session.add(assignment)
    act.session.flush()
    _note(act, assignment, "assignment.added", after=_plain(_columns(rules)))
    return assignment


def change_rules(act: Act, assignment: AssignmentRow, rules: Rules) -> None:
    """Give an assignment other dates and rules."""
    _check_rules(rules)
    new = _columns(rules)
    before = _plain({name: getattr(assignment, name) for name in new})
    for name, value in new.items():
        setattr(assignment, name, value)
    _note(act, assignment, "assignment.rules_changed", before=before, after=_plain(new))


def publish_results(act: Act, assignment: AssignmentRow, at: datetime | None) -> None:
    """Say from when on results may be seen that wait for it; None takes them back."""
    before, assignment.results_published_at = assignment.results_published_at, at
    change = {"before": _plain({"at": before}), "after": _plain({"at": at})}
    _note(act, assignment, "assignment.results_published", **change)


def publish_suite(
    act: Act,
    assignment: AssignmentRow,
    suite: model.Suite,
    *,
    extras: Mapping[str, bytes] | None = None,
    note: str = "",
    live: bool = True,
) -> SuiteRow:
    """Keep a version of the tests; with `live`, what is handed in from now on is graded by it.

    Old submissions keep their scores. Raises StorageFull.
    """
    row = SuiteRow(
        assignment_id=assignment.id,
        slug=suite.assignment.slug,
        digest=suite.digest,
        note=note,
        created_at=act.now,
        created_by_id=act.actor.id if act.actor else None,
    )
    act.session.add(row)
    act.session.flush()
    new = files.add_suite_files(act.session, row.id, suite.files, extras or {})
    take_storage(act.session, assignment.course_id, new)
    before = {"suite": assignment.live_suite_id}
    if live:
        assignment.live_suite_id = row.id
        assignment.title = suite.assignment.title
    after = {"suite": row.id, "digest": row.digest, "live": live}
    _note(act, assignment, "assignment.suite_published", before=before, after=after)
    return row


def take_storage(session: Session, course_id: int, new_bytes: int) -> None:
    """Count new contents against the course's limit. Raises StorageFull."""
    if new_bytes and not store.take_storage(session, course_id, new_bytes):
        course = store.course(session, course_id)
        limit = size(course.storage_limit_bytes) if course else ""
        raise StorageFull(
            _("the course's storage is full: its limit is %(limit)s", limit=limit),
            cure=_(
                "This upload was not stored and does not count as an attempt. Please tell the course's staff."
            ),
        )


def set_storage_limit(act: Act, course: Course, limit_bytes: int) -> None:
    """Give a course more room, or less; less than it uses refuses new contents and deletes nothing.

    Raises UsageError for a limit below a byte.
    """
    if limit_bytes < 1:
        raise UsageError(_("a course needs some storage"), where="storage", cure=_("Write a larger limit."))
    before, course.storage_limit_bytes = course.storage_limit_bytes, limit_bytes
    audit.note(
        act.session,
        act.now,
        act.actor,
        "course.storage_limit_set",
        f"course:{course.id}",
        course_id=course.id,
        before={"bytes": before},
        after={"bytes": limit_bytes},
    )


def form_team(act: Act, assignment: AssignmentRow, name: str, users: Sequence[User]) -> Team:
    """Make a team of students of the course. Raises UsageError or Conflict with who can't be in it."""
    if not 1 <= len(users) <= assignment.team_size:
        raise UsageError(
            _("a team has up to %(team_size)s members", team_size=assignment.team_size),
            cure=_("Remove a member."),
        )
    name = accounts.plain(name, "name") or "team"
    if store.team_by_name(act.session, assignment.id, name) is not None:
        raise Conflict(_("there is already a team of that name"), where=name, cure=_("Choose another."))
    for user in users:
        if people.enrolment(act.session, assignment.course_id, user.id) is None:
            raise UsageError(_("this person is not in the course"), where=user.email)
        if store.team_of(act.session, assignment.id, user.id) is not None:
            raise Conflict(_("this person is already in a team"), where=user.email)
    team = Team(assignment_id=assignment.id, name=name, created_at=act.now)
    act.session.add(team)
    act.session.flush()
    act.session.add_all(
        TeamMember(team_id=team.id, user_id=each.id, assignment_id=assignment.id) for each in users
    )
    after = {"team": team.id, "name": team.name, "members": [each.id for each in users]}
    _note(act, assignment, "team.formed", after=after)
    act.session.flush()
    return team


def extend(
    act: Act,
    assignment: AssignmentRow,
    owner: User | Team,
    *,
    due_at: datetime | None = None,
    late_until: datetime | None = None,
    why: str = "",
) -> Extension:
    """Give one student or one team later dates. They hold for what is already handed in, too."""
    extension = Extension(
        assignment_id=assignment.id,
        user_id=owner.id if isinstance(owner, User) else None,
        team_id=owner.id if isinstance(owner, Team) else None,
        due_at=due_at,
        late_until=late_until,
        why=why,
        created_at=act.now,
        created_by_id=act.actor.id if act.actor else None,
    )
    act.session.add(extension)
    kind = "user" if isinstance(owner, User) else "team"
    after = {kind: owner.id} | _plain({"due_at": due_at, "late_until": late_until, "why": why})
    _note(act, assignment, "extension.given", after=after)
    act.session.flush()
    return extension


def dates_of(assignment: AssignmentRow) -> Dates:
    """Return an assignment's dates, before any extension."""
    return Dates(
        assignment.opens_at,
        assignment.due_at,
        assignment.late_until,
        assignment.grace_seconds,
        assignment.late_percent_per_day,
    )


def _columns(rules: Rules) -> dict[str, Any]:
    own = {"attempts_per_hour": rules.attempts_per_hour, "team_size": rules.team_size, "counts": rules.counts}
    return asdict(rules.dates) | own


def _check_rules(rules: Rules) -> None:
    dates = rules.dates
    in_order = [each for each in (dates.opens_at, dates.due_at, dates.late_until) if each is not None]
    if in_order != sorted(in_order):
        raise UsageError(
            _("opening, due date and end of the late period must be in this order"), where="dates"
        )
    if not 0 <= dates.late_percent_per_day <= 100:
        raise UsageError(
            _("the late penalty per day must be from 0 to 100 percent"), where="late_percent_per_day"
        )
    if rules.team_size < 1 or rules.attempts_per_hour < 0 or dates.grace_seconds < 0:
        raise UsageError(_("team size, attempts or grace period are too small"), where="rules")


def _check_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise UsageError(
            _("this can't be used as a short name"),
            where=slug,
            cure=_("Use lower-case letters, digits, dots and hyphens."),
        )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _note(act: Act, assignment: AssignmentRow, action: str, **change: Any) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(act.session, act.now, act.actor, action, about, course_id=assignment.course_id, **change)
