"""Two regrades, and two people, at once or one after another."""

import threading

import pytest

from grader.arithmetic.regrade_diff import Way
from grader.database.tables import Grading, Regrade
from grader.errors import Conflict
from grader.services.regrades import comparisons
from tests.services.regrading import Desk


@pytest.fixture
def desk(database):
    return Desk(database)


def test_two_made_live_one_after_another_the_second_is_looked_at_again(desk):
    [number] = desk.hand_in("ada")
    third = desk.publish(b"# third\n")
    one, two = desk.start(), desk.start(suite=third)
    desk.grade_all(one, right=False)
    desk.grade_all(two)
    seen = desk.basis()
    desk.make_live(one, seen)
    assert desk.scores() == {number: 10.0}
    with pytest.raises(Conflict, match="went live meanwhile") as told:
        desk.make_live(two, seen)
    assert "Look at the changes again" in told.value.cure
    assert desk.scores() == {number: 10.0}
    assert _comparison(desk, two).numbers[Way.UP] == 1
    desk.make_live(two)
    assert desk.scores() == {number: 30.0}
    with pytest.raises(Conflict, match="is already live"):
        desk.make_live(one)


def _comparison(desk, regrade):
    with desk.database.reading() as session:
        return comparisons.comparison(session, session.get(Regrade, regrade))


def _at_once(*steps):
    """Take these steps in threads of their own; returns what was refused."""
    told, start = [], threading.Barrier(len(steps))

    def work(step):
        start.wait()
        try:
            step()
        except Conflict as error:
            told.append(str(error))

    threads = [threading.Thread(target=work, args=(each,)) for each in steps]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return told


def test_two_who_make_regrades_live_at_once_one_is_told(desk):
    [number] = desk.hand_in("ada")
    one, two = desk.start(), desk.start(suite=desk.publish(b"# third\n"))
    for each in (one, two):
        desk.grade_all(each, right=False)
    seen = desk.basis()
    [told] = _at_once(lambda: desk.make_live(one, seen), lambda: desk.make_live(two, seen))
    assert "went live meanwhile" in told
    assert desk.scores() == {number: 10.0}


def test_two_who_start_the_same_regrade_at_once_start_one(desk):
    desk.hand_in("ada")
    [told] = _at_once(desk.start, desk.start)
    assert "is still running" in told
    with desk.database.reading() as session:
        assert session.query(Grading).filter(Grading.regrade_id.is_not(None)).count() == 1
