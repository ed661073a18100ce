"""Which submissions a regrade is of, and under which tests."""

import pytest

from grader.database.tables import User, Which
from grader.errors import NotFound, UsageError
from grader.model import Fact
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from grader.services.grading.gradings import Pace
from grader.services.regrades import choosing, regrade_progress
from grader.services.regrades.choosing import SubmissionChoice
from tests.classroom import NOW, submit
from tests.services.regrading import HOUR, OTHER, Desk

LEASE = Pace().lease


@pytest.fixture
def desk(database):
    return Desk(database)


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        ({}, {"a1", "a2", "b1", "e1"}),
        ({"which": Which.LATEST}, {"a2", "b1", "e1"}),
        ({"which": Which.BEST}, {"a1", "b1", "e1"}),
        ({"students": ("ada@example.org",)}, {"a1", "a2"}),
        ({"students": ("ada@example.org",), "which": Which.LATEST}, {"a2"}),
        ({"only": "failed"}, {"a2", "b1"}),
        ({"only": "failed", "students": ("bob@example.org",)}, {"b1"}),
    ],
)
def test_choice(desk, choice, chosen):
    names = dict(zip(desk.hand_in("ada"), ["a1"], strict=True))
    names |= dict(zip(desk.hand_in("ada", "bob", right=False, at=NOW + HOUR), ["a2", "b1"], strict=True))
    names |= dict(zip(desk.hand_in("eve"), ["e1"], strict=True))
    with desk.database.reading() as session:
        found = choosing.chosen(session, desk.assignment(session), SubmissionChoice(**choice))
    assert {names[each.id] for each in found} == chosen


def test_what_could_not_be_loaded_is_chosen_by_its_verdict_and_what_we_lost_by_its_status(desk):
    with desk.database.transaction() as session:
        loaded, lost = (submit(session, desk.room, desk.room.ada, {"mlp.py": each}) for each in (b"1", b"2"))
        ids = [each.grading.id for each in (loaded, lost)]
    desk.grade(ids[0], cases=(), load=Fact("import_timeout", {"seconds": 10}))
    for at in (NOW + each * 2 * LEASE for each in range(4)):
        with desk.database.transaction() as session:
            claim = gradings.claim(session, ids[1], "w", now=at)
            if claim:
                gradings.give_up(session, ids[1], claim.attempt, "no card", now=at)
    with desk.database.reading() as session:
        for only, wanted in (("timeout", loaded), ("internal_error", lost)):
            [found] = choosing.chosen(session, desk.assignment(session), SubmissionChoice(only=only))
            assert found.id == wanted.submission.id


def test_team_mates_submissions_are_theirs_too(desk):
    with desk.database.transaction() as session:
        assignment = desk.assignment(session)
        assignment.team_size = 2
        people = [session.get(User, each.id) for each in (desk.room.ada, desk.room.bob)]
        courses.form_team(Act(session, None, NOW), assignment, "A", people)
    [number] = desk.hand_in("ada")
    with desk.database.reading() as session:
        found = choosing.chosen(
            session, desk.assignment(session), SubmissionChoice(Which.LATEST, students=("bob@example.org",))
        )
    assert [each.id for each in found] == [number]


@pytest.mark.parametrize(
    ("choice", "error", "said"),
    [
        ({"only": "timeout"}, UsageError, "no submissions match"),
        ({"students": ("stranger@example.org",)}, NotFound, "nobody in the course"),
        ({"students": ("eve@example.org",)}, UsageError, "not submitted anything"),
        ({"students": ("ada@example.org",), "only": "timeout"}, UsageError, "conditions"),
    ],
)
def test_nobody_chosen_is_told_and_starts_nothing(desk, choice, error, said):
    desk.hand_in("ada")
    with pytest.raises(error) as told:
        desk.start(**choice)
    assert said in str(told.value)
    with desk.database.reading() as session:
        assert regrade_progress.all_of(session, desk.assignment(session)) == []


def test_choice_is_read_the_same_in_any_order_and_nonsense_is_refused():
    one = choosing.choice("latest", ["Bob@example.org", "ada@example.org"], "failed")
    assert one == choosing.choice("latest", ["ada@example.org", "bob@example.org"], "failed")
    for which, only in (("newest", ""), ("all", "wrong")):
        with pytest.raises(UsageError):
            choosing.choice(which, [], only)


def test_version_is_found_by_the_beginning_of_its_digest(desk):
    with desk.database.reading() as session:
        assignment = desk.assignment(session)
        assert choosing.version(session, assignment, OTHER.digest[:8].upper()).id == desk.suite
        assert choosing.version(session, assignment, "").id == assignment.live_suite_id
        with pytest.raises(NotFound) as told:
            choosing.version(session, assignment, "123456789")
        assert OTHER.digest[:6] in told.value.cure
