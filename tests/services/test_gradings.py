import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from grader.database.store import audit
from grader.database.tables import AssignmentRow, Grading, SubmissionRow, SuiteRow
from grader.errors import Conflict, TooManyAttempts
from grader.model import CaseResult, Fact, Status, Verdict
from grader.services.act import Act
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, results
from grader.services.grading.gradings import Address, GivenUp, Pace
from grader.services.regrades import regrades
from tests.classroom import MINUTE, NOW, SECRET, open_classroom, report, submit

CASE = CaseResult("f/1", "y_hat", "MLP.forward", Verdict.PASSED, Fact("ok"))
LEASE = Pace().lease
LATER = NOW + LEASE + timedelta(seconds=1)


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session)


@pytest.fixture
def number(database, room):
    with database.transaction() as session:
        return submit(session, room, room.ada).grading.id


def _claim(database, number, worker="w", at=NOW):
    with database.transaction() as session:
        return gradings.claim(session, number, worker, now=at)


def _row(database, number):
    with database.reading() as session:
        return session.get(Grading, number)


def _sweep(database, at, **more):
    with database.transaction() as session:
        return gradings.sweep(session, now=at, **more)


def test_second_message_claims_nothing(database, number):
    assert _claim(database, number).attempt == 1
    assert _claim(database, number, "other") is None
    assert _claim(database, number + 1) is None


def test_report_is_kept_exactly_and_once(database, number):
    claim = _claim(database, number)
    facts = report(claim, right=False)
    with database.transaction() as session:
        assert gradings.record(session, number, claim.attempt, facts, now=NOW)
    with database.transaction() as session:
        assert not gradings.record(session, number, claim.attempt, report(claim), now=NOW)
    row = _row(database, number)
    assert (row.status, row.score, row.max_score, row.lease_until) == (Status.GRADED, 10.0, 30.0, None)
    with database.reading() as session:
        assert results.report(session, session.get(Grading, number)) == facts
    assert _claim(database, number) is None


def test_late_answer_of_a_lost_worker_is_refused(database, number):
    lost = _claim(database, number)
    assert _claim(database, number, "other", NOW + LEASE / 2) is None
    second = _claim(database, number, "other", LATER)
    assert second.attempt == 2
    with database.transaction() as session:
        assert not gradings.heartbeat(session, number, lost.attempt, now=LATER)
        assert not gradings.note_case(session, number, lost.attempt, CASE)
        assert not gradings.record(session, number, lost.attempt, report(lost, right=False), now=LATER)
        assert gradings.give_up(session, number, lost.attempt, "?", now=LATER) is GivenUp.NOT_YOURS
        assert not gradings.hand_back(session, number, lost.attempt, now=LATER)
    with database.transaction() as session:
        assert gradings.record(session, number, second.attempt, report(second), now=LATER)
    assert _row(database, number).score == 30.0


def test_heartbeat_keeps_the_lease(database, number):
    claim = _claim(database, number)
    with database.transaction() as session:
        assert gradings.heartbeat(session, number, claim.attempt, now=NOW + LEASE / 2)
    assert _sweep(database, LATER) == ()
    assert _claim(database, number, "other", LATER) is None


def test_cases_show_while_it_runs_and_vanish_with_the_attempt(database, number):
    claim = _claim(database, number)
    for name in ("f/1", "f/2"):
        with database.transaction() as session:
            assert gradings.note_case(session, number, claim.attempt, replace(CASE, id=name))
    with database.reading() as session:
        facts = results.report(session, session.get(Grading, number))
    assert ([each.id for each in facts.cases], facts.status) == (["f/1", "f/2"], Status.RUNNING)
    _claim(database, number, "other", LATER)
    with database.reading() as session:
        assert results.report(session, session.get(Grading, number)).cases == ()


def test_silent_worker_loses_its_grading_to_the_sweep(database, number):
    _claim(database, number)
    assert _sweep(database, NOW + LEASE / 2) == ()
    assert _sweep(database, LATER) == (Address(number, "interactive.cpu"),)
    assert _row(database, number).status is Status.QUEUED
    assert _claim(database, number, "other", LATER).attempt == 2


def test_poison_ends_after_three_attempts_as_our_fault(database, number):
    at = NOW
    for attempt in (1, 2, 3):
        assert _claim(database, number, f"w{attempt}", at).attempt == attempt
        at += LEASE + timedelta(seconds=1)
        sent = _sweep(database, at)
        assert bool(sent) is (attempt < 3)
    row = _row(database, number)
    assert (row.status, row.score) == (Status.INTERNAL_ERROR, None)
    assert "w3 fell silent" in row.why
    assert _claim(database, number, "w4", at) is None
    with database.reading() as session:
        assert session.get(SubmissionRow, row.submission_id).counted is False
        assert [each.action for each in audit.about(session, f"grading:{number}")] == ["grading.given_up"]


def test_report_of_our_fault_is_tried_again_and_never_scored(database, number):
    for attempt in (1, 2, 3):
        claim = _claim(database, number)
        failed = report(claim, status=Status.INTERNAL_ERROR, why="the suite would not load")
        with database.transaction() as session:
            assert gradings.record(session, number, attempt, failed, now=NOW)
    row = _row(database, number)
    assert (row.status, row.score, row.why) == (Status.INTERNAL_ERROR, None, "the suite would not load")


def test_given_up_grading_can_be_tried_anew(database, room, number):
    for attempt in (1, 2, 3):
        _claim(database, number)
        with database.transaction() as session:
            gradings.give_up(session, number, attempt, "no card", now=NOW)
    with database.transaction() as session:
        gradings.retry(Act(session, room.ta, NOW), session.get(Grading, number))
    claim = _claim(database, number)
    assert claim.attempt == 4
    with database.transaction() as session:
        assert gradings.record(session, number, 4, report(claim), now=NOW)
    with pytest.raises(Conflict), database.transaction() as session:
        gradings.retry(Act(session, room.ta, NOW), session.get(Grading, number))


def test_worker_that_shuts_down_costs_no_try(database, number):
    for attempt in range(1, 6):
        assert _claim(database, number).attempt == attempt
        with database.transaction() as session:
            assert gradings.hand_back(session, number, attempt, now=NOW)
    assert _row(database, number).status is Status.QUEUED


def test_forgotten_message_is_sent_again_with_doubling_pauses(database, number):
    sent = [second for second in range(0, 1000, 15) if _sweep(database, NOW + timedelta(seconds=second))]
    assert sent == [60, 60 + 120, 180 + 240, 420 + 480]


def test_failed_sending_is_tried_at_the_next_sweep(database, number):
    with database.transaction() as session:
        gradings.unsent(session, number, now=NOW)
    assert _sweep(database, NOW) == (Address(number, "interactive.cpu"),)


def test_sweep_sends_no_more_than_there_is_room_for(database, room):
    with database.transaction() as session:
        for _ in range(12):
            submit(session, room, room.ada)
        assignment = session.get(AssignmentRow, room.assignment.id)
        row = session.get(SuiteRow, assignment.live_suite_id)
        started = regrades.start(Act(session, room.ta, NOW), assignment, row, secret=SECRET)
        assert started.regrade.chosen == 12
        regrades.pause(Act(session, room.ta, NOW), started.regrade)
        regrades.resume(Act(session, room.ta, NOW), started.regrade)  # all of them wait to be sent
    few = Pace(sweep_limit=5)
    assert len(_sweep(database, NOW, pace=few)) == 5
    assert _sweep(database, NOW, pace=few, room={"regrade.cpu": 0}) == ()
    assert len(_sweep(database, NOW, pace=few, room={"regrade.cpu": 3})) == 3
    assert {each.queue for each in _sweep(database, NOW, pace=few)} == {"regrade.cpu"}
    assert _sweep(database, NOW, pace=few) == ()


def test_one_sweeper_at_a_time(database):
    def may(holder, at):
        with database.transaction() as session:
            return gradings.may_sweep(session, holder, now=at, lasts=MINUTE)

    assert may("a", NOW)
    assert not may("b", NOW)
    assert may("a", NOW)
    assert may("b", NOW + MINUTE)


def test_many_workers_claim_and_nobody_twice(database, room):
    with database.transaction() as session:
        numbers = [submit(session, room, room.ada).grading.id for _ in range(40)]
    claimed, problems = [], []
    start = threading.Barrier(8)

    def work(name):
        start.wait()
        try:
            for number in numbers:
                claim = _claim(database, number, name)
                if claim:
                    claimed.append((number, claim.attempt))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(f"w{each}",)) for each in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert problems == []
    assert sorted(claimed) == [(number, 1) for number in numbers]


def test_many_sweepers_send_each_grading_once(database, room):
    with database.transaction() as session:
        numbers = [submit(session, room, room.ada).grading.id for _ in range(30)]
    sent = []
    start = threading.Barrier(4)

    def work():
        start.wait()
        for _ in range(3):
            sent.extend(_sweep(database, NOW + 2 * MINUTE, pace=Pace(sweep_limit=10)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.grading_id for each in sent) == numbers


def test_simultaneous_hand_ins_do_not_slip_past_the_attempts(database):

    with database.transaction() as session:
        room = open_classroom(session, Rules(attempts_per_hour=3))
    taken, refused = [], []
    start = threading.Barrier(8)

    def work():
        start.wait()
        try:
            with database.transaction() as session:
                taken.append(submit(session, room, room.ada).submission.id)
        except TooManyAttempts as error:
            refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(taken), len(refused)) == (3, 5)
