"""A course's storage limit is changed by people, kept, and written down."""

import pytest

from grader.database.tables import AuditEntry, Course
from grader.errors import StorageFull, UsageError
from grader.services.act import Act
from grader.services.courses import courses, storage
from grader.services.courses.courses import Rules
from tests.classroom import NOW, open_classroom


@pytest.mark.parametrize(
    ("text", "count"), [("10", 10 << 30), (" 2.5 ", 5 << 29), ("2,5", 5 << 29), ("1000000", 1_000_000 << 30)]
)
def test_limit_is_written_in_gib(text, count):
    assert storage.limit_bytes(text) == count
    assert storage.limit_bytes(storage.in_gib(count)) == count


@pytest.mark.parametrize("text", ["", "much", "nan", "inf", "-1", "0", "0.0001", "1e9", "10 GiB"])
def test_what_is_no_limit_is_refused_with_what_to_write(text):
    with pytest.raises(UsageError) as caught:
        storage.limit_bytes(text)
    assert caught.value.where == "storage"
    assert caught.value.cure.startswith("Write ")


def test_limit_is_kept_over_other_changes_and_every_change_is_written_down(database):
    with database.transaction() as session:
        room = open_classroom(session)
        course = session.get(Course, room.course.id)
        for limit in (5 << 30, 3 << 30):
            courses.set_storage_limit(Act(session, room.instructor, NOW), course, limit)
    with database.transaction() as session:
        assignment = session.merge(room.assignment)
        courses.change_rules(Act(session, None, NOW), assignment, Rules(team_size=3))
        courses.take_storage(session, room.course.id, 100)
    with database.reading() as session:
        assert session.get(Course, room.course.id).storage_limit_bytes == 3 << 30
        rows = session.query(AuditEntry).filter_by(action="course.storage_limit_set").all()
        assert [(row.before["bytes"], row.after["bytes"], row.actor_id) for row in rows] == [
            (10 << 30, 5 << 30, room.instructor.id),
            (5 << 30, 3 << 30, room.instructor.id),
        ]


def test_limit_below_what_is_used_deletes_nothing_and_refuses_what_is_new(database):
    with database.transaction() as session:
        room = open_classroom(session)
        courses.take_storage(session, room.course.id, 2000)
    with database.transaction() as session:
        course = session.get(Course, room.course.id)
        courses.set_storage_limit(Act(session, None, NOW), course, 1000)
        assert "new uploads are refused" in storage.told(course)
    with pytest.raises(StorageFull), database.transaction() as session:
        courses.take_storage(session, room.course.id, 1)
    with database.transaction() as session:
        course = session.get(Course, room.course.id)
        assert course.storage_used_bytes >= 2000
        courses.set_storage_limit(Act(session, None, NOW), course, 1 << 30)
        courses.take_storage(session, room.course.id, 1)


def test_course_needs_some_room(database):
    with database.transaction() as session:
        course = session.get(Course, open_classroom(session).course.id)
        with pytest.raises(UsageError):
            courses.set_storage_limit(Act(session, None, NOW), course, 0)


@pytest.mark.parametrize("text", ["1,000", "10,000", " 100,000 ", "1,000,000"])
def test_number_that_is_a_thousand_to_some_and_one_to_others_is_refused(text):
    with pytest.raises(UsageError, match="is ambiguous") as refused:
        storage.limit_bytes(text)
    assert "1000" in refused.value.cure
