"""Teams as a roster has them: who would be in which, and putting them there.

A roster's column ``team <assignment>`` holds names of teams; an empty cell leaves things as they are.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from grader.database.db import Session
from grader.database.store import audit, courses, people
from grader.database.store import teams as store
from grader.database.tables import AssignmentRow, Course, Enrolment, Role, Team, TeamMember, User
from grader.errors import UsageError
from grader.model.language import _
from grader.model.schema import did_you_mean
from grader.reading.roster import RosterRow
from grader.services.act import Act
from grader.services.people import accounts, waiting_teams


@dataclass(frozen=True)
class Placing:
    """Somebody comes into a team of an assignment, out of the one they are in (``before``, empty: none)."""

    line: int
    email: str
    assignment: str
    before: str
    after: str


@dataclass(frozen=True)
class PassedOver:
    """A cell that is passed over, and why."""

    line: int
    email: str
    why: str


@dataclass(frozen=True)
class _Teams:
    """The teams of one assignment as they are: members by name, and whose team each is."""

    assignment: AssignmentRow
    members: Mapping[str, Collection[int]]
    of: Mapping[int, Team]
    busy: Collection[str] = field(default_factory=frozenset)
    # Who comes into the course with the file, and the teams that they wait for.
    coming: Mapping[str, str] = field(default_factory=dict)


def plan(
    session: Session,
    course: Course,
    rows: Sequence[RosterRow],
    there: Mapping[str, Enrolment],
    coming: Mapping[str, Mapping[int, str]],
) -> tuple[tuple[Placing, ...], tuple[PassedOver, ...]]:
    """Return who would come into which team, and what is in the way. Only reads.

    ``coming``: students who are invited or enrolled with the same file, with the teams they wait for already.
    Raises UsageError for a column that names no assignment with teams.
    """
    placed: list[Placing] = []
    problems: list[PassedOver] = []
    for slug in dict.fromkeys(slug for row in rows for slug, __ in row.teams):
        known = _teams(session, _assignment(session, course, slug), coming)
        wanted = [found for row in rows for found in _wanted(known, row, there)]
        problems += [each for each in wanted if isinstance(each, PassedOver)]
        moves = [each for each in wanted if isinstance(each, Placing)]
        full = _full(known, moves, there)
        placed += [each for each in moves if each.after not in full]
        limit = _("it would have more than %(team_size)s members", team_size=known.assignment.team_size)
        problems += [
            PassedOver(each.line, each.email, _why(each, limit)) for each in moves if each.after in full
        ]
    return tuple(placed), tuple(problems)


def apply(act: Act, course: Course, placed: Sequence[Placing]) -> None:
    """Put everybody where the plan says: all leave first, so that two can change places."""
    emptied: set[int] = set()
    placed = [each for each in placed if not _waits(act, course, each)]
    for each in placed:
        assignment, user = _assignment(act.session, course, each.assignment), _user(act.session, each.email)
        team = courses.team_of(act.session, assignment.id, user.id, lock=True)
        if team is not None:
            store.remove_member(act.session, team.id, user.id)
            emptied.add(team.id)
            before = {"team": team.id, "name": team.name, "user": user.id}
            _note(act, assignment, "team.left", before=before)
    for each in placed:
        assignment, user = _assignment(act.session, course, each.assignment), _user(act.session, each.email)
        team = _team(act.session, assignment, each.after, act.now)
        act.session.add(TeamMember(team_id=team.id, user_id=user.id, assignment_id=assignment.id))
        act.session.flush()
        after = {"team": team.id, "name": team.name, "user": user.id}
        _note(act, assignment, "team.joined", after=after)
    for number in sorted(emptied):
        store.remove_empty(act.session, number)


def _waits(act: Act, course: Course, each: Placing) -> bool:
    """Let somebody who is invited come into the team with the course; say whether that is so."""
    user = people.user_by_email(act.session, each.email)
    if user is not None and people.enrolment(act.session, course.id, user.id) is not None:
        return False
    assignment = _assignment(act.session, course, each.assignment)
    for invitation in people.invitations(act.session, course.id):
        if invitation.email == each.email and invitation.used_at is None and invitation.expires_at > act.now:
            waiting_teams.wait(invitation, assignment.id, each.after)
    return True


def _assignment(session: Session, course: Course, slug: str) -> AssignmentRow:
    found = courses.assignment_by_slug(session, course.id, slug)
    if found is not None and found.team_size > 1:
        return found
    known = [each.slug for each in courses.assignments(session, course.id) if each.team_size > 1]
    said = _("everyone works alone on “%(slug)s”") if found else _("the course has no assignment “%(slug)s”")
    cure = did_you_mean(slug, known) or _("No assignment has teams.")
    raise UsageError(
        said % {"slug": slug},
        where=_("roster, line 1: team %(slug)s", slug=slug),
        cure=_("%(cure)s Rename the column if it is about something else.", cure=cure),
    )


def _teams(session: Session, assignment: AssignmentRow, coming: Mapping[str, Mapping[int, str]]) -> _Teams:
    teams = courses.teams(session, assignment.id)
    return _Teams(
        assignment,
        {each.name: store.member_ids(session, each.id) for each in teams},
        courses.teams_by_member(session, assignment.id),
        frozenset(each.name for each in teams if store.has_handed_in(session, each.id)),
        {email: waiting.get(assignment.id, "") for email, waiting in coming.items()},
    )


def _wanted(known: _Teams, row: RosterRow, there: Mapping[str, Enrolment]) -> Iterator[Placing | PassedOver]:
    """Yield what a row asks of an assignment's teams: nothing where all is so already."""
    name = dict(row.teams).get(known.assignment.slug, "")
    if not name:
        return
    try:
        email, name = accounts.normal_email(row.email), accounts.plain(name, "team")
    except UsageError:
        return  # the row is refused as a whole
    place, slug = there.get(email), known.assignment.slug
    if place is None and email in known.coming:
        if known.coming[email] != name:
            yield Placing(row.line, email, slug, known.coming[email], name)
        return
    team = known.of.get(place.user_id) if place else None
    move = Placing(row.line, email, slug, team.name if team else "", name)
    if place is None or place.role is not Role.STUDENT:
        yield PassedOver(row.line, email, _why(move, _("only students can be in teams")))
    elif team is not None and team.name == name:
        return
    elif team is not None and team.name in known.busy:
        yield PassedOver(
            row.line,
            email,
            _why(move, _("%(name)s has already submitted, and they are in it", name=team.name)),
        )
    else:
        yield move


def _why(move: Placing, reason: str) -> str:
    return _(
        "team %(after)s for %(assignment)s: %(reason)s",
        after=move.after,
        assignment=move.assignment,
        reason=reason,
    )


def _full(known: _Teams, moves: Sequence[Placing], there: Mapping[str, Enrolment]) -> set[str]:
    """Return the teams that would have too many members. Who can't come stays where they are."""
    full: set[str] = set()
    while True:
        going = [each for each in moves if each.after not in full]
        leaving = {there[each.email].user_id for each in going if each.email in there}
        waiting = [
            name
            for email, name in known.coming.items()
            if name and email not in {each.email for each in going}
        ]
        sizes = {
            name: len([each for each in known.members.get(name, ()) if each not in leaving])
            + sum(each.after == name for each in going)
            + waiting.count(name)
            for name in {each.after for each in going}
        }
        found = {name for name, number in sizes.items() if number > known.assignment.team_size}
        if not found:
            return full
        full |= found


def _team(session: Session, assignment: AssignmentRow, name: str, now: datetime) -> Team:
    team = courses.team_by_name(session, assignment.id, name)
    if team is None:
        team = Team(assignment_id=assignment.id, name=name, created_at=now)
        session.add(team)
        session.flush()
    return team


def _user(session: Session, email: str) -> User:
    found = people.user_by_email(session, email)
    assert found is not None  # the plan has nobody else
    return found


def _note(act: Act, assignment: AssignmentRow, action: str, **change: Any) -> None:
    about = f"assignment:{assignment.id}"
    audit.note(act.session, act.now, act.actor, action, about, course_id=assignment.course_id, **change)
