"""What an assignment mounts beside a submission, whatever the submission's files are called."""

from dataclasses import replace

import pytest

from grader.model import Submission, Suite
from tests.grader.doubles import ASSIGNMENT
from worker.engine import facts

SUITE = Suite(replace(ASSIGNMENT, entry="mlp.py"), {"mounted/data.csv": b"1", "mounted/maps/a.csv": b"2"})


@pytest.mark.parametrize("name", ["data.csv", "data.csv/x.txt", "maps", "maps/a.csv/b/c.txt", "maps/a.csv"])
def test_what_is_mounted_wins_over_what_stands_in_its_place(name):
    own = {"mlp.py": b"", name: b"3", "maps/b.csv": b"4"} if name != "maps" else {"mlp.py": b"", name: b"3"}
    [sitting] = facts.sittings(Submission(own), SUITE, 5, "cpu")
    kept = {"maps/b.csv": b"4"} if name != "maps" else {}
    assert sitting.job.files == {"mlp.py": b"", "data.csv": b"1", "maps/a.csv": b"2"} | kept
