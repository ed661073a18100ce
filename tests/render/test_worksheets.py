"""Tables of learning platforms with grades written into them."""

import csv
import io

import pytest

from grader.errors import UsageError
from grader.render import worksheets
from grader.render.worksheets import Returned

MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\r\n'
    "Participant 4711,Ada Byron,0012,Ada@Example.org,Submitted,,50.00,Yes,-,-,\r\n"
    "Participant 12,Bob,13,bob@example.org,Submitted,3.00,50.00,No,-,-,\r\n"
    'Participant 13,"=Eve, E.",14,eve@example.org,No submission,,50.00,Yes,-,-,keep\r\n'
)
GERMAN = (
    "ID;Vollständiger Name;E-Mail-Adresse;Status;Bewertung;Bestwertung;Bewertung kann geändert werden;"
    "Zuletzt geändert (Bewertung);Feedback als Kommentar\r\n"
    "Teilnehmer/in 4711;Ada;ada@example.org;Abgegeben;;50,00;Ja;-;\r\n"
)
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (99),HW 2 (100),Final Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,50.0,10.0,(read only)\r\n"
    '"Byron, Ada",4711,0012,abyron,One,,7,7\r\n'
    '"Student, Test",8,,0f3a,One,,,\r\n'
)
ADA = Returned("Ada Byron", 20 / 3, number="4711", feedback="All is right.")


def fill(table, *grades, titles=("HW 1",), most=50.0):
    content = table if isinstance(table, bytes) else table.encode()
    return worksheets.fill(content, grades, titles, most, "table.csv")


def rows(filled, encoding="utf-8", separator=","):
    text = filled.content.decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


@pytest.mark.parametrize(
    "who",
    [
        {"number": "4711"},
        {"email": "ADA@example.org"},
        {"matriculation": "0012"},
    ],
)
def test_moodle_worksheet_gets_grade_and_feedback_and_keeps_everything_else(who):
    filled = fill(MOODLE, Returned("Ada", 20 / 3, feedback="All is right.", **who))
    before = list(csv.reader(io.StringIO(MOODLE, newline="")))
    before[1][5], before[1][10] = "6.67", "All is right."
    assert rows(filled) == before
    assert (filled.platform, filled.lines, filled.missing, filled.remarks) == ("Moodle", 1, [], [])


def test_grade_that_the_platform_has_locked_stays():
    filled = fill(MOODLE, Returned("Bob", 5.0, number="12"))
    assert rows(filled)[2][5] == "3.00"
    assert filled.lines == 0
    assert "can't be changed" in filled.remarks[0]


def test_german_worksheet_is_written_with_commas_as_its_importer_reads_it():
    filled = fill(GERMAN.encode("utf-8-sig"), ADA)
    [_, ada] = rows(filled)
    assert (ada[4], ada[8]) == ("6,67", "All is right.")
    assert not filled.content.startswith(b"\xef\xbb\xbf")


def test_canvas_gradebook_keeps_its_lines_and_gets_one_column():
    filled = fill(CANVAS, ADA)
    before = list(csv.reader(io.StringIO(CANVAS, newline="")))
    before[3][5] = "6.67"
    assert rows(filled) == before


@pytest.mark.parametrize(
    ("encoding", "separator"), [("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-8", ","), ("cp1252", ";")]
)
def test_canvas_gradebook_is_written_as_it_came(encoding, separator):
    table = CANVAS.replace('"Byron, Ada"', "Ädä").replace('"Student, Test"', "T").replace(",", separator)
    filled = fill(table.encode(encoding), ADA)
    assert rows(filled, encoding, separator)[3][:6] == ["Ädä", "4711", "0012", "abyron", "One", "6.67"]
    assert filled.content.startswith(table.encode(encoding)[:3])


def test_name_of_a_number_that_is_somebody_elses_is_not_taken():
    filled = fill(MOODLE, Returned("Gone", 1.0, matriculation="4711"))
    assert (filled.lines, filled.missing) == (0, ["Gone"])


def test_other_maximum_is_told_and_points_are_not_scaled():
    for table in (MOODLE, CANVAS):
        [remark] = fill(table, ADA, most=30.0).remarks
        assert "50 points at most and the assignment 30" in remark


def test_feedback_is_no_formula():
    filled = fill(MOODLE, Returned("Ada", 1.0, number="4711", feedback="=cmd()"))
    assert rows(filled)[1][10] == "'=cmd()"


@pytest.mark.parametrize(
    ("table", "titles", "said"),
    [
        ("", ["HW 1"], "neither"),
        ("name,score\nAda,1\n", ["HW 1"], "neither"),
        (CANVAS, ["HW 3"], "There are: HW 1, HW 2"),
        (CANVAS.replace("HW 2 (100)", "HW 1 (100)"), ["HW 1"], "no column, or several"),
        ('Identifier,Grade\n"Participant', ["HW 1"], "not a table"),
    ],
)
def test_table_that_can_not_be_filled_is_refused(table, titles, said):
    with pytest.raises(UsageError, match=said):
        fill(table, ADA, titles=titles)
