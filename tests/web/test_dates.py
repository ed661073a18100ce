"""Dates and rules of an assignment: they hold at once, in the course's zone, and what is wrong is said."""

import html
import re
from datetime import UTC, datetime

import pytest

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.store import audit
from grader.database.tables import AssignmentRow
from grader.services.courses.courses import Rules
from grader.web.assignment import dates
from tests.classroom import NOW

AS_THEY_ARE = {
    "opens": "",
    "due": "",
    "late_until": "",
    "grace": "0",
    "percent": "0",
    "attempts": "0",
    "team_size": "1",
    "counts": "latest",
}


def url(world, page="dates"):
    return f"/assignments/{world.room.assignment.id}/settings/{page}"


def seen(world):
    page = world.browser("instructor").get(url(world)).text
    return re.search(r'name="seen" value="([^"]*)"', page)[1]


def send(world, who="instructor", **changed):
    data = AS_THEY_ARE | {"seen": seen(world)} | changed
    return world.browser(who).post(url(world), data=data)


def rules(world):
    with world.database.reading() as session:
        return dates.rules_of(session.get(AssignmentRow, world.room.assignment.id))


def logged(world):
    with world.database.reading() as session:
        return [each.action for each in audit.about(session, f"assignment:{world.room.assignment.id}")]


def test_dates_are_of_the_courses_zone_and_hold_at_once(make_world):
    world = make_world()
    answer = send(
        world,
        due="2026-12-04T23:59",
        late_until="2026-12-06T23:59",
        grace="2.5",
        percent="12,5",
        attempts="3",
        team_size="2",
        counts="best",
    )
    assert answer.status_code == 303
    due = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)  # Zurich is an hour ahead
    assert rules(world) == Rules(
        Dates(None, due, due.replace(day=6), 150, 12.5), attempts_per_hour=3, team_size=2, counts=Counts.BEST
    )
    said = world.browser("ada").get(f"/assignments/{world.room.assignment.id}").text
    assert "Fri 4 Dec, 23:59" in said
    page = world.browser("ta").get(url(world)).text
    assert 'value="2026-12-04T23:59"' in page
    assert "Europe/Zurich" in page


def test_summer_time_is_that_of_the_day(make_world):
    world = make_world()
    send(world, opens="2026-07-01T08:00", due="2026-12-01T08:00")
    assert rules(world).dates.opens_at == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert rules(world).dates.due_at == datetime(2026, 12, 1, 7, tzinfo=UTC)


def test_what_the_form_shows_rounded_stays_as_it_is(make_world):
    held = Rules(Dates(due_at=NOW.replace(second=42, microsecond=7), grace_seconds=100))
    world = make_world(held)
    answer = send(world, due="2026-11-20T13:00", grace="1.67")
    assert "Nothing was changed" in world.browser("ta").get(url(world)).text or answer.status_code == 303
    assert rules(world) == held
    assert "assignment.rules_changed" not in logged(world)


@pytest.mark.parametrize(
    ("changed", "said", "status"),
    [
        ({"due": "tomorrow"}, "“tomorrow” is not a date", 422),
        ({"grace": "soon"}, "must be a number", 422),
        ({"grace": "nan"}, "must be a number", 422),
        ({"attempts": "1.5"}, "must be a whole number", 422),
        ({"attempts": "-1"}, "too small", 400),
        ({"team_size": "0"}, "too small", 400),
        ({"percent": "101"}, "from 0 to 100 percent", 400),
        ({"percent": "inf"}, "must be a number", 422),
        ({"counts": "worst"}, "not one of the options", 422),
        ({"due": "2026-12-04T23:59", "late_until": "2026-12-01T23:59"}, "must be in this order", 400),
        ({"seen": "older"}, "somebody changed the dates", 409),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(make_world, changed, said, status):
    world = make_world()
    answer = send(world, **changed)
    assert answer.status_code == status
    assert said in html.unescape(answer.text)[0:].replace("Somebody", "somebody")
    assert rules(world) == Rules()
    for name in changed.keys() - {"counts", "seen"}:
        assert f'value="{changed[name]}"' in answer.text


def test_results_are_published_and_taken_back(make_world):
    world = make_world()
    client = world.browser("instructor")
    assert "Not published" in client.get(url(world)).text
    client.post(url(world, "results"), data={"step": "publish"})
    assert re.search(r"Published <time[^>]*>Fri 20 Nov", client.get(url(world)).text)
    client.post(url(world, "results"), data={"step": "publish"})
    client.post(url(world, "results"), data={"step": "back"})
    assert "Not published" in client.get(url(world)).text
    assert logged(world).count("assignment.results_published") == 2


def test_assistants_read_the_dates_and_do_not_change_them(make_world):
    world = make_world()
    assert "<button>Save" not in world.browser("ta").get(url(world)).text
    assert send(world, who="ta").status_code == 403
    assert send(world, who="ada").status_code == 403
