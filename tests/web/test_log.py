"""The audit log on the web: everything that was done to an assignment, in words, a page at a time."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest

from grader import services
from grader.arithmetic.deadlines import Dates
from grader.database.tables import AssignmentRow, SubmissionRow, User
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.judgement import marking
from grader.services.tests import drafts
from grader.web.assignment import log, log_words
from tests.classroom import NOW
from tests.web.doubles import WRONG


def lines(world, who="ta", query=""):
    """Return the entries as texts."""
    answer = world.browser(who).get(f"/assignments/{world.room.assignment.id}/log{query}")
    assert answer.status_code == 200
    rows = re.findall(r'<tr>\s*<th scope="row">(.*?)</tr>', answer.text, re.S)
    return [html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", each))).strip() for each in rows]


def test_log_says_before_and_after_in_words(world):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        actor = session.get(User, world.room.instructor.id)
        rules = Rules(Dates(due_at=NOW + timedelta(days=1)), team_size=2)
        courses.change_rules(Act(session, actor, NOW), row, rules)
        later = Rules(Dates(due_at=NOW + timedelta(days=2)), team_size=2)
        courses.change_rules(Act(session, actor, NOW), row, later)
        courses.form_team(Act(session, actor, NOW), row, "A", [session.get(User, world.room.ada.id)])
        drafts.begin(Act(session, None, NOW), row)
    found = lines(world)
    assert "The service started a draft version: 1757f7" in found[0]
    assert "Instructor created a team" in found[1]
    assert "members: Ada" in found[1]
    assert "changed dates or rules due: Sat 21 Nov, 13:00 → Sun 22 Nov, 13:00" in found[2]
    assert "team size" not in found[2]
    assert "due: none → Sat 21 Nov, 13:00" in found[3]
    assert "published a version of the tests" in found[4]


def test_what_was_done_to_a_hand_in_leads_to_it_and_hand_ins_are_shown_on_request(world):
    number = world.submission(world.browser("ada"))
    world.grade(WRONG)
    with world.database.transaction() as session:
        actor = session.get(User, world.room.instructor.id)
        row = session.get(SubmissionRow, number)
        marking.override(Act(session, actor, NOW), row, 12.5, "<b>late</b> train")
    page = world.browser("ta").get(f"/assignments/{world.room.assignment.id}/log").text
    assert f'<a href="/submissions/{number}">submission {number}</a>' in page
    assert "<b>" not in page
    [first, *_] = lines(world)
    assert "set a total by hand" in first
    assert "score: 12.5" in first
    assert "why: <b>late</b> train" in first
    assert not any("submitted" in each for each in lines(world))
    assert any("Ada submitted" in each for each in lines(world, query="?show=everything"))


def test_log_has_pages(world):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        for place in range(log.PAGE + 5):
            courses.change_rules(Act(session, None, NOW), row, Rules(attempts_per_hour=place + 1))
    first = world.browser("ta").get(f"/assignments/{world.room.assignment.id}/log").text
    there = re.search(r'href="[^"]*(\?before=\d+)">Older', first)[1]
    newest, older = lines(world), lines(world, query=there)
    assert len(newest) == log.PAGE
    assert f"attempts per hour: {log.PAGE + 4} → {log.PAGE + 5}" in newest[0]
    assert "attempts per hour: 5 → 6" in newest[-1]
    assert "attempts per hour: 4 → 5" in older[0]
    assert "Older" not in world.browser("ta").get(f"/assignments/{world.room.assignment.id}/log{there}").text
    assert lines(world, query="?before=1") == []


def test_other_assignments_are_not_in_it(world):
    with world.database.transaction() as session:
        course = session.merge(world.room.course, load=False)
        courses.plan_assignment(Act(session, None, NOW), course, "other", "Other")
    assert sum("added the assignment" in each for each in lines(world)) == 1


def test_every_action_of_an_assignment_has_words():
    kinds = (
        "assignment",
        "draft",
        "extension",
        "grading",
        "request",
        "rubric",
        "student",
        "submission",
        "team",
    )
    source = "".join(each.read_text() for each in Path(services.__file__).parent.rglob("*.py"))
    actions = set(re.findall(rf'"((?:{"|".join(kinds)})\.[a-z_]+)"', source))
    assert len(actions) > 20
    assert actions <= log_words.ACTIONS.keys()


@pytest.mark.parametrize(
    ("action", "said"),
    [("draft.begun", "started a draft"), ("planet.was_moved", "was moved (planet)")],
)
def test_action_that_has_no_words_is_told_all_the_same(action, said):
    assert log_words.done(action) == said


def test_students_do_not_read_it(world):
    assert world.browser("ada").get(f"/assignments/{world.room.assignment.id}/log").status_code == 403
