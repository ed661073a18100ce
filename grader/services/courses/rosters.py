"""A course's roster as a file has it: what would change, and the change itself; and leaving a course.

Who is not in the course yet is invited: to be enrolled without being asked would give the course's
instructors power over somebody else's account. At a shell, known accounts are enrolled at once.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from grader.database.db import Session
from grader.database.store import audit, people
from grader.database.tables import Course, Enrolment, Invitation, Role, User
from grader.errors import Conflict, NotFound, UsageError
from grader.model.language import _
from grader.reading.roster import RosterRow
from grader.services.act import Act
from grader.services.courses import team_rosters
from grader.services.courses.team_rosters import Placing
from grader.services.people import access, accounts, waiting_teams

# What is known of a person besides their address, with the greatest length of each.
PERSONAL: Mapping[str, int] = {"name": 200, "matriculation": 64, "programme": 200, "degree": 64}
# Of lines with the same address so many are named.
MOST_LINES = 5


@dataclass(frozen=True)
class Refusal:
    """A row that is passed over, and why."""

    line: int
    email: str
    why: str


@dataclass(frozen=True)
class PersonChange:
    """What becomes of one person: ``fields`` has, by name, what is and what will be.

    Without a ``role``, the one that they have stays.
    """

    line: int
    email: str
    name: str
    matriculation: str
    role: Role | None
    fields: tuple[tuple[str, str, str], ...] = ()
    programme: str = ""
    degree: str = ""


@dataclass(frozen=True)
class RosterPlan:
    """What a file would change. ``gone``: students of the course who are not in the file.

    ``placed``: who comes into which team.
    """

    invited: tuple[PersonChange, ...] = ()
    enrolled: tuple[PersonChange, ...] = ()
    changed: tuple[PersonChange, ...] = ()
    gone: tuple[PersonChange, ...] = ()
    refused: tuple[Refusal, ...] = ()
    same: int = 0
    placed: tuple[Placing, ...] = ()

    @property
    def basis(self) -> str:
        """Tell this plan from any other: who confirms one, confirms what they saw."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    @property
    def changes_something(self) -> bool:
        """Whether there is anything to apply, not counting who is gone."""
        return bool(self.invited or self.enrolled or self.changed or self.placed)


def plan(act: Act, course: Course, rows: Sequence[RosterRow]) -> RosterPlan:
    """Return what a roster would change. Only reads."""
    there = {place.user.email: place for place in people.roster(act.session, course.id)}
    waiting = {
        each.email: each for each in people.invitations(act.session, course.id) if _is_open(each, act.now)
    }
    sound, refused = _sound(rows)
    kept, found = RosterPlan(), _Course(act.session, course, there, act.actor)
    for each in sound:
        refusal = _taken(found, each)
        if refusal is None and each.email in there:
            kept, refusal = _meet(kept, found, each)
        elif refusal is None:
            kept = _welcome(kept, found, each, waiting)
        refused += [refusal] if refusal else []
    named = {each.email for each in sound} | {each.email for each in refused}
    gone = tuple(_leaving(place) for email, place in there.items() if email not in named)
    students = tuple(each for each in gone if each.role is Role.STUDENT)
    passed = {each.line for each in refused}
    placed, problems = team_rosters.plan(
        act.session, course, [each for each in rows if each.line not in passed], there, _coming(kept, waiting)
    )
    refused += [Refusal(each.line, each.email, each.why) for each in problems]
    in_order = tuple(sorted(refused, key=lambda each: each.line))
    return replace(kept, gone=students, refused=in_order, placed=placed)


def apply(act: Act, course: Course, wanted: RosterPlan, *, remove: bool) -> Mapping[str, str]:
    """Do what a plan says; return the secrets of the invitations by address.

    With `remove`, who is gone leaves the course: not while rows are refused, which may be about them.
    """
    if remove and wanted.refused:
        raise Conflict(
            _("nobody can be removed while rows are refused, because those rows may be about them"),
            where="roster",
            cure=_("Fix the file, or keep everyone in the course."),
        )
    secrets = {each.email: _invite(act, course, each) for each in wanted.invited}
    for each in wanted.enrolled:
        accounts.join(act, course.id, _user(act.session, each.email), each.role or Role.STUDENT)
    for each in wanted.changed:
        _change(act, course, each)
    team_rosters.apply(act, course, wanted.placed)
    for each in wanted.gone if remove else ():
        unenrol(act, course, _user(act.session, each.email))
    return secrets


def unenrol(act: Act, course: Course, user: User) -> None:
    """Let somebody leave a course; what they handed in stays.

    Raises NotFound, and Conflict for the last who teaches it.
    """
    place = people.enrolment(act.session, course.id, user.id)
    if place is None:
        raise NotFound(_("this person is not in the course"), where=course.slug)
    if place.role is Role.INSTRUCTOR and _teachers(people.roster(act.session, course.id)) == 1:
        raise Conflict(
            _("this course has no other instructor"),
            where=user.email,
            cure=_("Make somebody else an instructor first."),
        )
    act.session.delete(place)
    about, before = f"user:{user.id}", {"role": place.role.value}
    audit.note(
        act.session, act.now, act.actor, "course.unenrolled", about, course_id=course.id, before=before
    )
    act.session.flush()


@dataclass(frozen=True)
class _Course:
    """What rows are compared with."""

    session: Session
    course: Course
    there: Mapping[str, Enrolment]
    actor: User | None


def _sound(rows: Sequence[RosterRow]) -> tuple[list[PersonChange], list[Refusal]]:
    """Return the rows that can be read, and the refused: all those with the same address or number, too."""
    read = [_read(each) for each in rows]
    sound = [each for each in read if isinstance(each, PersonChange)]
    refused = [each for each in read if isinstance(each, Refusal)]
    for field, word in (
        ("email", _("e-mail address")),
        ("matriculation", _("matriculation number")),
    ):
        groups: dict[str, list[PersonChange]] = {}
        for each in sound:
            groups.setdefault(getattr(each, field), []).append(each)
        twice = [group for value, group in groups.items() if value and len(group) > 1]
        for group in twice:
            refused += [Refusal(each.line, each.email, _same(word, group, each)) for each in group]
        gone = {each.line for group in twice for each in group}
        sound = [each for each in sound if each.line not in gone]
    return sound, refused


def _same(word: str, group: Sequence[PersonChange], each: PersonChange) -> str:
    """Say on which other lines of a group the same stands; of many, on the first of them."""
    others = [other.line for other in group[: MOST_LINES + 1] if other is not each][:MOST_LINES]
    more = len(group) - 1 - len(others)
    lines = ", ".join(map(str, others))
    return (
        _(
            "the same %(word)s is on line %(lines)s and on %(more)s more",
            word=word,
            lines=lines,
            more=more,
        )
        if more
        else _("the same %(word)s is on line %(lines)s", word=word, lines=lines)
    )


def _read(row: RosterRow) -> PersonChange | Refusal:
    try:
        said = {name: accounts.plain(getattr(row, name), name, longest) for name, longest in PERSONAL.items()}
        return PersonChange(
            row.line,
            accounts.normal_email(row.email),
            said["name"],
            said["matriculation"],
            Role(row.role) if row.role else None,
            programme=said["programme"],
            degree=said["degree"],
        )
    except UsageError as error:
        return Refusal(row.line, row.email, f"{error.where}: {error.what}")
    except ValueError:
        return Refusal(row.line, row.email, _("role: there is no role called %(role)s", role=row.role))


def _taken(found: _Course, each: PersonChange) -> Refusal | None:
    """Refuse a number that somebody else in the course has."""
    for email, place in found.there.items():
        if each.matriculation and place.user.matriculation == each.matriculation and email != each.email:
            return Refusal(
                each.line,
                each.email,
                _("%(email)s already has this matriculation number in the course", email=email),
            )
    return None


def _coming(kept: RosterPlan, waiting: Mapping[str, Invitation]) -> Mapping[str, Mapping[int, str]]:
    """Return the students who come into the course, with the teams that they wait for."""
    new = [each.email for each in (*kept.invited, *kept.enrolled) if each.role is Role.STUDENT]
    invited = {email: waiting_teams.of(each) for email, each in waiting.items() if each.role is Role.STUDENT}
    return {**{email: {} for email in new}, **invited}


def _welcome(
    kept: RosterPlan, found: _Course, each: PersonChange, waiting: Mapping[str, Invitation]
) -> RosterPlan:
    """Add what becomes of somebody who is not in the course."""
    new = replace(each, role=each.role or Role.STUDENT)
    if each.email in waiting:
        return replace(kept, same=kept.same + 1)
    if found.actor is None and people.user_by_email(found.session, each.email) is not None:
        return replace(kept, enrolled=(*kept.enrolled, new))
    return replace(kept, invited=(*kept.invited, new))


def _meet(kept: RosterPlan, found: _Course, each: PersonChange) -> tuple[RosterPlan, Refusal | None]:
    """Add what becomes of somebody who is in the course; or say why their row is refused."""
    place = found.there[each.email]
    fields = tuple(_fields(place, each))
    why = _refusal(found, place, {name for name, _, _ in fields})
    if why:
        return kept, Refusal(each.line, each.email, why)
    if not fields:
        return replace(kept, same=kept.same + 1), None
    return replace(kept, changed=(*kept.changed, replace(each, fields=fields))), None


def _fields(place: Enrolment, each: PersonChange) -> Iterator[tuple[str, str, str]]:
    """Yield what differs; what the file leaves empty stays as it is."""
    for name in PERSONAL:
        before, after = getattr(place.user, name) or "", getattr(each, name)
        if after and after != before:
            yield name, before, after
    if each.role and each.role is not place.role:
        yield "role", place.role.value, each.role.value


def _refusal(found: _Course, place: Enrolment, names: set[str]) -> str:
    actor = found.actor
    if "role" in names and actor is not None and place.user_id == actor.id:
        return _("you can't change your own role")
    if "role" in names and place.role is Role.INSTRUCTOR and _teachers(found.there.values()) == 1:
        return _("this course has no other instructor")
    if names - {"role"} and actor is not None and not access.may_reset(found.session, actor, place.user):
        return _("you can't change name, matriculation number and studies of this account")
    return ""


def _teachers(places: Iterable[Enrolment]) -> int:
    return sum(1 for each in places if each.role is Role.INSTRUCTOR)


def _leaving(place: Enrolment) -> PersonChange:
    user = place.user
    return PersonChange(0, user.email, user.name, user.matriculation or "", place.role)


def _invite(act: Act, course: Course, each: PersonChange) -> str:
    return accounts.invite(
        act,
        course,
        each.email,
        each.role or Role.STUDENT,
        name=each.name,
        matriculation=each.matriculation or None,
        programme=each.programme or None,
        degree=each.degree or None,
    )


def _change(act: Act, course: Course, each: PersonChange) -> None:
    user = _user(act.session, each.email)
    personal = [field for field in each.fields if field[0] != "role"]
    for name, __, after in personal:
        setattr(user, name, after)
    if personal:
        before = {name: was for name, was, _ in personal}
        after_all = {name: will for name, _, will in personal}
        audit.note(
            act.session,
            act.now,
            act.actor,
            "user.changed",
            f"user:{user.id}",
            course_id=course.id,
            before=before,
            after=after_all,
        )
    if each.role and len(personal) < len(each.fields):
        accounts.join(act, course.id, user, each.role)


def _user(session: Session, email: str) -> User:
    found = people.user_by_email(session, email)
    if found is None:
        raise NotFound(_("there is no account with this address"), where=email)
    return found


def _is_open(each: Invitation, now: datetime) -> bool:
    return each.used_at is None and each.expires_at > now
