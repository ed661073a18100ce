"""The storage limit of a course on the web. Who may: test_access."""

import html

from grader.database.tables import Course


def _limit(world):
    with world.database.reading() as session:
        return session.get(Course, world.room.course.id).storage_limit_bytes


def test_instructor_changes_the_limit_and_is_told_how_much_is_used(world):
    url = f"/courses/{world.room.course.id}/settings"
    teacher = world.browser("instructor")
    assert 'value="10"' in teacher.get(url).text
    answer = teacher.post(url, data={"storage": "2,5"}, follow_redirects=True)
    assert "of 2.5 GiB used" in answer.text
    assert 'value="2.5"' in answer.text
    assert _limit(world) == 5 << 29
    assert "Save" not in world.browser("ta").get(url).text


def test_what_is_no_limit_comes_back_with_what_was_written_and_changes_nothing(world):
    url = f"/courses/{world.room.course.id}/settings"
    before = _limit(world)
    for written in ("much", "-1", ""):
        answer = world.browser("instructor").post(url, data={"storage": written})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert f'value="{written}"' in answer.text or not written
    assert "0 GiB can't be a limit" in html.unescape(
        world.browser("instructor").post(url, data={"storage": "0"}).text
    )
    assert _limit(world) == before


def test_full_course_says_on_its_settings_that_uploads_are_refused(world):
    with world.database.transaction() as session:
        session.get(Course, world.room.course.id).storage_limit_bytes = 1
    answer = world.browser("ta").get(f"/courses/{world.room.course.id}/settings")
    assert "new uploads are refused until the limit is raised" in answer.text
