"""Files that points depend on and that a submission doesn't have."""

from dataclasses import replace

import pytest

from grader.feedback import missing
from grader.model import Entry, Function, Manual
from tests.grader.doubles import ASSIGNMENT

PDF = ("*.pdf",)
ASKED = replace(
    ASSIGNMENT,
    manual=(Manual("theory", 3.0, files=PDF), Manual("scheme", 1.0, files=PDF), Manual("style", 2.0)),
    functions=(*ASSIGNMENT.functions, Function("train", 1.0, entry="digits.ipynb")),
    entries=(Entry("digits.ipynb", optional=True),),
)
BY_HAND = "No file *.pdf was submitted; it counts for 4 points: theory, scheme."
OPTIONAL = "digits.ipynb was not submitted; it counts for 1 point."


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["mlp.py"], [OPTIONAL, BY_HAND]),
        (["mlp.py", "digits.ipynb"], [BY_HAND]),
        (["mlp.py", "theory/Sheet 6.PDF", "digits.ipynb"], []),
        (["mlp.py", "sheet.pdf"], [OPTIONAL]),
    ],
)
def test_each_missing_file_is_told_with_what_depends_on_it(names, said):
    assert list(missing.missing(ASKED, names)) == said


def test_assignment_that_wants_nothing_more_misses_nothing():
    assert missing.missing(ASSIGNMENT, []) == ()
