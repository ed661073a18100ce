"""Budgets with clocks and a meter of the tests' own."""

import pytest

from worker.examiner.budget import Budget, Overdrawn
from worker.wire.metering import Breach, Used


class Times:
    """The wall clock, the examiner's CPU, and what a box has used: what a test says."""

    def __init__(self):
        self.wall = self.own = 0.0
        self.used = Used()
        self.asked = 0

    def read(self):
        self.asked += 1
        return self.used

    def pass_by(self, wall, cpu=0.0, waited=0.0):
        self.wall += wall
        self.used = Used(self.used.cpu_seconds + cpu, self.used.waited_seconds + waited)


@pytest.fixture
def times():
    return Times()


@pytest.fixture
def budget(times):
    """A budget of 5 CPU seconds a test and 60 in all, of a box whose import has used three."""
    made = Budget(5.0, 60.0, lambda: times.wall, lambda: times.own)
    times.pass_by(4.0, cpu=3.0, waited=1.0)
    made.attach(times.read)
    return made


def wait(budget, times, wall, **used):
    with budget.waiting(of_test=True):
        times.pass_by(wall, **used)


def test_the_import_is_no_part_of_it(budget, times):
    wait(budget, times, 4.9, cpu=4.9)
    assert budget.overdrawn() is None
    wait(budget, times, 0.2, cpu=0.2)
    assert budget.overdrawn() == Overdrawn(Breach.CPU, 5.0, "test")


@pytest.mark.parametrize(
    ("wall", "cpu", "waited", "over"),
    [
        (19.9, 1.0, 18.9, None),
        (19.9, 5.0, 14.9, Overdrawn(Breach.CPU, 5.0, "test")),
        (20.0, 1.0, 19.0, None),
        (40.0, 1.0, 39.0, Overdrawn(Breach.STARVED, 20.0, "test")),
        (20.0, 0.0, 0.0, Overdrawn(Breach.WALL, 20.0, "test")),
    ],
)
def test_a_busy_machine_costs_no_time_and_sleep_ends_at_the_net(budget, times, wall, cpu, waited, over):
    wait(budget, times, wall, cpu=cpu, waited=waited)
    assert budget.overdrawn() == over


def test_each_test_has_a_budget_and_all_of_them_one_together(budget, times):
    for _ in range(14):
        budget.begin_test()
        wait(budget, times, 4.2, cpu=4.2)
        assert budget.overdrawn() is None
    budget.begin_test()
    wait(budget, times, 2.0, cpu=2.0)
    assert budget.overdrawn() == Overdrawn(Breach.CPU, 60.0, "total")


def test_all_tests_together_have_a_net(budget, times):
    for _ in range(7):
        budget.begin_test()
        wait(budget, times, 17.1)
    budget.begin_test()
    wait(budget, times, 1.0)
    assert budget.overdrawn() == Overdrawn(Breach.WALL, 120.0, "total")


def test_what_a_box_uses_while_nobody_waits_for_it_counts_as_well(budget, times):
    times.pass_by(5.1, cpu=5.1)
    assert budget.overdrawn() == Overdrawn(Breach.CPU, 5.0, "test")


def test_what_an_answer_costs_the_examiner_is_the_submissions(budget, times):
    with budget.taking():
        times.pass_by(9.0)
        times.own += 5.0
    times.pass_by(9.0)
    assert budget.overdrawn() == Overdrawn(Breach.CPU, 5.0, "test")
    assert budget.spent == (9.0, 5.0)


def test_short_calls_do_not_ask_the_meter(budget, times):
    budget.begin_test()
    before = times.asked
    for _ in range(1000):
        wait(budget, times, 0.0001, cpu=0.0001)
        assert budget.overdrawn() is None
    assert times.asked == before


def test_many_short_calls_are_counted_all_the_same(budget, times):
    calls = 0
    while budget.overdrawn() is None:
        wait(budget, times, 0.01, cpu=0.01)
        calls += 1
    assert calls == pytest.approx(500, abs=10)


def test_what_a_fork_has_waited_is_added(budget, times):
    budget.spend(12.0, 1.0)
    times.pass_by(9.0)
    assert budget.overdrawn() is None
    budget.spend(8.0, 0.0)
    times.pass_by(9.0)
    assert budget.overdrawn() == Overdrawn(Breach.WALL, 20.0, "test")


def test_without_a_meter_the_wall_clock_counts(times):
    budget = Budget(5.0, 6.0, lambda: times.wall, lambda: times.own)
    wait(budget, times, 4.9)
    assert (budget.overdrawn(), budget.metered) == (None, False)
    wait(budget, times, 0.2)
    assert budget.overdrawn() == Overdrawn(Breach.WALL, 5.0, "test")
    budget.begin_test()
    wait(budget, times, 1.0)
    assert budget.overdrawn() == Overdrawn(Breach.WALL, 6.0, "total")
