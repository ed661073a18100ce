"""Versions on the web: what differs, publishing, drafts of older ones, removing."""

import io
import re
import zipfile

import pytest

from grader.database.store import courses as store
from grader.database.tables import AssignmentRow
from grader.services.act import Act
from grader.services.courses import courses
from tests.classroom import NOW, suite
from tests.services.drafting import SAMPLES
from tests.web.doubles import RIGHT
from tests.web.studio import Studio, plain
from tests.web.test_trying import honest

OTHER = "def test(): assert 1\n"


@pytest.fixture
def studio(world):
    given = Studio(world)
    given.put(SAMPLES)
    return given


def _publish(studio, **form):
    """Press the button of the page for publishing as it is now."""
    page = studio.get("/publish").text
    seen = {name: studio.field(name, page) for name in ("revision", "live")}
    return studio.post("/publish", **{**seen, "note": "a note", **form})


def _lenient(claimed):
    return () if b"right" not in claimed.submission.files["mlp.py"] else RIGHT


def test_what_the_draft_would_change_is_shown_line_by_line(studio):
    studio.save("test_nets.py", "def test(): assert '<b>'\n")
    page = studio.get("/changes").text
    said = plain(page)
    assert "What the draft would change" in said
    assert "3 files added, 1 file changed: " in said
    assert "− removed def test(): pass" in said
    assert "+ added def test(): assert '<b>'" in said
    assert "<b>" not in page


def test_any_two_versions_are_compared(studio):
    studio.save("test_nets.py", OTHER)
    first = studio.live()
    studio.verify(honest)
    _publish(studio)
    second = studio.live()
    said = studio.text("/changes", before=second, after=first)
    assert "3 files removed, 1 file changed" in said
    assert "There are no differences" in studio.text("/changes", before=first, after=first)
    assert "4 files added" in studio.text("/changes", before="nothing", after=first)
    studio.get("/changes", 404, before="99", after=first)
    studio.get("/changes", 404, before=first, after="draft")


def test_publishing_needs_a_verification_of_these_very_files(studio):
    studio.save("test_nets.py", OTHER)
    assert "These files have not been verified yet" in studio.text("/publish")
    assert 'name="kind" value="verify"' in studio.get("/publish").text
    studio.verify(honest)
    assert "All 4 submissions get the expected result" in studio.text("/publish")
    studio.save("test_nets.py", OTHER + "x = 1\n")
    assert "These files have not been verified yet" in studio.text("/publish")
    before = studio.live()
    answer = studio.post("/publish", revision=studio.field("revision"), live=before)
    assert answer.status_code == 409
    assert studio.live() == before


def test_published_version_is_live_and_in_the_list(studio):
    studio.save("test_nets.py", OTHER)
    studio.verify(honest)
    before = studio.live()
    said = plain(_publish(studio, note="asks for <more>").text)
    assert "is live: new submissions are graded by it" in said
    assert "live Fri 20 Nov, 13:00 by Instructor asks for <more> What changed" in said
    assert studio.live() != before
    assert "You see the live version" in studio.text()
    assert studio.open("test_nets.py")[0] == OTHER
    assert "There is no draft, so there is nothing to publish" in studio.text("/publish")


def test_publishing_against_the_verification_needs_a_typed_reason(studio):
    studio.save("test_nets.py", OTHER)
    studio.verify(_lenient)
    said = studio.text("/publish")
    assert "submissions/wrong/mlp.py : " in said
    assert "Why publish them anyway?" in said
    before = studio.live()
    answer = _publish(studio, note="kept note", reason="short")
    assert answer.status_code == 400
    assert "needs a reason" in answer.text
    assert 'value="kept note"' in answer.text
    assert studio.live() == before
    said = plain(_publish(studio, reason="the sample says too much").text)
    assert "Published against its verification: the sample says too much" in said
    assert studio.live() != before


def test_of_two_who_publish_the_second_is_told_who_was_first(studio):
    studio.save("test_nets.py", OTHER)
    studio.verify(honest)
    page = studio.get("/publish").text
    seen = {name: studio.field(name, page) for name in ("revision", "live")}
    _publish(Studio(studio.world, "admin"))
    live = studio.live()
    answer = studio.post("/publish", **seen, note="my words")
    assert answer.status_code == 409
    said = plain(answer.text)
    assert "was published by Admin" in said or "Admin made version" in said
    assert "my words" in said
    assert studio.live() == live


def test_draft_that_somebody_changed_meanwhile_is_not_published(studio):
    studio.save("test_nets.py", OTHER)
    studio.verify(honest)
    page = studio.get("/publish").text
    seen = {name: studio.field(name, page) for name in ("revision", "live")}
    Studio(studio.world, "admin").save("text.md", "# Other\n")
    answer = studio.post("/publish", **seen, note="my words")
    assert answer.status_code == 409
    assert "Admin changed the draft meanwhile" in plain(answer.text)
    assert studio.files()["text.md"] == b"# Other\n"


def test_version_published_since_the_draft_began_is_told(studio):
    studio.save("test_nets.py", OTHER)
    with studio.world.database.transaction() as session:
        assignment = session.get(AssignmentRow, studio.number)
        courses.publish_suite(Act(session, None, NOW), assignment, suite(test_more_py=b"x = 1\n"))
    said = studio.text("/publish")
    assert "after this draft was started" in said
    assert "test_more.py removed" in said


def test_text_alone_is_published_without_a_verification(studio):
    studio.save("text.md", "# Nets, better said\n")
    said = studio.text("/publish")
    assert "The tests are those of the live version" in said
    assert "is live" in plain(_publish(studio).text)


def test_same_as_live_is_not_published_again(world):
    studio = Studio(world)
    studio.save("text.md", "# other\n")
    studio.save("text.md", "# Nets\n")
    assert "This version is already live" in studio.text("/publish")


def test_tests_that_cant_be_run_are_never_published(studio):
    studio.save("test_nets.py", OTHER)
    studio.start("verify")
    studio.give_up("the hidden tests can't be run: test_nets.py:1: NameError: y")
    said = studio.text("/publish")
    assert "the tests can't be run: NameError: y" in said
    assert "Publish now" not in said
    before = studio.live()
    reason = "it is right, believe me"
    answer = studio.post("/publish", revision=studio.field("revision"), live=before, reason=reason)
    assert answer.status_code == 422
    assert studio.live() == before


def _of_older(studio):
    """Publish a second version; returns the number of the first."""
    first = studio.live()
    studio.save("test_nets.py", OTHER)
    studio.verify(honest)
    _publish(studio)
    return first


def test_draft_is_made_of_an_older_version(studio):
    first = _of_older(studio)
    said = plain(studio.post(f"/versions/{first}/draft", revision="-1").text)
    assert "The draft now has the files of version" in said
    assert studio.files()["test_nets.py"] == b"def test(): pass\n"
    assert "submissions/wrong/mlp.py" not in studio.files()


def test_draft_is_not_replaced_when_somebody_changed_it(studio):
    first = _of_older(studio)
    Studio(studio.world, "admin").save("text.md", "# precious\n")
    answer = studio.post(f"/versions/{first}/draft", revision="-1")
    assert (answer.status_code, "would be lost" in answer.text) == (409, True)
    assert studio.files()["text.md"] == b"# precious\n"
    revision = studio.field("revision", studio.get("/versions").text)
    assert "The draft now has the files" in studio.post(f"/versions/{first}/draft", revision=revision).text


def test_version_comes_as_a_zip(studio):
    packed = studio.get(f"/versions/{studio.live()}.zip").data
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        found = {name.partition("/")[2] for name in archive.namelist()}
    assert found == {"assignment.toml", "test_nets.py", "handout/mlp.py", "text.md"}


def test_version_that_nothing_refers_to_is_removed_and_the_live_one_is_not(studio):
    first = _of_older(studio)
    answer = studio.post(f"/versions/{studio.live()}/remove")
    assert (answer.status_code, "submissions are graded by them" in answer.text) == (409, True)
    assert "is removed" in studio.post(f"/versions/{first}/remove").text
    studio.get(f"/versions/{first}.zip", 404)


def test_version_that_a_regrade_runs_under_is_not_removed(studio):
    world = studio.world
    world.submission(world.browser("ada"), files={"mlp.py": b"right = True\n"})
    world.grade(RIGHT)
    world.dispatcher.sent.clear()
    first = _of_older(studio)
    page = studio.get("/versions").text
    [digest] = {each for each in re.findall(r"regrades\?suite=(\w+)", page) if each != _digest(studio)}
    studio.post(f"/assignments/{studio.number}/regrades", suite=digest, which="all")
    answer = studio.post(f"/versions/{first}/remove")
    assert answer.status_code == 409
    assert "regrade 1 uses them" in plain(answer.text)
    assert studio.get(f"/versions/{first}.zip").data


def _digest(studio):
    """Return the digest of the live version."""
    with studio.world.database.reading() as session:
        return store.suite(session, studio.live()).digest


def test_what_was_only_tried_is_no_version(studio):
    studio.save("test_nets.py", OTHER)
    studio.verify(honest)
    assert studio.get("/versions").text.count('<th scope="row">') == 1


def test_list_leads_to_a_regrade_under_that_version(studio):
    first = _of_older(studio)
    page = studio.get("/versions").text
    with studio.world.database.reading() as session:
        [digest] = [each.digest for each in store.suites(session, studio.number) if each.id == first]
    there = f"/assignments/{studio.number}/regrades"
    assert f"{there}?suite={digest}" in page
    assert f'value="{digest}" selected' in studio.get(there, suite=digest).text


def test_assistants_see_versions_and_change_nothing(studio):
    ta = Studio(studio.world, "ta")
    page = ta.get("/versions").text
    assert "Make a draft" not in page
    assert "<form" not in page.split("<main")[1]
