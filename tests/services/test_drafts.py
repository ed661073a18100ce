"""Drafts: what several people change at a time, what is wrong with one, and how it becomes live."""

from datetime import timedelta

import pytest

from grader.database.store import audit, courses
from grader.database.store import drafts as store
from grader.database.tables import SuiteRow
from grader.errors import AssignmentError, Conflict, NotFound, TooLarge, UsageError
from grader.model import Status
from grader.services.act import Act
from grader.services.courses import courses as teaching
from grader.services.courses import suites
from grader.services.tests import drafts
from tests.classroom import NOW, TOML, report
from tests.services.drafting import SAMPLES, Studio, honest, lenient

TESTS = "test_nets.py"
OTHER = b"def test(): assert True\n"


@pytest.fixture
def studio(database):
    return Studio(database)


def test_draft_begins_with_the_files_of_the_live_version(studio):
    studio.save({})
    assert set(studio.files()) == {"assignment.toml", TESTS, "handout/mlp.py", "text.md"}
    assert studio.standing().same


def test_change_is_kept_and_students_are_still_graded_by_what_is_live(studio):
    assert studio.save({TESTS: OTHER, "data/x.csv": b"1\n", "text.md": None}) == 1
    assert studio.files()[TESTS] == OTHER
    assert "text.md" not in studio.files()
    with studio.database.reading() as session:
        live = suites.live_suite(session, studio.assignment(session))
        assert suites.suite(session, live).files[TESTS] != OTHER


def test_saving_what_is_there_already_changes_nothing(studio):
    studio.save({TESTS: OTHER})
    assert studio.save({TESTS: OTHER}) == 1


def test_of_two_who_change_one_file_the_second_is_told_and_nothing_is_lost(studio):
    studio.save({})
    with studio.database.reading() as session:
        seen = drafts.digests(session, drafts.of(session, studio.assignment(session)))
    studio.save({TESTS: OTHER}, seen)
    with pytest.raises(Conflict, match="was changed since you opened it") as refused:
        studio.save({TESTS: b"mine\n"}, seen, name="ta")
    assert "Keep your text" in refused.value.cure
    assert studio.files()[TESTS] == OTHER
    assert studio.save({"test_more.py": b""}, seen, name="ta") == 2


def test_new_file_in_the_place_of_one_that_somebody_else_just_made_is_refused(studio):
    studio.save({"test_more.py": b"1\n"}, {})
    with pytest.raises(Conflict, match=r"test_more\.py was changed"):
        studio.save({"test_more.py": b"2\n"}, {})


@pytest.mark.parametrize("name", ["../x.py", "/x.py", "a//b.py", "", "a\\b.py", "a\x00.py"])
def test_name_that_leads_elsewhere_is_refused(studio, name):
    with pytest.raises(UsageError):
        studio.save({name: b""})


def test_file_that_is_too_large_is_refused(studio):
    with pytest.raises(TooLarge, match="larger than 16"):
        studio.save({"data/big.bin": bytes((16 << 20) + 1)})


def test_contents_that_no_version_has_are_not_kept_after_a_change(studio):
    with studio.database.reading() as session:
        before = courses.course(session, studio.room.course.id).storage_used_bytes
    studio.save({"data/x": bytes(1000)})
    studio.save({"data/x": None})
    with studio.database.reading() as session:
        assert courses.course(session, studio.room.course.id).storage_used_bytes == before


def test_discarded_draft_is_gone_and_whoever_still_works_on_it_is_told(studio):
    studio.save({TESTS: OTHER})
    with studio.database.transaction() as session:
        draft = studio.draft(session)
        drafts.discard(Act(session, studio.actor(session), NOW), draft)
        with pytest.raises(NotFound, match="published or discarded meanwhile"):
            drafts.save(Act(session, None, NOW), draft, {TESTS: b""}, {})
    studio.save({})
    assert studio.files()[TESTS] != OTHER


def test_broken_file_is_named_with_its_line_and_may_be_saved(studio):
    studio.save({TESTS: b"def test():\n    x ==\n"})
    [problem] = studio.standing().checked.problems
    assert (problem.file, problem.line) == (TESTS, 2)
    with pytest.raises(AssignmentError, match=f"{TESTS}, line 2"):
        studio.start()


def test_every_broken_file_and_the_document_are_named_at_once(studio):
    studio.save({"a.py": b"(", TESTS: b")", "assignment.toml": TOML + b"pionts = 1\n"})
    found = studio.standing().checked
    assert [each.file for each in found.problems] == ["a.py", TESTS, "assignment.toml"]
    assert "points" in found.problems[-1].cure


def test_publishing_needs_a_verification_of_exactly_these_files(studio):
    studio.save({TESTS: OTHER, **SAMPLES})
    with pytest.raises(Conflict, match="not been verified since they changed"):
        studio.publish()
    assert studio.verify().fine
    studio.save({TESTS: b"def test(): assert 1\n"})
    with pytest.raises(Conflict, match="not been verified since they changed"):
        studio.publish()
    assert studio.verify().fine
    number = studio.publish(note="stricter")
    with studio.database.reading() as session:
        assert studio.assignment(session).live_suite_id == number
        row = session.get(SuiteRow, number)
        assert (row.note, row.draft) == ("stricter", False)
        assert drafts.of(session, studio.assignment(session)) is None
        assert (
            suites.extras(session, row)["submissions/expected.toml"] == SAMPLES["submissions/expected.toml"]
        )
        assert courses.suites(session, row.assignment_id)[0].id == number
        done = [each.action for each in audit.about(session, f"assignment:{row.assignment_id}")]
    assert done[-1] == "assignment.suite_published"


def test_tests_that_judge_a_sample_otherwise_need_a_reason_that_is_kept(studio):
    studio.save({TESTS: OTHER, **SAMPLES})
    found = studio.verify(lenient)
    assert {each.name for each in found.wrong} == {
        "submissions/wrong/mlp.py",
        "handout/mlp.py",
        "an empty file",
    }
    assert studio.standing().needs_reason
    for reason in ("", "because"):
        with pytest.raises(UsageError, match="needs a reason"):
            studio.publish(reason=reason)
    number = studio.publish(note="n.", reason="the sample itself is wrong")
    with studio.database.reading() as session:
        assert session.get(SuiteRow, number).note == (
            "n. Published against its verification: the sample itself is wrong"
        )


def test_tests_that_cannot_be_run_are_never_published_whatever_the_reason(studio):
    studio.save({TESTS: b"import nowhere\n", **SAMPLES})
    why = "the hidden tests can't be run: test_nets.py:1: No module named 'nowhere'"

    def breaks(claim):
        return report(claim, status=Status.INTERNAL_ERROR, why=why)

    trial = studio.start()
    studio.grade_all(trial, breaks)
    studio.now += timedelta(hours=1)
    studio.grade_all(trial, breaks)
    found = studio.settled(trial)
    assert (found.broken.file, found.broken.line) == (TESTS, 1)
    with pytest.raises(AssignmentError, match="can't be run: No module named 'nowhere'"):
        studio.publish(reason="I want it all the same")


def test_text_and_handout_can_be_published_without_a_verification(studio):
    studio.save({"text.md": b"# Better\n"})
    found = studio.standing()
    assert (found.same, found.same_tests, found.refused) == (False, True, None)
    studio.publish()
    studio.save({})
    with pytest.raises(Conflict, match="already live"):
        studio.publish()


def test_of_two_who_publish_at_once_the_second_is_told_who_was_faster(studio):
    studio.save({"text.md": b"# Better\n"})
    seen = studio.seen()
    studio.publish(seen=seen)
    studio.save({"text.md": b"# Other\n"}, name="ta")
    with pytest.raises(Conflict, match=r"Instructor made version .{6} live meanwhile"):
        studio.publish("ta", seen=seen | {"revision": 1})
    assert studio.files()["text.md"] == b"# Other\n"


def test_publishing_a_draft_that_somebody_changed_meanwhile_is_refused(studio):
    studio.save({"text.md": b"# Better\n"})
    seen = studio.seen()
    studio.save({"text.md": b"# Worse\n"}, name="ta")
    with pytest.raises(Conflict, match="Ta changed the draft meanwhile"):
        studio.publish(seen=seen)


def test_version_made_live_by_other_means_is_named_before_publishing(studio):
    studio.save({"text.md": b"# Better\n"})
    with studio.database.transaction() as session:
        old = suites.live_suite(session, studio.assignment(session))
        again = suites.suite(session, old)
        made = teaching.publish_suite(
            Act(session, studio.actor(session), NOW), studio.assignment(session), again, note="shell"
        )
        number = made.id
    assert studio.standing().published.id == number


def test_what_was_only_tried_is_no_version(studio):
    studio.save({TESTS: OTHER, **SAMPLES})
    studio.verify(honest)
    with studio.database.reading() as session:
        number = studio.room.assignment.id
        assert len(courses.suites(session, number)) == 1
        assert store.newest_tried(session, number).draft
