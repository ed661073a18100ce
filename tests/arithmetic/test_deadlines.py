from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

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
    return deadlines.late_share(deadlines.late_seconds(rules, at), rules.late_percent_per_day)


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
    assert [deadlines.late_share(seconds, 25) for seconds in (0, 1, 86_400, 86_401, 4 * 86_400, 10**7)] == [
        1.0, 0.75, 0.75, 0.5, 0.0, 0.0,
    ]  # fmt: skip


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
