from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.arithmetic import deadlines
from grader.arithmetic.deadlines import Candidate, Counts, Dates, Extended, Standing
from grader.reading import local_time as moments_as_written

DUE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
spans = st.integers(-10 * 86_400, 10 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
moments = spans.map(lambda span: DUE + span)
dates = st.builds(
    Dates,
    due_at=st.one_of(st.none(), st.just(DUE)),
    late_until=st.one_of(st.none(), spans.map(lambda span: DUE + abs(span))),
    grace_seconds=st.integers(0, 86_400),
    late_percent_per_day=st.floats(0, 100),
)
extensions = st.lists(
    st.builds(Extended, st.one_of(st.none(), moments), st.one_of(st.none(), moments)), max_size=3
)
entries = st.lists(
    st.builds(
        Candidate,
        id=st.integers(1, 10**6),
        received_at=moments,
        score=st.one_of(st.none(), st.floats(0, 100)),
        lost=st.booleans(),
        chosen=st.booleans(),
    ),
    unique_by=lambda each: each.id,
)


def share(rules, at):
    """Return what is left of a score handed in then."""
    return deadlines.late_share(rules, at, UTC)


@given(dates, moments, spans)
def test_later_never_gains(rules, at, more):
    assert share(rules, at + abs(more)) <= share(rules, at)


@given(dates, moments)
def test_share_stays_between_none_and_all(rules, at):
    assert 0.0 <= share(rules, at) <= 1.0


@given(dates, st.floats(0, 1))
def test_grace_forgives_to_its_last_moment(rules, part):
    rules = replace(rules, due_at=DUE)
    assert deadlines.late_seconds(rules, DUE + timedelta(seconds=rules.grace_seconds * part)) == 0
    assert (
        deadlines.late_seconds(rules, DUE + timedelta(seconds=rules.grace_seconds) + SECOND)
        > rules.grace_seconds
    )


@given(dates, extensions, moments)
def test_extension_takes_nothing_away(rules, given_ones, at):
    own = deadlines.extended(rules, given_ones)
    assert share(own, at) >= share(rules, at)
    if deadlines.standing(rules, at) is not Standing.CLOSED:
        assert deadlines.standing(own, at) is not Standing.CLOSED


@given(dates, extensions)
def test_order_of_extensions_does_not_matter(rules, given_ones):
    assert deadlines.extended(rules, given_ones) == deadlines.extended(rules, given_ones[::-1])


@given(dates, moments)
def test_standing_says_what_lateness_says(rules, at):
    standing = deadlines.standing(rules, at)
    late = deadlines.late_seconds(rules, at) > 0
    assert (standing is Standing.LATE) == (late and standing is not Standing.CLOSED)


def test_days_begun_cost_the_same():
    rules = Dates(due_at=DUE, late_until=DUE + 200 * DAY, late_percent_per_day=25)
    late = [0, 1, 86_400, 86_401, 4 * 86_400, 10**7]
    assert [share(rules, DUE + seconds * SECOND) for seconds in late] == [1.0, 0.75, 0.75, 0.5, 0.0, 0.0]


@pytest.mark.parametrize(
    ("zone", "due", "ends"),
    [
        # Clocks go back on 25 October 2026 and forward on 28 March 2027.
        ("Europe/Zurich", "2026-10-24 23:59", ["2026-10-25 23:59", "2026-10-26 23:59"]),
        ("Europe/Zurich", "2026-10-24 12:00", ["2026-10-25 12:00", "2026-10-26 12:00"]),
        ("Europe/Zurich", "2026-10-24 00:30", ["2026-10-25 00:30", "2026-10-26 00:30"]),
        ("Europe/Zurich", "2027-03-27 23:59", ["2027-03-28 23:59", "2027-03-29 23:59"]),
        ("Europe/Zurich", "2027-03-27 00:30", ["2027-03-28 00:30", "2027-03-29 00:30"]),
        # A time that clocks leave out, and one that they show twice: the later moment that it can mean.
        ("Europe/Zurich", "2027-03-27 02:30", ["2027-03-28 03:30", "2027-03-29 02:30"]),
        ("Europe/Zurich", "2026-10-24 02:30", ["2026-10-25 02:30 second", "2026-10-26 02:30"]),
        ("America/New_York", "2026-10-31 23:59", ["2026-11-01 23:59", "2026-11-02 23:59"]),
        ("Australia/Lord_Howe", "2026-10-03 23:59", ["2026-10-04 23:59", "2026-10-05 23:59"]),
        ("Asia/Kolkata", "2026-10-24 23:59", ["2026-10-25 23:59", "2026-10-26 23:59"]),
        ("UTC", "2026-10-24 23:59", ["2026-10-25 23:59", "2026-10-26 23:59"]),
        # Leap days, the end of a year, and a day that an island left out.
        ("Europe/Zurich", "2028-02-28 23:59", ["2028-02-29 23:59", "2028-03-01 23:59"]),
        ("Europe/Zurich", "2027-02-28 23:59", ["2027-03-01 23:59", "2027-03-02 23:59"]),
        ("Europe/Zurich", "2026-12-31 23:59", ["2027-01-01 23:59", "2027-01-02 23:59"]),
        ("Pacific/Apia", "2011-12-28 23:59", ["2011-12-29 23:59", "2011-12-31 23:59"]),
    ],
)
def test_a_late_day_ends_when_clocks_show_the_time_of_the_due_date_again(zone, due, ends):
    rules = Dates(due_at=_local(due, zone), late_until=_local(due, zone) + 99 * DAY)
    begins = [rules.due_at, *(_local(each, zone) for each in ends)]
    for days, (begin, end) in enumerate(pairwise(begins), 1):
        assert deadlines.late_days(rules, begin, ZoneInfo(zone)) < days
        assert deadlines.late_days(rules, begin + SECOND, ZoneInfo(zone)) == days
        assert deadlines.late_days(rules, end, ZoneInfo(zone)) == days


def _local(text, zone):
    """Return the moment of this local time; ``second``: when clocks show it again."""
    time, _, again = text.partition(" second")
    own = datetime.fromisoformat(time).replace(tzinfo=ZoneInfo(zone), fold=int(text != time or bool(again)))
    return own.astimezone(UTC)


NAIVE = DUE.replace(tzinfo=None)
ZONES = st.sampled_from("UTC Europe/Zurich America/New_York Asia/Kolkata Australia/Lord_Howe".split())


@given(
    st.datetimes(NAIVE - 3000 * DAY, NAIVE + 3000 * DAY, timezones=ZONES.map(ZoneInfo)),
    st.integers(0, 400),
    st.integers(0, 86_399),
    ZONES,
)
def test_late_days_are_days_on_the_calendar_of_the_course(due, days, seconds, elsewhere):
    rules = Dates(due_at=due, late_until=due + 500 * DAY)
    due_again = datetime.combine(due.date() + days * DAY, due.time(), due.tzinfo)
    at, zone = due_again.astimezone(UTC) + seconds * SECOND, due.tzinfo
    charged = deadlines.late_days(rules, at, zone)
    # An hour that clocks repeat or leave out around the due time is given, never taken.
    assert days - (seconds <= 3600) <= charged <= days + 1
    assert charged == deadlines.late_days(replace(rules, due_at=due.astimezone(UTC)), at, zone)
    assert charged == deadlines.late_days(rules, at.astimezone(ZoneInfo(elsewhere)), zone)


def test_late_period_moves_with_the_due_date():
    own = deadlines.extended(Dates(due_at=DUE, late_until=DUE + DAY), [Extended(DUE + 2 * DAY)])
    assert (own.due_at, own.late_until) == (DUE + 2 * DAY, DUE + 3 * DAY)


def test_nothing_is_taken_before_the_opening():
    assert deadlines.standing(Dates(opens_at=DUE), DUE - SECOND) is Standing.EARLY
    assert deadlines.standing(Dates(opens_at=DUE), DUE) is Standing.ON_TIME


@given(st.lists(moments), st.integers(1, 5), moments)
def test_attempts_become_free_when_it_says(used, per_hour, at):
    used = [each for each in used if each <= at]
    now = deadlines.attempts(used, per_hour, at)
    assert 0 <= now.left <= per_hour
    if now.left == 0:
        assert at < now.next_at <= at + deadlines.WINDOW
        assert deadlines.attempts(used, per_hour, now.next_at).left >= 1
        assert deadlines.attempts(used, per_hour, now.next_at - SECOND).left == 0


def test_without_a_limit_attempts_do_not_end():
    assert deadlines.attempts([DUE] * 100, 0, DUE).left is None


@given(entries, st.sampled_from(Counts))
def test_what_we_lost_never_counts(handed, rule):
    counted = deadlines.counting(handed, rule)
    assert (counted is None) == all(each.lost for each in handed)
    assert counted is None or not counted.lost


@given(entries)
def test_no_other_scores_more_than_the_best(handed):
    best = deadlines.counting(handed, Counts.BEST)
    rivals = [each.score for each in handed if not each.lost and each.score is not None]
    assert not rivals or best.score == max(rivals)


@given(entries)
def test_nothing_came_after_the_latest(handed):
    latest = deadlines.counting(handed, Counts.LATEST)
    assert all(each.received_at <= latest.received_at for each in handed if not each.lost)


@given(entries)
def test_choice_is_kept(handed):
    counted = deadlines.counting(handed, Counts.CHOSEN)
    if any(each.chosen and not each.lost for each in handed):
        assert counted.chosen
    else:
        assert counted == deadlines.counting(handed, Counts.LATEST)


@given(entries, st.sampled_from(Counts), st.randoms())
def test_order_does_not_matter(handed, rule, random):
    mixed = random.sample(handed, len(handed))
    assert deadlines.counting(mixed, rule) == deadlines.counting(handed, rule)


def test_noon_is_in_time_and_a_second_later_is_late_in_the_zone_of_the_course():
    berlin = ZoneInfo("Europe/Berlin")
    due = moments_as_written.read("2023-07-17 12:00", berlin, "due")
    noon = datetime(2023, 7, 17, 12, 0, tzinfo=berlin)
    strict, mild = Dates(due_at=due), Dates(due_at=due, late_until=due + DAY)
    assert deadlines.standing(strict, noon) is deadlines.standing(mild, noon) is Standing.ON_TIME
    assert deadlines.late_seconds(mild, noon) == 0
    assert deadlines.late_seconds(mild, noon + SECOND) == 1
    assert deadlines.standing(mild, noon + SECOND) is Standing.LATE
    assert deadlines.standing(strict, noon + SECOND) is Standing.CLOSED
    assert deadlines.late_seconds(mild, datetime(2023, 7, 17, 12, 0, tzinfo=UTC)) == 2 * 3600
