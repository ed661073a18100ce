import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from grader.database.store import audit, files, people
from grader.database.store import submissions as store
from grader.database.tables import AssignmentRow, Base, Blob, Course, Forgetting, Grading, SubmissionRow, User
from grader.errors import Conflict, UsageError
from grader.model import Fact, Status
from grader.services.act import Act, Visit
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings, replays, results
from grader.services.judgement import marking
from grader.services.people import accounts, forgetting
from grader.services.regrades import choosing
from grader.services.regrades.choosing import SubmissionChoice
from grader.services.reports import takeout
from tests.classroom import NOW, TOML, open_classroom, report, submit, suite

LATER = NOW + timedelta(days=40)
SECRET = "my very own words"


@pytest.fixture
def room(database):
    """Ada has handed in alone, Bob what Ada has too; Ada and Eve have teams in nothing."""
    with database.transaction() as session:
        room = open_classroom(session, Rules(team_size=2))
        session.get(User, room.ada.id).matriculation = "0012"
    room.first = _graded(database, room, room.ada, files={"mlp.py": SECRET.encode(), "same.py": b"same"})
    room.other = _graded(database, room, room.bob, files={"mlp.py": b"bob", "same.py": b"same"})
    return room


def _graded(database, room, user, **more):
    said = SECRET if user is room.ada else "other words"
    with database.transaction() as session:
        made = submit(session, room, user, **more)
    with database.transaction() as session:
        claim = gradings.claim(session, made.grading.id, "w", now=NOW)
        told = report(claim)
        fact = Fact("raised", {"type": "ValueError", "text": said, "line": 3})
        case = told.cases[0].__class__(**{**vars(told.cases[0]), "output": said, "fact": fact})
        gradings.record(
            session, made.grading.id, claim.attempt, report(claim, cases=(case, *told.cases[1:])), now=NOW
        )
    return made.submission.id


def _rule(database, room, rule, days=None):
    with database.transaction() as session:
        course = session.get(Course, room.course.id)
        forgetting.set_rules(Act(session, None, NOW), course, retention_days=days, forgetting=rule)


def _forget(database, room, user):
    with database.transaction() as session:
        return forgetting.forget(Act(session, None, NOW), session.get(User, user.id))


def _everything(database):
    """Return all that stands in any table, as text."""
    with database.reading() as session:
        connection = session.connection()
        rows = [row for table in Base.metadata.sorted_tables for row in connection.execute(select(table))]
    return repr(rows)


def test_nothing_anywhere_tells_of_who_was_forgotten(database, room):
    with database.transaction() as session:
        ada = session.get(User, room.ada.id)
        accounts.create_token(session, ada, "Ada's laptop", now=NOW)
        accounts.invite(Act(session, None, NOW), session.get(Course, room.course.id), ada.email, "student")
        courses.extend(
            Act(session, None, NOW), session.get(AssignmentRow, room.assignment.id), ada, why="poorly"
        )
        marking.override(Act(session, None, NOW), session.get(SubmissionRow, room.first), 5, "poorly")
    [part] = _forget(database, room, room.ada)
    assert (part.removed, part.stripped, part.shared) == ((room.first,), (), ())
    left = _everything(database)
    for word in ("ada@example.org", "'Ada'", "0012", "laptop", SECRET, "poorly"):
        assert word not in left
    with database.reading() as session:
        assert store.submission(session, room.first) is None
        assert store.submission(session, room.other) is not None
        assert session.scalar(select(Blob.digest).where(Blob.digest == files.digest(SECRET.encode()))) is None
        assert files.of_submission(session, room.other)["same.py"] == b"same"
        assert people.user_by_email(session, "ada@example.org") is None
        [last, *_] = reversed(audit.about(session, f"user:{room.ada.id}"))
        assert (last.action, last.after["removed"]) == ("user.forgotten", 1)


def test_scores_stay_without_texts_where_the_course_says_so(database, room):
    _rule(database, room, Forgetting.TEXTS)
    [part] = _forget(database, room, room.ada)
    assert part.stripped == (room.first,)
    with database.reading() as session:
        run = store.live_grading(session, room.first)
        assert (run.score, files.of_submission(session, room.first)) == (30.0, {})
        [case, _] = store.case_results(session, run.id)
        assert (case.output, case.values["text"], case.values["line"]) == ("", "", 3)
        told = results.report(session, run)
        assert told.status is Status.GRADED
        seen = results.view(Visit(session, session.get(User, room.ta.id), NOW), run)
        assert seen.score == 30.0


def test_what_a_team_handed_in_stays_for_the_others(database, room):
    with database.transaction() as session:
        members = [session.get(User, each.id) for each in (room.ada, room.eve)]
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.form_team(Act(session, None, NOW), assignment, "pair", members)
    ours = _graded(database, room, room.ada)
    [part] = _forget(database, room, room.ada)
    assert (part.removed, part.shared) == ((room.first,), (ours,))
    with database.reading() as session:
        eve, assignment = session.get(User, room.eve.id), session.get(AssignmentRow, room.assignment.id)
        history = results.history(session, eve, assignment, now=NOW)
        assert [each.submission.id for each in history.results] == [ours]
        assert history.results[0].submission.user.name == f"forgotten-{room.ada.id}"
    assert [each.removed for each in _forget(database, room, room.eve)] == [()]


def test_storage_is_given_back_for_what_nobody_else_has(database, room):
    with database.reading() as session:
        before = session.get(Course, room.course.id).storage_used_bytes
    _forget(database, room, room.ada)
    with database.reading() as session:
        assert before - session.get(Course, room.course.id).storage_used_bytes == len(SECRET)


@pytest.mark.parametrize("who", ["ta", "instructor", "admin"])
def test_staff_is_not_forgotten(database, room, who):
    with pytest.raises(Conflict, match="staff"):
        _forget(database, room, getattr(room, who))


def test_points_and_totals_of_people_go_with_the_submission(database, room):
    with database.transaction() as session:
        handed = session.get(SubmissionRow, room.first)
        marking.override(Act(session, None, NOW), handed, 5, "oral")
        marking.give_points(Act(session, None, NOW), handed, "report", 1, 2, "")
    _forget(database, room, room.ada)
    with database.reading() as session:
        for table in ("overrides", "manual_scores"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        assert session.scalars(select(Grading.submission_id)).all() == [room.other]


def test_what_is_too_old_loses_files_and_texts_once(database, room):
    _rule(database, room, Forgetting.EVERYTHING, days=30)
    with database.transaction() as session:
        assert forgetting.expire(Act(session, None, NOW + timedelta(days=29))) == 0
        assert forgetting.expire(Act(session, None, LATER)) == 2
        assert forgetting.expire(Act(session, None, LATER)) == 0
        assert store.live_grading(session, room.first).score == 30.0
        assert session.get(Course, room.course.id).storage_used_bytes > 0  # of the tests


def test_what_waits_for_a_result_keeps_its_files_until_it_has_it(database, room):
    _rule(database, room, Forgetting.TEXTS, days=30)
    with database.transaction() as session:
        waiting = submit(session, room, room.eve).submission.id
    with database.transaction() as session:
        assert waiting not in forgetting.expired(session, now=LATER)[room.course.id]
    _forget(database, room, room.eve)
    with database.reading() as session:  # nobody is to be graded without files
        assert session.scalars(select(Grading).where(Grading.submission_id == waiting)).all() == []


def test_nobody_is_forgotten_while_a_worker_grades_what_is_theirs(database, room):
    with database.transaction() as session:
        number = submit(session, room, room.ada).grading.id
    with database.transaction() as session:
        claim = gradings.claim(session, number, "w", now=NOW)
    with pytest.raises(Conflict, match="being graded"):
        _forget(database, room, room.ada)
    with database.transaction() as session:
        assert gradings.record(session, number, claim.attempt, report(claim), now=NOW)
    [part] = _forget(database, room, room.ada)
    assert len(part.removed) == 2


def test_submission_without_files_is_never_graded_again(database, room):
    _rule(database, room, Forgetting.TEXTS)
    _forget(database, room, room.ada)
    with database.reading() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        chosen = choosing.chosen(session, assignment, SubmissionChoice())
        with pytest.raises(Conflict, match="files were deleted"):
            replays.replay(session, store.live_grading(session, room.first).id)
    assert [each.id for each in chosen] == [room.other]


def test_courses_keep_hand_ins_for_a_day_or_more(database, room):
    with pytest.raises(UsageError):
        _rule(database, room, Forgetting.TEXTS, days=0)


def _zip(database, room, user):
    stream = io.BytesIO()
    with database.reading() as session:
        number = takeout.write(session, session.get(User, user.id), stream, now=NOW)
    archive = zipfile.ZipFile(stream)
    return number, {name: archive.read(name) for name in archive.namelist()}


def test_zip_has_the_account_the_files_and_the_results_of_one_person(database, room):
    number, contents = _zip(database, room, room.ada)
    assert number == 1
    assert set(contents) == {
        "account.json",
        "nets/nets/1/files/mlp.py",
        "nets/nets/1/files/same.py",
        "nets/nets/1/result.json",
    }
    account = json.loads(contents["account.json"])
    assert (account["email"], account["courses"][0]["role"]) == ("ada@example.org", "student")
    assert account["log"][0]["action"] == "user.created"
    assert json.loads(contents["nets/nets/1/result.json"])["score"] == 30.0
    assert not any(b"bob" in each for each in contents.values())


def test_zip_holds_back_what_the_student_may_not_see(database, room):
    hidden = (
        TOML
        + b'[visibility]\ntotal = "after_publish"\nmessage = "never"\nverdict = "never"\noutput = "never"\n'
    )
    with database.transaction() as session:
        assignment = session.get(AssignmentRow, room.assignment.id)
        courses.publish_suite(Act(session, None, NOW), assignment, suite(hidden))
    _graded(database, room, room.ada)
    _, contents = _zip(database, room, room.ada)
    told = json.loads(contents["nets/nets/2/result.json"])
    assert told["score"] is None
    assert SECRET not in json.dumps(told)
