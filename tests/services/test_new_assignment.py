"""Assignments that begin as drafts, their settings and their log, on both databases."""

from dataclasses import replace

import pytest

from grader.assignment import starter
from grader.database.store import audit
from grader.database.tables import AssignmentRow, Course, User
from grader.errors import Conflict, UsageError
from grader.services.act import Act
from grader.services.courses import courses
from grader.services.courses.courses import Rules
from grader.services.grading import gradings
from grader.services.people import access
from grader.services.reports import unsolved
from grader.services.tests import draft_settings, drafts, new_assignment
from tests.classroom import NOW, open_classroom, report, submit


@pytest.fixture
def room(database):
    with database.transaction() as session:
        return open_classroom(session)


def begin(session, room, slug="hw-2", files=None):
    course, actor = session.get(Course, room.course.id), session.get(User, room.instructor.id)
    files = starter.files("Homework 2") if files is None else files
    return new_assignment.begin(Act(session, actor, NOW), course, slug, files)


def test_assignment_begins_with_a_draft_and_is_open_to_nobody(database, room):
    with database.transaction() as session:
        row = begin(session, room)
        assert (row.title, row.live_suite_id) == ("Homework 2", None)
        assert drafts.contents(session, drafts.of(session, row)) == starter.files("Homework 2")
        assert not access.is_open(row, NOW)
        assert access.is_open(session.get(AssignmentRow, room.assignment.id), NOW)


def test_name_that_is_taken_or_cannot_be_one_is_refused_and_nothing_stays(database, room):
    for slug, error in (("nets", Conflict), ("Hw 2", UsageError), ("", UsageError)):
        with pytest.raises(error), database.transaction() as session:
            begin(session, room, slug)
    with database.reading() as session:
        assert session.get(Course, room.course.id).storage_used_bytes == sum(
            len(each)
            for each in draft_settings.published(
                session, session.get(AssignmentRow, room.assignment.id)
            ).values()
        )


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("Übung 2: Ketten", "ubung-2-ketten"),
        ("a" * 80, "a" * 64),
        ("网络", ""),
        ("--..", ""),
        ("hw_2.1", "hw_2.1"),
    ],
)
def test_name_is_made_of_the_words_of_a_title(words, slug):
    assert new_assignment.slug_of(words) == slug


def test_files_without_a_readable_document_are_called_by_their_name(database, room):
    with database.transaction() as session:
        assert begin(session, room, files={"assignment.toml": b"title ="}).title == "hw-2"


def test_settings_are_kept_in_the_draft_once_and_only_when_they_differ(database, room):
    with database.transaction() as session:
        row = session.get(AssignmentRow, room.assignment.id)
        asked = draft_settings.current(session, row).asked
        assert not draft_settings.save(Act(session, None, NOW), row, asked, {})
        assert drafts.of(session, row) is None
        wanted = replace(asked, title="Nets and more")
        assert draft_settings.save(Act(session, None, NOW), row, wanted, {}, text="# New\n")
        found = draft_settings.current(session, row)
        assert (found.asked.title, found.text) == ("Nets and more", "# New\n")
        assert found.contents["text-2.md"] == b"# New\n"


def test_log_of_an_assignment_has_what_belongs_to_it_and_nothing_else(database, room):
    with database.transaction() as session:
        other = begin(session, room).id
        made = submit(session, room, room.ada)
        row = session.get(AssignmentRow, room.assignment.id)
        courses.change_rules(Act(session, session.get(User, room.ta.id), NOW), row, Rules(team_size=2))
        session.flush()
        found = audit.of_assignment(session, room.assignment.id, limit=50, before_id=None)
        assert [(entry.action, name) for entry, name in found] == [
            ("assignment.rules_changed", "Ta"),
            ("submission.received", "Ada"),
            ("assignment.suite_published", "Instructor"),
            ("assignment.added", "Instructor"),
        ]
        assert found[1][0].object == f"submission:{made.submission.id}"
        older = audit.of_assignment(
            session,
            room.assignment.id,
            limit=1,
            before_id=found[0][0].id,
            leaving_out=["submission.received"],
        )
        assert [entry.action for entry, _ in older] == ["assignment.suite_published"]
        others = audit.of_assignment(session, other, limit=50, before_id=None)
        assert [entry.action for entry, _ in others] == ["draft.changed", "draft.begun", "assignment.added"]


def test_case_that_everybody_fails_is_told_by_the_newest_hand_ins(database, room):
    for who, right in ((room.ada, False), (room.bob, False), (room.eve, False)):
        with database.transaction() as session:
            made = submit(session, room, who)
        with database.transaction() as session:
            claim = gradings.claim(session, made.grading.id, "w", now=NOW)
        with database.transaction() as session:
            gradings.record(session, claim.grading_id, claim.attempt, report(claim, right), now=NOW)
    with database.reading() as session:
        [found] = unsolved.of_assignment(session, session.get(AssignmentRow, room.assignment.id))
        assert (found.function, found.name, found.ran) == ("MLP.backward", "dJdW1", 3)
