"""Assignments that ask for several files: what is offered, taken, refused and shown."""

import io
import json
import re
import zipfile

import pytest

from grader.database.tables import AssignmentRow, Grading, User
from grader.feedback.installed import requirements
from grader.model import Finding
from grader.services.act import Act
from grader.services.courses import courses
from grader.web.result import notebooks
from tests import classroom
from tests.classroom import NOW
from tests.grader.doubles import case
from tests.web.doubles import claim

TOML = b"""title = "Digits"
entry = "graphs.py"
bonus_cap = "total"
[[entries]]
file = "digits.ipynb"
optional = true
[[entries]]
file = "more.py"
[[functions]]
name = "A"
points = 3
[[functions]]
name = "B"
points = 3
[[functions]]
name = "C"
points = 3
[[functions]]
name = "predict"
points = 2
entry = "digits.ipynb"
[[choices]]
functions = ["A", "B", "C"]
best = 2
[[manual]]
name = "drawings"
points = 4
files = ["*.pdf"]
"""
EXTRAS = {"handout/graphs.py": b"def A(): ...\n", "text.md": b"# Digits\n"}
CELLS = [
    {"cell_type": "markdown", "metadata": {}, "source": "# Digits"},
    {
        "cell_type": "code",
        "execution_count": 1,
        "metadata": {},
        "source": ["def predict(x):\n", "    return x < 1\n"],
        "outputs": [],
    },
]
NOTEBOOK = json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()
NEEDED = {"graphs.py": b"def A(): ...\n", "more.py": b"x = 1\n"}


@pytest.fixture
def several(world):
    """A world whose assignment asks for three files."""
    suite = classroom.suite(TOML, **{"mounted/digits.csv": b"1,2\n"})
    with world.database.transaction() as session:
        assignment = session.get(AssignmentRow, world.room.assignment.id)
        actor = session.get(User, world.room.instructor.id)
        courses.publish_suite(Act(session, actor, NOW), assignment, suite, extras=EXTRAS)
    return world


def page(world):
    return world.browser("ada").get(f"/assignments/{world.room.assignment.id}").text


def test_page_says_which_files_are_asked_for_and_what_counts(several):
    text = page(several)
    assert "<code>graphs.py</code>, <code>digits.ipynb</code> (optional), <code>more.py</code>" in text
    assert 'data-needed="graphs.py more.py"' in text
    assert "The best 2 of" in text
    assert '<th scope="row">Total</th><td class="figure">12</td>' in text


def test_optional_file_may_be_left_out_and_no_other(several):
    client = several.browser("ada")
    assert several.hand_in(client, files=NEEDED).status_code == 303
    refused = several.hand_in(client, files={"graphs.py": b"1"} | {"digits.ipynb": NOTEBOOK})
    assert refused.status_code == 422
    assert "The file more.py is missing." in refused.text
    assert "Submit a file with exactly this name: more.py." in refused.text


def test_optional_file_that_is_missing_is_told_before_and_after_submitting(several):
    client = several.browser("ada")
    assert "digits.ipynb was not submitted;" in page(several)
    there = several.hand_in(client, files=NEEDED).location
    assert "digits.ipynb was not submitted;" in client.get(there).text
    whole = several.hand_in(client, files=NEEDED | {"digits.ipynb": NOTEBOOK}).location
    assert "was not submitted" not in client.get(whole).text


def test_handout_brings_what_lies_beside_the_hand_in(several):
    answer = several.browser("ada").get(f"/assignments/{several.room.assignment.id}/handout.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "digits.csv": b"1,2\n",
            "graphs.py": b"def A(): ...\n",
            "requirements.txt": requirements(),
        }


def test_cell_that_runs_is_told_while_one_waits(several):
    number = several.submission(several.browser("ada"), files=NEEDED | {"digits.ipynb": NOTEBOOK})
    claimed = claim(several.database, several.dispatcher.sent[-1])
    with several.database.transaction() as session:
        said = {"code": "cell_running", "values": {"cell": 2, "total": 7}}
        session.get(Grading, claimed.grading_id).notes = [said]
    shown = several.browser("ada").get(f"/submissions/{number}/progress", headers={"HX-Request": "true"}).text
    assert "0 functions of 4 done. Code cell 2 of 7 has begun. You can leave this page" in shown


def test_notebook_is_shown_as_its_cells(several):
    number = several.submission(several.browser("ada"), files=NEEDED | {"digits.ipynb": NOTEBOOK})
    text = several.browser("ada").get(f"/submissions/{number}").text
    assert "Code cell 1" in text
    assert "<code>    return x &lt; 1</code>" in text
    assert "execution_count" not in text


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b'{"cells": [1]}',
        b'{"cells": [{"cell_type": "x", "source": 3}]}',
        b"[" * 99_999,
        b"\xff",
    ],
)
def test_what_is_no_notebook_is_shown_as_text(content):
    assert notebooks.read(content) is None


def test_what_was_found_in_a_cell_stands_beside_its_line(several):
    number = several.submission(several.browser("ada"), files=NEEDED | {"digits.ipynb": NOTEBOOK})
    found = Finding("module", "torch", "digits.ipynb[1]", 2, 1)
    several.grade([case("A", "values")], findings=(found,))
    text = several.browser("ada").get(f"/submissions/{number}").text
    assert re.search(
        r'<li class="marked"><code>    return x &lt; 1</code><span class="comment">torch is forb', text
    )
