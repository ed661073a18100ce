"""The second warm process is started when a source first imports what it has, and not before."""

import pytest

from grader.assignment import assignment_folder
from grader.model import Submission
from tests.engine.doubles import Launcher
from tests.hostile.forcing import ASSIGNMENT, SOUND, SUITE
from worker.engine import Engine, EngineSettings
from worker.engine.engine import POLICIES
from worker.engine.zygotes import Zygotes


@pytest.fixture(scope="module")
def suite():
    files = {"assignment.toml": ASSIGNMENT.encode(), "test_sums.py": SUITE.encode()}
    return assignment_folder.from_files(files, slug="sums", where="sums")


def test_it_is_started_once_for_those_that_import_packages(tmp_path, suite):
    launcher = Launcher(tmp_path)
    with Engine(EngineSettings(cgroups=False), Zygotes(launcher)) as engine:
        for source in (SOUND, f"import pandas as pd\n{SOUND}", SOUND, f"from sklearn import svm\n{SOUND}"):
            engine.grade(Submission({"sums.py": source.encode()}), suite, seed=1)
        ordinary, packages = engine.process_ids(), [name for name in launcher.started if "packages" in name]
    assert packages == ["plain-packages"]
    assert sorted(launcher.started) == ["examiner", "plain", "plain-packages"]
    assert len(ordinary) == 3


def test_every_guest_has_one_with_packages():
    guests = {name for name in POLICIES if not name.startswith("examiner") and "packages" not in name}
    named = {POLICIES[name].with_packages().name for name in guests}
    assert named == {name for name in POLICIES if "packages" in name}
    assert all(POLICIES[name].packages for name in named)
