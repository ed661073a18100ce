"""Grades in the form that each learning platform imports."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.render.csv import cell
from grader.render.grades import FORMATS, Grade, GradeSheet, write

ADA = Grade(
    name="Ada Byron",
    email="ada@example.org",
    matriculation="0012",
    programme="Computer Science",
    degree="B.Sc.",
    team="",
    score=20.0 / 3,
    max_score=30.0,
    submission=7,
    received_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
    late_seconds=0,
    by_hand=False,
    submissions=2,
)
BOB = replace(ADA, name="Bob", email="bob@example.org", matriculation="", score=None, submission=None)


def table(name, *grades, pass_mark=None, title="Nets"):
    stream = io.StringIO(newline="")
    write(GradeSheet(title, 30.0, grades or (ADA, BOB), pass_mark), name, stream)
    return list(csv.reader(io.StringIO(stream.getvalue(), newline="")))


def test_moodle_goes_by_address_or_id_and_has_an_empty_cell_for_no_score():
    assert table("moodle") == [
        ["Email address", "ID number", "Nets"],
        ["ada@example.org", "0012", "6.67"],
        ["bob@example.org", "", ""],
    ]


def test_canvas_has_its_five_columns_and_the_points_possible():
    header, possible, ada, _ = table("canvas")
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Nets"]
    assert possible == ["Points Possible", "", "", "", "", "30.0"]
    assert ada == ["Ada Byron", "", "0012", "ada@example.org", "", "6.67"]


def test_excused_student_is_so_where_the_platform_knows_the_word():
    out = replace(BOB, excused=True)
    assert table("canvas", out)[2][-1] == "EX"
    assert table("moodle", out)[1][-1] == ""


def test_plain_says_what_waits_for_a_person_and_who_is_excused():
    header, ada, bob = table("plain", replace(ADA, waits=("theory", "style")), replace(BOB, excused=True))
    assert (header[-2:], ada[-2:], bob[-2:]) == (
        ["waits_for_a_person", "excused"],
        ["theory, style", ""],
        ["", "yes"],
    )


@pytest.mark.parametrize(
    ("pass_mark", "status"), [(None, "notgraded"), (6.0, "passed"), (6.66, "passed"), (7.0, "failed")]
)
def test_ilias_is_told_who_passed_only_if_somebody_says_what_that_takes(pass_mark, status):
    header, ada, bob = table("ilias", pass_mark=pass_mark)
    assert (ada[header.index("status")], ada[header.index("mark")]) == (status, "6.67")
    assert (ada[header.index("lastname")], ada[header.index("firstname")]) == ("Byron", "Ada")
    assert (ada[header.index("update")], bob[header.index("update")]) == ("1", "0")
    assert bob[header.index("status")] == "notgraded"


@pytest.mark.parametrize(("pass_mark", "status"), [(None, ""), (5.0, "y"), (10.0, "n")])
def test_olat_has_no_header_and_nobody_without_a_score(pass_mark, status):
    assert table("olat", pass_mark=pass_mark) == [["ada@example.org", "6.67", status]]


def test_plain_says_what_there_is():
    header, ada, bob = table("plain", replace(ADA, by_hand=True, late_seconds=90), BOB)
    told = dict(zip(header, ada, strict=True))
    assert (told["score"], told["max_score"], told["set_by_hand"]) == ("6.67", "30.0", "yes")
    assert (told["late_seconds"], told["handed_in"]) == ("90", "2026-11-20T12:00:00+00:00")
    assert dict(zip(header, bob, strict=True))["score"] == ""


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "x;=", "x,+", "x;\t@", "x; -"])
def test_no_name_address_or_title_is_a_formula_in_any_spreadsheet(name, start):
    evil = f"{start}cmd|' /c calc'!A1"
    stranger = replace(ADA, name=evil, email=evil, matriculation=evil, team=evil)
    for row in table(name, stranger, title=evil):
        for text in row:
            for part in (text, *text.split(";"), *text.split(",")):
                assert not part.strip().startswith(("=", "+", "-", "@")), row


@given(st.text())
def test_no_part_of_a_cell_is_a_formula_where_semicolons_separate(text):
    assert not any(part.strip().startswith(("=", "+", "-", "@")) for part in cell(text).split(";"))


@given(st.floats(0, 1e6))
def test_points_are_plain_numbers_with_a_point(score):
    [row] = table("olat", replace(ADA, score=score))
    assert float(row[1]) == pytest.approx(score, abs=0.00501)
    assert set(row[1]) <= set("0123456789.")
