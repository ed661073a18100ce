"""Forgetting people, and what courses keep no longer. Each is first said, then done in one transaction.

A course says what goes when a student is forgotten. What was handed in for a team with other members is
theirs too, and stays; so does the row of the person, without anything that tells who it was, for the audit
log and for scores that stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.database.db import Session
from grader.database.store import audit, courses, people
from grader.database.store import forgetting as store
from grader.database.tables import Course, Forgetting, User
from grader.errors import Conflict, UsageError
from grader.model.language import _
from grader.services.act import Act
from grader.services.people import access

HOST = "forgotten.invalid"  # RFC 2606: nobody has an address there
NAME = "forgotten"


@dataclass(frozen=True)
class Part:
    """What becomes of a student's submissions to one course, by their numbers."""

    course_id: int
    course: str
    rule: Forgetting
    removed: tuple[int, ...] = ()
    stripped: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()


def plan(session: Session, user: User) -> Sequence[Part]:
    """Return what forgetting somebody would do, by course. Raises Conflict for staff and administrators."""
    _refuse_staff(session, user)
    shared = store.shared(session, user.id)
    handed: dict[int, list[int]] = {place.id: [] for place, _ in people.courses_of(session, user.id)}
    for each, assignment in store.handed_in(session, user.id):
        handed.setdefault(assignment.course_id, []).append(each.id)
    return [
        _part(course, ids, shared)
        for course_id, ids in sorted(handed.items())
        if (course := courses.course(session, course_id)) is not None
    ]


def _part(course: Course, ids: Sequence[int], shared: set[int]) -> Part:
    own = tuple(each for each in ids if each not in shared)
    all_of_it = course.forgetting is Forgetting.EVERYTHING
    return Part(
        course.id,
        course.slug,
        course.forgetting,
        removed=own if all_of_it else (),
        stripped=() if all_of_it else own,
        shared=tuple(each for each in ids if each in shared),
    )


def forget(act: Act, user: User) -> Sequence[Part]:
    """Do what the plan says; nobody can sign in with the account any more.

    Raises Conflict as `plan` does, and while a worker grades something that is to go: SQLite gives numbers
    of deleted rows out again, and its answer must not meet another's grading.
    """
    parts = plan(act.session, user)
    gone = [each for part in parts for each in (*part.removed, *part.stripped)]
    if store.being_graded(act.session, gone):
        raise Conflict(
            _("one of their submissions is being graded"), where=user.email, cure=_("Try again in a minute.")
        )
    for part in parts:
        freed = store.remove(act.session, part.removed) + store.strip(act.session, part.stripped)
        store.drop_reasons(act.session, part.stripped)
        store.give_back_storage(act.session, part.course_id, freed)
    about = {f"token:{each.id}" for each in people.tokens(act.session, user.id)}
    about |= {f"submission:{each}" for each in gone}
    store.leave_everything(act.session, user)
    nobody = f"{NAME}-{user.id}"
    store.blot_out(act.session, user, f"{nobody}@{HOST}", nobody, about)
    user.email, user.name, user.matriculation = f"{nobody}@{HOST}", nobody, None
    user.programme = user.degree = None
    user.password_hash, user.session_version = None, user.session_version + 1
    _note(act, user, parts)
    act.session.flush()
    return parts


def _note(act: Act, user: User, parts: Sequence[Part]) -> None:
    about = f"user:{user.id}"
    audit.note(act.session, act.now, act.actor, "user.forgotten", about)
    for part in parts:
        numbers = {name: len(getattr(part, name)) for name in ("removed", "stripped", "shared")}
        after = {"rule": part.rule.value, **numbers}
        audit.note(
            act.session, act.now, act.actor, "user.forgotten", about, course_id=part.course_id, after=after
        )


def _refuse_staff(session: Session, user: User) -> None:
    taught = [
        course.slug for course, place in people.courses_of(session, user.id) if place.role in access.STAFF
    ]
    if user.is_admin or taught:
        where = ", ".join(taught) or "administrators"
        raise Conflict(
            _(
                "this person is on the staff (%(where)s), so their decisions must stay linked to them",
                where=where,
            ),
            where=user.email,
            cure=_("Remove them from the staff first if their data has to be erased anyway."),
        )


def set_rules(act: Act, course: Course, *, retention_days: int | None, forgetting: Forgetting) -> None:
    """Say for how long a course keeps files and texts (None: for ever), and what goes with a student."""
    if retention_days is not None and retention_days < 1:
        raise UsageError(_("submissions are kept for at least a day"), where="retention")
    before: Mapping[str, object] = {"days": course.retention_days, "forgetting": course.forgetting.value}
    course.retention_days, course.forgetting = retention_days, forgetting
    after = {"days": retention_days, "forgetting": forgetting.value}
    about = f"course:{course.id}"
    audit.note(
        act.session,
        act.now,
        act.actor,
        "course.retention_set",
        about,
        course_id=course.id,
        before=before,
        after=after,
    )


def expired(session: Session, *, now: datetime) -> Mapping[int, Sequence[int]]:
    """Return which submissions of each course are older than it keeps files and texts, by its number."""
    found = {
        course.id: store.older_than(session, course.id, now - timedelta(days=course.retention_days))
        for course in courses.courses(session)
        if course.retention_days is not None
    }
    return {course_id: ids for course_id, ids in found.items() if ids}


def expire(act: Act) -> int:
    """Take files and texts off what has expired; return how many submissions. Scores stay."""
    found = expired(act.session, now=act.now)
    for course_id, ids in found.items():
        store.give_back_storage(act.session, course_id, store.strip(act.session, ids))
        after = {"submissions": len(ids)}
        about = f"course:{course_id}"
        audit.note(act.session, act.now, act.actor, "course.expired", about, course_id=course_id, after=after)
    return sum(map(len, found.values()))
