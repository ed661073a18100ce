from grader.database.store import courses, files, people, submissions
from grader.database.store import gradings as store
from grader.database.tables import Queue, Role
from grader.services.grading import gradings
from tests.classroom import MINUTE, NOW, open_classroom, report, submit


def test_what_waits_is_counted_with_the_oldest(database):
    with database.transaction() as session:
        room = open_classroom(session)
        numbers = [
            submit(session, room, room.ada, at=NOW + minute * MINUTE).grading.id for minute in range(3)
        ]
        claim = gradings.claim(session, numbers[0], "w", now=NOW)
        gradings.record(session, numbers[0], claim.attempt, report(claim), now=NOW)
    with database.reading() as session:
        assert store.waiting(session) == [(Queue.INTERACTIVE, "cpu", 2, NOW + MINUTE)]


def test_worker_is_known_as_it_last_spoke(database):
    said = {"name": "w", "seen_at": NOW, "queues": ["interactive.cpu"], "device": "cpu", "facts": {"jobs": 2}}
    with database.transaction() as session:
        store.note_worker(session, said)
        store.note_worker(session, said | {"seen_at": NOW + MINUTE, "facts": {"jobs": 3}})
    with database.reading() as session:
        [worker] = store.workers(session, NOW)
        assert (worker.seen_at, worker.facts) == (NOW + MINUTE, {"jobs": 3})
        assert store.workers(session, NOW + 2 * MINUTE) == []


def test_submission_is_listed_with_its_files_and_gradings(database):
    with database.transaction() as session:
        room = open_classroom(session)
        handed = submit(session, room, room.ada, {"mlp.py": b"123", "more.py": b""})
    with database.reading() as session:
        assert files.names_of_submission(session, handed.submission.id) == {"mlp.py": 3, "more.py": 0}
        assert submissions.live_grading(session, handed.submission.id).id == handed.grading.id


def test_equal_contents_are_kept_once(database):
    with database.transaction() as session:
        assert files.keep(session, {files.digest(b"abc"): b"abc"}) == 3
        assert files.keep(session, {files.digest(b"abc"): b"abc"}) == 0


def test_roster_and_courses_are_by_name(database):
    with database.transaction() as session:
        room = open_classroom(session)
    with database.reading() as session:
        roster = people.roster(session, room.course.id)
        assert [(each.user.name, each.role) for each in roster] == [
            ("Ada", Role.STUDENT),
            ("Bob", Role.STUDENT),
            ("Eve", Role.STUDENT),
            ("Instructor", Role.INSTRUCTOR),
            ("Ta", Role.TA),
        ]
        assert [each.slug for each in courses.courses(session)] == ["nets"]
        assert courses.assignment_by_slug(session, room.course.id, "nets").id == room.assignment.id
        assert courses.teams(session, room.assignment.id) == []
        assert people.invitations(session, room.course.id) == []
