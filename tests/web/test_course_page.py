"""A course as its staff sees it: what needs a person first, then how each assignment stands."""

import re
from datetime import timedelta

import pytest

from grader.database.tables import AssignmentRow, Grading
from grader.model import Verdict
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.grading import gradings
from grader.services.reports import unsolved
from grader.services.tests import drafts
from tests.classroom import NOW, suite
from tests.web.doubles import RIGHT, WRONG, case, claim


def page(world, who="ta"):
    answer = world.browser(who).get(f"/courses/{world.room.course.id}")
    assert answer.status_code == 200
    return answer.text


def needs(world):
    """Return what waits, as texts with their addresses."""
    found = re.findall(r'<li><a href="([^"]*)">([^<]*)</a> <span class="quiet">([^<]*)', page(world))
    return [(what, title, where.replace("&amp;", "&")) for where, what, title in found]


def hand_in(world, who, cases):
    number = world.submission(world.browser(who))
    world.grade(cases)
    return number


def give_up(world, who):
    """Hand in something that we fail to grade."""
    world.submission(world.browser(who))
    claimed = claim(world.database, world.dispatcher.sent[-1])
    with world.database.transaction() as session:
        session.get(Grading, claimed.grading_id).allowed = 1
        gradings.give_up(session, claimed.grading_id, claimed.attempt, "the box was lost", now=NOW)


def test_nothing_waits_at_first(world):
    assert "Nothing needs your attention." in page(world)


def test_our_faults_come_first_and_lead_to_the_submissions(world):
    give_up(world, "ada")
    [(what, title, where)] = needs(world)
    assert (what, title) == ("1 submission not graded (our fault)", "Nets")
    assert "our fault" in world.browser("ta").get(where).text
    assert (
        len(re.findall(r'<th scope="row"><a href="/submissions/', world.browser("ta").get(where).text)) == 1
    )


def test_case_that_nobody_passes_is_told_once_three_people_tried(world):
    for who in ("ada", "bob"):
        hand_in(world, who, WRONG)
        hand_in(world, who, WRONG)
    assert needs(world) == []
    hand_in(world, "eve", WRONG)
    [(what, _, where)] = needs(world)
    assert what == "1 test case that nobody passes: MLP.backward, dJdW1"
    assert where.endswith("/class#cases")


def test_mended_tests_are_looked_at_anew(world):
    for who in ("ada", "bob", "eve"):
        hand_in(world, who, WRONG)
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        mended = suite(test_nets_py=b"def test(): assert True\n")
        courses.publish_suite(Act(session, None, NOW), row, mended)
    assert needs(world) == []


def test_case_that_one_person_passed_is_none_of_them(world):
    for who in ("ada", "bob"):
        hand_in(world, who, WRONG)
    hand_in(world, "eve", RIGHT)
    assert needs(world) == []


def test_case_that_few_ran_tells_nothing(world):
    for who in ("ada", "bob", "eve"):
        hand_in(world, who, RIGHT)
    hand_in(world, "ada", (*RIGHT, case("MLP.backward", "new", Verdict.FAILED)))
    with world.database.reading() as session:
        assert unsolved.of_assignment(session, session.get(AssignmentRow, world.room.assignment.id)) == []


def test_assignments_say_how_they_stand(world):
    with world.database.transaction() as session:
        row = session.get(AssignmentRow, world.room.assignment.id)
        row.opens_at = NOW + timedelta(days=1)
        draft = drafts.begin(Act(session, None, NOW), row)
        seen = drafts.digests(session, draft)
        drafts.save(Act(session, None, NOW), draft, {"text.md": b"new"}, seen)
        course = session.merge(world.room.course, load=False)
        courses.plan_assignment(Act(session, None, NOW), course, "plans", "Plans")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page(world)))
    assert "Nets no due date can see it from Sat 21 Nov, 13:00 1757f7 , a draft" in text
    assert "Plans no due date can’t see it yet none live" in text


@pytest.mark.parametrize(("who", "offered"), [("instructor", True), ("admin", True), ("ta", False)])
def test_instructors_begin_assignments_here(world, who, offered):
    assert ("/assignments/new" in page(world, who)) == offered


def test_students_see_a_course_as_before(world):
    give_up(world, "ada")
    said = page(world, "eve")
    assert "needs you" not in said
    assert "not submitted" in said
    assert "1757f7" not in said
