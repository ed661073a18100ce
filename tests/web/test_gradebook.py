"""The gradebook: every student, every assignment, what counts and why it may not be the last word."""

import csv
import io

import pytest

from grader.database.store import audit
from grader.database.tables import AssignmentRow, Course, SubmissionRow, User
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.judgement import allowances, marking
from tests.classroom import NOW, suite
from tests.web.doubles import RIGHT, WRONG


@pytest.fixture
def place(world):
    """Ada has 30, Bob 20 of the first assignment; Ada's second is set by hand, Eve is excused from it."""
    room = world.room
    with world.database.transaction() as session:
        course, actor = session.get(Course, room.course.id), session.get(User, room.instructor.id)
        second = courses.add_assignment(Act(session, actor, NOW), course, suite(slug="more")).id
    for who, number, cases in (
        ("ada", room.assignment.id, RIGHT),
        ("bob", room.assignment.id, WRONG),
        ("ada", second, WRONG),
    ):
        world.last = world.submission(world.browser(who), assignment=number)
        world.grade(cases)
    with world.database.transaction() as session:
        actor, eve = session.get(User, room.instructor.id), session.get(User, room.eve.id)
        marking.override(Act(session, actor, NOW), session.get(SubmissionRow, world.last), 25.0, "why")
        assignment = session.get(AssignmentRow, second)
        allowances.excuse(Act(session, actor, NOW), assignment, eve, "ill")
    world.url = f"/courses/{room.course.id}/gradebook"
    return world


def _lines(text):
    """Return the names in the order of the page."""
    found = sorted((text.index(f'<th scope="row">{name}'), name) for name in ("Ada", "Bob", "Eve"))
    return [name for _, name in found]


def test_scores_that_count_stand_beside_each_other_with_their_sum(place):
    text = place.browser("ta").get(place.url).text
    plain = " ".join(text.split())
    for said in ("30.00", "20.00", "25.00", "by hand", "excused", "55.00"):
        assert said in plain
    assert f'href="/submissions/{place.last}"' in text
    assert 'aria-current="page">Gradebook' in text


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("name", ["Ada", "Bob", "Eve"]),
        ("lowest", ["Eve", "Bob", "Ada"]),
        ("highest", ["Ada", "Bob", "Eve"]),
        ("nonsense", ["Ada", "Bob", "Eve"]),
    ],
)
def test_lines_are_in_the_order_that_is_asked_for(place, order, names):
    assert _lines(place.browser("ta").get(f"{place.url}?order={order}").text) == names


def test_table_has_a_row_for_each_student_and_is_noted(place):
    answer = place.browser("ta").get(f"{place.url}.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [(each["e-mail"], each["nets"], each["more"], each["total"]) for each in rows] == [
        ("ada@example.org", "30.0", "25.0", "55.0"),
        ("bob@example.org", "20.0", "", "20.0"),
        ("eve@example.org", "", "excused", ""),
    ]
    with place.database.reading() as session:
        last = audit.about(session, f"course:{place.room.course.id}")[-1]
        assert (last.action, last.actor_id) == ("course.exported", place.room.ta.id)


def test_what_students_study_stands_in_the_table_and_among_the_people(place):
    with place.database.transaction() as session:
        ada = session.get(User, place.room.ada.id)
        ada.matriculation, ada.programme, ada.degree = "0012", "Computational Linguistics", "M.Sc."
    answer = place.browser("ta").get(f"{place.url}.csv")
    first = next(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [first[name] for name in ("matriculation", "programme", "degree")] == [
        "0012", "Computational Linguistics", "M.Sc.",
    ]  # fmt: skip
    people = place.browser("ta").get(f"/courses/{place.room.course.id}/people").text
    assert "0012, Computational Linguistics, M.Sc." in people


def test_empty_course_says_what_comes_next(world):
    with world.database.transaction() as session:
        session.get(AssignmentRow, world.room.assignment.id).live_suite_id = None
    text = world.browser("ta").get(f"/courses/{world.room.course.id}/gradebook").text
    assert "No assignment has published tests yet" in text
