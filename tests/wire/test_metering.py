import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worker.wire import metering, patience
from worker.wire.errors import WireError
from worker.wire.metering import Breach, Limit, Used

LIMIT = Limit(5.0, 20.0)
SECONDS = st.floats(0, 1000)


@pytest.mark.parametrize(
    ("cpu", "waited", "wall", "breach"),
    [
        # On an idle machine CPU and wall clock are the same, on a busy one CPU takes longer.
        (4.9, 0.0, 4.9, None),
        (5.0, 0.0, 5.0, Breach.CPU),
        (4.9, 15.0, 19.9, None),
        (5.0, 15.0, 20.0, Breach.CPU),
        # Two threads at once use twice as much.
        (5.0, 0.0, 2.5, Breach.CPU),
        # What sleeps ends at the net, what was starved does so by our fault.
        (0.0, 0.0, 19.9, None),
        (0.0, 0.0, 20.0, Breach.WALL),
        (0.1, 1.0, 20.0, Breach.WALL),
        (1.0, 19.0, 20.0, None),
        (4.9, 35.0, 39.9, None),
        (5.0, 35.0, 40.0, Breach.CPU),
        (4.9, 35.1, 40.0, Breach.STARVED),
        # It was starved for a while, and slept in the rest.
        (4.5, 16.0, 24.0, None),
        (2.0, 16.0, 24.0, Breach.WALL),
        (1.0, 8.0, 20.0, Breach.WALL),
        # It wakes up all the time to do nothing: without others it would have slept.
        (0.1, 17.0, 20.0, Breach.WALL),
        # Its own threads made it wait: what they used is at least as much.
        (4.9, 4.9, 20.0, Breach.WALL),
    ],
)
def test_a_limit_counts_cpu_and_the_clock_is_a_net_behind_it(cpu, waited, wall, breach):
    assert LIMIT.breach(Used(cpu, waited), wall) == breach


@given(SECONDS, SECONDS, SECONDS)
def test_without_a_meter_the_wall_clock_alone_counts(cpu, waited, wall):
    breach = metering.limit(5.0, 20.0, metered=False).breach(Used(cpu, waited), wall)
    assert breach == (Breach.WALL if wall >= 5.0 else None)


@given(cpu=SECONDS, others=SECONDS, wall=st.floats(20, 1000), own=st.floats(0, 1))
def test_no_threads_of_its_own_make_a_submission_starved(cpu, others, wall, own):
    # While one of its threads waits for another, that one runs: such waiting is a share of what it has used.
    assume(others <= wall / patience.STRETCH)
    assert LIMIT.breach(Used(cpu, own * cpu + others), wall) is not Breach.STARVED


@given(cpu=SECONDS, waited=SECONDS, wall=SECONDS, metered=st.booleans())
def test_between_two_looks_nothing_can_be_over(cpu, waited, wall, metered):
    limit, used = metering.limit(5.0, 20.0, metered=metered), Used(cpu, waited)
    assume(limit.breach(used, wall) is None)
    seconds = limit.look_seconds(used, wall)
    assert seconds > 0
    assume(seconds > patience.LOOK)  # more often than that nobody looks
    busy = Used(cpu + 0.99 * seconds * metering.PROCESSORS, waited)
    assert limit.breach(busy, wall + 0.99 * seconds) is None


def test_a_meter_says_what_was_used_each_time_it_is_asked():
    ours, theirs = metering.pair()
    with ours, theirs:
        for used in (Used(), Used(1.5, 2.25)):
            theirs.send(b"?")
            assert metering.answer(ours, used)
            assert theirs.recv(64) == metering.packed(used)
        theirs.close()
        assert not metering.answer(ours, Used())


def test_a_meter_that_does_not_answer_is_told():
    ours, theirs = metering.pair()
    with theirs:
        ours.close()
        with pytest.raises(WireError, match="not measured"):
            metering.ask(theirs)
