"""What people decide on hand-ins: points, totals, comments, rubric, excuses, extensions, requests."""

import io
import json
import threading
import zipfile
from datetime import timedelta

import pytest

from grader.arithmetic.deadlines import Counts, Dates
from grader.database.store import audit, judgement
from grader.database.store import submissions as store
from grader.database.tables import (
    AssignmentRow,
    Course,
    Extension,
    Forgetting,
    Grading,
    RegradeRequest,
    RequestState,
    RubricItem,
    SubmissionRow,
    User,
)
from grader.errors import Conflict, NotFound, UsageError
from grader.model import BonusCap
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, results
from grader.services.judgement import allowances, judged, marking, remarks, requests
from grader.services.people import forgetting
from grader.services.reports import class_figures, exports, takeout, todo
from tests.classroom import NOW, TOML, open_classroom, report, submit, suite
from tests.databases import contents as everything

DAY = timedelta(days=1)
MANUAL = b"""
[[manual]]
name = "theory"
points = 10
files = ["*.pdf"]
[[manual]]
name = "style"
points = 5
bonus = true
"""
CAPPED = b'bonus_cap = "total"\n' + TOML + MANUAL


def _room(database, toml=TOML + MANUAL, **rules):
    with database.transaction() as session:
        room = open_classroom(session, Rules(**rules))
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.publish_suite(Act(session, None, NOW), assignment, suite(toml))
    return room


@pytest.fixture
def room(database):
    """Ada's hand-in has all points of the tests: 30 of 30; theory is worth 10 more."""
    room = _room(database)
    room.first = _graded(database, room, room.ada)
    return room


def _graded(database, room, user, at=NOW, right=True, **more):
    with database.transaction() as session:
        made = submit(session, room, user, at=at, **more)
    with database.transaction() as session:
        claim = gradings.claim(session, made.grading.id, "w", now=at)
        gradings.record(session, made.grading.id, claim.attempt, report(claim, right), now=at)
    return made.submission.id


def _judge(database, room, part="theory", points=8, picked=(), why="a sign", number=None):
    with database.transaction() as session:
        found = session.get(SubmissionRow, number or room.first)
        asked = judged.live(session, found.assignment)
        act = Act(session, session.get(User, room.ta.id), NOW)
        marking.judge(act, found, marking.part_of(asked, part), points, picked, why)


def _counting(database, room, user=None, at=NOW):
    with database.reading() as session:
        found = session.get(AssignmentRow, room.assignment.id)
        return results.history(session, user or room.ada, found, now=at).counting


def _last(session, about):
    return audit.about(session, about)[-1]


def test_result_knows_what_it_waits_for_and_what_can_be_had(database, room):
    found = _counting(database, room)
    assert (found.score, found.max_score) == (30.0, 40.0)
    assert [each.name for each in found.waits] == ["theory", "style"]


def test_points_of_a_person_are_in_the_total_with_who_and_why(database, room):
    _judge(database, room)
    found = _counting(database, room)
    assert (found.score, [each.name for each in found.waits]) == (38.0, ["style"])
    with database.reading() as session:
        run = store.live_grading(session, room.first)
        [theory, _] = results.view(Visit(session, session.get(User, room.ada.id), NOW), run).manual
        assert (theory.score, theory.why, theory.by, theory.at) == (8.0, "a sign", "Ta", NOW)


def test_bonus_counts_up_to_the_sheets_total_where_that_is_the_rule(database):
    room = _room(database, CAPPED)
    room.first = _graded(database, room, room.ada)
    for part, points in (("theory", 8), ("style", 5)):
        _judge(database, room, part, points)
    assert _counting(database, room).score == 40.0


def test_being_late_costs_of_manual_points_too_but_nothing_of_an_override(database):
    late = Dates(due_at=NOW - DAY, late_until=NOW + DAY, late_percent_per_day=50)
    room = _room(database, dates=late)
    room.first = _graded(database, room, room.ada)
    _judge(database, room)
    found = _counting(database, room)
    assert (found.raw, found.score) == (38.0, 19.0)
    with database.transaction() as session:
        marking.override(Act(session, room.ta, NOW), session.get(SubmissionRow, room.first), 25, "ill")
    found = _counting(database, room)
    assert (found.score, found.waits) == (25.0, ())


def test_best_submission_is_the_best_with_manual_points(database):
    room = _room(database, counts=Counts.BEST)
    room.first = _graded(database, room, room.ada, NOW - DAY, right=False)
    second = _graded(database, room, room.ada, NOW)
    assert _counting(database, room).submission.id == second
    with database.transaction() as session:
        session.get(SubmissionRow, second)
    _judge(database, room, points=10)
    _judge(database, room, "style", points=5)
    assert _counting(database, room).submission.id == second
    with database.transaction() as session:
        session.get(Grading, store.live_grading(session, second).id).score = 24.0
    assert _counting(database, room).submission.id == room.first


def test_manual_part_that_was_added_later_holds_for_what_is_graded(database):
    room = _room(database, TOML)
    room.first = _graded(database, room, room.ada)
    assert _counting(database, room).max_score == 30.0
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.publish_suite(Act(session, None, NOW), assignment, suite(TOML + MANUAL))
        assert judged.live(session, assignment).bonus_cap is BonusCap.NONE
    _judge(database, room)
    assert (_counting(database, room).score, _counting(database, room).max_score) == (38.0, 40.0)


def test_points_outside_of_the_part_are_refused(database, room):
    for points in (-1, 10.5, float("nan")):
        with pytest.raises(UsageError, match="from 0 to 10"):
            _judge(database, room, points=points)
    with pytest.raises(NotFound):
        _judge(database, room, "practice")
    with pytest.raises(UsageError, match="points are missing"):
        _judge(database, room, points=None)


def test_points_are_taken_back_and_the_part_waits_again(database, room):
    _judge(database, room)
    with database.transaction() as session:
        found = session.get(SubmissionRow, room.first)
        marking.take_back_points(Act(session, None, NOW), found, "theory")
        entry = _last(session, f"submission:{room.first}")
        assert (entry.action, entry.before["points"], entry.after) == (
            "submission.points_taken_back",
            8,
            None,
        )
    assert "theory" in [each.name for each in _counting(database, room).waits]


def _item(database, room, points, text="a sign", part="theory"):
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        return remarks.add_item(Act(session, None, NOW), assignment, part, text, points).id


@pytest.mark.parametrize(
    ("items", "points"), [((-2, -1), 7), ((4, 3), 7), ((4, -1), 3), ((-20,), 0), ((20,), 10)]
)
def test_rubric_items_fill_the_points_in(database, room, items, points):
    numbers = [_item(database, room, each) for each in items]
    _judge(database, room, points=None, picked=numbers, why="")
    assert _counting(database, room).score == 30 + points
    with database.reading() as session:
        assert [each.item_id for each in judgement.picks(session, room.first)] == numbers


def test_student_reads_which_items_hold(database, room):
    numbers = [_item(database, room, points, text) for points, text in ((-2, "A sign."), (0.5, "Neat."))]
    _judge(database, room, picked=numbers, why="Check again.")
    with database.reading() as session:
        run = store.live_grading(session, room.first)
        [theory, _] = results.view(Visit(session, session.get(User, room.ada.id), NOW), run).manual
        assert theory.why == "−2 A sign.\n+0.5 Neat.\nCheck again."


def test_points_written_by_hand_win_over_the_items(database, room):
    _judge(database, room, points=9, picked=[_item(database, room, -2)])
    assert _counting(database, room).score == 39.0


def test_judging_again_replaces_the_items_of_that_part_only(database, room):
    sign, page, style = (
        _item(database, room, -2),
        _item(database, room, -1),
        _item(database, room, 1, part="style"),
    )
    _judge(database, room, points=None, picked=[sign, page])
    _judge(database, room, "style", points=None, picked=[style])
    _judge(database, room, points=None, picked=[page])
    with database.reading() as session:
        assert {each.item_id for each in judgement.picks(session, room.first)} == {page, style}
    with pytest.raises(NotFound):
        _judge(database, room, points=None, picked=[style])


def test_retired_item_stays_where_it_was_picked_and_another_is_gone(database, room):
    used, unused = _item(database, room, -2), _item(database, room, -1)
    _judge(database, room, points=None, picked=[used])
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        for number in (used, unused):
            remarks.retire_item(Act(session, None, NOW), assignment, session.get(RubricItem, number))
        assert [(each.id, each.retired) for each in judgement.rubric(session, assignment.id)] == [
            (used, True)
        ]
        assert _last(session, f"assignment:{assignment.id}").before["points"] == -1


def test_comment_stands_at_a_line_of_a_file_that_was_handed_in(database, room):
    with database.transaction() as session:
        found = session.get(SubmissionRow, room.first)
        act = Act(session, session.get(User, room.ta.id), NOW)
        row = remarks.comment(act, found, "mlp.py", 1, " Why so? ")
        assert [(each.line, each.text) for each in judgement.comments(session, found.id)] == [(1, "Why so?")]
        for file, line, text in (("other.py", 1, "x"), ("mlp.py", 0, "x"), ("mlp.py", 1, "  ")):
            with pytest.raises((NotFound, UsageError)):
                remarks.comment(act, found, file, line, text)
        remarks.remove_comment(act, found, row)
        assert not judgement.comments(session, found.id)
        entry = _last(session, f"submission:{found.id}")
        assert (entry.action, entry.before["text"]) == ("submission.comment_removed", "Why so?")


def test_excused_student_is_so_in_gradebook_and_export_and_again_not(database, room):
    with database.transaction() as session:
        assignment, ada = session.get(AssignmentRow, room.assignment.id), session.get(User, room.ada.id)
        allowances.excuse(Act(session, None, NOW), assignment, ada, "ill")
    with database.reading() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        assert [row.excused for row in results.gradebook(session, assignment)] == [True, False, False]
        [ada, *_] = exports.sheet(session, assignment).grades
        assert (ada.score, ada.max_score, ada.excused, ada.waits) == (None, 40.0, True, ("theory", "style"))
        assert results.history(session, room.ada, assignment, now=NOW).excused
        assert _last(session, f"assignment:{assignment.id}").after == {"user": room.ada.id, "why": "ill"}
    with database.transaction() as session:
        assignment, ada = session.get(AssignmentRow, room.assignment.id), session.get(User, room.ada.id)
        allowances.withdraw_excuse(Act(session, None, NOW), assignment, ada)
        assert exports.sheet(session, assignment).grades[0].score == 30.0


@pytest.mark.parametrize("who", ["ta", "stranger"])
def test_only_students_of_the_course_are_excused(database, room, who):
    with database.transaction() as session:
        user = session.get(User, getattr(room, who).id)
        assignment = session.get(AssignmentRow, room.assignment.id)
        with pytest.raises(Conflict):
            allowances.excuse(Act(session, None, NOW), assignment, user, "x")


def _extend(session, room, due=None, late=None, why="ill"):
    assignment, ada = session.get(AssignmentRow, room.assignment.id), session.get(User, room.ada.id)
    return allowances.extend(Act(session, None, NOW), assignment, ada, due, late, why)


def test_extension_gives_time_and_is_taken_back(database):
    room = _room(database, dates=Dates(due_at=NOW - DAY, late_until=NOW, late_percent_per_day=50))
    room.first = _graded(database, room, room.ada)
    assert _counting(database, room).score == 15.0
    with database.transaction() as session:
        number = _extend(session, room, due=NOW).id
    assert _counting(database, room).score == 30.0
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        [(row, name, _)] = judgement.extensions(session, assignment.id)
        assert (row.id, name) == (number, "Ada")
        allowances.take_back(Act(session, None, NOW), assignment, session.get(Extension, number))
        entry = _last(session, f"assignment:{assignment.id}")
        assert (entry.action, entry.before["user"], entry.before["why"]) == (
            "extension.taken_back",
            room.ada.id,
            "ill",
        )
    assert _counting(database, room).score == 15.0


@pytest.mark.parametrize(
    ("due", "late", "why", "said"),
    [
        (None, None, "x", "due date is missing"),
        (NOW - DAY, None, "x", "not after"),
        (None, NOW + DAY, "x", "not after"),
        (NOW + 3 * DAY, NOW + 2 * DAY, "x", "before the due date"),
        (NOW + DAY, None, " ", "text is missing"),
    ],
)
def test_extension_that_extends_nothing_is_refused(database, due, late, why, said):
    room = _room(database, dates=Dates(due_at=NOW, late_until=NOW + DAY))
    with database.transaction() as session, pytest.raises(UsageError, match=said):
        _extend(session, room, due, late, why)


def test_who_needs_no_more_time_gets_none(database, room):
    with database.transaction() as session, pytest.raises(UsageError, match="never closes"):
        _extend(session, room, due=NOW + DAY)


def _ask(database, room, user=None, text="My sign is right."):
    with database.transaction() as session:
        user = session.get(User, (user or room.ada).id)
        return requests.ask(Visit(session, user, NOW), session.get(SubmissionRow, room.first), text).id


def _answer(database, room, number, accepted=True):
    with database.transaction() as session:
        row, actor = session.get(RegradeRequest, number), session.get(User, room.ta.id)
        requests.answer(Act(session, actor, NOW), row, "Yes.", accepted=accepted)


def test_request_is_asked_answered_and_logged(database, room):
    number = _ask(database, room)
    with database.reading() as session:
        assert judgement.open_requests(session, room.course.id) == {room.assignment.id: 1}
    _answer(database, room, number)
    with database.reading() as session:
        [row] = judgement.requests(session, room.assignment.id)
        assert (row.state, row.answer, row.answered_by.name) == (RequestState.ACCEPTED, "Yes.", "Ta")
        assert judgement.open_requests(session, room.course.id) == {}
        asked, answered = audit.about(session, f"submission:{room.first}")[-2:]
        assert (asked.actor_id, asked.after["text"]) == (room.ada.id, "My sign is right.")
        assert (answered.before["state"], answered.after["answer"]) == ("open", "Yes.")


def test_one_request_is_open_at_a_time_and_then_the_next(database, room):
    number = _ask(database, room)
    with pytest.raises(Conflict, match="still open"):
        _ask(database, room)
    _answer(database, room, number, accepted=False)
    _ask(database, room)


def test_second_answer_is_told_of_the_first(database, room):
    number = _ask(database, room)
    _answer(database, room, number)
    with pytest.raises(Conflict, match="Ta has already answered"):
        _answer(database, room, number, accepted=False)


def test_nobody_asks_for_others_nor_before_there_is_a_result(database, room):
    with pytest.raises(NotFound):
        _ask(database, room, room.eve)
    with pytest.raises(Conflict, match="staff"):
        _ask(database, room, room.ta)
    with database.transaction() as session:
        room.first = submit(session, room, room.bob).submission.id
    with pytest.raises(Conflict, match="no result"):
        _ask(database, room, room.bob)


def test_course_says_what_needs_a_person(database, room):
    _ask(database, room)
    with database.transaction() as session:
        made = submit(session, room, room.bob)
        session.get(Grading, made.grading.id).allowed = 1
    with database.transaction() as session:
        claim = gradings.claim(session, made.grading.id, "w", now=NOW)
        gradings.give_up(session, made.grading.id, claim.attempt, "lost", now=NOW)
    with database.reading() as session:
        course = session.get(Course, room.course.id)
        assert todo.of_course(session, course) == {room.assignment.id: todo.Needs(1, 1, 1)}
    _judge(database, room)
    _judge(database, room, "style", 0)
    with database.reading() as session:
        assert todo.of_course(session, session.get(Course, room.course.id))[room.assignment.id].waits == 0


def _say_everything(database, room):
    _judge(database, room, points=None, picked=[_item(database, room, -2)], why="secret reason")
    _ask(database, room, text="secret question")
    with database.transaction() as session:
        found, ada = session.get(SubmissionRow, room.first), session.get(User, room.ada.id)
        remarks.comment(Act(session, None, NOW), found, "mlp.py", 1, "secret comment")
        allowances.excuse(Act(session, None, NOW), found.assignment, ada, "secret excuse")
        marking.override(Act(session, None, NOW), found, 3, "secret override")
    with database.reading() as session:
        return [each.id for each in judgement.requests(session, room.assignment.id)]


@pytest.mark.parametrize("rule", Forgetting)
def test_nothing_that_was_said_of_somebody_stays_when_they_are_forgotten(database, room, rule):
    _say_everything(database, room)
    assert "secret" in str(everything(database))
    with database.transaction() as session:
        session.get(Course, room.course.id).forgetting = rule
    with database.transaction() as session:
        forgetting.forget(Act(session, None, NOW), session.get(User, room.ada.id))
    assert "secret" not in str(everything(database))


def test_zip_of_ones_own_data_has_what_people_said(database, room):
    _say_everything(database, room)
    stream = io.BytesIO()
    with database.reading() as session:
        takeout.write(session, session.get(User, room.ada.id), stream, now=NOW)
    archive = zipfile.ZipFile(stream)
    told = json.loads(archive.read("nets/nets/1/result.json"))
    assert told["comments"][0]["text"] == "secret comment"
    assert told["requests"][0]["text"] == "secret question"
    assert told["result"]["manual"][0]["why"] == "−2 a sign\nsecret reason"
    assert json.loads(archive.read("account.json"))["excused"][0]["why"] == "secret excuse"


def _at_once(*steps):
    """Take these steps in a thread each, all at a time; returns what came of each."""
    came, start = [], threading.Barrier(len(steps))

    def run(step):
        start.wait(180)
        try:
            step()
            came.append("done")
        except Conflict:
            came.append("refused")

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for each in threads:
        each.start()
    for each in threads:
        each.join(180)
    return sorted(came)


def test_two_who_judge_at_once_leave_one_of_both_and_both_in_the_log(database, room):
    steps = [lambda each=each: _judge(database, room, points=each) for each in (3, 4)]
    assert _at_once(*steps) == ["done", "done"]
    with database.reading() as session:
        [row] = store.manual_scores(session, room.first)
        first, second = audit.about(session, f"submission:{room.first}")[-2:]
        assert (first.before, second.before, second.after["points"]) == (None, first.after, row.points)


def test_of_two_who_ask_at_once_one_is_told_of_the_other(database, room):
    assert _at_once(*[lambda: _ask(database, room)] * 2) == ["done", "refused"]


def test_of_two_who_answer_at_once_one_is_told_of_the_other(database, room):
    number = _ask(database, room)
    assert _at_once(*[lambda: _answer(database, room, number)] * 2) == ["done", "refused"]


def test_of_two_who_excuse_at_once_both_have(database, room):
    def excuse():
        with database.transaction() as session:
            assignment, ada = session.get(AssignmentRow, room.assignment.id), session.get(User, room.ada.id)
            allowances.excuse(Act(session, None, NOW), assignment, ada, "ill")

    assert _at_once(excuse, excuse) == ["done", "done"]


def test_excused_student_without_a_hand_in_is_none_who_handed_in_nothing(database, room):
    with database.transaction() as session:
        assignment, eve = session.get(AssignmentRow, room.assignment.id), session.get(User, room.eve.id)
        assert class_figures.of_class(session, assignment).without == 2
        allowances.excuse(Act(session, None, NOW), assignment, eve, "ill")
        assert class_figures.of_class(session, assignment).without == 1
