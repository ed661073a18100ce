"""The published list of known mistakes is that of the catalogue."""

from pathlib import Path

from grader.feedback.mistakes import ROWS
from grader.render.mistakes_page import page

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_page_in_the_docs_is_what_the_catalogue_gives():
    assert (DOCS / "mistakes.md").read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_mistake_is_on_it_with_its_lines_and_how_common_it_was():
    text = page()
    for code, row in ROWS.items():
        assert f"`{code}`" in text
        assert row.wrong in text
        assert row.right in text
    assert "Seen in 7 of 56." in text
    assert "{" not in text.replace('self.grads["dW"]', "")


def test_students_and_instructors_are_led_to_it():
    for name in ("student.md", "instructor.md"):
        assert "](mistakes.md)" in (DOCS / name).read_text(encoding="utf-8")
