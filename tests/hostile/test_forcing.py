"""No submission can make its grading our fault, and so get its attempt back; and none harms the next."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.assignment import assignment_folder
from grader.model import Status, Submission
from tests.hostile.forcing import ASSIGNMENT, NAMES, SHORT, SOUND, SOURCES, SUITE
from tests.hostile.forcing_ends import ENDS, TOO_MUCH
from tests.hostile.forcing_waits import WAITS
from tests.hostile.forcing_words import WORDS

ROWS = WAITS | WORDS | ENDS | TOO_MUCH | NAMES | SOURCES
AT_ONCE = 4
# What a busy machine may make of any of them.
SLOW = {"timeout", "skipped"}


def suite_of(text):
    files = {"assignment.toml": text.encode(), "test_sums.py": SUITE.encode()}
    return assignment_folder.from_files(files, slug="sums", where="sums")


@pytest.fixture(scope="module")
def reports(engine):
    """Grade all of them, some at once: most of their time is waiting."""
    suite = suite_of(ASSIGNMENT + SHORT)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {
            name: pool.submit(engine.grade, Submission(row.submitted), suite, seed=1)
            for name, row in ROWS.items()
        }
        return {name: each.result() for name, each in begun.items()}


@pytest.mark.parametrize("name", ROWS)
def test_whatever_it_does_is_its_own_verdict(reports, name):
    report = reports[name]
    assert (report.status, report.why) == (Status.GRADED, "")
    assert len(report.cases) == 3
    verdicts = {case.verdict.value for case in report.cases}
    assert verdicts <= {*ROWS[name].may.split(), *SLOW}


def test_after_all_of_them_a_sound_submission_has_all_its_points(reports, engine):
    report = engine.grade(Submission({"sums.py": SOUND.encode()}), suite_of(ASSIGNMENT), seed=1)
    assert [case.verdict.value for case in report.cases] == ["passed"] * 3
