from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from grader.arithmetic.deadlines import Dates, Standing, late_seconds, standing
from grader.errors import UsageError
from grader.reading import local_time

BERLIN = ZoneInfo("Europe/Berlin")
SECOND = timedelta(seconds=1)
LEAST = timedelta(microseconds=1)


@given(some.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_date_without_a_time_ends_with_its_day_and_opens_with_it(day):
    last = local_time.read(str(day), BERLIN, "due")
    first = local_time.read(str(day), BERLIN, "opens", ends=False)
    assert last.astimezone(BERLIN).date() == first.astimezone(BERLIN).date() == day
    assert (last + LEAST).astimezone(BERLIN).date() == day + timedelta(days=1)
    assert (first - LEAST).astimezone(BERLIN).date() == day - timedelta(days=1)


def test_noon_is_noon_in_the_course_s_zone_and_a_second_after_it_is_late():
    due = local_time.read("2023-07-17 12:00", BERLIN, "due")
    assert due == datetime(2023, 7, 17, 10, tzinfo=UTC)
    assert standing(Dates(due_at=due, late_until=due + timedelta(days=1)), due) is Standing.ON_TIME
    assert standing(Dates(due_at=due, late_until=due + timedelta(days=1)), due + SECOND) is Standing.LATE
    assert late_seconds(Dates(due_at=due), due + SECOND) == 1
    assert standing(Dates(due_at=due), due + SECOND) is Standing.CLOSED


@pytest.mark.parametrize("text", ["2026-12-04T23:59", "2026-12-04 23:59", " 2026-12-04 23:59:00 "])
def test_moment_may_be_written_in_several_ways(text):
    assert local_time.read(text, BERLIN, "due") == datetime(2026, 12, 4, 22, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow", "“tomorrow” is not a date"),
        ("2026-13-04", "is not a date"),
        ("2026-12-04T10:00Z", "has a zone"),
    ],
)
def test_what_is_no_date_is_told_with_its_place(text, said):
    with pytest.raises(UsageError, match=said) as refused:
        local_time.read(text, BERLIN, "--due")
    assert refused.value.where == "--due"


def test_nothing_is_no_date():
    assert local_time.read("  ", BERLIN, "due") is None
    assert local_time.shown(None, BERLIN) == ""
