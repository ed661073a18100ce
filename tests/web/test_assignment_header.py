"""What stands above an assignment's pages for its staff: the live version, what a draft changes, the tabs."""

import re

import pytest

from grader.database.tables import AssignmentRow, User
from grader.services.act import Act
from grader.services.tests import drafts
from tests.classroom import NOW

PAGES = {"class": "Class", "regrades": "Regrade", "export": "Export"}


def text(answer):
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", answer.text))


def draft(world, changes):
    """Begin a draft and change these files."""
    with world.database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        actor = session.get(User, world.room.instructor.id)
        row = drafts.begin(Act(session, actor, NOW), assignment)
        seen = drafts.digests(session, row)
        drafts.save(Act(session, actor, NOW), row, changes, seen)


@pytest.mark.parametrize(("page", "words"), PAGES.items())
def test_every_page_of_staff_says_which_version_is_live_and_which_tab_it_is(world, page, words):
    answer = world.browser("ta").get(f"/assignments/{world.room.assignment.id}/{page}")
    assert "Tests 1757f7 are live." in text(answer)
    [current] = re.findall(r'<a [^>]*aria-current="page">([^<]*)</a>', answer.text)
    assert current == words


def test_submissions_of_one_assignment_stand_under_its_tabs_and_those_of_all_under_the_courses(world):
    url = f"/courses/{world.room.course.id}/submissions"
    client = world.browser("ta")
    assert "are live" in text(client.get(f"{url}?assignment={world.room.assignment.id}"))
    assert "are live" not in text(client.get(url))


def test_head_says_what_a_draft_changes(world):
    page = f"/assignments/{world.room.assignment.id}/class"
    client = world.browser("ta")
    assert "draft" not in text(client.get(page))
    draft(world, {})
    assert "The draft has no changes." in text(client.get(page))
    draft(world, {"test_nets.py": b"def test(): assert 1\n", "text.md": None, "data/new.txt": b"1"})
    assert "A draft changes 3 files." in text(client.get(page))


def test_students_see_neither_tabs_nor_versions(world):
    draft(world, {"test_nets.py": b"def test(): assert 1\n"})
    said = text(world.browser("ada").get(f"/assignments/{world.room.assignment.id}"))
    assert "draft" not in said
    assert "1757f7" not in said
    assert "Export" not in said
