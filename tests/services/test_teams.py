"""Teams that students choose."""

import threading

import pytest

from grader.database.store import audit
from grader.database.store import courses as store
from grader.database.tables import AssignmentRow, User
from grader.errors import Conflict, UsageError
from grader.services.act import Act, Visit
from grader.services.courses import teams
from grader.services.courses.courses import Rules
from tests.classroom import NOW, open_classroom, submit


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session, Rules(team_size=2))


def _do(database, room, step, who, *more):
    with database.transaction() as session:
        user = session.get(User, getattr(room, who).id)
        return step(Visit(session, user, NOW), session.get(AssignmentRow, room.assignment.id), *more)


def _leave(database, room, who):
    with database.transaction() as session:
        user = session.get(User, getattr(room, who).id)
        teams.leave(Act(session, user, NOW), session.get(AssignmentRow, room.assignment.id), user)


def _members(database, room):
    with database.reading() as session:
        found = store.teams(session, room.assignment.id)
        return {team.name: [user.name for user in store.members(session, team.id)] for team in found}


def test_team_is_founded_and_joined_by_its_code(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    assert len(team.code) == 8
    _do(database, room, teams.join, "bob", f" {team.code.upper()} ")
    assert _members(database, room) == {"Analytical": ["Ada", "Bob"]}
    with database.reading() as session:
        formed, joined = audit.about(session, f"assignment:{room.assignment.id}")[-2:]
        assert (formed.action, joined.action) == ("team.formed", "team.joined")
        assert joined.after == {"team": team.id, "user": room.bob.id}


def test_full_team_takes_nobody(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    _do(database, room, teams.join, "bob", team.code)
    with pytest.raises(Conflict, match="its 2 members"):
        _do(database, room, teams.join, "eve", team.code)


def test_of_two_who_take_the_last_place_one_gets_it(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    came, start = [], threading.Barrier(2)

    def join(who):
        start.wait(180)
        try:
            _do(database, room, teams.join, who, team.code)
            came.append("in")
        except Conflict:
            came.append("full")

    threads = [threading.Thread(target=join, args=(who,)) for who in ("bob", "eve")]
    for each in threads:
        each.start()
    for each in threads:
        each.join(180)
    assert sorted(came) == ["full", "in"]
    assert len(_members(database, room)["Analytical"]) == 2


def test_left_team_is_gone_with_its_last_member(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    _do(database, room, teams.join, "bob", team.code)
    _leave(database, room, "ada")
    assert _members(database, room) == {"Analytical": ["Bob"]}
    _leave(database, room, "bob")
    assert _members(database, room) == {}
    with pytest.raises(Conflict, match="not in a team"):
        _leave(database, room, "bob")


def test_nobody_joins_or_leaves_once_something_was_handed_in(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    with database.transaction() as session:
        submit(session, room, room.ada)
    with pytest.raises(Conflict, match="submitted"):
        _do(database, room, teams.join, "bob", team.code)
    with pytest.raises(Conflict, match="submitted"):
        _leave(database, room, "ada")


def test_who_handed_in_alone_is_told_to_ask_staff(database, room):
    with database.transaction() as session:
        submit(session, room, room.ada)
    with pytest.raises(Conflict, match="alone"):
        _do(database, room, teams.found, "ada", "Analytical")


def test_one_team_each_and_only_students(database, room):
    team = _do(database, room, teams.found, "ada", "Analytical")
    with pytest.raises(Conflict, match="already in a team"):
        _do(database, room, teams.join, "ada", team.code)
    for who in ("ta", "stranger"):
        with pytest.raises(Conflict, match="only students"):
            _do(database, room, teams.join, who, team.code)
    with pytest.raises(UsageError, match="no team has this code"):
        _do(database, room, teams.join, "bob", "x")


def test_where_everybody_works_alone_there_are_no_teams(database):
    with database.transaction() as session:
        room = open_classroom(session)
    with pytest.raises(UsageError, match="alone"):
        _do(database, room, teams.found, "ada", "Analytical")
